"""How a difference changes with the width of the shared layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report import _format as form
from headstart.report._differences import Difference
from headstart.report._plot import HEIGHT, WIDTH, Plot
from headstart.report._svg import Svg, box, dot, drawing, line, ticks

_CAP = 4.0
"""Half the length of the stroke at the end of a whisker."""


@dataclass(frozen=True)
class AtWidth:
    """The mean difference over tasks at one width.

    Attributes:
        width: of the shared layer.
        difference: with its interval.
        kind: class that colours it.
        words: for those who cannot see it.
    """

    width: int
    difference: Difference
    kind: str
    words: str


def width_chart(
    found: Sequence[AtWidth], *, title: str, negligible: float, less: bool, hundredfold: bool
) -> Svg:
    """Dots with whiskers over widths on a log scale; better always upward.

    Args:
        found: in rising order of width.
        title: of the scale upward.
        negligible: differences up to it make no difference to speak of; a band.
        less: whether less is better.
        hundredfold: whether numbers are written as points.
    """
    if not found:
        return Svg("")
    sign = (-1.0 if less else 1.0) * (100.0 if hundredfold else 1.0)
    band = negligible * abs(sign)
    ends = [sign * end for each in found for end in (each.difference.low, each.difference.high)]
    bottom, top = min(*ends, -1.5 * band), max(*ends, 1.5 * band)
    space = 0.06 * (top - bottom)
    logs = [math.log(each.width) for each in found]
    aside = 0.12 * (logs[-1] - logs[0]) or 1.0
    plot = Plot(logs[0] - aside, logs[-1] + aside, bottom - space, top + space)
    start, end = plot.x(plot.left), plot.x(plot.right)
    parts = [
        box(start, plot.y(band), end - start, plot.y(-band) - plot.y(band), "negligible"),
        *plot.grid(
            logs,
            ticks(plot.bottom, plot.top, about=8),
            across_as=lambda place: form.count(round(math.exp(place))),
            upward_as=lambda value: _number(-value if less else value),
        ),
        line(start, plot.y(0.0), end, plot.y(0.0), "ideal"),
        *plot.titles("width of the shared layer", title),
    ]
    for place, each in zip(logs, found, strict=True):
        x = plot.x(place)
        low, high = plot.y(sign * each.difference.low), plot.y(sign * each.difference.high)
        parts.append(line(x, low, x, high, f"reach {each.kind}"))
        parts += [line(x - _CAP, y, x + _CAP, y, f"reach {each.kind}") for y in (low, high)]
        y = plot.y(sign * each.difference.value)
        parts.append(dot(x, y, 5.0, f"dot {each.kind}", title=each.words))
    label = f"{title} at {form.counted(len(found), 'width', 'widths')} of the shared layer"
    return drawing(WIDTH, HEIGHT, parts, label=label, kind="widths")


def _number(value: float) -> str:
    return f"{value:+g}".replace("-", form.MINUS) if value else "0"
