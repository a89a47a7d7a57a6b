"""Calibration: do predictions made with 80 % confidence hold 80 times of 100?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._scores import BINS, Floats


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of the reliability diagram.

    Attributes:
        low: lower end of the bin in top probability.
        high: upper end, which belongs to the bin.
        confidence: mean top probability in the bin.
        accuracy: share of right predictions in the bin.
        count: examples in the bin.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


def reliability(confidence: Floats, correct: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """The reliability diagram: the bins that hold examples, lowest first.

    Args:
        confidence: top probability of each example, float64 ``(examples,)``.
        correct: whether the prediction is right, bool ``(examples,)``.
    """
    sums = bin_sums(confidence, correct)
    return tuple(
        ReliabilityBin(
            low=row / BINS,
            high=(row + 1) / BINS,
            confidence=float(sums[1, row] / sums[0, row]),
            accuracy=float(sums[2, row] / sums[0, row]),
            count=int(sums[0, row]),
        )
        for row in np.flatnonzero(sums[0])
    )


def bins_of(confidence: Floats) -> NDArray[np.int64]:
    """Bin of each top probability; upper ends belong to the bin below."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def bin_sums(confidence: Floats, correct: NDArray[np.bool_]) -> Floats:
    """Count, summed confidence and hits of each bin, float64 ``(3, bins)``."""
    bins = bins_of(confidence)
    weights = (None, confidence, correct.astype(np.float64))
    return np.stack(
        [np.bincount(bins, weights=weight, minlength=BINS) for weight in weights]
    ).astype(np.float64)


def calibration_error(confidence: Floats, correct: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Expected calibration error of one repeat, and its influence ``(examples,)``.

    The mean over examples of the absolute gap between confidence and accuracy in their bin.
    """
    count, confident, hits = bin_sums(confidence, correct)
    gaps = confident - hits
    value = float(np.abs(gaps).sum() / max(count.sum(), 1))
    signs = np.sign(gaps)[bins_of(confidence)]
    return value, (signs * (confidence - correct) - value) / len(confidence)
