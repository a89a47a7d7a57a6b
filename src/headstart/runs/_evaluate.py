"""A saved model's figures on labelled examples."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import ActivationStore, FrozenPass
from headstart.errors import DataError
from headstart.evaluation import (
    TaskFigures,
    TasksFigures,
    Thresholds,
    summary,
    task_figures,
    tasks_figures,
)
from headstart.examples import UNKNOWN, Examples, Identity, resolve_duplicates
from headstart.model import Model
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._known_to import KnownTo, known_to, strange_classes, to_model
from headstart.runs._settings import cache_directory
from headstart.strategy import tasks_verdict, verdict


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        figures: on the examples that took part; of a model of several tasks, those of each task
            that is in the data.
        verdict: in a sentence.
        set_aside: name and reason of what was left out.
        known: which of the model's tasks are in the data.
    """

    figures: TaskFigures | TasksFigures
    verdict: str
    set_aside: tuple[tuple[str, str], ...]
    known: KnownTo

    def as_dict(self) -> dict[str, Any]:
        """As printed by ``headstart evaluate --json``."""
        aside = [{"file": name, "reason": why} for name, why in self.set_aside]
        if isinstance(self.figures, TaskFigures):
            return {"verdict": self.verdict, **self.figures.as_dict(), "quarantined": aside}
        return {
            "verdict": self.verdict,
            "tasks": [
                figures.as_dict()
                | {
                    "name": task.name,
                    "kind": task.kind,
                    "classes": list(task.classes),
                    "known": figures.examples,
                }
                for task, figures in zip(self.known.tasks, self.figures, strict=True)
            ],
            "summary": summary(self.figures),
            "not_in_data": list(self.known.missing),
            "not_in_model": list(self.known.strange),
            "quarantined": aside,
        }


def evaluate(
    model: Model,
    examples: Examples,
    *,
    trained_on: frozenset[str] | None = frozenset(),
    part: str | None = None,
    cache: Path | None = None,
    on_event: OnEvent = ignore,
) -> Evaluation:
    """Figures of a model on examples that it was not trained on.

    Args:
        model: as loaded.
        examples: labelled, with the model's tasks and classes or some of them, under their names.
        trained_on: SHA-256 of the files that the model was trained on; these are left out.
            ``None`` where nobody knows, which is said.
        part: ``"train"``, ``"validation"`` or ``"test"`` to look at that part only.
        cache: directory of the activation store.
        on_event: is told progress and notes.

    Raises:
        DataError: nothing is left to evaluate on, or no task or class is one of the model's.
    """
    if part is not None:
        examples = _only(examples, part)
    known, examples = _shared(model, examples)
    to_model(examples.targets, examples.tasks, known.tasks)  # refuses before any work is done
    passed = _passed(model, examples, cache, on_event)
    duplicates = resolve_duplicates(examples, passed.hashes)
    targets = to_model(duplicates.targets, examples.tasks, known.tasks)
    reasons = _reasons(examples, passed, duplicates, targets, trained_on or frozenset())
    usable = np.array([row not in reasons for row in range(len(examples))], dtype=bool)
    rows = np.flatnonzero(usable & (targets != UNKNOWN).any(axis=1))
    set_aside = tuple((examples.sources[row].name, why) for row, why in sorted(reasons.items()))
    if not len(rows):
        shown = "; ".join(f"{name}: {why}" for name, why in set_aside[:3])
        raise DataError(f"no example is left to evaluate on ({shown})")
    notes = [*examples.notes, *known.notes, *duplicates.notes, *model.notes]
    if len(model.tasks) > 1:
        notes += strange_classes(duplicates.targets[rows], targets[rows], examples.tasks)
    if trained_on is None:
        notes.append(
            "the model directory has no predictions.csv: it cannot be told which of these examples "
            "the model was trained on, and the figures are too good where there are any"
        )
    for note in notes:
        on_event(Note(note))
    probabilities = model.probabilities(passed.features[rows])
    figures, said = _judged(model, known, targets[rows], probabilities, duplicates.units[rows])
    return Evaluation(figures, said, set_aside, known)


