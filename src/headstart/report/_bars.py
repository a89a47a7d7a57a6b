"""Bars that are as wide as their place: intervals, and parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from headstart.report._svg import Svg, strip


def interval_bar(
    value: float,
    low: float,
    high: float,
    *,
    start: float,
    end: float,
    label: str,
    baseline: float | None = None,
) -> Svg:
    """A figure as a dot on its interval, on a scale from `start` to `end`.

    Args:
        value: the figure.
        low: the interval's lower end.
        high: the interval's upper end.
        start: the scale's left end; what lies outside the scale is drawn at its end.
        end: the scale's right end.
        label: the figure in words, for those who cannot see it.
        baseline: what could be had without looking at the examples; a dashed mark.
    """
    span = end - start or 1.0

    def place(number: float) -> float:
        return min(max((number - start) / span, 0.0), 1.0) * 100.0

    left, right, middle = place(low), place(high), place(value)
    wide = max(right - left, 0.4)
    parts = [
        '<rect x="0" y="9" width="100%" height="4" rx="2" class="track"/>',
        f'<rect x="{left:.2f}%" y="7" width="{wide:.2f}%" height="8" rx="3" class="band"/>',
    ]
    if baseline is not None:
        at = place(baseline)
        parts.append(f'<line x1="{at:.2f}%" x2="{at:.2f}%" y1="1" y2="21" class="baseline"/>')
    parts.append(f'<circle cx="{middle:.2f}%" cy="11" r="5" class="point"/>')
    return strip(22, parts, label=label, kind="interval")


def stacked_bar(parts: Sequence[tuple[str, float]], *, label: str) -> Svg:
    """Parts of a whole in a row, each ``(title, size)``."""
    total = sum(size for _, size in parts) or 1.0
    drawn, left = [], 0.0
    for place, (title, size) in enumerate(parts):
        width = size / total * 100.0
        drawn.append(
            f'<rect x="{left:.3f}%" y="0" width="{width:.3f}%" height="16" '
            f'class="part s{place % 6}">'
            f"<title>{escape(title)}</title></rect>"
        )
        left += width
    return strip(16, drawn, label=label, kind="stacked")
