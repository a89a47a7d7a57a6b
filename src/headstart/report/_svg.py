"""The few pieces that every chart is drawn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape


class Svg(str):
    """SVG source that is safe to stand in a page: every text in it went through `words`."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell an autoescaping template that this is markup."""
        return str(self)


def drawing(
    width: float, height: float, parts: Sequence[str], *, label: str, kind: str = ""
) -> Svg:
    """An SVG picture of `width` x `height` units, `label` for those who cannot see it."""
    return Svg(
        f'<svg class="chart {kind}" viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width:{width:g}px" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def strip(height: float, parts: Sequence[str], *, label: str, kind: str) -> Svg:
    """An SVG picture as wide as its place; across, its parts are placed in per cent."""
    return Svg(
        f'<svg class="strip {kind}" width="100%" height="{height:g}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def words(
    x: float, y: float, content: str, *, anchor: str = "middle", kind: str = "", turn: int = 0
) -> str:
    """Text at a point, escaped."""
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}{turned}>'
        f"{escape(content)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def box(x: float, y: float, width: float, height: float, kind: str, *, title: str = "") -> str:
    """A rectangle; `title` shows when the pointer rests on it."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" class="{kind}">{inside}</rect>'
    )


def dot(x: float, y: float, radius: float, kind: str, *, title: str = "") -> str:
    """A filled circle; `title` shows when the pointer rests on it."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="{kind}">{inside}</circle>'


def ticks(start: float, end: float, *, about: int) -> list[float]:
    """Round numbers in [start, end], roughly `about` of them."""
    if not end > start:
        return [start]
    rough = (end - start) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(start / step - 1e-9)
    last = math.floor(end / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]
