"""Intervals for a share, for a figure from 0 to 1, and for a skewed mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray


def normal_quantile(level: float) -> float:
    """Half width of a two-sided interval in standard errors, normal distribution."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def student_quantile(level: float, degrees: int) -> float:
    """Half width of a two-sided interval in standard errors, Student's t distribution.

    Closed forms for one and two degrees of freedom, else the Cornish-Fisher expansion, which is
    within 0.2 % from three degrees on (level 0.95).

    References:
        Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.5.
    """
    if degrees < 1:
        return math.inf
    if degrees == 1:
        return math.tan(math.pi * level / 2)
    if degrees == 2:
        return level * math.sqrt(2 / (1 - level**2))
    z = normal_quantile(level)
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * degrees**4)
    )


def wilson(
    proportion: ArrayLike, count: ArrayLike, *, quantile: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's score interval.

    Args:
        proportion: share of hits, 0 to 1.
        count: number of independent trials, above 0; need not be whole (an effective number).
        quantile: half width in standard errors.

    Returns:
        Lower and upper ends, both from 0 to 1.

    References:
        Wilson, *Probable inference, the law of succession, and statistical inference* (1927).
    """
    share = np.asarray(proportion, dtype=np.float64)
    trials = np.asarray(count, dtype=np.float64)
    weight = quantile**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    half = np.sqrt(share * (1 - share) * weight + np.square(weight) / 4) / (1 + weight)
    return np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)


def score_interval(
    value: float, variance: Callable[[float], float], *, quantile: float
) -> tuple[float, float]:
    """Wilson's idea for any figure from 0 to 1: every truth that the value does not contradict.

    Args:
        value: the figure.
        variance: what the figure's variance would be if the truth were the argument.
        quantile: half width in standard errors.

    Returns:
        The ends, by bisection; never beyond 0 and 1, and never a point where the value is 1.
    """
    ends = []
    for limit in (0.0, 1.0):
        inside, outside = value, limit
        for _ in range(40):
            middle = (inside + outside) / 2
            if abs(middle - value) > quantile * math.sqrt(max(variance(middle), 0.0)):
                outside = middle
            else:
                inside = middle
        ends.append(outside)
    return ends[0], ends[1]


def skewed_mean_interval(
    value: float, error: float, skewness: float, *, quantile: float
) -> tuple[float, float]:
    """Student's interval for a mean, corrected for a skewed distribution.

    Log losses are skewed: a rare, confident mistake that was not met makes the mean and its
    spread too small together. Hall's cubic transformation makes the upper end longer.

    Args:
        value: the mean.
        error: its standard error.
        skewness: third standardised moment of the mean (not of single examples).
        quantile: half width in standard errors, before the correction.

    References:
        Hall, *On the removal of skewness by transformation* (1992).
    """
    third = skewness / 3

    def corrected(point: float) -> float:
        if abs(third) < 1e-9:
            return point
        return (math.cbrt(1 + 3 * third * (point - third / 2)) - 1) / third

    return value - corrected(quantile) * error, value - corrected(-quantile) * error
