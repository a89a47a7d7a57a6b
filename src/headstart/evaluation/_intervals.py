"""Intervals for a proportion, and for a figure on a transformed scale."""

from __future__ import annotations

import math
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


def on_log_scale(value: float, variance: float, *, quantile: float) -> tuple[float, float]:
    """Interval of a positive figure, symmetric in its logarithm (delta method)."""
    if value <= 0 or not math.isfinite(variance):
        return 0.0, math.inf
    factor = math.exp(min(quantile * math.sqrt(variance) / value, 700.0))
    return value / factor, value * factor


def on_logit_scale(value: float, variance: float, *, quantile: float) -> tuple[float, float]:
    """Interval of a figure between 0 and 1, symmetric in its log odds (delta method)."""
    if not 0 < value < 1 or not math.isfinite(variance):
        return 0.0, 1.0
    odds = math.log(value / (1 - value))
    half = min(quantile * math.sqrt(variance) / (value * (1 - value)), 700.0)
    return 1 / (1 + math.exp(half - odds)), 1 / (1 + math.exp(-half - odds))
