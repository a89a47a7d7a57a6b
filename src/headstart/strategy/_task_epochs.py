"""How long to train several tasks together, and how sure to be in each, judged without flattery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.heads import Objective
from headstart.strategy._temperature import TEMPERATURES, tempered

Floats = NDArray[np.float64]

NEVER = 1e200
"""In the place of a loss that must not be the least; finite, so that it can be subtracted."""


@dataclass(frozen=True)
class TaskEpochs:
    """What was chosen.

    Attributes:
        epochs: for the final model.
        temperatures: of each task there, float64 ``(tasks,)``; 1 before training.
        per_fold: epochs that predicted each fold, chosen on the other folds, int64
            ``(repeats, folds)``, -1 for a fold without examples.
        probabilities: held out, float64 ``(repeats, examples, outputs)``.
    """

    epochs: int
    temperatures: Floats
    per_fold: NDArray[np.int64]
    probabilities: Floats


def choose_epochs(
    by_epoch: Floats, targets: NDArray[np.int64], folds: NDArray[np.int64], objective: Objective
) -> TaskEpochs:
    """Choose epochs for all tasks together and a temperature for each of them.

    The epoch is that of the least objective where each task has the temperature that suits it
    best; each fold is predicted with what the other folds of all repeats choose.

    Args:
        by_epoch: held-out predictions before training and after each epoch, float64
            ``(epochs + 1, repeats, examples, outputs)``, NaN where never held out.
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        folds: int64 ``(repeats, examples)``, -1 where never held out.
        objective: what the tasks are trained for.
    """
    sums = _sums(by_epoch, targets, folds, objective)
    total = sums.sum(axis=(2, 3))
    epochs, temperatures = _best(total, objective)
    found = np.full(by_epoch.shape[1:], np.nan)
    per_fold = np.full(sums.shape[2:4], -1, dtype=np.int64)
    for repeat, fold in np.ndindex(per_fold.shape):
        inside = folds[repeat] == fold
        if not inside.any():
            continue
        # In every repeat: the examples of this fold choose nothing that they are predicted with.
        left = total - _of_examples(by_epoch, targets, folds, objective, inside, sums, repeat, fold)
        place, cooled = _best(left, objective)
        per_fold[repeat, fold] = place
        found[repeat, inside] = _cooled(by_epoch[place, repeat, inside], cooled, objective)
    return TaskEpochs(epochs, temperatures, per_fold, found)


def _sums(
    by_epoch: Floats, targets: NDArray[np.int64], folds: NDArray[np.int64], objective: Objective
) -> Floats:
    """Sums of log loss, ``(epochs + 1, temperatures, repeats, folds, tasks)``."""
    count = int(folds.max(initial=0)) + 1
    shape = (len(by_epoch), len(TEMPERATURES), len(folds), count, objective.outputs.tasks)
    found = np.zeros(shape)
    for epoch, place, repeat in np.ndindex(shape[:3]):
        if epoch == 0 and place:  # solved: as sure as it should be
            found[0, place] = NEVER
            continue
        losses = _losses(by_epoch[epoch, repeat], targets, objective, TEMPERATURES[place])
        for fold in range(count):
            found[epoch, place, repeat, fold] = losses[folds[repeat] == fold].sum(axis=0)
    return found


def _of_examples(
    by_epoch: Floats,
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    objective: Objective,
    inside: NDArray[np.bool_],
    sums: Floats,
    repeat: int,
    fold: int,
) -> Floats:
    """What the examples of a fold add to the sums of all repeats."""
    if len(folds) == 1:
        return np.asarray(sums[:, :, repeat, fold])
    found = np.zeros(sums.shape[:2] + sums.shape[4:])
    for epoch, place, other in np.ndindex(sums.shape[:3]):
        if epoch or not place:
            temperature = TEMPERATURES[place]
            given = by_epoch[epoch, other, inside]
            found[epoch, place] += _losses(given, targets[inside], objective, temperature).sum(0)
    return found


def _losses(
    probabilities: Floats, targets: NDArray[np.int64], objective: Objective, temperature: float
) -> Floats:
    """Log loss of each label, 0 where it is unknown or not predicted, ``(examples, tasks)``."""
    chances = objective.outputs.chances(
        tempered(probabilities, temperature, objective.outputs), targets
    )
    return np.asarray(-np.log(np.maximum(np.nan_to_num(chances, nan=1.0), 1e-15)))


def _best(sums: Floats, objective: Objective) -> tuple[int, Floats]:
    """Epoch and temperatures of the least, from sums ``(epochs, temperatures, tasks)``."""
    places = sums.argmin(axis=1)
    least = np.take_along_axis(sums, places[:, None], axis=1)[:, 0]
    epoch = int((least @ objective.factors).argmin())
    return epoch, np.array(TEMPERATURES)[places[epoch]]


def _cooled(probabilities: Floats, temperatures: Floats, objective: Objective) -> Floats:
    return tempered(probabilities, temperatures[objective.outputs.task_of], objective.outputs)
