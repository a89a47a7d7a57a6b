"""Everything that is shown of a model of several tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._answers import Answers, Asked, read_answers
from headstart.report._balance import Balance, read_balance
from headstart.report._charts import probability_histogram
from headstart.report._design import how_measured
from headstart.report._looking import Eyes
from headstart.report._mistakes import Gallery
from headstart.report._overview import Overview, known_labels, prevalence, read_overview
from headstart.report._read import ModelFiles
from headstart.report._svg import Svg
from headstart.report._task_pictures import TaskPictures, task_pictures
from headstart.report._tasks import TaskSummary, summarise_task

MOST_TASKS = 24
"""Tasks that are shown in full; all of them stand in the overview."""

OPEN_TASKS = 4
"""Up to so many are shown unfolded."""

MOST_PICTURES = 48
"""Photos of all tasks together: with colours each takes about 30 kB."""

MOST_OF_ONE = 8
"""Photos of one task."""


@dataclass(frozen=True)
class TaskDetail:
    """One task in full.

    Attributes:
        summary: its figures.
        line: what it is, in a line.
        decided: what its threshold does, in sentences; empty where it has none.
        histogram: how sure its answers were.
        gallery: its surest mistakes, where there are photos.
    """

    summary: TaskSummary
    line: str
    decided: tuple[str, ...]
    histogram: Svg
    gallery: Gallery | None


@dataclass(frozen=True)
class Several:
    """The part of the report that is about several tasks.

    Attributes:
        how: how the figures were measured, in words.
        overview: all tasks.
        balance: what they know and share; None of a single task.
        details: some of them in full, in their order.
        folded: whether these are to be unfolded by the reader.
        which: which these are, in words; empty where they are all.
        pictures: photos that were answered wrongly; None where there are none.
        other_parts: figures on further parts that were held out, ``(part, overview)``.
    """

    how: str
    overview: Overview
    balance: Balance | None
    details: tuple[TaskDetail, ...]
    folded: bool
    which: str
    pictures: TaskPictures | None
    other_parts: tuple[tuple[str, Overview], ...]


def read_several(
    files: ModelFiles, *, chosen: str, photos_root: Path | None, eyes: Eyes | str
) -> Several:
    """Gather what is shown of several tasks.

    Args:
        files: what the model directory holds.
        chosen: how the retraining came about, as of `way_of_choosing`.
        photos_root: where the photos lie now, if not where they were at training.
        eyes: the model itself, or why it cannot be looked through.

    Raises:
        ModelError: ``predictions.csv`` cannot be read.
    """
    kind, metrics = fields.text(files.model.get("input_kind")), files.metrics
    tasks = fields.mappings(metrics.get("tasks"))
    full = in_full(tasks)
    held_out = fields.mapping(tasks[0].get("held_out")) if tasks else {}
    design = fields.text(held_out.get("design"))
    answers = _answers(files, tasks, full, design, photos=kind == "photo")
    pictures = None
    if kind == "photo" and answers:
        pictures = task_pictures(
            answers,
            files,
            penalties=_penalties(tasks, full),
            photos_root=photos_root,
            eyes=eyes,
            seen_before=design == "cross-validation",
        )
    all_of_them = {name: held_out[name] for name in held_out if name != "examples"}
    return Several(
        how=how_measured(all_of_them, input_kind=kind, retraining=chosen),
        overview=read_overview(
            tasks, fields.mapping(metrics.get("summary")),
            places={place: row for row, place in enumerate(full)},
        ),
        balance=read_balance(tasks, plan=fields.mapping(metrics.get("plan")), input_kind=kind),
        details=tuple(
            _detail(tasks[place], answers.get(place), kind=kind, design=design,
                    gallery=pictures.galleries.get(place) if pictures else None)
            for place in full
        ),
        folded=len(full) > OPEN_TASKS,
        which=_which(len(full), len(tasks)),
        pictures=pictures,
        other_parts=tuple(
            (form.visible(part), read_overview(fields.mappings(others), {}, places={}))
            for part, others in fields.mapping(metrics.get("other_parts")).items()
        ),
    )  # fmt: skip


def in_full(tasks: Sequence[Mapping[str, object]]) -> list[int]:
    """Which tasks are shown in full, in their order: those with the most known labels."""
    places = sorted(range(len(tasks)), key=lambda place: -(known_labels(tasks[place]) or 0))
    return sorted(places[:MOST_TASKS])


def _which(shown: int, tasks: int) -> str:
    if shown == tasks:
        return ""
    return (
        f"The {shown} with the most known labels, one by one. What stands here for each stands in "
        f"metrics.json for all {form.count(tasks)}."
    )


def _answers(
    files: ModelFiles,
    tasks: Sequence[Mapping[str, object]],
    full: Sequence[int],
    design: str,
    *,
    photos: bool,
) -> dict[int, Answers]:
    """The held-out answers in the tasks that are shown in full."""
    if files.predictions is None or not full:
        return {}
    classes = [fields.texts(task.get("classes")) for task in tasks]
    names = [fields.text(task.get("name")) for task in tasks]
    most = min(max(MOST_PICTURES // len(full), 2), MOST_OF_ONE)
    asked = {
        place: Asked(
            name=names[place],
            classes=classes[place],
            threshold=fields.number(tasks[place].get("threshold")),
            most=most if photos else 0,
        )
        for place in full
        if len(classes[place]) > 1
    }
    part = design if design in ("validation", "test") else None
    sizes = [(name, len(those)) for name, those in zip(names, classes, strict=True)]
    return read_answers(files.predictions, sizes, asked, part=part)


def _penalties(tasks: Sequence[Mapping[str, object]], full: Sequence[int]) -> dict[int, float]:
    found = {
        place: fields.number(fields.mapping(tasks[place].get("penalty")).get("chosen"))
        for place in full
    }
    return {place: penalty for place, penalty in found.items() if penalty is not None}


def _detail(
    task: Mapping[str, object],
    answers: Answers | None,
    *,
    kind: str,
    design: str,
    gallery: Gallery | None,
) -> TaskDetail:
    raw = dict(task)
    decided: tuple[str, ...] = ()
    if answers is not None and any(map(any, answers.confusion)):
        raw["confusion"] = answers.confusion
        if answers.asked.threshold is not None:
            if design == "cross-validation":
                # Those of metrics.json are of thresholds chosen without the example in question,
                # and would not fit these counts.
                raw.pop("per_class", None)
            decided = _decided(answers, design)
    counts = answers or Answers(Asked("", (), None, 0))
    seen = any((*counts.right, *counts.wrong))
    return TaskDetail(
        summary=summarise_task(raw, input_kind=kind, training=counts.training),
        line=_line(task),
        decided=decided,
        histogram=probability_histogram(counts.right, counts.wrong) if seen else Svg(""),
        gallery=gallery,
    )


def _line(task: Mapping[str, object]) -> str:
    """What a task is and how well it is answered, as in "AUROC 0.976; 877 known labels"."""
    auroc = fields.number(fields.mapping(task.get("auroc")).get("value"))
    known, yes = known_labels(task), prevalence(task)
    told = [] if auroc is None else [f"AUROC {form.decimal(auroc)}"]
    if known is not None:
        share = "" if yes is None else f", {form.percent(yes)} yes"
        told.append(f"{form.counted(known, 'known label', 'known labels')}{share}")
    if yes is None:
        told.append(form.listing([form.visible(one) for one in fields.texts(task.get("classes"))]))
    return "; ".join(part for part in told if part)


def _decided(answers: Answers, design: str) -> tuple[str, ...]:
    """What the threshold of a yes/no task does, and what these counts are worth."""
    (_, false_yes), (missed, found) = answers.confusion
    threshold, yes = form.decimal(answers.asked.threshold or 0.0), found + missed
    said = found + false_yes
    words = f"The answer is yes from a chance of {threshold} on, the threshold of the greatest F1"
    if yes:
        words += f": {form.count(found)} of the {form.count(yes)} that are a yes are found"
        words += (
            f", and {form.count(found)} of the {form.count(said)} said are right" if said else ""
        )
    caveat = "It was chosen on examples to learn from, not on these."
    if design == "cross-validation":
        caveat = (
            "It was chosen on these very predictions, which flatters the counts a little; the "
            "figures above are of thresholds that were chosen without the example in question."
        )
    return (f"{words}.", caveat)
