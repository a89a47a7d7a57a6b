"""Scores of one task's candidates at several sizes, by any score, where more is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._class_spread import ClassSpread
from headstart.evaluation._contrasts import Cell, Scores
from headstart.evaluation._figure import Figure
from headstart.evaluation._held_out import sampling_of
from headstart.evaluation._sampling import Sampling
from headstart.evaluation._scores import Floats
from headstart.evaluation._task_influence import TaskScore, task_influence
from headstart.examples import Outputs


@dataclass(frozen=True)
class Gains:
    """What each held-out example says for each candidate at each size.

    Attributes:
        scores: of a log loss its negative, of an area pseudo-values whose mean is the area and
            whose spread is DeLong's; they stand in for log losses, whose arithmetic they share.
    """

    scores: Scores

    def contrast(self, weights: Mapping[Cell, float], *, level: float = 0.95) -> Figure:
        """A weighted sum of mean scores, as of `Scores.contrast`; more is better."""
        return self.scores.contrast(weights, "log_loss", level=level)


def gains(
    targets: NDArray[np.int64],
    probabilities: Sequence[Sequence[NDArray[np.floating] | None]],
    *,
    score: TaskScore = "log_loss",
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
) -> Gains:
    """Score held-out predictions of one task.

    Args:
        targets: class of each example, -1 where unknown; int64 ``(examples,)``.
        probabilities: of each candidate at each size, ``(repeats, examples, classes)``; rows of NaN
            where never held out, ``None`` where a candidate was not trained on so many.
        score: ``"log_loss"``, ``"auroc"`` or ``"accuracy"``.
        folds: of a cross-validation; ``None`` for one held-out part that models of several
            training draws predict.
        units: dependent examples share a unit; ``None`` where there are none.

    Raises:
        SettingError: predictions that are not of the same examples and repeats, or a score that
            these labels leave undefined.
    """
    labels = np.asarray(targets, dtype=np.int64)
    table = [[None if one is None else np.asarray(one, dtype=np.float64) for one in row]
             for row in probabilities]  # fmt: skip
    given = [one for row in table for one in row if one is not None]
    if not given or any(one.shape != given[0].shape or one.shape[1:2] != labels.shape
                        for one in given):  # fmt: skip
        shapes = ", ".join(dict.fromkeys(str(one.shape) for one in given)) or "none"
        raise SettingError(
            f"predictions of the shapes {shapes} for {len(labels)} targets; expected (repeats, "
            f"{len(labels)}, classes), the same for all candidates and sizes"
        )
    rows = (labels >= 0) & ~np.isnan(given[0]).any(axis=(0, 2))
    if any(np.isnan(one[:, rows]).any() for one in given):
        raise SettingError("candidates predicted different examples; expected the same for all")
    repeats = len(given[0])
    sampling = sampling_of(np.flatnonzero(rows), units, folds=folds, repeats=repeats)
    values = np.full((len(table), len(table[0]), repeats, int(rows.sum())), np.nan)
    for candidate, row in enumerate(table):
        for size, one in enumerate(row):
            if one is not None:
                values[candidate, size] = _pseudo_values(
                    labels[rows], one[:, rows], score, sampling
                )
    parts = np.zeros(values.shape[2:], dtype=np.int64)
    return Gains(Scores({"log_loss": values}, sampling, parts, folds is None))


def _pseudo_values(
    targets: NDArray[np.int64], said: Floats, score: TaskScore, sampling: Sampling
) -> Floats:
    """Whose mean is the score of each repeat, more being better; ``(repeats, examples)``."""
    outputs = Outputs((said.shape[2],))
    found = np.empty(said.shape[:2])
    spread = ClassSpread(targets[:, None], sampling)
    for repeat, given in enumerate(said):
        value, influence = task_influence(targets[:, None], given, outputs=outputs, score=score)
        if score == "auroc":
            influence = spread.corrected(influence)
        found[repeat] = value[0] + len(targets) * influence[:, 0]
    if np.isnan(found).any():
        raise SettingError(
            f"{score} is undefined: the {len(targets)} known labels that were held out are not of "
            "two classes; expected both"
        )
    return -found if score == "log_loss" else found
