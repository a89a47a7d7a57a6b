"""The ways to learn several tasks that were compared, in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell


@dataclass(frozen=True)
class Told:
    """A mean over tasks in a table.

    Attributes:
        figure: with its interval, or why there is none.
        defined: for how many tasks it is, where not for all.
        approximate: whether its interval is.
    """

    figure: Cell
    defined: str
    approximate: bool


@dataclass(frozen=True)
class WayRow:
    """One way.

    Attributes:
        name: as it was asked for.
        what: in words.
        auroc: mean over tasks.
        log_loss: likewise.
        networks: how many, and the epochs that were chosen for them.
        seconds: that its fits took.
        parameters: numbers that were fitted.
    """

    name: str
    what: str
    auroc: Told
    log_loss: Told
    networks: Cell
    seconds: str
    parameters: str


def read_ways(found: Mapping[str, object]) -> tuple[WayRow, ...]:
    """The ways of a comparison, in their order."""
    return tuple(map(_row, fields.mappings(found.get("ways"))))


def figure_cell(value: object, write: Callable[[float], str]) -> Cell:
    """A figure with its interval, or why there is none."""
    figure = fields.mapping(value)
    number, low, high = (fields.number(figure.get(key)) for key in ("value", "low", "high"))
    if number is None:
        why = form.visible(fields.text(figure.get("why"))) or "no reason was recorded"
        return Cell(form.DASH, why=why)
    between = "" if low is None or high is None else f"{write(low)} to {write(high)}"
    return Cell(write(number), between)


def _row(way: Mapping[str, object]) -> WayRow:
    summary = fields.mapping(way.get("summary"))
    return WayRow(
        name=form.visible(fields.text(way.get("name"))),
        what=form.visible(fields.text(way.get("what"))),
        auroc=mean_of(summary.get("auroc")),
        log_loss=mean_of(summary.get("log_loss")),
        networks=_networks(way.get("epochs")),
        seconds=form.seconds(fields.number(way.get("seconds")) or 0.0),
        parameters=form.count(fields.whole(way.get("trainable_parameters")) or 0),
    )


def mean_of(value: object) -> Told:
    """A mean over tasks, as of `headstart.evaluation.summary`."""
    figure = fields.mapping(value)
    everywhere = figure.get("defined") == figure.get("of")
    return Told(
        figure_cell(figure, form.decimal),
        "" if everywhere else form.visible(fields.text(figure.get("words"))),
        figure.get("approximate") is True,
    )


def _networks(value: object) -> Cell:
    epochs = [number for each in fields.items(value) if (number := fields.whole(each)) is not None]
    if not epochs:
        return Cell(form.DASH)
    fewest, most = min(epochs), max(epochs)
    if not most:
        return Cell(form.count(len(epochs)), "solved, not trained")
    span = form.counted(most, "epoch", "epochs")
    if fewest < most:
        span = f"{form.count(fewest)} to {span}"
    return Cell(form.count(len(epochs)), span)
