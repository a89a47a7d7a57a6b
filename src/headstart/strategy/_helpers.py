"""A cheap order of the other tasks by how likely they share features with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples import Outputs

Floats = NDArray[np.float64]

SMALLEST = 1e-12
"""Probability below which a logarithm is not followed."""

FEWEST_TASKS = 8
"""Below these tasks are compared with one another directly: what they have in common with the rest
is then measured on too few."""

ROUNDS = 2
"""Of correlating rows of correlations."""


@dataclass(frozen=True)
class HelperRanking:
    """The other tasks, the one that is most likely related first.

    Attributes:
        focus: the task that is to be helped.
        order: the others.
        strengths: of each in that order, comparable with one another only.
    """

    focus: int
    order: tuple[int, ...]
    strengths: tuple[float, ...]

    def sets(self, counts: Sequence[int]) -> list[tuple[int, ...]]:
        """The first so many of the order, each set once, in rising order of size."""
        sizes = sorted({min(count, len(self.order)) for count in counts})
        return [tuple(sorted(self.order[:size])) for size in sizes]


def rank_helpers(predictions: NDArray[np.floating], outputs: Outputs, focus: int) -> HelperRanking:
    """Order the other tasks by how likely they share features with one.

    Two tasks that look for the same features need not agree on any example: one may say yes where
    the other says no, or weigh them otherwise. But each has something in common with the same
    third tasks. So tasks are compared by how alike their squared correlations with all others are,
    and once more by how alike that is. ``benchmarks/helpers.py`` measures how well that finds the
    related ones.

    Args:
        predictions: what solved heads say of the same examples, probabilities
            ``(examples, outputs)``; rows with NaN are left out.
        outputs: of the tasks.
        focus: the task that is to be helped.

    Raises:
        SettingError: arguments that do not fit together.

    References:
        Breiger, Boorman and Arabie, *An algorithm for clustering relational data* (1975): rows of
        correlations, correlated again.
    """
    if predictions.shape[1:] != (len(outputs),) or not 0 <= focus < outputs.tasks:
        raise SettingError(
            f"predictions have the shape {predictions.shape} and the focus is task {focus}; "
            f"expected (examples, {len(outputs)}) and 0 to {outputs.tasks - 1}"
        )
    alike = _squared_correlations(predictions, outputs)
    if outputs.tasks >= FEWEST_TASKS:
        for _ in range(ROUNDS):
            alike = _profiles(alike)
    strengths = alike[focus]
    others = np.delete(np.arange(outputs.tasks), focus)
    order = others[np.argsort(-strengths[others], kind="stable")]
    return HelperRanking(
        focus, tuple(int(task) for task in order), tuple(float(strengths[task]) for task in order)
    )


def _squared_correlations(predictions: NDArray[np.floating], outputs: Outputs) -> Floats:
    """Of the logits of two tasks, the mean over their classes; float64 ``(tasks, tasks)``."""
    given = np.asarray(predictions, dtype=np.float64)
    logs = np.log(np.clip(given[~np.isnan(given).any(axis=1)], SMALLEST, 1.0))
    first = outputs.starts[outputs.task_of]
    # Against the first class, which then says nothing: of two classes one column stays.
    kept = np.arange(len(outputs)) != first
    logits = (logs - logs[:, first])[:, kept]
    logits -= logits.mean(axis=0) if len(logits) else 0.0
    length = np.sqrt(np.square(logits).sum(axis=0))
    logits /= np.where(length > 0, length, 1.0)
    squares = np.square(logits.T @ logits)
    sizes = np.array(outputs.sizes) - 1
    starts = np.cumsum([0, *sizes[:-1]])
    sums = np.add.reduceat(np.add.reduceat(squares, starts, axis=0), starts, axis=1)
    return np.asarray(sums / np.outer(sizes, sizes))


def _profiles(alike: Floats) -> Floats:
    """How alike two tasks are in what each has in common with third ones, ``(tasks, tasks)``.

    Correlations of rows of `alike` over all columns but the two tasks' own.
    """
    given = alike.copy()
    np.fill_diagonal(given, 0.0)
    third = len(given) - 2
    means = (given.sum(axis=1, keepdims=True) - given) / third
    squares = np.square(given).sum(axis=1, keepdims=True) - np.square(given)
    spread = np.maximum(squares - third * np.square(means), 0.0)
    together = given @ given.T - third * means * means.T
    length = np.sqrt(spread * spread.T)
    # Rounding leaves about 1e-16 of a spread that is none.
    flat = length <= 1e-12 * np.maximum(np.sqrt(squares * squares.T), 1e-300)
    return np.asarray(np.where(flat, 0.0, together / np.where(flat, 1.0, length)))
