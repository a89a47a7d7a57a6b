"""The frame of a chart: two scales, grid lines and titles."""

from __future__ import annotations

from collections.abc import Sequence

from headstart.report import _format as form
from headstart.report._svg import line, words

WIDTH, HEIGHT = 420.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 12.0, 12.0, 42.0
"""Room around the plot for its numbers and titles; small enough to be read on a phone unscaled."""


class Plot:
    """A rectangle of the chart with a scale on both sides."""

    def __init__(self, left: float, right: float, bottom: float, top: float) -> None:
        self.left, self.right, self.bottom, self.top = left, right, bottom, top

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (min(max(value, self.bottom), self.top) - self.bottom) / (self.top - self.bottom)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(
        self,
        across: Sequence[float],
        upward: Sequence[float],
        *,
        counts: bool = False,
        powers: bool = False,
        decimals: bool = False,
    ) -> list[str]:
        """Grid lines with their numbers; shares unless said otherwise."""
        parts = []
        for value in upward:
            y = self.y(value)
            number = (
                form.count(int(value))
                if counts
                else f"{value:g}"
                if decimals
                else form.percent(value, digits=0)
            )
            parts.append(line(LEFT, y, WIDTH - RIGHT, y, "grid"))
            parts.append(words(LEFT - 7, y + 4, number, anchor="end", kind="tick"))
        for value in across:
            x = self.x(value)
            number = form.penalty(10.0**value) if powers else form.percent(value, digits=0)
            parts.append(line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, "grid"))
            parts.append(words(x, HEIGHT - BOTTOM + 17, number, kind="tick"))
        return parts

    def titles(self, across: str, upward: str) -> list[str]:
        middle = (LEFT + WIDTH - RIGHT) / 2
        half = (TOP + HEIGHT - BOTTOM) / 2
        return [
            words(middle, HEIGHT - 4, across, kind="title"),
            words(10, half, upward, kind="title", turn=-90),
        ]
