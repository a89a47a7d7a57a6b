"""What many tasks are trained for together: one sum over known labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Outputs

TaskWeights = str | float | Mapping[str, float]
"""``"formula"``, ``"equal"``, a power between them, or a weight for each task by name."""

EPSILON = 1e-15
"""Probabilities are kept this far from 0 when their logarithm is taken."""


@dataclass(frozen=True)
class Objective:
    """The loss of several tasks: ``J = sum_j (c_j / N_j) * sum_i M_ij * L_ij``.

    ``N_j`` is the number of known labels of task j among the m training examples, ``M_ij`` whether
    the label is known. With ``c_j = N_j / m`` this is the mean over the examples of the sum of
    their known losses (the default); with ``c_j = 1`` all tasks count the same. The constants are
    those of the training set, never of a batch: so the gradient is the same however examples fall
    into batches.

    Attributes:
        outputs: where the tasks' classes stand.
        constants: ``c_j``, what the mean loss of each task weighs; float64 ``(tasks,)``.
        factors: ``c_j * m / N_j``, what a known label of each task weighs in the sum of its
            example; 0 for a task without known labels. float64 ``(tasks,)``.
        class_weights: factor on the labels of each class, by output. float64 ``(outputs,)``.
    """

    outputs: Outputs
    constants: NDArray[np.float64]
    factors: NDArray[np.float64]
    class_weights: NDArray[np.float64]

    @property
    def arrays(self) -> list[NDArray[np.float64]]:
        """All that decides the loss beside the number of classes of each task."""
        return [np.array(self.outputs.sizes, np.float64), self.factors, self.class_weights]

    @classmethod
    def of(
        cls,
        outputs: Outputs,
        targets: NDArray[np.int64],
        *,
        uncertain: NDArray[np.float32] | None = None,
        task_weights: TaskWeights = "formula",
        names: Sequence[str] = (),
        balanced: bool = False,
    ) -> Objective:
        """The objective of a training set.

        Args:
            outputs: of the tasks.
            targets: of the training examples, int64 ``(examples, tasks)``.
            uncertain: as of `Examples`; such labels count as known ones.
            task_weights: ``"formula"``: ``c_j = N_j / m``; ``"equal"``: ``c_j = 1``; a number
                alpha: ``(N_j / m) ** alpha``; or a ``c_j`` for each task by name, 1 for the others.
            names: of the tasks, needed for weights by name.
            balanced: weigh the classes of each task by the inverse of how often they are known.

        Raises:
            SettingError: weights that are none, or of tasks that are not there.
        """
        trained = targets != UNKNOWN
        if uncertain is not None:
            trained = trained | (uncertain >= 0)
        known = trained.sum(axis=0)
        share = known / max(int(trained.any(axis=1).sum()), 1)
        constants = _constants(task_weights, share, names)
        factors = np.divide(constants, share, out=np.zeros(outputs.tasks), where=known > 0)
        weights = np.ones(len(outputs))
        if balanced:
            weights = _inverse_frequencies(outputs, targets)
        return cls(outputs, np.where(known > 0, constants, 0.0), factors, weights)

    def cell_weights(
        self, targets: NDArray[np.int64], uncertain: NDArray[np.float32] | None = None
    ) -> NDArray[np.float64]:
        """What each label weighs in the sum of its example, 0 where it is unknown.

        Args:
            targets: int64 ``(examples, tasks)``.
            uncertain: as of `Examples`.

        Returns:
            float64 ``(examples, tasks)``.
        """
        known = targets != UNKNOWN
        starts = self.outputs.starts
        weights = np.where(known, self.class_weights[np.where(known, targets, 0) + starts], 0.0)
        if uncertain is not None:
            chance = np.maximum(uncertain, 0)
            no, yes = self.class_weights[starts], self.class_weights[starts + 1]
            soft = (1 - chance) * no + chance * yes
            weights = np.where(uncertain >= 0, soft, weights)
        return np.asarray(weights * self.factors)

    def example_losses(
        self, probabilities: NDArray[np.float64], targets: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The loss of each example, the sum over its known labels, without class weights.

        Args:
            probabilities: ``(..., examples, outputs)``; NaN where there is no prediction.
            targets: int64 ``(examples, tasks)``.

        Returns:
            float64 ``(..., examples)``; NaN where there is no prediction or nothing is known.
        """
        chances = self.outputs.chances(probabilities, targets)
        losses = -np.log(np.maximum(chances, EPSILON)) @ self.factors
        nothing = ~(targets != UNKNOWN).any(axis=1) | np.isnan(probabilities).any(axis=-1)
        return np.where(nothing, np.nan, losses)


def _constants(
    given: TaskWeights, share: NDArray[np.float64], names: Sequence[str]
) -> NDArray[np.float64]:
    """``c_j`` of each task."""
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        wrong = [name for name, weight in given.items() if not 0 <= weight < np.inf]
        if unknown or wrong:
            raise SettingError(
                f"task weights of {', '.join(unknown)}: there are no such tasks"
                if unknown
                else f"task weights of {', '.join(wrong)} must be finite numbers, 0 or more"
            )
        return np.array([float(given.get(name, 1.0)) for name in names])
    if given == "formula":
        return share
    alpha = 0.0 if given == "equal" else _number(given)
    return np.where(share > 0, np.maximum(share, 1e-300) ** alpha, 0.0)


def _number(given: str | float) -> float:
    try:
        alpha = float(given)
    except ValueError:
        alpha = np.nan
    if not 0 <= alpha <= 1:
        raise SettingError(
            f"task weights {given!r} are neither 'formula' nor 'equal' nor a power from 0 to 1"
        )
    return alpha


def _inverse_frequencies(outputs: Outputs, targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean 1 over each task's known labels; 1 for a class without any."""
    known = targets != UNKNOWN
    columns = (np.where(known, targets, 0) + outputs.starts)[known]
    counts = np.bincount(columns, minlength=len(outputs)).astype(np.float64)
    of_task = np.bincount(outputs.task_of, weights=counts, minlength=outputs.tasks)
    classes = np.bincount(outputs.task_of, weights=counts > 0, minlength=outputs.tasks)
    even = (of_task / np.maximum(classes, 1))[outputs.task_of]
    return np.divide(even, counts, out=np.ones(len(outputs)), where=counts > 0)
