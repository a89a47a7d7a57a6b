"""Held-out loss along the penalties, and when it has been followed far enough."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from headstart.heads._problems import Float

PATIENCE = 2
"""A curve ends when its held-out loss has risen at so many penalties in a row,"""

CLEAR_RISE = 2.0
"""or once by this many standard errors of the paired difference."""


@dataclass(frozen=True)
class Curve:
    """Held-out log loss along the penalties.

    Attributes:
        penalties: strong to weak, those that were tried; float64 ``(tried,)``.
        log_loss: mean over examples; float64 ``(tried,)``.
        standard_error: of that mean; float64 ``(tried,)``.
        chosen: the penalty of least held-out log loss; where nothing could be held out, a
            middling one.
        pruned: how many weaker penalties were not tried because the loss was rising.
    """

    penalties: NDArray[np.float64]
    log_loss: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    chosen: float
    pruned: int


@dataclass
class Walk:
    """One curve that is followed along the path until it rises."""

    means: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    rising: int = 0
    last: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def best_or(self, fallback: int) -> int:
        """Step of least loss; `fallback` where nothing could be judged."""
        return int(np.argmin(self.means)) if self.means else fallback

    @property
    def ended(self) -> bool:
        return self.rising >= PATIENCE

    def add(self, losses: NDArray[np.float64], weights: Float, repeats: int) -> None:
        """Add a step: the losses of the held-out examples, the same ones each time, and weights."""
        if len(losses) == 0:  # a curve without evidence is followed to its end
            return
        mean, error = _mean_and_error(losses, weights, repeats)
        if self.means:
            rise, uncertain = _mean_and_error(losses - self.last, weights, repeats)
            clear = rise > CLEAR_RISE * uncertain
            self.rising = 0 if rise <= 0 else self.rising + (PATIENCE if clear else 1)
        self.last = losses
        self.means.append(mean)
        self.errors.append(error)


def _mean_and_error(
    values: NDArray[np.float64], weights: Float, repeats: int
) -> tuple[float, float]:
    """Weighted mean and its standard error."""
    mean = float(np.average(values, weights=weights))
    spread = float(np.average((values - mean) ** 2, weights=weights))
    # The same examples come in every repeat, which adds no independent evidence.
    count = len(values) / repeats
    return mean, float(np.sqrt(spread / max(count - 1, 1)))
