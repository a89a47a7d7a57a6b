"""Whether a larger network helps: joint against separate over sizes of what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell
from headstart.report._differences import KINDS, SCORES, difference_cell, difference_of
from headstart.report._svg import Svg
from headstart.report._width_chart import AtWidth, width_chart
from headstart.strategy import NEGLIGIBLE


@dataclass(frozen=True)
class SizeRow:
    """One size: the mean difference by each score, and how many tasks it helps and harms.

    Attributes:
        size: width of the shared layer, or the name of a network.
        means: difference of AUROC and of log loss.
        counts: likewise, how many tasks are helped, harmed, unchanged, and not told.
    """

    size: str
    means: tuple[Cell, ...]
    counts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sweep:
    """The section on the size of the network.

    Attributes:
        sentences: where harm ends, or that it does not.
        charts: over widths by AUROC and by log loss; none where there are only networks.
        rows: widths in rising order, then networks.
        level: of the intervals, ``"98 %"``.
    """

    sentences: tuple[str, ...]
    charts: tuple[Svg, ...]
    rows: tuple[SizeRow, ...]
    level: str


def read_sweep(found: Mapping[str, object]) -> Sweep | None:
    """What a comparison's ``sweep`` shows; None where there was none."""
    given = fields.mappings(found.get("sweep"))
    widths = [contest for contest in given if (fields.whole(contest.get("width")) or 0) > 0]
    widths.sort(key=lambda contest: fields.whole(contest.get("width")) or 0)
    contests = [*widths, *(contest for contest in given if fields.text(contest.get("network")))]
    if not contests:
        return None
    mean = fields.mapping(_judged(contests[0], "auroc").get("mean"))
    level = fields.number(fields.mapping(mean.get("difference")).get("level"))
    return Sweep(
        sentences=tuple(form.sentence(said) for said in fields.texts(found.get("sweep_sentences"))),
        charts=tuple(_chart(widths, score) for score in SCORES) if widths else (),
        rows=tuple(map(_row, contests)),
        level="" if level is None else form.percent(level, digits=1 if level > 0.95 else 0),
    )


def _judged(contest: Mapping[str, object], score: str) -> Mapping[str, object]:
    return fields.mapping(contest.get(score))


def _chart(contests: Sequence[Mapping[str, object]], score: str) -> Svg:
    points = score == "auroc"
    drawn = []
    for contest in contests:
        mean = fields.mapping(_judged(contest, score).get("mean"))
        width, difference = (
            fields.whole(contest.get("width")),
            difference_of(mean.get("difference")),
        )
        if width is None or difference is None:
            continue
        word = fields.text(mean.get("word"))
        cell = difference_cell(score, mean.get("difference"))
        kind, _ = KINDS.get(word, KINDS["cannot tell"])
        said = f"width {form.count(width)}: {cell.value}, {cell.interval}: {word}"
        drawn.append(AtWidth(width, difference, kind, said))
    title = "mean difference of AUROC, points" if points else "mean difference of log loss"
    return width_chart(
        drawn, title=title, negligible=NEGLIGIBLE, less=not points, hundredfold=points
    )


def _row(contest: Mapping[str, object]) -> SizeRow:
    means, counts = [], []
    for score in SCORES:
        judged = _judged(contest, score)
        means.append(difference_cell(score, fields.mapping(judged.get("mean")).get("difference")))
        tasks = fields.mappings(judged.get("tasks"))
        words = Counter(fields.text(task.get("word")) for task in tasks
                        if difference_of(task.get("difference")))  # fmt: skip
        counts.append(tuple(form.count(words[word]) for word in KINDS))
    network = form.visible(fields.text(contest.get("network")))
    size = network or form.count(fields.whole(contest.get("width")) or 0)
    return SizeRow(size, tuple(means), tuple(counts))
