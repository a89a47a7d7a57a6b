"""What the files of a model of several tasks hold, in small."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from tests.report.documents import Document, a_task, figure

WHY = "only one class in the held-out part"


def a_question(name: str, known: int = 100, **others: object) -> Document:
    """A yes/no task as it stands in ``metrics.json``."""
    return {
        **a_task(),
        "name": name,
        "kind": "binary",
        "classes": ["no", "yes"],
        "known": known,
        "held_out": {"design": "cross-validation", "examples": known, "groups": None,
                     "folds": 5, "repeats": 2},
        "average_precision": figure(0.8, 0.7, 0.9),
        "f1": figure(0.7, 0.6, 0.8),
        "threshold": 0.25,
        "prevalence": figure(0.125, 0.1, 0.15),
        "confusion": [[60, 5], [4, 31]],
        **others,
    }  # fmt: skip


def a_category(name: str, *classes: str, known: int = 100) -> Document:
    """A task of several classes."""
    size = len(classes)
    confusion = [[9 if row == column else 1 for column in range(size)] for row in range(size)]
    return {
        **a_task(),
        "name": name,
        "classes": list(classes),
        "known": known,
        "confusion": confusion,
        "per_class": [],
    }


def a_mean(value: float, defined: int, of: int) -> Document:
    return {**figure(value, value - 0.05, value + 0.05), "defined": defined, "of": of,
            "words": f"{defined} of {of} tasks defined"}  # fmt: skip


def a_summary(count: int, *, defined: int | None = None) -> Document:
    kept = count if defined is None else defined
    shares = ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece", "average_precision",
              "f1", "prevalence")  # fmt: skip
    return {"tasks": count, "averaged": "mean over the tasks where the figure is defined",
            **{name: a_mean(0.75, kept, count) for name in shares}}  # fmt: skip


def metrics_of(tasks: Sequence[Document], **others: object) -> Document:
    return {"tasks": list(tasks), "summary": a_summary(len(tasks)), **others}


def stored(tasks: Sequence[Document]) -> list[Document]:
    """The same tasks as in ``model.json``."""
    return [{key: task[key] for key in ("name", "kind", "classes")} for task in tasks]


def write_predictions(
    directory: Path, tasks: Sequence[Document], rows: Sequence[Sequence[object]]
) -> Path:
    """``predictions.csv``; each row begins with file, hash, part, group and fold."""
    names = ["file", "sha256", "part", "group", "fold"]
    for task in tasks:
        of_two = len(task["classes"]) == 2
        suffixes = [""] if of_two else [f"={name}" for name in task["classes"]]
        names += [task["name"], *(f"p_{task['name']}{suffix}" for suffix in suffixes)]
    path = directory / "predictions.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)
    return path