def _shared(model: Model, examples: Examples) -> tuple[KnownTo, Examples]:
    """The tasks that the model knows, and the examples with no others."""
    expects = model.backbone.input_kind
    if examples.input_kind != expects:
        raise DataError(
            f"the data holds {examples.input_kind}s and the model reads {expects}s: give it what "
            "it was trained on"
        )
    known = known_to(model, examples.tasks)
    columns = list(known.columns)
    return known, replace(
        examples,
        tasks=tuple(examples.tasks[column] for column in columns),
        targets=examples.targets[:, columns],
        uncertain=None,  # never scored
    )


def _passed(model: Model, examples: Examples, cache: Path | None, on_event: OnEvent) -> FrozenPass:
    with ActivationStore(cache_directory(cache)) as store:
        return model.activations(
            examples.sources,
            store=store,
            on_progress=lambda done: on_event(
                Progress("Frozen pass", done, len(examples), "photos")
            ),
        )


def _reasons(
    examples: Examples,
    passed: FrozenPass,
    duplicates: Identity,
    targets: NDArray[np.int64],
    trained_on: frozenset[str],
) -> dict[int, str]:
    """Why rows are left out."""
    reasons = {**dict(duplicates.set_aside), **passed.unreadable}
    strange = (duplicates.targets != UNKNOWN).any(axis=1) & (targets == UNKNOWN).all(axis=1)
    for row, content in enumerate(passed.hashes):
        if row in reasons:
            continue
        if content in trained_on:
            reasons[row] = "the model was trained on this very file"
        elif strange[row]:
            reasons[row] = "its class is not one of the model's"
    return reasons


def _judged(
    model: Model,
    known: KnownTo,
    targets: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    units: NDArray[np.int64],
) -> tuple[TaskFigures | TasksFigures, str]:
    """Figures and verdict, from targets ``(examples, tasks)`` in the model's classes."""
    if len(model.tasks) == 1 and not model.thresholds:
        figures = task_figures(
            targets[:, 0], probabilities[None], classes=model.classes, design="test", units=units
        )
        return figures, verdict(figures, model.classes, targets[:, 0])
    outputs = model.outputs
    columns = np.concatenate([np.arange(len(outputs))[outputs.columns(place)]
                              for place in known.places])  # fmt: skip
    # A yes/no task of which no threshold is known is answered with yes from one half on.
    usual = [0.5 if task.kind == "binary" else np.nan for task in known.tasks]
    chosen = [model.thresholds.get(task.name, one)
              for task, one in zip(known.tasks, usual, strict=True)]  # fmt: skip
    several = tasks_figures(
        targets,
        probabilities[None][:, :, columns],
        tasks=known.tasks,
        design="test",
        units=units,
        thresholds=Thresholds(np.array(chosen)),
    )
    shared = model.head.origin.get("by") != "solver"
    return several, tasks_verdict(several, known.tasks, shared=shared)


def training_hashes(directory: Path) -> frozenset[str] | None:
    """SHA-256 of the files that a model was trained on, from its ``predictions.csv``.

    ``None`` where that file is missing.
    """
    try:
        with (directory / "predictions.csv").open(
            encoding="utf-8", errors="replace", newline=""
        ) as file:
            return frozenset(_training_rows(file))
    except FileNotFoundError:
        return None


def _training_rows(file: Any) -> Iterator[str]:
    for row in csv.DictReader(file):
        if row.get("part") == "train":
            yield row["sha256"]


def _only(examples: Examples, part: str) -> Examples:
    rows = [row for row, found in enumerate(examples.parts or ()) if found == part]
    if not rows:
        there = ", ".join(sorted(set(examples.parts or ()))) or "none"
        raise DataError(f"the data has no {part} part; its parts: {there}")
    return examples.select(rows)
