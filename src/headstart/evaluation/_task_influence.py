"""Scores of every task at once, each with what every example adds to it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._masked_ranking import masked_ranking
from headstart.evaluation._scores import EPSILON, Floats
from headstart.examples import Outputs

TaskScore = Literal["log_loss", "auroc", "accuracy"]


def task_influence(
    targets: NDArray[np.int64], probabilities: Floats, *, outputs: Outputs, score: TaskScore
) -> tuple[Floats, Floats]:
    """A score of each task over its known cells, with its influence.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where a cell does not count.
        probabilities: of one repeat, finite float64 ``(examples, outputs)``.
        outputs: of the tasks.
        score: ``"log_loss"``, ``"accuracy"``, or ``"auroc"``: of the second of two classes, else
            the mean over each class against the rest, classes without examples left out.

    Returns:
        The scores ``(tasks,)``, NaN where undefined, and what each example adds to them, float64
        ``(examples, tasks)``: sums of 0, and 0 in cells that do not count.
    """
    if score == "auroc":
        return _areas(targets, probabilities, outputs)
    if score == "log_loss":
        chances = outputs.chances(probabilities, targets)
        cells = -np.log(np.clip(chances, EPSILON, 1.0))
    else:
        cells = _right(targets, probabilities, outputs)
    known = targets >= 0
    counts = known.sum(axis=0)
    sums = np.where(known, cells, 0.0).sum(axis=0)
    means = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    influence = np.where(known, cells - means, 0.0) / np.maximum(counts, 1)
    return means, influence


def _right(targets: NDArray[np.int64], probabilities: Floats, outputs: Outputs) -> Floats:
    """1 where the most probable class of a task is the true one, ``(examples, tasks)``."""
    found = np.empty(targets.shape)
    for tasks, columns in outputs.blocks:
        found[:, tasks] = probabilities[:, columns].argmax(axis=2) == targets[:, tasks]
    return found


def _areas(
    targets: NDArray[np.int64], probabilities: Floats, outputs: Outputs
) -> tuple[Floats, Floats]:
    values = np.full(outputs.tasks, np.nan)
    influence = np.zeros(targets.shape)
    for tasks, columns in outputs.blocks:
        classes = np.array([1]) if columns.shape[1] == 2 else np.arange(columns.shape[1])
        shape = (len(targets), len(tasks), len(classes))
        asked = np.broadcast_to(targets[:, tasks, None], shape).reshape(len(targets), -1)
        areas, added = masked_ranking(
            probabilities[:, columns[:, classes].ravel()],
            asked == np.tile(classes, len(tasks)),
            asked >= 0,
        )
        each = areas.reshape(shape[1:])
        defined = (~np.isnan(each)).sum(axis=1)
        sums = np.nansum(each, axis=1)
        values[tasks] = np.divide(sums, defined, out=np.full(len(tasks), np.nan), where=defined > 0)
        influence[:, tasks] = added.reshape(shape).sum(axis=2) / np.maximum(defined, 1)
    return values, influence
