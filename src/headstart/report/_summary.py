"""A model directory -> everything that the report shows, already in words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._charts import probability_histogram
from headstart.report._depth import Depth, read_depth, way_of_choosing
from headstart.report._figures import Figure
from headstart.report._focus import read_focus
from headstart.report._looking import Eyes
from headstart.report._making import (
    Entry,
    Timings,
    read_provenance,
    read_store,
    read_timings,
)
from headstart.report._missing import Missing, read_missing
from headstart.report._mistakes import Gallery, Pictures, pictures
from headstart.report._overview import known_labels
from headstart.report._plan import Plan, read_plan
from headstart.report._predictions import HeldOut, read_held_out
from headstart.report._read import ModelFiles
from headstart.report._svg import Svg
from headstart.report._tasks import TaskSummary, summarise_task

if TYPE_CHECKING:
    from headstart.report._several import Several

MOST_SET_ASIDE = 500


@dataclass(frozen=True)
class Fact:
    """A number of the headline and what it counts."""

    value: str
    name: str


@dataclass(frozen=True)
class SetAside:
    """A file that was not used, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """What the report shows, from top to bottom; every text is plain, nothing is markup.

    Attributes:
        verdict: how good the model is, in a sentence.
        rest: what else is said of that; empty where the verdict is all.
        key: the figure that stands large beside the verdict.
        key_words: what it is of, in a few words, or empty.
        task: the only one; None where there is none, or several.
        several: the tasks where there are several.
        pictures: photos that were held out and what was seen in them, where there are any, of the
            only task.
        focus: what is said of the task in focus, a sentence each.
        missing: whether unknown labels are unknown at random, where that was asked.
        depth: how much to retrain, where that was compared or could not be.
        other_parts: figures on further parts that were held out, ``(part, task)``.
        more_set_aside: how many more were set aside than are listed.
    """

    title: str
    verdict: str
    rest: str
    one: str
    many: str
    key: Figure | None
    key_words: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    task: TaskSummary | None
    several: Several | None
    focus: tuple[str, ...]
    missing: Missing | None
    other_parts: tuple[tuple[str, TaskSummary], ...]
    histogram: Svg
    pictures: Pictures | None
    set_aside: tuple[SetAside, ...]
    more_set_aside: int
    plan: Plan
    depth: Depth | None
    timings: Timings | None
    store: str
    provenance: tuple[Entry, ...]
    command: str
    version: str
    made: str

    @property
    def galleries(self) -> tuple[Gallery, ...]:
        """Mistakes, in the order in which they are shown."""
        return self.pictures.galleries if self.pictures else ()


def summarise(
    files: ModelFiles, *, photos_root: Path | None = None, eyes: Eyes | str = ""
) -> Summary:
    """Gather everything that the report shows.

    Args:
        files: what the model directory holds.
        photos_root: where the photos lie now, if not where they were at training.
        eyes: the model itself, to look at photos through it; or why that cannot be done.

    Raises:
        ModelError: ``predictions.csv`` is damaged.
    """
    model, metrics = files.model, files.metrics
    kind = fields.text(model.get("input_kind"))
    one, many = form.nouns(kind)
    all_tasks = fields.mappings(metrics.get("tasks"))
    chosen = way_of_choosing(metrics)
    several = None
    if len(all_tasks) > 1 or fields.mapping(metrics.get("summary")):
        from headstart.report._several import read_several  # most models have one task

        several = read_several(files, chosen=chosen, photos_root=photos_root, eyes=eyes)
    # Of several tasks predictions.csv has other columns.
    held_out = None if several else _held_out(files, all_tasks)
    labels = held_out.training_labels if held_out else {}
    task = None
    if not several and all_tasks:
        task = summarise_task(all_tasks[0], input_kind=kind, training=labels, retraining=chosen)
    key, key_words = _key(task, several)
    said = form.visible(fields.text(metrics.get("verdict")))
    verdict, rest = _headline(said) if several else (said, "")
    set_aside = fields.mappings(metrics.get("quarantined"))
    return Summary(
        title=form.visible(files.directory.resolve().name),
        verdict=verdict or _no_verdict(task),
        rest=rest,
        one=one,
        many=many,
        key=key,
        key_words=key_words,
        facts=_facts(model, metrics, task),
        notes=tuple(form.visible(note) for note in fields.texts(metrics.get("notes"))),
        task=task,
        several=several,
        focus=read_focus(metrics),
        missing=read_missing(metrics),
        other_parts=()
        if several
        else tuple(
            (
                form.visible(part),
                summarise_task(task, input_kind=kind, training=labels, retraining=chosen),
            )
            for part, others in fields.mapping(metrics.get("other_parts")).items()
            for task in fields.mappings(others)[:1]
        ),
        histogram=_histogram(held_out),
        pictures=pictures(
            held_out,
            files,
            photos_root=photos_root,
            eyes=eyes,
            seen_before=_design(all_tasks) == "cross-validation",
        )
        if held_out
        else None,
        set_aside=tuple(
            SetAside(
                form.visible(fields.text(entry.get("file"))),
                form.visible(fields.text(entry.get("reason"))),
            )
            for entry in set_aside[:MOST_SET_ASIDE]
        ),
        more_set_aside=max(len(set_aside) - MOST_SET_ASIDE, 0),
        plan=read_plan(model, metrics),
        depth=read_depth(metrics, input_kind=kind),
        timings=read_timings(metrics),
        store=read_store(metrics, input_kind=kind),
        provenance=read_provenance(model),
        command=form.visible(fields.text(model.get("command"))),
        version=form.visible(fields.text(model.get("headstart"))),
        made=form.moment(fields.text(model.get("created"))),
    )


