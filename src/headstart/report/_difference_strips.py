"""Differences with their intervals as strips below one another, better always to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report._differences import Difference
from headstart.report._svg import Svg, strip, ticks

HEIGHT = 44.0
"""As high as a row of the table that holds them, so that the lines of neighbours meet."""

_CUT = 0.1
"""Share of whiskers that may run out of the scale on either side: one task with few labels would
press all others into a dot."""


@dataclass(frozen=True)
class Scale:
    """What the strips of one column share.

    Attributes:
        left: the difference at the left end, where it is worst.
        right: at the right end; below `left` where less is better.
        negligible: differences up to it either way make no difference to speak of.
    """

    left: float
    right: float
    negligible: float

    def place(self, value: float) -> float:
        """Where a difference stands, in per cent of the width; outside of 0 to 100 where off it."""
        return (value - self.left) / (self.right - self.left) * 100.0


def scale_of(differences: Sequence[Difference], *, negligible: float, less: bool) -> Scale:
    """A scale that holds every difference, most of the whiskers, 0, and what is negligible.

    Args:
        differences: those that are drawn.
        negligible: is always on the scale, with some room.
        less: whether less is better.
    """
    lows = sorted(each.low for each in differences)
    highs = sorted((each.high for each in differences), reverse=True)
    cut = int(_CUT * len(differences))
    low = min([-1.5 * negligible, *(each.value for each in differences), *lows[cut : cut + 1]])
    high = max([1.5 * negligible, *(each.value for each in differences), *highs[cut : cut + 1]])
    space = 0.04 * (high - low)
    low, high = low - space, high + space
    return Scale(high, low, negligible) if less else Scale(low, high, negligible)


def difference_strip(difference: Difference, *, scale: Scale, kind: str, label: str) -> Svg:
    """One difference: a dot on its interval, a line at 0, and the band of what is negligible.

    Args:
        difference: with its interval.
        scale: of the column.
        kind: class that colours it.
        label: the figure in words, for those who cannot see it.
    """
    ends = sorted(scale.place(end) for end in (difference.low, difference.high))
    left, right = (min(max(end, 0.0), 100.0) for end in ends)
    middle = HEIGHT / 2
    parts = [
        *_ground(scale),
        f'<line x1="{left:.1f}%" x2="{right:.1f}%" y1="{middle:g}" y2="{middle:g}" class="reach"/>',
        f'<circle cx="{scale.place(difference.value):.1f}%" cy="{middle:g}" r="4.5" class="dot"/>',
    ]
    # A whisker that runs out of the scale ends in an arrow head, not as if it ended there.
    if ends[0] < 0:
        parts.append(f'<text x="0" y="{middle + 5:g}" class="off">‹</text>')
    if ends[1] > 100:
        parts.append(f'<text x="100%" y="{middle + 5:g}" text-anchor="end" class="off">›</text>')
    return strip(HEIGHT, parts, label=label, kind=f"difference {kind}")


def empty_strip(scale: Scale) -> Svg:
    """A strip of what could not be compared: only the line at 0."""
    return strip(HEIGHT, _ground(scale), label="not compared", kind="difference")


def scale_strip(scale: Scale, *, hundredfold: bool) -> Svg:
    """The numbers that stand above the strips.

    Args:
        scale: of the column.
        hundredfold: whether numbers are written as points.
    """
    ends = sorted((scale.left, scale.right))
    factor = 100.0 if hundredfold else 1.0
    parts = []
    for tick in ticks(ends[0] * factor, ends[1] * factor, about=4):
        place = scale.place(tick / factor)
        anchor = "start" if place < 6 else "end" if place > 94 else "middle"
        number = f"{tick:+g}".replace("-", "−") if tick else "0"
        parts.append(f'<text x="{place:.1f}%" y="13" text-anchor="{anchor}">{number}</text>')
    return strip(18.0, parts, label="scale", kind="difference axis")


def _ground(scale: Scale) -> list[str]:
    ends = sorted(scale.place(end) for end in (-scale.negligible, scale.negligible))
    zero = scale.place(0.0)
    return [
        f'<rect x="{ends[0]:.1f}%" y="0" width="{ends[1] - ends[0]:.1f}%" height="{HEIGHT:g}" '
        'class="negligible"/>',
        f'<line x1="{zero:.1f}%" x2="{zero:.1f}%" y1="0" y2="{HEIGHT:g}" class="zero"/>',
    ]
