"""One way to learn several tasks against another, task by task."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell
from headstart.report._difference_strips import (
    Scale,
    difference_strip,
    empty_strip,
    scale_of,
    scale_strip,
)
from headstart.report._differences import KINDS, SCORES, difference_cell, difference_of
from headstart.report._svg import Svg

# One source for what is said in words and what is drawn.
from headstart.strategy import NEGLIGIBLE

MOST_ON_A_SIDE = 20
"""Tasks that are drawn on either side of 0, where there are more than twice as many."""


@dataclass(frozen=True)
class Compared:
    """One difference in words, in numbers and drawn.

    Attributes:
        word: ``"helps"`` and the like.
        sign: stands before it.
        kind: class that colours it.
        figure: the difference with its interval, or why there is none.
        drawn: as a strip.
    """

    word: str
    sign: str
    kind: str
    figure: Cell
    drawn: Svg


@dataclass(frozen=True)
class VersusRow:
    """One task, or the mean over tasks; `scores` are AUROC and log loss."""

    name: str
    known: str
    scores: tuple[Compared, ...]


@dataclass(frozen=True)
class Versus:
    """One way against another.

    Attributes:
        first: name of what is judged.
        second: of what it is compared with.
        verdict: by AUROC, as it stands in the figures.
        verdicts: sentences: by AUROC with what stands out, by log loss in short.
        mean: over tasks.
        best: tasks from the most helped on; all of them where they are not too many.
        worst: tasks up to the most harmed; empty where `best` holds all.
        between: how many tasks are not drawn.
        axes: numbers of the two scales.
        everything: of all tasks by name, for the table of all tasks; nothing is drawn there.
    """

    first: str
    second: str
    verdict: str
    verdicts: tuple[str, ...]
    mean: VersusRow
    best: tuple[VersusRow, ...]
    worst: tuple[VersusRow, ...]
    between: int
    axes: tuple[Svg, ...]
    everything: Mapping[str, tuple[Compared, ...]]


def read_versus(contest: Mapping[str, object]) -> Versus:
    """Read one entry of a comparison's ``contests``."""
    judged = [fields.mapping(contest.get(score)) for score in SCORES]
    tasks = [{fields.text(task.get("task")): task for task in fields.mappings(one.get("tasks"))}
             for one in judged]  # fmt: skip
    names = _in_order(tasks[0])
    first = fields.text(judged[0].get("first"))
    best, worst = _drawn(names, tasks[0])
    drawn = [*best, *worst]
    scales = [_scale(score, [task for name in drawn if (task := some.get(name))])
              for score, some in zip(SCORES, tasks, strict=True)]  # fmt: skip

    def row(name: str) -> VersusRow:
        some = [one.get(name, {}) for one in tasks]
        known = fields.whole(some[0].get("known"))
        scores = tuple(
            _compared(score, name, task, scale=scale)
            for score, task, scale in zip(SCORES, some, scales, strict=True)
        )
        return VersusRow(form.visible(name), form.DASH if known is None else form.count(known),
                         scores)  # fmt: skip

    return Versus(
        first=first,
        second=fields.text(judged[0].get("second")),
        verdict=form.visible(fields.text(judged[0].get("verdict"))),
        verdicts=_verdicts(judged),
        mean=_mean(judged, scales),
        best=tuple(map(row, best)),
        worst=tuple(map(row, worst)),
        between=len(names) - len(drawn),
        axes=tuple(scale_strip(scale, hundredfold=score == "auroc")
                   for score, scale in zip(SCORES, scales, strict=True)),
        everything={
            name: tuple(_compared(score, name, some.get(name, {}), scale=None)
                        for score, some in zip(SCORES, tasks, strict=True))
            for name in names
        },
    )  # fmt: skip


def _in_order(tasks: Mapping[str, Mapping[str, object]]) -> list[str]:
    """From the most helped task to the most harmed one; those that cannot be compared last."""

    def size(name: str) -> float:
        value = fields.number(fields.mapping(tasks[name].get("difference")).get("value"))
        return -math.inf if value is None else value

    return sorted(tasks, key=lambda name: -size(name))


def _drawn(
    names: Sequence[str], tasks: Mapping[str, Mapping[str, object]]
) -> tuple[list[str], list[str]]:
    """All tasks, or of many the largest differences on either side of 0."""
    if len(names) <= 2 * MOST_ON_A_SIDE:
        return list(names), []
    told = {name: each.value for name in names
            if (each := difference_of(tasks[name].get("difference")))}  # fmt: skip
    above = [name for name in names if told.get(name, 0.0) > 0]
    below = [name for name in names if name in told and told[name] <= 0]
    return above[:MOST_ON_A_SIDE], below[-MOST_ON_A_SIDE:]


def _scale(score: str, tasks: Sequence[Mapping[str, object]]) -> Scale:
    drawn = [each for task in tasks if (each := difference_of(task.get("difference")))]
    return scale_of(drawn, negligible=NEGLIGIBLE, less=score == "log_loss")


def _compared(
    score: str, name: str, task: Mapping[str, object], *, scale: Scale | None
) -> Compared:
    figure, word = task.get("difference"), fields.text(task.get("word"))
    kind, sign = KINDS.get(word, KINDS["cannot tell"])
    cell, difference = difference_cell(score, figure), difference_of(figure)
    drawn = Svg("") if scale is None else empty_strip(scale)
    if difference is not None and scale is not None:
        what = "AUROC, points" if score == "auroc" else "log loss"
        label = f"{name}: {what}, {cell.value}, {cell.interval}: {word}"
        drawn = difference_strip(difference, scale=scale, kind=kind, label=label)
    return Compared("not compared" if cell.why else word, "" if cell.why else sign,
                    "open" if cell.why else kind, cell, drawn)  # fmt: skip


def _mean(judged: Sequence[Mapping[str, object]], scales: Sequence[Scale]) -> VersusRow:
    compared = fields.whole(judged[0].get("compared")) or 0
    name = f"Mean over {form.counted(compared, 'task', 'tasks')}"
    scores = tuple(
        _compared(score, name, fields.mapping(one.get("mean")), scale=scale)
        for score, one, scale in zip(SCORES, judged, scales, strict=True)
    )
    return VersusRow(name, "", scores)


def _verdicts(judged: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    verdict, *others = fields.texts(judged[0].get("sentences")) or ("",)
    *telling, mean = others or ("",)
    log_loss = fields.text(judged[1].get("verdict"))
    said = [
        verdict,
        f"most telling: {'; '.join(telling)}" if telling else "",
        mean,
        f"by log loss, {log_loss}" if log_loss else "",
    ]
    return tuple(form.sentence(words) for words in said if words)
