"""A saved model's figures on labelled examples."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headstart.activations import ActivationStore
from headstart.errors import DataError
from headstart.evaluation import TaskFigures, task_figures
from headstart.examples import UNKNOWN, Examples, resolve_duplicates
from headstart.model import Model
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._settings import cache_directory
from headstart.strategy import verdict


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        figures: on the examples that took part.
        verdict: in a sentence.
        set_aside: name and reason of what was left out.
    """

    figures: TaskFigures
    verdict: str
    set_aside: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """As printed by ``headstart evaluate --json``."""
        return {
            "verdict": self.verdict,
            **self.figures.as_dict(),
            "quarantined": [{"file": name, "reason": why} for name, why in self.set_aside],
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
        examples: labelled, with the model's classes or some of them.
        trained_on: SHA-256 of the files that the model was trained on; these are left out.
            ``None`` where nobody knows, which is said.
        part: ``"train"``, ``"validation"`` or ``"test"`` to look at that part only.
        cache: directory of the activation store.
        on_event: is told progress and notes.

    Raises:
        DataError: nothing is left to evaluate on, or no class is one of the model's.
    """
    if part is not None:
        examples = _only(examples, part)
    to_model = _class_map(examples, model)
    with ActivationStore(cache_directory(cache)) as store:
        passed = model.activations(
            examples.sources,
            store=store,
            on_progress=lambda done: on_event(
                Progress("Frozen pass", done, len(examples), "photos")
            ),
        )
    duplicates = resolve_duplicates(examples, passed.hashes)
    reasons = {**dict(duplicates.set_aside), **passed.unreadable}
    targets = duplicates.targets[:, 0]
    for row, content in enumerate(passed.hashes):
        if row not in reasons and content in (trained_on or ()):
            reasons[row] = "the model was trained on this very file"
        elif row not in reasons and targets[row] != UNKNOWN and to_model[targets[row]] == UNKNOWN:
            reasons[row] = "its class is not one of the model's"
    rows = np.array(
        [row for row in range(len(examples)) if row not in reasons and targets[row] != UNKNOWN],
        dtype=np.int64,
    )
    set_aside = tuple((examples.sources[row].name, why) for row, why in sorted(reasons.items()))
    if not len(rows):
        shown = "; ".join(f"{name}: {why}" for name, why in set_aside[:3])
        raise DataError(f"no example is left to evaluate on ({shown})")
    notes = [*examples.notes, *duplicates.notes, *model.notes]
    if trained_on is None:
        notes.append(
            "the model directory has no predictions.csv: it cannot be told which of these examples "
            "the model was trained on, and the figures are too good where there are any"
        )
    for note in notes:
        on_event(Note(note))
    known = to_model[targets[rows]]
    figures = task_figures(
        known,
        model.probabilities(passed.features[rows])[None],
        classes=model.classes,
        design="test",
        units=duplicates.units[rows],
    )
    return Evaluation(figures, verdict(figures, model.classes, known), set_aside)


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


def _class_map(examples: Examples, model: Model) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The model's target of each class of the data, `UNKNOWN` where it is not one of them."""
    place = {name: target for target, name in enumerate(model.classes)}
    classes = examples.tasks[0].classes
    found = np.array([place.get(name, UNKNOWN) for name in classes], dtype=np.int64)
    if (found == UNKNOWN).all():
        raise DataError(f"none of the data's classes ({', '.join(classes[:5])}) is one of the "
                        f"model's ({', '.join(model.classes[:5])})")  # fmt: skip
    return found
