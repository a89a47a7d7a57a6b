"""What a model says of some examples, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from headstart.cli._text import printable

if TYPE_CHECKING:
    from headstart.examples import Task
    from headstart.model import Prediction

MOST_ANSWERS = 6
"""Of one example that stand in a table; CSV and JSON hold them all."""


def answers_text(predictions: Sequence[Prediction], tasks: Sequence[Task], style: str) -> str:
    """All predictions as text.

    Args:
        predictions: of the examples, in their order.
        tasks: of the model; with one, its classes are told apart, with several each is answered.
        style: ``"table"``, ``"csv"`` or ``"json"``.
    """
    several = len(tasks) > 1
    if style == "json":
        as_dict = _several_as_dict if several else _one_as_dict
        return json.dumps([as_dict(found) for found in predictions], indent=1) + "\n"
    if style == "csv":
        return _csv(_several_rows(predictions, tasks) if several else _one_rows(predictions, tasks))
    from headstart.cli._console import table

    shown = [(found.name, *(_several_cells if several else _one_cells)(found, tasks))
             for found in predictions]  # fmt: skip
    return table([tuple(map(printable, row)) for row in shown]) + "\n"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def _one_as_dict(found: Prediction) -> dict[str, object]:
    return {
        "file": found.name,
        "label": found.label,
        "probability": found.probability,
        "probabilities": found.probabilities,
        "error": found.error,
    }


def _several_as_dict(found: Prediction) -> dict[str, object]:
    return {
        "file": found.name,
        "error": found.error,
        "tasks": {
            name: {
                "label": answer.label,
                "probability": answer.probability,
                "probabilities": answer.probabilities,
            }
            for name, answer in found.answers.items()
        },
    }


def _one_rows(predictions: Sequence[Prediction], tasks: Sequence[Task]) -> Iterable[list[str]]:
    classes = tasks[0].classes
    yield ["file", "label", "probability", *(f"p_{name}" for name in classes), "error"]
    for found in predictions:
        chances = [f"{found.probabilities.get(name, float('nan')):.6f}" for name in classes]
        chances = chances if found.label is not None else [""] * len(classes)
        top = "" if found.probability is None else f"{found.probability:.6f}"
        yield [found.name, found.label or "", top, *chances, found.error or ""]


def _several_rows(predictions: Sequence[Prediction], tasks: Sequence[Task]) -> Iterable[list[str]]:
    """The columns that several tasks have in ``predictions.csv``."""
    stated = [(task, task.classes[1:] if len(task.classes) == 2 else task.classes)
              for task in tasks]  # fmt: skip
    names = []
    for task, classes in stated:
        suffixes = [""] if len(task.classes) == 2 else [f"={name}" for name in classes]
        names += [task.name, *(f"p_{task.name}{suffix}" for suffix in suffixes)]
    yield ["file", *names, "error"]
    for found in predictions:
        cells = []
        for task, classes in stated:
            answer = found.answers.get(task.name)
            cells += [
                "" if answer is None else answer.label,
                *("" if answer is None else f"{answer.probabilities[name]:.6f}"
                  for name in classes),
            ]  # fmt: skip
        yield [found.name, *cells, found.error or ""]


def _one_cells(found: Prediction, tasks: Sequence[Task]) -> tuple[str, str]:
    if found.probability is None:
        return "-", found.error or ""
    return found.label or "", f"{found.probability:.1%}"


def _several_cells(found: Prediction, tasks: Sequence[Task]) -> tuple[str]:
    """What is answered with yes, the most probable first, then each other task's class."""
    if not found.answers:
        return (f"- {found.error or ''}",)
    yes, others = [], []
    for task in tasks:
        answer = found.answers[task.name]
        if task.classes != ("no", "yes"):
            others.append(f"{task.name}={answer.label} {answer.probability:.1%}")
        elif answer.label == "yes":
            yes.append((answer.probability, task.name))
    yes.sort(key=lambda one: -one[0])
    shown = [*(f"{name} {chance:.1%}" for chance, name in yes), *others]
    more = len(shown) - MOST_ANSWERS
    words = ", ".join(shown[:MOST_ANSWERS]) or "none"
    return (f"{words} and {more} more" if more > 0 else words,)
