"""F1 of a yes/no task at a threshold, and its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._intervals import wilson
from headstart.evaluation._scores import Floats


def f1_score(positive: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Harmonic mean of precision and recall, and its influence.

    Args:
        positive: bool ``(examples,)``, at least one of them true.
        found: whether an example is predicted to be positive, bool ``(examples,)``.

    Returns:
        ``2 * hits / (positives + predicted)``, and the influence, float64 ``(examples,)``.
    """
    hits = (positive & found).astype(np.float64)
    sides = positive.astype(np.float64) + found
    total = float(sides.sum())
    value = float(2 * hits.sum() / total)
    return value, (2 * hits - value * sides) / total


def f1_interval(
    value: float,
    concerned: float,
    influence: Floats,
    held: HeldOut,
    *,
    quantile: float,
) -> tuple[float, float]:
    """Wilson's interval of the Jaccard index, turned into one of F1.

    ``F1 = 2 * J / (1 + J)``, where J is the share of hits among the examples that are positive or
    predicted to be: a share like any other, so that its interval is right near 0 and 1 too.

    Args:
        value: mean over the repeats.
        concerned: how many examples are positive or predicted to be, mean over the repeats.
        influence: of F1, float64 ``(repeats, examples)``.
        held: the predictions.
        quantile: half width in standard errors.
    """
    sampling = held.sampling
    effect = float(sampling.design_effect(influence[:, :, None])[0]) * sampling.share_inflation
    low, high = wilson(value / (2 - value), concerned / effect, quantile=quantile)
    return float(2 * low / (1 + low)), float(2 * high / (1 + high))
