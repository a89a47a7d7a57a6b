"""Folds: stratified by class, with dependent examples kept together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.examples._several_splits import iterative_folds
from headstart.examples._table import UNKNOWN

ALWAYS_TRAINING = -1
"""Fold of an example that is never held out: its class lives nowhere else."""


def stratified_folds(
    targets: NDArray[np.int64], units: NDArray[np.int64], *, folds: int, seed: int
) -> NDArray[np.int64]:
    """Assign examples to folds of like class shares.

    Units (a patient's examples, byte-identical files) stay together. A unit that holds the only
    examples of a class stays in training always, for a head that never saw a class cannot be
    judged on it. With fewer units than folds there are as many folds as units.

    With several tasks each class of each task is spread over as many folds as it can be, and all
    examples are held out once: one that is the only one of a class in one task is needed in
    others. `headstart.examples.lacking` names the tasks that fall short.

    Args:
        targets: class of each example, `UNKNOWN` where it is not known. int64 ``(examples,)`` or
            ``(examples, tasks)``.
        units: which examples belong together. int64 ``(examples,)``.
        folds: how many folds are wanted, 2 or more.
        seed: of the shuffle.

    Returns:
        int64 ``(examples,)``: 0 to folds - 1, or `ALWAYS_TRAINING`.

    References:
        The greedy assignment follows scikit-learn's ``StratifiedGroupKFold``: units of uneven
        classes first, each to the fold that it leaves most even. Several tasks:
        `headstart.examples._several_splits.iterative_folds`.
    """
    _, unit_of = np.unique(units, return_inverse=True)
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim == 2:
        folds = min(folds, int(unit_of.max(initial=-1)) + 1)
        if folds < 2:
            return np.full(len(units), ALWAYS_TRAINING, dtype=np.int64)
        return iterative_folds(targets, unit_of, folds=folds, seed=seed)
    content = _class_counts(targets, unit_of)
    carriers = (content > 0).sum(axis=0)
    pinned = (content[:, carriers == 1] > 0).any(axis=1)
    free = np.flatnonzero(~pinned)
    folds = min(folds, len(free))
    fold_of_unit = np.full(len(content), ALWAYS_TRAINING, dtype=np.int64)
    if folds < 2:
        return fold_of_unit[unit_of]

    rng = np.random.default_rng(seed)
    order = rng.permutation(free)
    order = order[np.argsort(-content[order].std(axis=1) * (content[order].sum(axis=1) > 1),
                             kind="stable")]  # fmt: skip
    tie_break = rng.permutation(folds)
    share = content / np.maximum(content[free].sum(axis=0), 1)
    size = content.sum(axis=1) / max(content[free].sum(), 1)
    filled = np.zeros((folds, content.shape[1]))
    total = np.zeros(folds)
    for unit in order:
        # Least full in this unit's own classes; among equals the least full altogether.
        fullness = filled @ share[unit]
        best = np.lexsort((tie_break, total, np.round(fullness, 12)))[0]
        fold_of_unit[unit] = best
        filled[best] += share[unit]
        total[best] += size[unit]
    return fold_of_unit[unit_of]


def _class_counts(targets: NDArray[np.int64], unit_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many examples of each class each unit holds, ``(units, classes)``."""
    counts = np.zeros((unit_of.max(initial=-1) + 1, targets.max(initial=0) + 1), dtype=np.int64)
    known = targets != UNKNOWN
    np.add.at(counts, (unit_of[known], targets[known]), 1)
    return counts
