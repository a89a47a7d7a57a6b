"""Calibration: do predictions made with 80 % confidence hold 80 times of 100?"""

from __future__ import annotations

import math
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


@dataclass(frozen=True)
class CorrectedError:
    """A calibration error without what chance adds to it.

    Attributes:
        value: the error, corrected.
        by_chance: whether a perfectly calibrated model could well show as much.
    """

    value: float
    by_chance: bool


def corrected_calibration_error(
    confidence: Floats, correct: NDArray[np.bool_], *, effect: float, inflation: float
) -> CorrectedError:
    """Calibration error of one repeat with its upward bias removed.

    Gaps are noisy, and the mean of their absolute values counts noise as error: at 20 examples a
    perfectly calibrated model shows 0.1 and more. All gaps are made smaller by one factor, such
    that with noise added the error to be expected is the one that was seen.

    Args:
        confidence: top probability of each example, float64 ``(examples,)``.
        correct: whether the prediction is right, bool ``(examples,)``.
        effect: how many times dependent examples make the noise's variance larger.
        inflation: variance factor of cross-validation, for `by_chance`.
    """
    count, confident, hits = bin_sums(confidence, correct)
    used = count > 0
    count, confident, hits = count[used], confident[used] / count[used], hits[used]
    weights = count / count.sum()
    gaps = np.abs(confident - hits / count)
    # Two pseudo-examples that agree with the confidence: a bin of one example has noise too.
    rate = (hits + 2 * confident) / (count + 2)
    noise = np.sqrt(effect * rate * (1 - rate) / count)
    seen = float(weights @ gaps)
    none, all_of_it = 0.0, 1.0
    for _ in range(30):
        factor = (none + all_of_it) / 2
        if float(weights @ _expected_size(factor * gaps, noise)) > seen:
            all_of_it = factor
        else:
            none = factor
    calibrated = effect * confident * (1 - confident) / count
    mean = float(weights @ np.sqrt(calibrated * 2 / np.pi))
    spread = math.sqrt(float(np.square(weights) @ calibrated) * (1 - 2 / np.pi) * inflation)
    return CorrectedError(none * seen, seen < mean + 2 * spread)


def _expected_size(gaps: Floats, noise: Floats) -> Floats:
    """Mean of the absolute value of normal variables (folded normal distribution)."""
    ratio = gaps / np.maximum(noise, 1e-12)
    erf = np.array([math.erf(each / math.sqrt(2)) for each in ratio])
    return np.asarray(noise * np.sqrt(2 / np.pi) * np.exp(-np.square(ratio) / 2) + gaps * erf)
