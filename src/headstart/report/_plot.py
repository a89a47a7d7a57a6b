"""The frame of a chart: two scales, grid lines and titles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headstart.report import _format as form
from headstart.report._svg import line, words

WIDTH, HEIGHT = 420.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 12.0, 12.0, 42.0
"""Room around the plot for its numbers and titles; small enough to be read on a phone unscaled."""


class Plot:
    """A rectangle of the chart with a scale on both sides.

    Args:
        left: what the scale across starts with.
        right: what it ends with.
        bottom: what the scale upward starts with.
        top: what it ends with.
        height: of the whole chart.
        margins: room left of, right of and above the rectangle.
    """

    def __init__(
        self,
        left: float,
        right: float,
        bottom: float,
        top: float,
        *,
        height: float = HEIGHT,
        margins: tuple[float, float, float] = (LEFT, RIGHT, TOP),
    ) -> None:
        self.left, self.right, self.bottom, self.top = left, right, bottom, top
        self._height = height
        self._start, self._end, self._ceiling = margins[0], WIDTH - margins[1], margins[2]
        self._floor = height - BOTTOM

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left)
        return self._start + share * (self._end - self._start)

    def y(self, value: float) -> float:
        share = (min(max(value, self.bottom), self.top) - self.bottom) / (self.top - self.bottom)
        return self._floor - share * (self._floor - self._ceiling)

    def grid(
        self,
        across: Sequence[float],
        upward: Sequence[float],
        *,
        across_as: Callable[[float], str] = form.whole_percent,
        upward_as: Callable[[float], str] = form.whole_percent,
        tall: bool = False,
    ) -> list[str]:
        """Grid lines with their numbers; shares unless said otherwise.

        Args:
            across: where numbers stand below the plot.
            upward: where lines run across it.
            across_as: how a number of `across` is written.
            upward_as: how one of `upward` is.
            tall: whether lines run up from `across` too; else there are short ticks.
        """
        parts = []
        for value in upward:
            y = self.y(value)
            parts.append(line(self._start, y, self._end, y, "grid"))
            number = upward_as(value)
            parts.append(words(self._start - 7, y + 4, number, anchor="end", kind="tick"))
        for value in across:
            x = self.x(value)
            parts.append(
                line(x, self._ceiling if tall else self._floor, x, self._floor + 4, "grid")
            )
            parts.append(words(x, self._floor + 17, across_as(value), kind="tick"))
        return parts

    def titles(self, across: str, upward: str) -> list[str]:
        middle = (self._start + self._end) / 2
        parts = [words(middle, self._height - 4, across, kind="title")]
        if upward:
            half = (self._ceiling + self._floor) / 2
            parts.append(words(10, half, upward, kind="title", turn=-90))
        return parts
