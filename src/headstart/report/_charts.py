"""Charts as SVG, from numbers alone. Colours are classes; the page's style sheet gives them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.report import _format as form
from headstart.report._plot import HEIGHT, TOP, WIDTH, Plot
from headstart.report._svg import Svg, box, dot, drawing, line, ticks, words


@dataclass(frozen=True)
class Bin:
    """One bar of the reliability diagram: how sure the model was and how often it was right.

    Attributes:
        confidence: mean probability of the predicted class, in [0, 1].
        accuracy: share of right predictions, in [0, 1].
        count: predictions in the bin.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True)
class Candidate:
    """A penalty that was tried; `log_loss` is the mean over held-out examples, in nats."""

    penalty: float
    log_loss: float
    standard_error: float


def reliability_diagram(bins: Sequence[Bin]) -> Svg:
    """How often predictions were right, against how sure they were; dots sized by count."""
    across = [edge for item in bins for edge in (item.low, item.confidence)]
    # Half the square is empty where every prediction is surer than 0.5, as with two classes.
    start = math.floor(min([*across, 0.9]) * 10 + 1e-9) / 10
    plot = Plot(start, 1.0, 0.0, 1.0)
    parts = [
        *plot.grid(ticks(start, 1.0, about=5), ticks(0.0, 1.0, about=5)),
        line(plot.x(start), plot.y(start), plot.x(1.0), plot.y(1.0), "ideal"),
        *plot.titles("stated probability", "share that was right"),
    ]
    most = max((item.count for item in bins), default=1)
    known = [item for item in bins if item.count]
    for before, after in itertools.pairwise(known):
        parts.append(
            line(
                plot.x(before.confidence),
                plot.y(before.accuracy),
                plot.x(after.confidence),
                plot.y(after.accuracy),
                "path",
            )
        )
    for item in known:
        said = f"{form.percent(item.confidence, digits=0)} stated, "
        came = (
            f"{form.percent(item.accuracy, digits=0)} right, {form.count(item.count)} predictions"
        )
        radius = 3.5 + 7.0 * math.sqrt(item.count / most)
        x, y = plot.x(item.confidence), plot.y(item.accuracy)
        parts.append(dot(x, y, radius, "point soft", title=said + came))
    for item in known:
        x, y = plot.x(item.confidence), plot.y(item.accuracy)
        above = y - (7.0 + 7.0 * math.sqrt(item.count / most))
        # A label above a dot at the top would leave the plot.
        low = y + (15.0 + 7.0 * math.sqrt(item.count / most))
        parts.append(words(x, above if above > TOP + 6 else low, form.count(item.count), kind="n"))
    label = f"Reliability diagram: stated probability against share right, {len(known)} bins"
    return drawing(WIDTH, HEIGHT, parts, label=label, kind="reliability")


def probability_histogram(right: Sequence[int], wrong: Sequence[int]) -> Svg:
    """Counts of right and wrong predictions over how sure they were.

    Args:
        right: counts in equal bins over [0, 1].
        wrong: counts in the same bins.
    """
    bins = len(right)
    totals = [good + bad for good, bad in zip(right, wrong, strict=True)]
    first = next((place for place, total in enumerate(totals) if total), bins - 1)
    first = min(first, bins - max(bins // 4, 1))
    start = first / bins
    top = max(*totals, 1)
    plot = Plot(start, 1.0, 0.0, top * 1.05)
    heights = [tick for tick in ticks(0.0, top * 1.05, about=4) if tick == int(tick)]
    parts = [
        *plot.grid(
            ticks(start, 1.0, about=5), heights, upward_as=lambda value: form.count(int(value))
        ),
        *plot.titles("probability of the predicted class", "predictions"),
    ]
    for place in range(first, bins):
        left, end = plot.x(place / bins) + 1, plot.x((place + 1) / bins) - 1
        floor, middle = plot.y(0.0), plot.y(wrong[place])
        upper = plot.y(totals[place])
        edges = f"{form.percent(place / bins, digits=0)} to "
        edges += form.percent((place + 1) / bins, digits=0)
        if wrong[place]:
            title = f"{edges}: {form.count(wrong[place])} wrong"
            parts.append(box(left, middle, end - left, floor - middle, "bad", title=title))
        if right[place]:
            title = f"{edges}: {form.count(right[place])} right"
            gap = 1.0 if wrong[place] and middle - upper > 3 else 0.0
            parts.append(box(left, upper, end - left, middle - upper - gap, "good", title=title))
    label = f"Histogram of probabilities: {sum(right)} right and {sum(wrong)} wrong predictions"
    return drawing(WIDTH, HEIGHT, parts, label=label, kind="histogram")


def penalty_path(candidates: Sequence[Candidate], *, chosen: float | None) -> Svg:
    """Held-out log loss with its standard error against the penalty, the chosen one marked."""
    shown = sorted((item for item in candidates if item.penalty > 0), key=lambda c: c.penalty)
    if not shown:
        return Svg("")
    logs = [math.log10(item.penalty) for item in shown]
    margin = 0.06 * (logs[-1] - logs[0]) or 0.5
    low = min(item.log_loss - item.standard_error for item in shown)
    high = max(item.log_loss + item.standard_error for item in shown)
    space = 0.08 * (high - low) or 0.1
    plot = Plot(logs[0] - margin, logs[-1] + margin, max(low - space, 0.0), high + space)
    decades = ticks(logs[0] - margin, logs[-1] + margin, about=6)
    parts = [
        *plot.grid(
            [tick for tick in decades if tick == int(tick)],
            ticks(plot.bottom, plot.top, about=4),
            across_as=lambda power: form.penalty(10.0**power),
            upward_as=form.short,
        ),
        *plot.titles("penalty (stronger to the right)", "held-out log loss"),
    ]
    places = [plot.x(place) for place in logs]
    route = " ".join(
        f"{x:.1f},{plot.y(item.log_loss):.1f}" for x, item in zip(places, shown, strict=True)
    )
    parts.append(f'<polyline points="{route}" class="path"/>')
    for x, item in zip(places, shown, strict=True):
        y = plot.y(item.log_loss)
        upper = plot.y(item.log_loss + item.standard_error)
        lower = plot.y(item.log_loss - item.standard_error)
        best = chosen is not None and math.isclose(item.penalty, chosen, rel_tol=1e-6)
        title = f"penalty {form.penalty(item.penalty)}: log loss {form.decimal(item.log_loss)}"
        title += f" ± {form.decimal(item.standard_error)}"
        parts.append(line(x, upper, x, lower, "whisker"))
        if best:
            parts.append(dot(x, y, 9.0, "ring"))
            above, below = min(upper, y - 9.0) - 7, max(lower, y + 9.0) + 16
            parts.append(words(x, above if above > TOP + 10 else below, "chosen", kind="mark"))
        parts.append(dot(x, y, 4.0, "point", title=title))
    label = f"Held-out log loss for {len(shown)} penalties"
    return drawing(WIDTH, HEIGHT, parts, label=label, kind="penalty")