def _key(task: TaskSummary | None, several: Several | None) -> tuple[Figure | None, str]:
    """The figure that stands large, and what it is of."""
    if several is not None:
        mean = next(iter(several.overview.means), None)
        return (None, "") if mean is None else (mean.figure, mean.defined)
    return (task.figures[0], "") if task is not None and task.figures else (None, "")


def _headline(verdict: str) -> tuple[str, str]:
    """What is said of all tasks, and the rest: each task by itself, and what they share."""
    ends = [place for mark in ("; ", ". ") if (place := verdict.find(mark)) > 0]
    if not ends:
        return verdict, ""
    return f"{verdict[: min(ends)]}.", verdict[min(ends) + 2 :]


def _no_verdict(task: TaskSummary | None) -> str:
    if task is None or not task.figures:
        return "This model was saved without figures: how good it is has not been measured."
    return f"A model that tells {form.listing(task.classes)} apart."


def _facts(
    model: Mapping[str, object], metrics: Mapping[str, object], task: TaskSummary | None
) -> tuple[Fact, ...]:
    examples = fields.mapping(metrics.get("examples"))
    _, many = form.nouns(fields.text(model.get("input_kind")))
    names = {
        "train": f"{many} to learn from",
        "validation": "for validation",
        "test": "for the test",
        "quarantined": "set aside",
    }
    facts = [
        Fact(form.count(amount), name)
        for key, name in names.items()
        if (amount := fields.whole(examples.get(key))) is not None and (amount or key == "train")
    ]
    tasks = fields.mappings(metrics.get("tasks"))
    if task is not None:
        facts.append(Fact(form.count(len(task.classes)), "classes"))
    elif tasks:
        facts.append(Fact(form.count(len(tasks)), "task" if len(tasks) == 1 else "tasks"))
        known = [known_labels(one) for one in tasks]
        if labels := sum(count or 0 for count in known):
            facts.append(Fact(form.count(labels), "known labels"))
    total = fields.number(fields.mapping(metrics.get("seconds")).get("total"))
    if total is not None:
        facts.append(Fact(form.seconds(total), "from start to end"))
    return tuple(facts)


def _histogram(held_out: HeldOut | None) -> Svg:
    if held_out is None or not any((*held_out.measured.right, *held_out.measured.wrong)):
        return Svg("")
    return probability_histogram(held_out.measured.right, held_out.measured.wrong)


def _held_out(files: ModelFiles, tasks: list[Mapping[str, object]]) -> HeldOut | None:
    if files.predictions is None:
        return None
    design = _design(tasks)
    part = design if design in ("validation", "test") else None
    return read_held_out(files.predictions, part=part)


def _design(tasks: list[Mapping[str, object]]) -> str:
    """How the figures were measured."""
    return fields.text(fields.mapping(tasks[0].get("held_out")).get("design")) if tasks else ""
