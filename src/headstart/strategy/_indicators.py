"""Many yes/no columns predicted at once, held out: from inputs, from sources, from one another.

Ridge regressions of the 0/1 columns: what is asked of them is an order of the examples, which they
give as well as logistic ones, and all columns share one decomposition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.examples import UNKNOWN, Outputs

Floats = NDArray[np.float64]

AXES = 64
"""Leading principal axes of the inputs that are looked at."""

SLICE = 4096
"""Examples that are centred at a time."""

PENALTIES = 10.0 ** np.arange(-4, 2)
"""Candidates, times the number of examples and the variance of the first axis."""

COLUMN_PENALTY = 10.0
"""Of columns of 0 and 1: as if each had been seen with neither outcome in so many examples more."""

EXACT = 2**24
"""Ones that float32 can count."""

PRIOR = 2.0
"""Examples of the usual share that each source is thought to have beside its own."""


def from_features(
    features: NDArray[np.floating], wanted: Floats, folds: NDArray[np.int64]
) -> Floats:
    """Each column predicted from the leading principal axes of the inputs.

    The penalty of each column is chosen by generalised cross-validation in the training part.

    Args:
        features: finite, ``(examples, width)``.
        wanted: 0 or 1, float64 ``(examples, columns)``.
        folds: of each example in each repeat, -1 for always in training; int64
            ``(repeats, examples)``.

    Returns:
        float64 ``(repeats, examples, columns)``; NaN where never held out.

    References:
        Golub, Heath and Wahba, *Generalized cross-validation as a method for choosing a good ridge
        parameter* (1979).
    """
    inputs = leading_axes(features, AXES)
    found = np.full((*folds.shape, wanted.shape[1]), np.nan)
    for repeat, row in enumerate(folds):
        for fold in np.unique(row[row >= 0]):
            inside = row == fold
            found[repeat, inside] = _ridge(inputs[~inside], wanted[~inside], inputs[inside])
    return found


def leading_axes(features: NDArray[np.floating], axes: int) -> Floats:
    """Coordinates on the axes of the largest variance, float64 ``(examples, axes)``."""
    examples, width = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    if examples <= width:
        centred = features - mean
        squares, vectors = np.linalg.eigh(centred @ centred.T)
        return np.asarray(vectors[:, -axes:] * np.sqrt(np.maximum(squares[-axes:], 0.0)))
    # In slices: a centred copy of 100,000 x 1,280 would be 1 GB.
    slices = [slice(start, start + SLICE) for start in range(0, examples, SLICE)]
    moments = np.zeros((width, width))
    for rows in slices:
        centred = features[rows] - mean
        moments += centred.T @ centred
    vectors = np.linalg.eigh(moments)[1][:, -axes:]
    return np.concatenate([(features[rows] - mean) @ vectors for rows in slices])


def _ridge(inputs: Floats, wanted: Floats, asked: Floats) -> Floats:
    """Ridge regressions of all columns, each with a penalty of its own."""
    middle, usual = inputs.mean(axis=0), wanted.mean(axis=0)
    left, deviations, right = np.linalg.svd(inputs - middle, full_matrices=False)
    kept = deviations > 1e-9 * deviations.max(initial=0.0)
    left, deviations, right = left[:, kept], deviations[kept], right[kept]
    if not len(deviations):
        return np.broadcast_to(usual, (len(asked), len(usual)))
    explained = left.T @ (wanted - usual)
    rest = np.square(wanted - usual).sum(axis=0) - np.square(explained).sum(axis=0)
    shrink = 1 / (1 + np.outer(PENALTIES, deviations[0] ** 2 / np.square(deviations)))
    # Generalised cross-validation: the squared error over the square of the degrees left.
    errors = rest + np.square(1 - shrink) @ np.square(explained)
    left_over = np.maximum(len(inputs) - 1 - shrink.sum(axis=1), 1.0)
    best = (errors / np.square(left_over)[:, None]).argmin(axis=0)
    weights = shrink[best].T * explained / deviations[:, None]
    return np.asarray(usual + (asked - middle) @ (right.T @ weights))


def from_sources(sources: NDArray[np.int64], wanted: Floats, folds: NDArray[np.int64]) -> Floats:
    """Each column predicted by its share among the other examples of the same source.

    Args:
        sources: of each example, int64 ``(examples,)``.
        wanted: as of `from_features`.
        folds: likewise.

    Returns:
        As of `from_features`.
    """
    names, index = np.unique(sources, return_inverse=True)
    found = np.full((*folds.shape, wanted.shape[1]), np.nan)
    for repeat, row in enumerate(folds):
        for fold in np.unique(row[row >= 0]):
            inside = row == fold
            sums, counts = np.zeros((len(names), wanted.shape[1])), np.zeros(len(names))
            np.add.at(sums, index[~inside], wanted[~inside])
            np.add.at(counts, index[~inside], 1.0)
            usual = wanted[~inside].mean(axis=0)
            shares = (sums + PRIOR * usual) / (counts + PRIOR)[:, None]
            found[repeat, inside] = shares[index[inside]]
    return found


def from_other_labels(
    targets: NDArray[np.int64], outputs: Outputs, folds: NDArray[np.int64]
) -> Floats:
    """Whether each task's label is unknown, from the labels of all other tasks.

    What stands there: whether each is known, and of which class, a column each. One regression on
    all of them is solved for all tasks, and then bent for each task so that its own columns have
    no weight, which is exactly the regression without them.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        outputs: of the tasks.
        folds: as of `from_features`.

    Returns:
        float64 ``(repeats, examples, tasks)``; NaN where never held out.
    """
    columns = _columns(targets, outputs)
    products, sums = _counted(columns)
    found = np.full((*folds.shape, outputs.tasks), np.nan)
    for repeat, row in enumerate(folds):
        for fold in np.unique(row[row >= 0]):
            inside = row == fold
            here = _counted(columns[inside])
            found[repeat, inside] = _from_others(
                products - here[0], sums - here[1], int((~inside).sum()), columns[inside], outputs
            )
    return found


def _columns(targets: NDArray[np.int64], outputs: Outputs) -> NDArray[np.float32]:
    """A task's first column: known; its others: of the second class, the third ...

    float32 ``(examples, outputs)``, of 0 and 1.
    """
    within = np.arange(len(outputs)) - outputs.starts[outputs.task_of]
    given = targets[:, outputs.task_of]
    return np.asarray(np.where(within == 0, given != UNKNOWN, given == within), np.float32)


def _counted(columns: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """In how many examples two columns, and one, are 1: whole numbers, exact in float32."""
    products = np.zeros((columns.shape[1], columns.shape[1]))
    for start in range(0, len(columns), EXACT):
        some = columns[start : start + EXACT]
        products += some.T @ some
    return products, np.diagonal(products).copy()


def _from_others(
    products: Floats, sums: Floats, examples: int, asked: NDArray[np.float32], outputs: Outputs
) -> Floats:
    """Ridge regressions of "unknown", which is 1 less a task's first column."""
    middle = sums / examples
    together = products - examples * np.outer(middle, middle)
    inverse = np.linalg.inv(together + COLUMN_PENALTY * np.eye(len(sums)))
    weights = -(inverse @ together[:, outputs.starts])
    for tasks, own in outputs.blocks:
        # Lagrange: the optimum under w[own] = 0 is w - A^-1[:, own] A^-1[own, own]^-1 w[own].
        blocks = inverse[own[:, :, None], own[:, None, :]]
        forces = np.linalg.solve(blocks, weights[own, tasks[:, None]][..., None])[..., 0]
        for place in range(own.shape[1]):
            weights[:, tasks] -= inverse[:, own[:, place]] * forces[:, place]
        weights[own, tasks[:, None]] = 0.0  # not 1e-17
    usual = 1 - middle[outputs.starts] + middle @ -weights
    return np.asarray(usual + asked @ weights)
