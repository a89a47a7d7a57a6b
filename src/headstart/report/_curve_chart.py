"""Learning curves: figures over numbers of examples or labels, a line for each candidate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report import _format as form
from headstart.report._plot import HEIGHT, WIDTH, Plot
from headstart.report._svg import Svg, dot, drawing, line, ticks

COLOURS = 6

APART = 5.0
"""Lines of neighbours are drawn so far beside each other, that whiskers do not hide whiskers."""


@dataclass(frozen=True)
class Point:
    """A figure at a number of examples or labels, with the ends of its interval."""

    examples: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """What one candidate reached."""

    name: str
    points: tuple[Point, ...]


def learning_curves(
    curves: Sequence[Curve], *, title: str, share: bool = True, counted: str = "examples"
) -> Svg:
    """The curves with whiskers, numbers of examples on a log scale.

    Args:
        curves: in the order of their colours.
        title: of the scale upward.
        share: whether the figures are shares, from 0 to 1.
        counted: what there are more and more of.
    """
    points = [point for curve in curves for point in curve.points]
    counts = sorted({point.examples for point in points})
    if len(counts) < 2:
        return Svg("")
    bottom = min(point.low for point in points)
    top = max(point.high for point in points)
    space = 0.04 * (top - bottom) or 0.01
    top, bottom = top + space, bottom - space
    if share:
        top, bottom = min(top, 1.0), max(bottom, 0.0)
    aside = 0.06 * math.log(counts[-1] / counts[0])
    plot = Plot(math.log(counts[0]) - aside, math.log(counts[-1]) + aside, bottom, top)
    upward = form.whole_percent if share else form.decimal
    parts = [
        *plot.grid(
            [math.log(count) for count in _apart(counts)],
            ticks(bottom, top, about=5),
            across_as=lambda place: form.count(round(math.exp(place))),
            upward_as=upward,
        ),
        *plot.titles(f"{counted} to learn from", title),
    ]
    for place, curve in enumerate(curves):
        parts += _curve(plot, curve, place=place, of=len(curves), share=share, counted=counted)
    label = f"Learning curves of {form.listing([curve.name for curve in curves])}"
    return drawing(WIDTH, HEIGHT, parts, label=label, kind="curves")


def _curve(
    plot: Plot, curve: Curve, *, place: int, of: int, share: bool, counted: str
) -> list[str]:
    shift = (place - (of - 1) / 2) * APART
    kind = f"s{place % COLOURS}"
    spots = [(plot.x(math.log(point.examples)) + shift, point) for point in curve.points]
    parts = [
        line(x, plot.y(point.value), after, plot.y(other.value), f"curve {kind}")
        for (x, point), (after, other) in itertools.pairwise(spots)
    ]
    for x, point in spots:
        number = form.percent if share else form.decimal
        said = (
            f"{curve.name}, {form.count(point.examples)} {counted}: {number(point.value)}, "
            f"{number(point.low)} to {number(point.high)}"
        )
        parts.append(line(x, plot.y(point.low), x, plot.y(point.high), f"curve {kind}"))
        parts.append(dot(x, plot.y(point.value), 4.0, f"spot {kind}", title=said))
    return parts


def _apart(counts: Sequence[int]) -> list[int]:
    """Those whose numbers have room beside each other, the last always."""
    span = math.log(counts[-1] / counts[0])
    kept = [counts[-1]]
    for count in reversed(counts[:-1]):
        if math.log(kept[-1] / count) > 0.09 * span:
            kept.append(count)
    return kept[::-1]
