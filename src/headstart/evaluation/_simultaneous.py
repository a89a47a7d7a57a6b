"""One level for each of several intervals, such that all hold their truths together."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from headstart.evaluation._scores import Floats

DRAWS = 10_000
"""Of the largest of all errors: the level is known to 0.2 % of 95 %."""

_AT_A_TIME = 1_000


def joint_level(totals: Floats, *, level: float, seed: int = 0) -> float:
    """The level at which each of several intervals holds, if all are to hold at `level`.

    The largest of several errors is drawn as a multiplier bootstrap over units draws it: normal
    errors that are correlated as the units say. Tasks that fail on the same examples need less
    correction than independent ones (Šidák's), and never more than Bonferroni's.

    Args:
        totals: what each unit adds to each figure, float64 ``(units, figures)``; columns of zeros
            are figures without spread.
        level: at which all are to hold.
        seed: of the draws.

    Returns:
        From `level` (one figure) to ``1 - (1 - level) / figures``.

    References:
        Chernozhukov, Chetverikov and Kato, *Gaussian approximations and multiplier bootstrap for
        maxima of sums of high-dimensional random vectors* (2013).
        Montiel Olea and Plagborg-Møller, *Simultaneous confidence bands* (2019).
    """
    figures = totals.shape[1]
    if figures < 2:
        return level
    length = np.sqrt(np.square(totals).sum(axis=0))
    varied = totals / np.where(length > 0, length, 1.0)
    together = varied.T @ varied
    # What never varied may err all the same, and with no other.
    np.fill_diagonal(together, 1.0)
    values, axes = np.linalg.eigh(together)
    root = axes * np.sqrt(np.maximum(values, 0.0))
    random = np.random.default_rng(seed)
    largest = [
        np.abs(random.normal(size=(_AT_A_TIME, figures)) @ root.T).max(axis=1)
        for _ in range(DRAWS // _AT_A_TIME)
    ]
    quantile = float(np.quantile(np.concatenate(largest), level))
    strictest = 1 - (1 - level) / figures
    return float(np.clip(2 * NormalDist().cdf(quantile) - 1, level, strictest))
