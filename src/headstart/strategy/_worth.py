"""What a pretrained network was worth, in words no stronger than the intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from headstart.evaluation import Figure, Scores
from headstart.strategy._crossing import at, crossing, two_digits
from headstart.strategy._points import points_interval

Word = Literal["helps", "harms", "no gain", "cannot tell"]

NEGLIGIBLE = 0.02
"""Differences of accuracy below it are no gain to speak of: an interval within it on both sides is
an answer, not a want of data."""

LONGEST_STEP = 2.0
"""How many times as many examples a forecast looks ahead at most."""


@dataclass(frozen=True)
class Verdict:
    """Whether transfer is worth it at one number of examples.

    Attributes:
        word: what may be said.
        examples: in the training part.
        gain: accuracy of transfer less that from scratch, with its interval.
    """

    word: Word
    examples: int
    gain: Figure

    def __str__(self) -> str:
        said = {
            "helps": "transfer helps",
            "harms": "transfer harms",
            "no gain": "no gain to be expected",
            "cannot tell": "cannot tell with this data",
        }[self.word]
        return f"{said}: {points_interval(self.gain)} at {self.examples:,} examples"

    def as_dict(self) -> dict[str, Any]:
        return {"word": self.word, "text": str(self), "examples": self.examples,
                "gain": self.gain.as_dict()}  # fmt: skip


def judge(gain: Figure, examples: int) -> Verdict:
    """The strongest word that an interval of the gain in accuracy allows."""
    word: Word = "cannot tell"
    if gain.low is not None and gain.high is not None:
        if gain.low > 0:
            word = "helps"
        elif gain.high < 0:
            word = "harms"
        elif max(-gain.low, gain.high) <= NEGLIGIBLE:
            word = "no gain"
    return Verdict(word, examples, gain)


@dataclass(frozen=True)
class Equivalent:
    """How many examples another candidate needs for the same accuracy.

    Attributes:
        examples: that the first was trained on.
        needed: that the other would need; ``None``: more than were measured.
        low: end of the interval; ``None``: no more than the fewest that were measured.
        high: likewise; ``None``: more than this data can show.
        fewest, most: that were measured.
    """

    examples: int
    needed: int | None
    low: int | None
    high: int | None
    fewest: int
    most: int

    @property
    def tells(self) -> bool:
        """Whether anything is known: the interval excludes some number of examples."""
        return self.low is not None or self.high is not None

    def sentence(self, *, name: str, unit: str) -> str:
        """As in "scratch would need about 640 x-rays for what transfer reaches with 200"."""
        reached = f"for what transfer reaches with {self.examples:,}"
        if self.needed is None and self.low == self.most:
            return f"{name} would need more than {self.most:,} {unit} {reached}"
        fewest = f"{self.fewest:,} or fewer"
        about = f"more than {self.most:,}" if self.needed is None else f"about {self.needed:,}"
        if self.needed is not None and self.needed <= self.fewest:
            about = fewest
        low = fewest if self.low is None else f"{self.low:,}"
        high = "more than this data can show" if self.high is None else f"{self.high:,}"
        return f"{name} would need {about} {unit} {reached} (95 % {low} to {high})"

    def as_dict(self) -> dict[str, Any]:
        return {"examples": self.examples, "needed": self.needed, "low": self.low,
                "high": self.high}  # fmt: skip


def equivalent(
    scores: Scores, sizes: Sequence[int], first: int, other: int, size: int
) -> Equivalent:
    """How many examples `other` needs for the accuracy that `first` has at one size.

    Between the sizes that were measured its curve is straight on a log scale. What the interval
    holds are the numbers of examples at which the two cannot be told apart (the test of their
    paired difference, inverted), so it covers as often as that difference's interval does. Nothing
    is extrapolated.

    Args:
        scores: of all candidates.
        sizes: in rising order.
        first: the candidate whose accuracy is to be reached.
        other: the one that is to reach it.
        size: place in `sizes` of what `first` was trained on.
    """
    found = crossing(scores.contrast, sizes, (first, size), other)
    low = found.low
    return Equivalent(
        examples=sizes[size],
        needed=None if found.needed is None else two_digits(found.needed),
        low=None if low is None else sizes[-1] if low == sizes[-1] else two_digits(low),
        high=None if found.high is None else two_digits(found.high),
        fewest=sizes[0],
        most=sizes[-1],
    )


@dataclass(frozen=True)
class Check:
    """A forecast of the largest size from the smaller ones.

    Attributes:
        forecast: gain in accuracy.
        measured: what came.
        held: whether the two can be one: no gain that was forecast differs from what was measured
            by more than both together are uncertain.
    """

    forecast: Figure
    measured: Figure
    held: bool

    def as_dict(self) -> dict[str, Any]:
        return {"forecast": self.forecast.as_dict(), "measured": self.measured.as_dict(),
                "held": self.held}  # fmt: skip


@dataclass(frozen=True)
class Forecast:
    """What more examples should buy.

    Attributes:
        examples: there are.
        more: examples that are added.
        gain: in accuracy.
        check: of the same rule; ``None`` where there were too few sizes.
    """

    examples: int
    more: int
    gain: Figure
    check: Check | None = None

    def sentence(self, classes: int) -> str:
        """As in "40 more per class: +3 points (95 % +1 to +5)"."""
        words = f"{max(self.more // classes, 1):,} more per class: {points_interval(self.gain)}"
        if self.check is None:
            return f"{words}; a guess: the sizes that were measured do not check it"
        came = "as forecast" if self.check.held else "NOT as forecast, so do not trust it"
        return (
            f"{words}; checked on the largest size, forecast from the smaller ones: "
            f"{points_interval(self.check.forecast)}, measured "
            f"{points_interval(self.check.measured)}, {came}"
        )

    def as_dict(self) -> dict[str, Any]:
        check = None if self.check is None else self.check.as_dict()
        return {"examples": self.examples, "more": self.more, "gain": self.gain.as_dict(),
                "check": check}  # fmt: skip


def forecast(scores: Scores, sizes: Sequence[int], candidate: int) -> Forecast | None:
    """What more examples should buy, from what the last ones bought.

    Where errors fall as a power of the number of examples, ``a + b n^-c``, multiplying the number
    by f once more gains f^-c times what the last multiplication gained. Learning curves have c
    between 0 and 1, so the next gain is 1 / f to 1 times the last one; the interval holds all of
    that, the value is in the middle (c = 1/2).

    Args:
        scores: of all candidates.
        sizes: in rising order.
        candidate: whose curve.

    Returns:
        ``None`` where there is one size only, or no interval.

    References:
        Cortes et al., *Learning curves: asymptotic values and rate of convergence* (1993).
    """
    if len(sizes) < 2:
        return None
    factor = min(sizes[-1] / sizes[0], LONGEST_STEP)
    gain = _next_gain(scores, sizes, candidate, len(sizes) - 1, factor)
    if gain.low is None:
        return None
    return Forecast(
        sizes[-1], round(sizes[-1] * (factor - 1)), gain, _check(scores, sizes, candidate)
    )


def _check(scores: Scores, sizes: Sequence[int], candidate: int) -> Check | None:
    """Forecast the largest size, where the smaller ones span a step as large as the one to it."""
    if len(sizes) < 3 or (step := sizes[-1] / sizes[-2]) > sizes[-2] / sizes[0]:
        return None
    before, last = (candidate, len(sizes) - 2), (candidate, len(sizes) - 1)
    measured = scores.contrast({last: 1.0, before: -1.0})
    gained = _last_gain(sizes, candidate, len(sizes) - 2, step)
    # Measured less the least and the most that the rule allows: both share the size in the middle.
    ahead = []
    for share in (1 / step, 1.0):
        weights = {cell: -share * weight for cell, weight in gained.items()}
        weights[before] -= 1.0
        ahead.append(scores.contrast({**weights, last: 1.0}))
    above = all(figure.low is not None and figure.low > 0 for figure in ahead)
    below = all(figure.high is not None and figure.high < 0 for figure in ahead)
    forecast = _next_gain(scores, sizes, candidate, len(sizes) - 2, step)
    return Check(forecast, measured, held=not (above or below))


def _next_gain(
    scores: Scores, sizes: Sequence[int], candidate: int, size: int, factor: float
) -> Figure:
    last = scores.contrast(_last_gain(sizes, candidate, size, factor))
    assert last.value is not None
    if last.low is None or last.high is None:
        return last
    return Figure(
        last.value / math.sqrt(factor),
        min(last.low, last.low / factor),
        max(last.high, last.high / factor),
        last.level,
        "last gain, times 1 / f to 1",
        approximate=True,
    )


def _last_gain(
    sizes: Sequence[int], candidate: int, size: int, factor: float
) -> dict[tuple[int, int], float]:
    """Weights of what the last multiplication by a factor gained, up to a size."""
    weights = at(sizes, candidate, sizes[size] / factor, -1.0)
    weights[candidate, size] = weights.get((candidate, size), 0.0) + 1.0
    return weights
