"""A confusion matrix with many classes, as a map of small squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from headstart.report import _format as form
from headstart.report._svg import Svg, words

_CELL = 12
_LETTER = 6.2
"""About the width of a letter at the labels' size."""


def confusion_map(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Svg:
    """Squares coloured by their share of the true class; empty ones are left out.

    Args:
        counts: rows are true classes, columns predicted ones.
        classes: their names, in the same order.
    """
    names = [name if len(name) <= 24 else f"{name[:23]}…" for name in classes]
    room = 10 + _LETTER * max((len(name) for name in names), default=0)
    side = _CELL * len(classes)
    parts = [f'<rect x="{room:.0f}" y="{room:.0f}" width="{side}" height="{side}" class="field"/>']
    for place, name in enumerate(names):
        middle = room + _CELL * (place + 0.5)
        parts.append(words(room - 4, middle + 3.5, name, anchor="end"))
        parts.append(words(middle + 3.5, room - 4, name, anchor="start", turn=-90))
    for row, cells in enumerate(counts):
        total = sum(cells)
        for column, cell in enumerate(cells):
            if not cell:
                continue
            share = cell / total
            kind = "good" if row == column else "bad"
            # The root lets a few errors among many right ones be seen.
            shade = share if row == column else math.sqrt(share)
            title = f"{classes[row]} named {classes[column]}: {form.count(cell)} of "
            title += f"{form.count(total)} ({form.percent(share, digits=0)})"
            parts.append(
                f'<rect x="{room + _CELL * column:.0f}" y="{room + _CELL * row:.0f}" '
                f'width="{_CELL - 1}" height="{_CELL - 1}" class="{kind}" '
                f'fill-opacity="{0.15 + 0.85 * shade:.2f}"><title>{escape(title)}</title></rect>'
            )
    whole = room + side + 2
    return Svg(
        f'<svg class="map" width="{whole:.0f}" height="{whole:.0f}" '
        f'viewBox="0 0 {whole:.0f} {whole:.0f}" role="img" '
        f'aria-label="Confusion matrix of {len(classes)} classes, rows true, columns predicted">'
        f"{''.join(parts)}</svg>"
    )
