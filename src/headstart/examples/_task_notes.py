"""What the user is told about how a table's columns were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from headstart.examples._rows import counted, first_few, printable
from headstart.examples._table import Examples
from headstart.examples._task_column import MOST_NUMBERS, Reason, TaskColumn

_REASONS: dict[Reason, str] = {
    "names": "nearly every value is another",
    "numbers": f"more than {MOST_NUMBERS} different numbers, as of a measurement",
    "one value": "one value only",
    "blank": "blank",
}


def reason_words(passed_over: Mapping[str, Reason]) -> str:
    """Columns that are no tasks, by the reason: ``'name', 'id': nearly every value is another``."""
    names = defaultdict(list)
    for name, reason in passed_over.items():
        names[reason].append(name)
    return "; ".join(f"{_few(names[r], 5)}: {_REASONS[r]}" for r in _REASONS if r in names)


def reading_notes(
    origin: str,
    columns: Sequence[TaskColumn],
    passed_over: Mapping[str, Reason],
    chances: Sequence[float | None],
) -> list[str]:
    """How a table's columns were read, a sentence each.

    Args:
        origin: the table.
        columns: its tasks.
        passed_over: columns that are none.
        chances: with which the uncertain cells of each task are trained.
    """
    notes = [f"{origin}: {_tasks(columns)}."]
    if passed_over:
        notes.append(f"{origin}: not taken for tasks: {reason_words(passed_over)}.")
    if signed := [column.task.name for column in columns if column.reading == "signed"]:
        notes.append(
            f"{origin}: only -1 and 1 in {_few(signed)}: read as negative and positive, for no "
            "cell is 0."
        )
    if ordered := [column for column in columns if column.reading == "ordered"]:
        named = [f"'{c.task.name}' ({' or '.join(c.task.classes)})" for c in ordered]
        notes.append(f"{origin}: the second class is taken for yes in {first_few(named)}.")
    # Of a task with classes of its own "none" may be one: it is read as unknown, and said.
    words = [c for c in columns if c.words and c.task.kind == "category"]
    if words:
        named = [f"'{word}'" for word in sorted({word for c in words for word in c.words})]
        notes.append(
            f"{origin}: {first_few(named)} in {_few([c.task.name for c in words])} is read as "
            "unknown; where it is a class, give it another name."
        )
    return notes + _doubt(origin, columns, chances) + _spellings(columns)


def held_out_notes(examples: Examples) -> list[str]:
    """Examples and tasks that cannot be judged, or of which nothing is known."""
    notes = []
    blank = int((~examples.known).all(axis=1).sum())
    if blank:
        notes.append(f"{counted(blank, 'example')} without a known label in any task.")
    for part in ("validation", "test"):
        rows = np.array([each == part for each in examples.parts or ()], bool)
        if rows.any():
            found = [
                f"'{task.name}'"
                for place, task in enumerate(examples.tasks)
                if len(set(examples.targets[rows, place].tolist()) - {-1}) < len(task.classes)
            ]
            if found:
                notes.append(
                    f"The {part} part lacks a class of {counted(len(found), 'task')}: "
                    f"{first_few(found)}."
                )
    return notes


def _tasks(columns: Sequence[TaskColumn]) -> str:
    binary = [column.task.name for column in columns if column.task.kind == "binary"]
    category = [column.task.name for column in columns if column.task.kind == "category"]
    kinds = []
    if binary:
        kinds.append(f"{len(binary):,} of yes or no ({_few(binary)})")
    if category:
        kinds.append(f"{len(category):,} of several classes ({_few(category)})")
    return f"read as {counted(len(columns), 'task')}: {' and '.join(kinds)}"


def _doubt(
    origin: str, columns: Sequence[TaskColumn], chances: Sequence[float | None]
) -> list[str]:
    """What is done with uncertain cells, the same sentence for tasks that are treated alike."""
    cells: dict[float | None, list[tuple[str, int]]] = defaultdict(list)
    for column, chance in zip(columns, chances, strict=True):
        if count := int(column.uncertain.sum()):
            cells[chance].append((column.task.name, count))
    notes = []
    for chance, found in cells.items():
        total = sum(count for _, count in found)
        what = "left out" if chance is None else f"trained as {100 * chance:.3g} % yes"
        notes.append(
            f"{origin}: {counted(total, 'uncertain label')} in "
            f"{counted(len(found), 'task')} ({_few([name for name, _ in found])}) {what}, and "
            "never scored."
        )
    return notes


def _spellings(columns: Sequence[TaskColumn]) -> list[str]:
    notes = []
    for column in columns:
        by_word = defaultdict(list)
        for each in column.task.classes:
            by_word[each.casefold()].append(f"'{each}'")
        notes += [
            f"The classes {' and '.join(alike)} of '{column.task.name}' differ only in case; they "
            "are kept apart."
            for alike in by_word.values()
            if len(alike) > 1
        ]
    return notes


def _few(names: Iterable[str], shown: int = 3) -> str:
    return first_few([f"'{printable(name)}'" for name in names], shown)
