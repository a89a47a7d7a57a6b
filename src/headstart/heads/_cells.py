"""What each of many tasks is trained on: cells of a table of labels, each with a weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import InputError
from headstart.examples import UNKNOWN, Outputs
from headstart.heads._problems import Float

_AT_ONCE = 512
"""Examples whose labels are counted together: of 600 yes/no tasks an array of 5 MB."""


@dataclass(frozen=True)
class Rows:
    """The examples that some tasks are trained on, as one table for the solver.

    Attributes:
        tasks: which tasks, int64 ``(some,)``.
        examples: the example of each row; one of an uncertain cell stands there twice, once for
            each class. int64 ``(rows,)``.
        targets: int64 ``(rows, some)``, 0 where the weight is 0.
        weights: float64 ``(rows, some)``, 0 where a task knows nothing of the row.
        scored: whether a row may judge a penalty, bool ``(rows, some)``.
    """

    tasks: NDArray[np.int64]
    examples: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]
    scored: NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """Labels of many tasks, and which of them count.

    Attributes:
        outputs: where the tasks' classes stand.
        targets: int64 ``(examples, tasks)``, `UNKNOWN` where unknown or uncertain.
        trained: whether a cell takes part in training, bool ``(examples, tasks)``.
        weights: float ``(examples, tasks)`` or ``(examples, 1)``; looked at where `trained` only.
        uncertain: chance of the second class, -1 where a cell is not uncertain; float
            ``(examples, tasks)``, or ``None``.
    """

    outputs: Outputs
    targets: NDArray[np.int64]
    trained: NDArray[np.bool_]
    weights: Float
    uncertain: Float | None

    @classmethod
    def checked(
        cls,
        targets: NDArray[np.int64],
        *,
        outputs: Outputs,
        weights: Float | None,
        uncertain: Float | None,
    ) -> Cells:
        """The cells of arrays as they were given.

        Raises:
            InputError: arrays that do not fit together, with all that is wrong with them.
        """
        labels = np.asarray(targets)
        shape = (len(labels), outputs.tasks)
        given = np.ones((len(labels), 1)) if weights is None else np.asarray(weights)
        given = given[:, None] if given.ndim == 1 else given
        faults = _wrong_shapes(shape, labels, given, uncertain)
        if not faults:
            faults = _wrong_values(labels, outputs, uncertain)
        if faults:
            raise InputError("heads of many tasks cannot be fitted: " + "; ".join(faults))
        trained = labels != UNKNOWN
        if uncertain is not None:
            trained = trained | (np.asarray(uncertain) >= 0)
        here = np.broadcast_to(given, shape)[trained]
        if not (np.isfinite(here).all() and (here >= 0).all()):
            raise InputError(
                "weights of known labels are negative or not finite; expected 0 (left out) or more"
            )
        trained = trained & (given > 0)
        return cls(outputs, labels, trained, given, uncertain)

    def rows(self, tasks: NDArray[np.int64]) -> Rows:
        """What these tasks are trained on; examples that none of them knows are left out."""
        trained = self.trained[:, tasks]
        examples = np.flatnonzero(trained.any(axis=1))
        trained, targets = trained[examples], self.targets[np.ix_(examples, tasks)]
        shared = self.weights.shape[1] == 1
        columns = np.zeros(1, np.int64) if shared else tasks
        weights = self.weights[np.ix_(examples, columns)].astype(np.float64)
        weights = np.where(trained, weights, 0.0)
        scored = trained & (targets != UNKNOWN)
        if self.uncertain is None:
            return Rows(tasks, examples, np.where(scored, targets, 0), weights, scored)
        chance = np.where(scored, 0.0, self.uncertain[np.ix_(examples, tasks)]).clip(0.0, 1.0)
        second = trained & ~scored
        again = (second & (chance < 1)).any(axis=1)
        return Rows(
            tasks,
            np.concatenate([examples, examples[again]]),
            np.concatenate([np.where(second, 1, np.where(scored, targets, 0)),
                            np.zeros_like(targets[again])]),
            np.concatenate([np.where(second, weights * chance, weights),
                            np.where(second, weights * (1 - chance), 0.0)[again]]),
            np.concatenate([scored, np.zeros_like(scored[again])]),
        )  # fmt: skip

    def class_counts(self, examples: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Trained cells of each class among some examples, uncertain ones in parts.

        Args:
            examples: which, bool ``(examples,)``.

        Returns:
            float64 ``(outputs,)``.
        """
        counts: NDArray[np.float64] = np.zeros(len(self.outputs))
        rows = np.flatnonzero(examples)
        for begin in range(0, len(rows), _AT_ONCE):
            counts += self._some_counts(rows[begin : begin + _AT_ONCE])
        return counts

    def _some_counts(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        outputs = self.outputs
        classes = np.arange(len(outputs)) - outputs.starts[outputs.task_of]
        trained, targets = self.trained[rows], self.targets[rows]
        true = np.where(trained, targets, UNKNOWN)[:, outputs.task_of] == classes
        counts: NDArray[np.float64] = true.sum(axis=0).astype(np.float64)
        if self.uncertain is not None:
            given = trained & (targets == UNKNOWN)
            chance = np.where(given, self.uncertain[rows], 0.0).sum(axis=0)
            binary = np.array(outputs.sizes) == 2
            first = outputs.starts[binary]
            counts[first] += (given.sum(axis=0) - chance)[binary]
            counts[first + 1] += chance[binary]
        return counts


def _wrong_shapes(
    shape: tuple[int, int], targets: NDArray[np.int64], weights: Float, uncertain: Float | None
) -> list[str]:
    faults = []
    if targets.shape != shape:
        faults.append(f"targets have the shape {targets.shape}; expected (examples, {shape[1]})")
    if weights.shape not in {shape, (shape[0], 1)}:
        faults.append(f"weights have the shape {weights.shape}; expected {shape} or ({shape[0]},)")
    if uncertain is not None and np.shape(uncertain) != shape:
        faults.append(f"uncertain has the shape {np.shape(uncertain)}; expected {shape}")
    return faults


def _wrong_values(
    targets: NDArray[np.int64], outputs: Outputs, uncertain: Float | None
) -> list[str]:
    faults = []
    outside = ((targets < UNKNOWN) | (targets >= np.array(outputs.sizes))).any(axis=0)
    if outside.any():
        task = int(outside.argmax())
        column = targets[:, task]
        faults.append(f"targets of task {task} range from {column.min()} to {column.max()}; "
                      f"expected -1 (unknown) to {outputs.sizes[task] - 1}")  # fmt: skip
    if uncertain is None:
        return faults
    given = np.asarray(uncertain)
    if not (np.isfinite(given) & ((given == -1) | ((given >= 0) & (given <= 1)))).all():
        faults.append("uncertain holds values that are neither -1 nor a chance from 0 to 1")
    elif ((given >= 0) & (targets != UNKNOWN)).any():
        faults.append("uncertain has a chance for cells that have a target; expected -1 there, or "
                      "the target unknown")  # fmt: skip
    elif (given[:, np.array(outputs.sizes) != 2] >= 0).any():
        faults.append("uncertain has a chance for a task of more than two classes; expected -1")
    return faults
