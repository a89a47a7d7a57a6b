"""How long to train several tasks together, and how sure to be in each, judged without flattery."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from headstart.examples import UNKNOWN
from headstart.heads import Objective
from headstart.strategy._temperature import TEMPERATURES, tempered

Floats = NDArray[np.float64]

NEVER = 1e200
"""In the place of a loss that must not be the least; finite, so that it can be subtracted."""

SMALLEST = 1e-300
"""In the place of a probability of 0, which has no logarithm."""

GREATEST_LOSS = -math.log(1e-15)
"""Of one label: a certain mistake is not to outweigh everything."""


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
    by_epoch: Sequence[Floats],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    objective: Objective,
) -> TaskEpochs:
    """Choose epochs for all tasks together and a temperature for each of them.

    The epoch is that of the least objective where each task has the temperature that suits it
    best; each fold is predicted with what the other folds of all repeats choose.

    Args:
        by_epoch: held-out predictions before training and after each epoch, float64
            ``(repeats, examples, outputs)`` each, NaN where never held out.
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        folds: int64 ``(repeats, examples)``, -1 where never held out.
        objective: what the tasks are trained for.
    """
    sums = _sums(by_epoch, targets, folds, objective)
    total = sums.sum(axis=(2, 3))
    epochs, temperatures = _best(total, objective)
    found = np.full((*folds.shape, len(objective.outputs)), np.nan)
    per_fold = np.full(sums.shape[2:4], -1, dtype=np.int64)
    for repeat, fold in np.ndindex(per_fold.shape):
        inside = folds[repeat] == fold
        if not inside.any():
            continue
        # In every repeat: the examples of this fold choose nothing that they are predicted with.
        if len(folds) == 1:
            added = sums[:, :, repeat, fold]
        else:
            alone = np.where(inside, 0, -1)[None].repeat(len(folds), axis=0)
            added = _sums(by_epoch, targets, alone, objective).sum(axis=(2, 3))
        left = np.where(total < NEVER, total - added, total)
        place, cooled = _best(left, objective)
        per_fold[repeat, fold] = place
        found[repeat, inside] = _cooled(by_epoch[place][repeat, inside], cooled, objective)
    return TaskEpochs(epochs, temperatures, per_fold, found)


def _sums(
    by_epoch: Sequence[Floats],
    targets: NDArray[np.int64],
    groups: NDArray[np.int64],
    objective: Objective,
) -> Floats:
    """Sums of log loss, ``(epochs + 1, temperatures, repeats, groups, tasks)``.

    Only what is known is looked at: of 100 tasks of which each example knows one, a hundredth.

    Args:
        by_epoch: as of `choose_epochs`, like the targets.
        targets: likewise.
        groups: of the examples, int64 ``(repeats, examples)``; -1 counts nowhere.
        objective: likewise.
    """
    count, tasks = int(groups.max(initial=0)) + 1, objective.outputs.tasks
    found = np.zeros((len(by_epoch), len(TEMPERATURES), len(groups), count, tasks))
    found[0, 1:] = NEVER  # solved: as sure as it should be
    known = [(of_size, columns, *np.nonzero(targets[:, of_size] != UNKNOWN))
             for of_size, columns in objective.outputs.blocks]  # fmt: skip
    for epoch, all_said in enumerate(by_epoch):
        tried = TEMPERATURES if epoch else TEMPERATURES[:1]
        for (of_size, columns, rows, places), (repeat, group) in product(known, enumerate(groups)):
            inside = group[rows] >= 0
            row, place = rows[inside], places[inside]
            into = group[row] * tasks + of_size[place]
            said = all_said[repeat][row[:, None], columns[place]]
            for at, losses in enumerate(_losses(said, targets[row, of_size[place]], tried)):
                sums = np.bincount(into, losses, minlength=count * tasks)
                found[epoch, at, repeat] += sums.reshape(count, tasks)
    return found


def _losses(
    said: Floats, true: NDArray[np.int64], temperatures: Sequence[float]
) -> Iterator[Floats]:
    """Log loss of each label at each temperature, float64 ``(labels,)``.

    Args:
        said: of the classes of the label's task, ``(labels, classes)``.
        true: class of each label.
        temperatures: by which logits are divided.
    """
    logs = np.log(np.maximum(said, SMALLEST))
    of_true = np.take_along_axis(logs, true[:, None], axis=1)[:, 0]
    for temperature in temperatures:
        all_classes = np.log(np.exp(logs / temperature).sum(axis=1))
        yield np.minimum(all_classes - of_true / temperature, GREATEST_LOSS)


def _best(sums: Floats, objective: Objective) -> tuple[int, Floats]:
    """Epoch and temperatures of the least, from sums ``(epochs, temperatures, tasks)``."""
    places = sums.argmin(axis=1)
    least = np.take_along_axis(sums, places[:, None], axis=1)[:, 0]
    epoch = int((least @ objective.factors).argmin())
    return epoch, np.array(TEMPERATURES)[places[epoch]]


def _cooled(probabilities: Floats, temperatures: Floats, objective: Objective) -> Floats:
    return tempered(probabilities, temperatures[objective.outputs.task_of], objective.outputs)
