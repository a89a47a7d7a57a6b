"""Where one candidate's learning curve reaches what another has at one size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from headstart.evaluation import Figure

Cell = tuple[int, int]
"""Place of a candidate and of a size."""

STEPS = 60
"""Numbers of examples, evenly spaced on a log scale, at which two curves are compared."""


@dataclass(frozen=True)
class Crossing:
    """How many examples a curve needs; nothing is extrapolated.

    Attributes:
        needed: to reach it; ``None``: more than were measured.
        low: end of the interval; ``None``: no more than the fewest that were measured. The most
            that were measured where the curve stays below even there.
        high: likewise; ``None``: more than this data can show.
    """

    needed: float | None
    low: float | None
    high: float | None


def crossing(
    contrast: Callable[[Mapping[Cell, float]], Figure],
    sizes: Sequence[int],
    first: Cell,
    other: int,
    *,
    steps: int = STEPS,
) -> Crossing:
    """How many examples `other` needs for what stands in the cell `first`.

    Between the sizes that were measured its curve is straight on a log scale. What the interval
    holds are the numbers of examples at which the two cannot be told apart (the test of their
    paired difference, inverted), so it covers as often as that difference's interval does.

    Args:
        contrast: a weighted sum of scores with its interval; more is better.
        sizes: in rising order.
        first: what is to be reached.
        other: the candidate that is to reach it.
        steps: of the grid.
    """
    grid = [
        math.exp(math.log(sizes[0]) + step / steps * math.log(sizes[-1] / sizes[0]))
        for step in range(steps + 1)
    ]
    ahead = [contrast(_less(first, at(sizes, other, count, -1.0))) for count in grid]
    # Of each end what is told, whatever a noisy curve does between: the first is ahead of the
    # other trained on fewest, the other of the first when trained on most.
    behind = _leading(figure.low is not None and figure.low > 0 for figure in ahead)
    beyond = _leading(figure.high is not None and figure.high < 0 for figure in ahead[::-1])
    reached = _leading((figure.value or 0.0) <= 0 for figure in ahead[::-1])
    return Crossing(
        needed=grid[-reached] if reached else None,
        low=float(sizes[-1]) if behind == len(grid) else grid[behind - 1] if behind else None,
        high=grid[-beyond] if beyond else None,
    )


def at(sizes: Sequence[int], candidate: int, count: float, weight: float) -> dict[Cell, float]:
    """Weights of the two sizes around a number of examples, straight on a log scale."""
    above = next(place for place, size in enumerate(sizes) if size >= count * (1 - 1e-9))
    if above == 0:
        return {(candidate, 0): weight}
    share = math.log(count / sizes[above - 1]) / math.log(sizes[above] / sizes[above - 1])
    return {(candidate, above - 1): weight * (1 - share), (candidate, above): weight * share}


def two_digits(count: float) -> int:
    """Rounded: more would not be true."""
    digits = max(math.floor(math.log10(count)) - 1, 0)
    return int(round(count, -digits))


def _less(first: Cell, weights: dict[Cell, float]) -> dict[Cell, float]:
    return {**weights, first: weights.get(first, 0.0) + 1.0}


def _leading(holds: Iterable[bool]) -> int:
    """How many of the first hold, before one that does not."""
    return sum(1 for _ in itertools.takewhile(bool, holds))
