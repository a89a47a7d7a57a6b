"""Areas under many ROC curves at once, each over the examples whose label is known in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._scores import Floats

_COLUMNS = 64
"""Columns sorted at a time: of 10,000 examples 5 MB an array, of which a dozen are held."""


def masked_ranking(
    values: Floats, positive: NDArray[np.bool_], known: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Area under the ROC curve of each column, with DeLong's influence, unknown cells left out.

    Args:
        values: what ranks the examples, finite float64 ``(examples, columns)``; whatever stands in
            an unknown cell.
        positive: members of the class that should rank high, bool ``(examples, columns)``.
        known: bool ``(examples, columns)``.

    Returns:
        The areas ``(columns,)``, NaN where a column lacks members or others, and the influence
        ``(examples, columns)``, 0 in unknown cells and in such columns.

    References:
        DeLong, DeLong and Clarke-Pearson, *Comparing the areas under two or more correlated
        receiver operating characteristic curves* (1988).
    """
    areas = np.empty(values.shape[1])
    influence = np.empty(values.shape)
    for start in range(0, values.shape[1], _COLUMNS):
        some = slice(start, start + _COLUMNS)
        areas[some], influence[:, some] = _some_columns(
            np.where(known[:, some], values[:, some], np.inf),
            known[:, some] & positive[:, some],
            known[:, some] & ~positive[:, some],
        )
    return areas, influence


def _some_columns(
    values: Floats, members: NDArray[np.bool_], others: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    # One column's values side by side: sorting is twice as fast so.
    values = np.ascontiguousarray(values.T)
    members, others = np.ascontiguousarray(members.T), np.ascontiguousarray(others.T)
    order = np.argsort(values, axis=1)
    first, last = _ties(np.take_along_axis(values, order, axis=1))
    below = _won(np.take_along_axis(others, order, axis=1), first, last)
    not_above = _won(np.take_along_axis(members, order, axis=1), first, last)
    counts = np.stack([others.sum(axis=1), members.sum(axis=1)])[:, :, None].astype(np.float64)
    rivals = np.maximum(counts, 1.0)
    placed = np.empty(values.shape)
    np.put_along_axis(placed, order, below, axis=1)
    above = np.empty(values.shape)
    np.put_along_axis(above, order, counts[1] - not_above, axis=1)
    placed = np.where(members, placed / rivals[0], above / rivals[1])
    areas = (placed * members).sum(axis=1, keepdims=True) / rivals[1]
    defined = (counts > 0).all(axis=0)
    share = members / rivals[1] + others / rivals[0]
    influence = (placed - areas) * share * defined
    return np.where(defined, areas, np.nan)[:, 0], influence.T


def _won(present: NDArray[np.bool_], first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
    """How many of `present` stand below each place, those level with it counting a half."""
    sums = np.zeros((len(present), present.shape[1] + 1))
    np.cumsum(present, axis=1, out=sums[:, 1:])
    return np.asarray(
        (np.take_along_axis(sums, first, axis=1) + np.take_along_axis(sums, last, axis=1)) / 2
    )


def _ties(ordered: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and one past the last place of the run of equal values that each place lies in."""
    columns, examples = ordered.shape
    places = np.arange(examples)
    changes = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((columns, 1), dtype=np.bool_)
    first = np.maximum.accumulate(np.where(np.concatenate([edge, changes], 1), places, 0), axis=1)
    ends = np.where(np.concatenate([changes, edge], 1), places + 1, examples)
    last = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    return first, last
