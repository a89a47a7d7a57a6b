"""The figures of a task, in numbers, in pictures and in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._bars import interval_bar
from headstart.report._svg import Svg


@dataclass(frozen=True)
class Figure:
    """One figure, ready to be shown.

    Attributes:
        name: what it is called.
        value: the figure, or a dash where it is undefined.
        interval: ``"88.4 % to 96.4 %"``, or empty.
        level: the interval's level, ``"95 %"``, or empty.
        method: how the interval was made, or empty.
        approximate: whether the interval covers only about what it states.
        why: why the figure is undefined, or empty.
        meaning: what it says, in plain words.
        baseline: what could be had without looking, in words, or empty.
        bar: the interval drawn, or empty.
        start: the scale's left end.
        end: the scale's right end.
    """

    name: str
    value: str
    interval: str
    level: str
    method: str
    approximate: bool
    why: str
    meaning: str
    baseline: str
    bar: Svg
    start: str
    end: str


@dataclass(frozen=True)
class Baselines:
    """What could be had on the held-out part without looking at the examples; None: unknown.

    Attributes:
        accuracy: always naming the class that is most common in training.
        balanced_accuracy: the same.
        log_loss: stating each class's share of the training examples, in nats.
    """

    accuracy: float | None = None
    balanced_accuracy: float | None = None
    log_loss: float | None = None


def baselines(confusion: Sequence[Sequence[int]], *, training: Sequence[int]) -> Baselines:
    """What can be had by knowing nothing but how common each class is in training.

    Args:
        confusion: its rows say how often each class occurs in what was held out.
        training: how many training examples each class has; all 0 where that is not known, then
            the held-out examples stand in.
    """
    totals = [sum(row) for row in confusion]
    present = [place for place, total in enumerate(totals) if total]
    if len(present) < 2:
        return Baselines()
    learnt = list(training) if any(training) else totals
    common = learnt.index(max(learnt))
    loss = None
    if all(learnt[place] for place in present):
        loss = -sum(totals[place] * math.log(learnt[place] / sum(learnt)) for place in present)
        loss /= sum(totals)
    return Baselines(
        accuracy=totals[common] / sum(totals),
        balanced_accuracy=1.0 / len(present),
        log_loss=loss,
    )


def task_figures(
    task: Mapping[str, object], *, input_kind: str, known: Baselines
) -> tuple[Figure, ...]:
    """The figures that a task has, the key figure first."""
    one, many = form.nouns(input_kind)
    floor = min(
        scale_start(task.get("accuracy"), baseline=known.accuracy),
        scale_start(task.get("balanced_accuracy"), baseline=known.balanced_accuracy),
    )
    share = _Kind(form.percent, form.whole_percent, start=floor, end=1.0)
    chosen: list[_Shown] = [
        (
            "accuracy",
            "Accuracy",
            share,
            known.accuracy,
            f"How many of 100 new {many} like these are named right{_at(task)}.",
        ),
        (
            "balanced_accuracy",
            "Balanced accuracy",
            share,
            known.balanced_accuracy,
            f"The same where every class counts alike, however few {many} it has.",
        ),
        (
            "auroc",
            "AUROC",
            _ranking(task.get("auroc"), 0.5),
            0.5,
            f"How often a {one} of a class outranks a {one} of another class.",
        ),
        *_of_yes(task),
        (
            "log_loss",
            "Log loss",
            _Kind(form.decimal, _short, least=0.5),
            known.log_loss,
            "How surprising the true labels were. 0 is perfect; being sure and wrong costs most.",
        ),
        (
            "ece",
            "Calibration error",
            _Kind(form.percent, form.whole_percent, least=0.2),
            None,
            "How far the stated probabilities lie from what came true, on average.",
        ),
    ]
    return tuple(
        _figure(fields.mapping(task[key]), name, kind, baseline, meaning)
        for key, name, kind, baseline, meaning in chosen
        if fields.mapping(task.get(key))
    )


def _at(task: Mapping[str, object]) -> str:
    """From where on a yes/no task is answered with yes."""
    threshold = fields.number(task.get("threshold"))
    return (
        "" if threshold is None else f", yes being said from a chance of {form.decimal(threshold)}"
    )


def _of_yes(task: Mapping[str, object]) -> list[_Shown]:
    """The figures that only a yes/no task has."""
    yes = fields.number(fields.mapping(task.get("prevalence")).get("value"))
    at = _at(task)
    always = None if yes is None else 2 * yes / (1 + yes)
    return [
        (
            "average_precision",
            "Average precision",
            _ranking(task.get("average_precision"), yes),
            yes,
            "Going down from the surest yes: the share that is one so far, averaged over all that "
            "are one.",
        ),
        (
            "f1",
            "F1",
            _ranking(task.get("f1"), always),
            always,
            "How many of the yes are found and how many of those said are right, in one "
            f"number{at}.",
        ),
    ]


def small_figure(value: object, *, name: str, start: float) -> Figure:
    """A share for a table, on a scale from `start` to 1: precision or recall of one class."""
    kind = _Kind(form.percent, form.whole_percent, start=start, end=1.0)
    return _figure(fields.mapping(value), name, kind, None, "")


def ranked_figure(value: object, *, name: str, start: float) -> Figure:
    """A figure between 0 and 1 for a table of tasks, on a scale from `start` to 1: an AUROC."""
    return _figure(
        fields.mapping(value), name, _Kind(form.decimal, _short, start=start, end=1.0), None, ""
    )


def _ranking(figure: object, baseline: float | None) -> _Kind:
    start = scale_start(figure, baseline=baseline)
    return _Kind(form.decimal, _short, start=start, end=1.0)


def scale_start(*figures: object, baseline: float | None = None) -> float:
    """Where a scale that ends at 1 starts, so that intervals near 1 can still be seen.

    Args:
        figures: as they stand in ``metrics.json``.
        baseline: shown on the scale too.

    Returns:
        A tenth below everything that is shown, in [0, 0.9].
    """
    shown = [] if baseline is None else [baseline]
    for figure in figures:
        for key in ("low", "value"):
            number = fields.number(fields.mapping(figure).get(key))
            if number is not None:
                shown.append(number)
    return min(max(math.floor(min(shown, default=0.0) * 10.0 + 1e-9), 0), 9) / 10.0


def _short(value: float) -> str:
    return f"{value:.2g}"


@dataclass(frozen=True)
class _Kind:
    """How a figure and its scale are written, and where the scale runs.

    Attributes:
        end: right end of the scale; None for as far as is needed, but `least`.
    """

    write: Callable[[float], str]
    write_end: Callable[[float], str]
    start: float = 0.0
    end: float | None = None
    least: float = 0.0


_Shown = tuple[str, str, _Kind, float | None, str]
"""A figure's key, its name, how it is written, what could be had without looking, its meaning."""


