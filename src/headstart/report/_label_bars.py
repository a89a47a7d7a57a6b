"""Charts of known labels: those of each task beside those of all others together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report import _format as form
from headstart.report._plot import BOTTOM, HEIGHT, WIDTH, Plot
from headstart.report._svg import Svg, box, drawing, words

_ROW = 40.0
_MOST_LETTERS = 34


@dataclass(frozen=True)
class Labels:
    """Known labels around one task.

    Attributes:
        known: its own.
        others: those of all other tasks together.
        gains: whether it stands to gain from them.
    """

    name: str
    known: int
    others: int
    gains: bool


def label_bars(rows: Sequence[Labels]) -> Svg:
    """A bar for each of a few tasks, on a logarithmic scale; a pale one for all others."""
    left, right = _decades(rows)
    height = _ROW * len(rows) + BOTTOM
    plot = Plot(left, right, 0.0, 1.0, height=height, margins=(0.0, 10.0, 2.0))
    parts = [
        *plot.grid(_powers(left, right), [], across_as=_power, tall=True),
        *plot.titles("known labels", ""),
    ]
    for place, row in enumerate(rows):
        top = _ROW * place
        name = row.name if len(row.name) <= _MOST_LETTERS else f"{row.name[: _MOST_LETTERS - 1]}…"
        numbers = f"{form.count(row.known)}, all others {form.count(row.others)}"
        parts += [
            words(0.0, top + 15.0, name, anchor="start", kind="row"),
            words(WIDTH, top + 15.0, numbers, anchor="end", kind="row"),
            _bar(plot, row.others, top, "pale", f"{row.name}: {form.count(row.others)} of others"),
            _bar(plot, row.known, top, _colour(row), f"{row.name}: {form.count(row.known)}"),
        ]
    return drawing(WIDTH, height, parts, label=_label(rows), kind="rows labels")


def label_columns(rows: Sequence[Labels]) -> Svg:
    """Columns of many tasks side by side, from most labels to fewest; one outline for each colour.

    Args:
        rows: in the order of their known labels, most first.
    """
    bottom, top = _decades(rows)
    plot = Plot(0.0, float(len(rows)), bottom, top)
    parts = [
        *plot.grid([], _powers(bottom, top), upward_as=_power),
        _outline(plot, [(place, row.others) for place, row in enumerate(rows)], "pale"),
    ]
    for colour in ("own", "gains"):
        of_colour = [(place, row.known) for place, row in enumerate(rows) if _colour(row) == colour]
        parts.append(_outline(plot, of_colour, colour))
    title = f"{form.count(len(rows))} tasks, from most labels to fewest"
    parts += plot.titles(title, "known labels")
    return drawing(WIDTH, HEIGHT, parts, label=_label(rows), kind="labels")


def _bar(plot: Plot, count: int, top: float, kind: str, title: str) -> str:
    if not count:
        return ""
    start = plot.x(plot.left)
    return box(start, top + 22.0, plot.x(math.log10(count)) - start, 10.0, kind, title=title)


def _outline(plot: Plot, columns: Sequence[tuple[int, int]], kind: str) -> str:
    """Columns that stand side by side, as one shape: hundreds of boxes would be large."""
    floor = plot.y(plot.bottom)
    steps = [
        f"V{plot.y(math.log10(count) if count else plot.bottom):.1f}H{plot.x(place + 1):.1f}"
        for place, count in columns
    ]
    if not steps:
        return ""
    start = plot.x(columns[0][0])
    return f'<path d="M{start:.1f} {floor:.1f}{"".join(steps)}V{floor:.1f}Z" class="{kind}"/>'


def _decades(rows: Sequence[Labels]) -> tuple[float, float]:
    """Ends of the scale, as powers of ten: one below the fewest, so that every bar is seen."""
    fewest = min((row.known for row in rows if row.known), default=1)
    most = max(max(row.known, row.others) for row in rows)
    low = math.ceil(math.log10(fewest)) - 1 if fewest > 1 else -0.3
    return max(low, -0.3), max(math.log10(max(most, 10)), low + 1)


def _powers(low: float, high: float) -> list[float]:
    return [float(power) for power in range(math.ceil(low), math.floor(high + 1e-9) + 1)]


def _power(power: float) -> str:
    return form.count(round(10**power))


def _colour(row: Labels) -> str:
    return "gains" if row.gains else "own"


def _label(rows: Sequence[Labels]) -> str:
    gaining = sum(row.gains for row in rows)
    return (
        f"Known labels of {form.count(len(rows))} tasks beside those of all others; "
        f"{form.count(gaining)} stand to gain"
    )
