"""What labels are worth: the ways over how many of the labels they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._curve_chart import Curve, Point, learning_curves
from headstart.report._depth import Cell
from headstart.report._differences import difference_cell
from headstart.report._svg import Svg
from headstart.report._ways import Told, mean_of

TITLE = "mean AUROC"
HOW = {
    "random": ("At random", "The same share of each task’s labels is hidden."),
    "rare": ("The rarer tasks first", "More is hidden of a task the rarer its yes."),
}


@dataclass(frozen=True)
class LabelRow:
    """The ways on some of the labels.

    Attributes:
        hidden: how much, in words.
        known: labels that were left.
        auroc: of each way.
        difference: of the first way to the second, mean over tasks.
    """

    hidden: str
    known: str
    auroc: tuple[Told, ...]
    difference: Cell


@dataclass(frozen=True)
class LabelChart:
    """Curves over one way of hiding.

    Attributes:
        title: of the way.
        what: it does.
        drawn: the curves.
    """

    title: str
    what: str
    drawn: Svg


@dataclass(frozen=True)
class FewerLabels:
    """The section on labels.

    Attributes:
        sentences: verdicts with labels hidden.
        ways: names, in the order of their colours.
        against: which way is compared with which.
        charts: one for each way of hiding.
        rows: all labels first.
    """

    sentences: tuple[str, ...]
    ways: tuple[str, ...]
    against: str
    charts: tuple[LabelChart, ...]
    rows: tuple[LabelRow, ...]


def read_fewer_labels(found: Mapping[str, object]) -> FewerLabels | None:
    """What a comparison's ``fewer_labels`` shows; None where none were hidden."""
    fewer = fields.mappings(found.get("fewer_labels"))
    if not fewer:
        return None
    known = [fields.whole(task.get("known")) or 0 for task in fields.mappings(found.get("tasks"))]
    whole = {**found, "known": known}
    ways = tuple(
        form.visible(fields.text(way.get("name"))) for way in fields.mappings(found.get("ways"))
    )
    hows = dict.fromkeys(fields.text(less.get("how")) for less in fewer)
    return FewerLabels(
        sentences=tuple(form.sentence(fields.text(less.get("text"))) for less in fewer),
        ways=ways,
        against=" less ".join(ways[:2]),
        charts=tuple(
            _chart(how, [whole, *(less for less in fewer if less.get("how") == how)])
            for how in hows
            if how in HOW
        ),
        rows=tuple(map(_row, [whole, *fewer])),
    )


def _known(less: Mapping[str, object]) -> int:
    return sum(fields.whole(count) or 0 for count in fields.items(less.get("known")))


def _chart(how: str, levels: Sequence[Mapping[str, object]]) -> LabelChart:
    curves: dict[str, list[Point]] = {}
    for less in sorted(levels, key=_known):
        for way in fields.mappings(less.get("ways")):
            figure = fields.mapping(fields.mapping(way.get("summary")).get("auroc"))
            value, low, high = (fields.number(figure.get(key)) for key in ("value", "low", "high"))
            if value is None or low is None or high is None or not _known(less):
                continue
            name = form.visible(fields.text(way.get("name")))
            curves.setdefault(name, []).append(Point(_known(less), value, low, high))
    drawn = learning_curves(
        [Curve(name, tuple(points)) for name, points in curves.items()],
        title=TITLE,
        share=False,
        counted="labels",
    )
    return LabelChart(*HOW[how], drawn)


def _row(less: Mapping[str, object]) -> LabelRow:
    share = fields.number(less.get("hidden"))
    hidden = "none"
    if share is not None:
        more = ", more of the rarer tasks" if less.get("how") == "rare" else ", at random"
        hidden = f"{form.percent(share, digits=0)}{more}"
    contests = fields.mappings(less.get("contests"))
    mean = fields.mapping(fields.mapping(contests[0].get("auroc")).get("mean")) if contests else {}
    return LabelRow(
        hidden=hidden,
        known=form.count(_known(less)),
        auroc=tuple(
            mean_of(fields.mapping(way.get("summary")).get("auroc"))
            for way in fields.mappings(less.get("ways"))
        ),
        difference=difference_cell("auroc", mean.get("difference")),
    )
