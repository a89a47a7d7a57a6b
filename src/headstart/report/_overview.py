"""All tasks of a model in one table, and their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._figures import Figure, ranked_figure, scale_start

_RANKED = {"auroc": "AUROC", "average_precision": "Average precision", "f1": "F1"}
_OTHERS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "ece": "calibration error",
}
_AS_NUMBER = ("log_loss",)

LOWEST = 0.3
"""Left end of the scale of the AUROC, at least: little of interest lies further left."""

MOST_NAMES = 5


@dataclass(frozen=True)
class TaskRow:
    """One task of the table.

    Attributes:
        place: among those that are shown in full, or None.
        known: how many labels are known to learn from.
        share: of yes among the labels; of another task how many classes it has.
        auroc: with its interval drawn.
        average_precision: of a yes/no task, else None.
        f1: likewise.
        threshold: from which chance on the answer is yes; a dash of other tasks.
    """

    name: str
    place: int | None
    known: str
    share: str
    auroc: Figure
    average_precision: Figure | None
    f1: Figure | None
    threshold: str


@dataclass(frozen=True)
class Mean:
    """A figure's mean over the tasks.

    Attributes:
        defined: for how many of them it is defined, in words.
        all: whether that is all of them.
    """

    figure: Figure
    defined: str
    all: bool


@dataclass(frozen=True)
class Overview:
    """The table of all tasks.

    Attributes:
        rows: in the order of the model's tasks.
        start: left end of the scale of the AUROC; its right end is 1.
        means: of AUROC, average precision and F1; none where no summary was recorded.
        others: means of the other figures, in words.
        averaged: how means were made, in a sentence.
        undefined: why figures are undefined, with the tasks, a sentence each.
    """

    rows: tuple[TaskRow, ...]
    start: str
    means: tuple[Mean | None, ...]
    others: str
    averaged: str
    undefined: tuple[str, ...]


def read_overview(
    tasks: Sequence[Mapping[str, object]],
    summary: Mapping[str, object],
    *,
    places: Mapping[int, int],
) -> Overview:
    """The table of some tasks.

    Args:
        tasks: as in ``metrics.json``.
        summary: likewise; empty where there is none.
        places: of the tasks that are shown in full, by their place among all.
    """
    # Some intervals of hundreds reach down to 0; they are cut off, so that the others have room.
    start = max(scale_start(*(task.get("auroc") for task in tasks), baseline=0.5), LOWEST)
    means = tuple(_mean(summary.get(key), name, start=start) for key, name in _RANKED.items())
    return Overview(
        rows=tuple(
            _row(task, start=start, place=places.get(number)) for number, task in enumerate(tasks)
        ),
        start=form.short(start),
        means=means if any(means) else (),
        others=_other_means(summary),
        averaged=form.sentence(fields.text(summary.get("averaged"))),
        undefined=tuple(_undefined(tasks)),
    )


def task_name(task: Mapping[str, object]) -> str:
    return form.visible(fields.text(task.get("name"))) or "label"


def known_labels(task: Mapping[str, object]) -> int | None:
    """How many labels of a task are known to learn from."""
    return fields.whole(task.get("known"))


def prevalence(task: Mapping[str, object]) -> float | None:
    """Share of yes among the labels of a yes/no task."""
    return fields.number(fields.mapping(task.get("prevalence")).get("value"))


def _row(task: Mapping[str, object], *, start: float, place: int | None) -> TaskRow:
    known, yes = known_labels(task), prevalence(task)
    classes = len(fields.texts(task.get("classes")))
    share = form.counted(classes, "class", "classes") if classes > 2 else form.DASH
    threshold = fields.number(task.get("threshold"))
    figures = [
        ranked_figure(task[key], name=name, start=start if key == "auroc" else 0.0)
        if fields.mapping(task.get(key))
        else None
        for key, name in _RANKED.items()
    ]
    return TaskRow(
        name=task_name(task),
        place=place,
        known=form.DASH if known is None else form.count(known),
        share=share if yes is None else form.percent(yes),
        auroc=figures[0] or ranked_figure(None, name="AUROC", start=start),
        average_precision=figures[1],
        f1=figures[2],
        threshold=form.DASH if threshold is None else form.decimal(threshold),
    )


def _mean(raw: object, name: str, *, start: float) -> Mean | None:
    found = fields.mapping(raw)
    if not found:
        return None
    figure = ranked_figure(found, name=f"Mean {name}", start=start)
    everywhere = found.get("defined") == found.get("of")
    return Mean(figure, form.visible(fields.text(found.get("words"))), everywhere)


def _other_means(summary: Mapping[str, object]) -> str:
    """The means of the other figures, as in "accuracy 95.0 % (94.0 % to 95.9 %)"."""
    told = []
    for key, name in _OTHERS.items():
        found = fields.mapping(summary.get(key))
        value = fields.number(found.get("value"))
        if value is None:
            continue
        write = form.decimal if key in _AS_NUMBER else form.percent
        low, high = fields.number(found.get("low")), fields.number(found.get("high"))
        ends = "" if low is None or high is None else f" ({write(low)} to {write(high)})"
        told.append(f"{name} {write(value)}{ends}")
    return f"The other means: {', '.join(told)}." if told else ""


def _undefined(tasks: Sequence[Mapping[str, object]]) -> list[str]:
    """Why figures are undefined, each reason once."""
    found: dict[str, list[str]] = {}
    for task in tasks:
        for key in _RANKED:
            figure = fields.mapping(task.get(key))
            if figure and fields.number(figure.get("value")) is None:
                why = fields.text(figure.get("why")) or "no reason was recorded"
                names = found.setdefault(why, [])
                if task_name(task) not in names:
                    names.append(task_name(task))
    return [
        f"{form.listing(names, most=MOST_NAMES)}: {form.sentence(why)}"
        for why, names in sorted(found.items(), key=lambda one: -len(one[1]))
    ]
