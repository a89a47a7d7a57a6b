"""Is "?" random? What a comparison found of each clue to which labels are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell
from headstart.strategy import FEWEST_TO_ASK, TELLING_FROM

MOST_TASKS = 30


@dataclass(frozen=True)
class ClueRow:
    """One task.

    Attributes:
        unknown: how many of its labels, and of how many.
        told: AUROC of telling the unknown from the known by each clue.
        warned: whether that is reason for a warning.
    """

    name: str
    unknown: Cell
    told: tuple[Cell, ...]
    warned: bool


@dataclass(frozen=True)
class Clues:
    """The section on unknown labels.

    Attributes:
        sentences: what was found.
        clues: that were looked at.
        rows: tasks that were asked of, the most telling first.
        more: how many more there are.
        matters: AUROC that an interval must lie above for a warning.
    """

    sentences: tuple[str, ...]
    clues: tuple[str, ...]
    rows: tuple[ClueRow, ...]
    more: int
    matters: str


def read_clues(found: Mapping[str, object]) -> Clues | None:
    """What a comparison's ``missing`` says; None where every label is known."""
    missing = fields.mapping(found.get("missing"))
    tasks = fields.mappings(missing.get("tasks"))
    if not any(fields.whole(task.get("unknown")) for task in tasks):
        return None
    clues = fields.texts(missing.get("clues"))
    asked = [task for task in tasks if fields.mapping(task.get("auroc"))]
    asked.sort(key=lambda task: (not task.get("warning"), -_strongest(task)))
    sentences = [form.sentence(said) for said in fields.texts(missing.get("sentences"))]
    if not asked:
        sentences.append(
            f"No task has at least {FEWEST_TO_ASK} known and {FEWEST_TO_ASK} unknown labels: too "
            "few to ask."
        )
    return Clues(
        sentences=tuple(sentences),
        clues=clues,
        rows=tuple(_row(task, clues) for task in asked[:MOST_TASKS]),
        more=max(len(asked) - MOST_TASKS, 0),
        matters=f"{TELLING_FROM:g}",
    )


def _strongest(task: Mapping[str, object]) -> float:
    figures = fields.mapping(task.get("auroc")).values()
    return max((fields.number(fields.mapping(one).get("value")) or 0.0 for one in figures),
               default=0.0)  # fmt: skip


def _row(task: Mapping[str, object], clues: tuple[str, ...]) -> ClueRow:
    known, unknown = (fields.whole(task.get(key)) or 0 for key in ("known", "unknown"))
    figures = fields.mapping(task.get("auroc"))
    return ClueRow(
        name=form.visible(fields.text(task.get("task"))),
        unknown=Cell(form.count(unknown), f"of {form.count(known + unknown)}"),
        told=tuple(_told(figures.get(clue)) for clue in clues),
        warned=bool(task.get("warning")),
    )


def _told(value: object) -> Cell:
    figure = fields.mapping(value)
    number, low, high = (fields.number(figure.get(key)) for key in ("value", "low", "high"))
    if number is None:
        why = form.visible(fields.text(figure.get("why"))) or "was not asked"
        return Cell(form.DASH, why=why)
    ends = "" if low is None or high is None else f"{low:.2f} to {high:.2f}"
    return Cell(f"{number:.2f}", ends)
