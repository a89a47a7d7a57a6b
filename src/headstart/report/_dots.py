"""A chart of a few things that were measured alike: a row for each, with a dot and whiskers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report import _format as form
from headstart.report._plot import WIDTH, Plot
from headstart.report._svg import Svg, dot, drawing, line, ticks, words

_ROW = 46.0
_MOST_LETTERS, _MOST_BOLD = 50, 44
"""Of a row's words; more would run into its number."""


@dataclass(frozen=True)
class Row:
    """What was measured of one thing.

    Attributes:
        name: what it is.
        value: the figure.
        low: lower end of the whisker.
        high: its upper end.
        mark: what is said of it beside its name, or empty; what is marked gets a ring.
    """

    name: str
    value: float
    low: float
    high: float
    mark: str = ""


def dot_rows(rows: Sequence[Row], *, title: str, label: str, zero: bool = False) -> Svg:
    """Figures below one another on one scale, from top to bottom in their order.

    Names stand above their dots, not beside them: they may be long, and a phone is narrow.

    Args:
        rows: what is shown.
        title: of the scale.
        label: the chart in words, for those who cannot see it.
        zero: whether the scale holds 0, as a dashed line.
    """
    if not rows:
        return Svg("")
    ends = [end for row in rows for end in (row.low, row.value, row.high)] + [0.0] * zero
    space = 0.06 * (max(ends) - min(ends)) or 0.1
    height = _ROW * len(rows) + 46.0
    plot = Plot(
        min(ends) - space, max(ends) + space, 0.0, 1.0, height=height, margins=(10.0, 10.0, 2.0)
    )
    parts = [
        *plot.grid(ticks(plot.left, plot.right, about=5), [], across_as=form.short, tall=True),
        *plot.titles(title, ""),
    ]
    for place, row in enumerate(rows):
        top = _ROW * place
        if zero:  # in pieces, so that it runs through no name
            parts.append(line(plot.x(0.0), top + 24.0, plot.x(0.0), top + 44.0, "ideal"))
        parts += _row(plot, row, top=top)
    return drawing(WIDTH, height, parts, label=label, kind="rows")


def _row(plot: Plot, row: Row, *, top: float) -> list[str]:
    x, y = plot.x(row.value), top + 34.0
    suffix = f" – {row.mark}" if row.mark else ""
    room = (_MOST_BOLD if row.mark else _MOST_LETTERS) - len(suffix)
    name = row.name if len(row.name) <= room else f"{row.name[: room - 1]}…"
    number = form.decimal(row.value)
    whole = f"{row.name}: {number}, whisker {form.decimal(row.low)} to {form.decimal(row.high)}"
    parts = [
        words(0.0, top + 18.0, name + suffix, anchor="start", kind="mark" if row.mark else "row"),
        words(WIDTH, top + 18.0, number, anchor="end", kind="row"),
        line(plot.x(row.low), y, plot.x(row.high), y, "whisker"),
    ]
    if row.mark:
        parts.append(dot(x, y, 8.5, "ring"))
    parts.append(dot(x, y, 4.5, "point", title=whole))
    return parts