def _figure(
    raw: Mapping[str, object], name: str, kind: _Kind, baseline: float | None, meaning: str
) -> Figure:
    value = fields.number(raw.get("value"))
    low, high = fields.number(raw.get("low")), fields.number(raw.get("high"))
    level = fields.number(raw.get("level"))
    if value is None:
        why = form.visible(fields.text(raw.get("why"))) or "no reason was recorded"
        return Figure(name, form.DASH, "", "", "", False, why, meaning, "", Svg(""), "", "")
    interval = ""
    if low is not None and high is not None:
        interval = f"{kind.write(low)} to {kind.write(high)}"
    end = kind.end
    if end is None:
        needed = 1.05 * max(value, high or 0.0, baseline or 0.0)
        end = max(kind.least, math.ceil(needed * 10.0) / 10.0)
    said = f"{name} {kind.write(value)}" + (f", interval {interval}" if interval else "")
    return Figure(
        name=name,
        value=kind.write(value),
        interval=interval,
        level=form.percent(level, digits=0) if level is not None and interval else "",
        method=form.visible(fields.text(raw.get("method"))),
        approximate=raw.get("approximate") is True,
        why="",
        meaning=meaning,
        baseline="" if baseline is None else kind.write(baseline),
        bar=interval_bar(
            value,
            low if low is not None else value,
            high if high is not None else value,
            start=kind.start,
            end=end,
            label=said,
            baseline=baseline,
        ),
        start=kind.write_end(kind.start),
        end=kind.write_end(end),
    )
