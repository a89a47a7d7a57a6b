"""From which chance on a yes/no task is answered with yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._scores import Floats
from headstart.examples import UNKNOWN, Outputs, Task

MIDDLE = 0.5
"""The threshold where no example says anything about it."""


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of every task; an example is a yes where its chance is at least so large.

    Attributes:
        chosen: for the saved model; NaN for a task that is no yes/no task. float64 ``(tasks,)``.
        applied: those that held-out predictions are judged with, each chosen without the example
            that it is applied to; float64 ``(repeats, examples, tasks)``. ``None`` where `chosen`
            was chosen on other examples.
    """

    chosen: Floats
    applied: Floats | None = None


def best_threshold(targets: NDArray[np.int64], probability: Floats) -> float:
    """The threshold of the greatest F1.

    A threshold between two neighbouring chances does the same anywhere between them: it is put
    half way, or at 0.5 where that lies there. Of several that do equally well, the nearest to 0.5.

    Args:
        targets: 0 no, 1 yes, -1 unknown (left out); int64 ``(examples,)``.
        probability: of yes, float64 ``(examples,)`` or ``(repeats, examples)``, NaN left out;
            repeats are judged together.

    Returns:
        The threshold, from 0 to 1; 0.5 where no example is a yes.
    """
    given = np.atleast_2d(np.asarray(probability, dtype=np.float64))
    labels = np.broadcast_to(targets, given.shape)
    counted = (labels != UNKNOWN) & ~np.isnan(given)
    steps = _Steps.of(labels[counted] == 1, given[counted])
    return steps.best(np.ones(len(steps.positive), dtype=bool))


def choose_thresholds(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    tasks: Sequence[Task],
    folds: NDArray[np.int64] | None = None,
) -> Thresholds:
    """Thresholds of all yes/no tasks from held-out predictions.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        probabilities: ``(repeats, examples, outputs)``, NaN where never held out.
        tasks: the tasks.
        folds: fold of each example in each repeat, int64 ``(repeats, examples)``. With it, each
            fold also gets the threshold that does best on the other folds of its repeat, so that
            an F1 that is reported was not made by choosing on the same examples.

    Raises:
        SettingError: arrays that do not fit together.
    """
    outputs = Outputs.of(tasks)
    expected = (len(probabilities), len(targets), len(outputs))
    if np.shape(probabilities) != expected or targets.shape[1:] != (len(tasks),):
        raise SettingError(
            f"probabilities have the shape {np.shape(probabilities)} and targets "
            f"{targets.shape}; expected {expected} for {len(tasks)} tasks"
        )
    if folds is not None and folds.shape != expected[:2]:
        raise SettingError(f"folds have the shape {folds.shape}; expected {expected[:2]}")
    chosen = np.full(len(tasks), np.nan)
    applied = None if folds is None else np.full((*expected[:2], len(tasks)), np.nan)
    for number, task in enumerate(tasks):
        if task.kind != "binary":
            continue
        yes = np.asarray(probabilities[:, :, outputs.columns(number)][:, :, 1], dtype=np.float64)
        chosen[number] = best_threshold(targets[:, number], yes)
        if applied is not None and folds is not None:
            for repeat, row in enumerate(folds):
                applied[repeat, :, number] = _of_others(targets[:, number], yes[repeat], row)
    return Thresholds(chosen, applied)


def _of_others(targets: NDArray[np.int64], probability: Floats, folds: NDArray[np.int64]) -> Floats:
    """The threshold of each example, chosen on the other folds."""
    counted = np.flatnonzero((targets != UNKNOWN) & ~np.isnan(probability))
    steps = _Steps.of(targets[counted] == 1, probability[counted])
    of_step = folds[counted][steps.order]
    found = np.full(len(targets), MIDDLE)
    for fold in np.unique(folds[folds >= 0]):
        found[folds == fold] = steps.best(of_step != fold)
    return found


@dataclass(frozen=True)
class _Steps:
    """Examples from the greatest chance to the least.

    Attributes:
        order: which example stands where, int64 ``(examples,)``.
        chance: float64 ``(examples,)``.
        positive: bool ``(examples,)``.
    """

    order: NDArray[np.int64]
    chance: Floats
    positive: NDArray[np.bool_]

    @classmethod
    def of(cls, positive: NDArray[np.bool_], probability: Floats) -> _Steps:
        order = np.argsort(-probability, kind="stable")
        return cls(order, probability[order], positive[order])

    def best(self, used: NDArray[np.bool_]) -> float:
        """The threshold of the greatest F1 on some of the examples, bool ``(examples,)``."""
        chance, positive = self.chance[used], self.positive[used]
        if not positive.any():
            return MIDDLE
        last = np.flatnonzero(np.append(chance[1:] != chance[:-1], True))
        hits = np.cumsum(positive)[last]
        f1 = 2 * hits / (last + 1 + positive.sum())
        # Sums of whole numbers: equal F1 are equal to the bit, or a rounding error apart.
        ties = np.flatnonzero(f1 >= f1.max() - 1e-12)
        thresholds = _between(chance[last][ties], np.append(chance[last], 0.0)[ties + 1])
        return float(thresholds[np.argmin(np.abs(thresholds - MIDDLE))])


def _between(above: Floats, below: Floats) -> Floats:
    """A threshold in each interval ``(below, above]``."""
    half = (above + below) / 2
    half = np.where(half > below, half, above)
    return np.where((below < MIDDLE) & (above >= MIDDLE), MIDDLE, half)
