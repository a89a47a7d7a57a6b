"""Scores of held-out predictions, each with what every single example adds to it.

A score's *influence* is the derivative by the weight of one example: it sums to 0 over the
examples, and the sum of its squares is the score's variance (infinitesimal jackknife). That
replaces a bootstrap: no draws, no seed, and sums over dependent examples come for free.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to this before the logarithm, as scikit-learn does: 2.2e-16."""

BINS = 10
"""Equal-width bins of the top probability, for the calibration error and its diagram."""


def one_hot(targets: NDArray[np.int64], classes: int) -> Floats:
    """Indicators of `targets`, float64 ``(..., classes)``."""
    return np.asarray(targets[..., None] == np.arange(classes), dtype=np.float64)


def example_losses(targets: NDArray[np.int64], probabilities: Floats) -> Floats:
    """Minus the log probability of the true class, ``(repeats, examples)``."""
    given = probabilities[:, np.arange(len(targets)), targets]
    return np.asarray(-np.log(np.clip(given, EPSILON, 1.0)))


def confusion_matrix(
    targets: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Counts with rows of true and columns of predicted classes, int64 ``(classes, classes)``."""
    cells = np.bincount(targets * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def class_shares(
    predicted: NDArray[np.int64],
    targets: NDArray[np.int64],
    classes: int,
    *,
    of: Literal["known", "predicted"],
) -> tuple[Floats, Floats, Floats]:
    """Share of hits among the examples of each class, or among those predicted as it.

    Args:
        predicted: int64 ``(repeats, examples)``.
        targets: int64 ``(examples,)``.
        classes: number of classes.
        of: ``"known"`` gives recall, ``"predicted"`` gives precision.

    Returns:
        The shares, NaN where a class has no example (mean over the repeats where it has); the
        mean number of examples they are shares of; the influence
        ``(repeats, examples, classes)``.
    """
    true = np.broadcast_to(one_hot(targets, classes), (*predicted.shape, classes))
    guessed = one_hot(predicted, classes)
    members = true if of == "known" else guessed
    counts = members.sum(axis=1)
    hits = true * guessed
    empty = counts == 0
    shares = np.divide(hits.sum(axis=1), counts, out=np.full_like(counts, np.nan), where=~empty)
    defined = ~empty
    used = np.maximum(defined.sum(axis=0), 1)
    mean = np.where(defined.any(axis=0), np.nansum(shares, axis=0) / used, np.nan)
    residuals = hits - np.nan_to_num(shares)[:, None] * members
    influence = residuals / np.where(empty, 1.0, counts)[:, None]
    return mean, counts.sum(axis=0) / used, influence


def ranking(targets: NDArray[np.int64], probabilities: Floats) -> tuple[Floats, Floats]:
    """Area under the ROC curve of each class against the rest, with DeLong's influence.

    Args:
        targets: int64 ``(examples,)``.
        probabilities: one repeat, float64 ``(examples, scores)``; column j ranks class j.

    Returns:
        The areas ``(scores,)``, NaN where a class has no or all examples, and the influence
        ``(examples, scores)``.

    References:
        DeLong, DeLong and Clarke-Pearson, *Comparing the areas under two or more correlated
        receiver operating characteristic curves* (1988).
    """
    examples, scores = probabilities.shape
    order = np.argsort(probabilities, axis=0)
    ordered = np.take_along_axis(probabilities, order, axis=0)
    positive = targets[order] == np.arange(scores)
    first, last = _ties(ordered)
    placed = np.empty((examples, scores))
    counts = np.stack([(~positive).sum(axis=0), positive.sum(axis=0)]).astype(np.float64)
    rivals = np.maximum(counts, 1.0)
    start = np.zeros((1, scores))
    negatives = np.concatenate([start, np.cumsum(~positive, axis=0)])
    positives = np.concatenate([start, np.cumsum(positive, axis=0)])
    below = np.take_along_axis(negatives, first, 0) + np.take_along_axis(negatives, last, 0)
    above = 2 * counts[1] - (
        np.take_along_axis(positives, first, 0) + np.take_along_axis(positives, last, 0)
    )
    won = np.where(positive, below / (2 * rivals[0]), above / (2 * rivals[1]))
    np.put_along_axis(placed, order, won, axis=0)
    members = targets[:, None] == np.arange(scores)
    areas = (placed * members).sum(axis=0) / rivals[1]
    influence = (placed - areas) / np.where(members, rivals[1], rivals[0])
    defined = (counts > 0).all(axis=0)
    return np.where(defined, areas, np.nan), influence * defined


def _ties(ordered: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and one past the last row of the run of equal values that each row lies in."""
    rows = np.arange(len(ordered))[:, None]
    changes = ordered[1:] != ordered[:-1]
    edge = np.ones((1, ordered.shape[1]), dtype=np.bool_)
    first = np.maximum.accumulate(np.where(np.concatenate([edge, changes]), rows, 0), axis=0)
    ends = np.where(np.concatenate([changes, edge]), rows + 1, len(ordered))
    last = np.minimum.accumulate(ends[::-1], axis=0)[::-1]
    return first, last
