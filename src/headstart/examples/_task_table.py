"""A table of tasks: which columns are tasks, and their cells as targets with a mask."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._outputs import Outputs
from headstart.examples._rows import counted, first_few, is_garbled, printable
from headstart.examples._several_splits import label_counts
from headstart.examples._sheet import Sheet
from headstart.examples._table import UNKNOWN, Examples, Task
from headstart.examples._task_column import Reason, TaskColumn, read_column
from headstart.examples._task_notes import held_out_notes, reading_notes, reason_words
from headstart.examples._task_options import TaskOptions

MOST_TASKS = 1000


@dataclass(frozen=True, eq=False)
class Found:
    """The tasks of a table.

    Attributes:
        tasks: by the name of their column, in the order of the table.
        passed_over: why each other column that might have been one is none.
    """

    tasks: Mapping[str, TaskColumn]
    passed_over: Mapping[str, Reason]

    @property
    def whole(self) -> tuple[str, ...]:
        """The columns of which two classes are known."""
        return tuple(name for name, column in self.tasks.items() if column.two_known)


def find_tasks(sheet: Sheet, options: TaskOptions, *, meant: Set[str] = frozenset()) -> Found:
    """Read each column of a table as a task, or pass it over.

    Args:
        sheet: the table.
        options: what the user says of its columns.
        meant: columns that are tasks without doubt, however many values they have.

    Raises:
        DataError: a column cannot be what the user says that it is, holds text that cannot be
            read, or none is a task.
    """
    tasks: dict[str, TaskColumn] = {}
    passed_over: dict[str, Reason] = {}
    faults = []
    for name, column in sheet.columns.items():
        found = read_column(
            name,
            column,
            kind=options.kind(name),
            named=name in meant or options.named(name),
            doubtful=options.speaks_of_doubt(name),
        )
        if isinstance(found, TaskColumn):
            tasks[name] = found
            garbled = [place for place, value in enumerate(column.values) if is_garbled(value)]
            faults += [
                f"the label '{printable(column.values[place])}' of "
                f"{sheet.sources[column.first(place)].name} has characters that cannot be read; "
                "save the table as UTF-8"
                for place in garbled[:1]
            ]
        elif found == "more than two":
            values = first_few([f"'{printable(value)}'" for value in column.values])
            faults.append(
                f"'{printable(name)}' is no binary task, for it holds "
                f"{counted(len(column.values), 'value')}: {values}; give it the kind category"
            )
        else:
            passed_over[name] = found
    if faults:
        raise DataError(f"{sheet.origin}: " + "; and ".join(faults))
    if not tasks:
        raise DataError(_nothing(sheet, passed_over))
    return Found(tasks, passed_over)


def task_examples(
    sheet: Sheet, found: Found, options: TaskOptions, *, for_training: bool
) -> Examples:
    """Make a table of examples of a table's tasks.

    Args:
        sheet: the table.
        found: its tasks.
        options: what is done with uncertain cells.
        for_training: leave out tasks of which the training part does not know two classes, and
            classes that it does not know.

    Raises:
        DataError: no task is left, or there are too many.
    """
    if for_training and not options.asked and not found.whole:
        single: Reason = "one value"
        raise DataError(
            _nothing(sheet, {**found.passed_over, **dict.fromkeys(found.tasks, single)})
        )
    columns = list(found.tasks.values())
    chances = [
        options.chance(name) if column.task.kind == "binary" else None
        for name, column in found.tasks.items()
    ]
    examples = Examples(
        sources=tuple(sheet.sources),
        tasks=tuple(column.task for column in columns),
        targets=np.stack([column.targets for column in columns], axis=1),
        groups=sheet.groups,
        parts=None if sheet.parts is None else tuple(sheet.parts),
        notes=(
            *sheet.notes,
            *reading_notes(sheet.origin, columns, found.passed_over, chances),
        ),
        uncertain=_chances(columns, chances),
    )
    if for_training:
        examples = trainable(sheet.origin, examples)
    check_number(sheet.origin, examples)
    return replace(examples, notes=(*examples.notes, *held_out_notes(examples)))


def check_number(origin: str, examples: Examples) -> None:
    """Raise DataError where there are more tasks than are trained together."""
    if len(examples.tasks) > MOST_TASKS:
        raise DataError(
            f"{origin}: {len(examples.tasks):,} tasks are more than the {MOST_TASKS:,} that are "
            "trained together; name those that are meant with tasks, or those that are not with "
            "exclude"
        )


def trainable(origin: str, examples: Examples) -> Examples:
    """Examples without the tasks that cannot be learnt from their training part.

    A class that the training part does not know could never be predicted: its cells become
    unknown, and a task with fewer than two classes left is dropped.

    Raises:
        DataError: no task is left.
    """
    train = np.array([part == "train" for part in examples.parts or ()], bool)
    rows = train if examples.parts is not None else np.ones(len(examples), bool)
    targets = examples.targets.copy()
    labels = Outputs(tuple(max(len(task.classes), 2) for task in examples.tasks))
    counts = label_counts(targets[rows], np.zeros(int(rows.sum()), np.int64), labels).sum(axis=0)
    tasks: list[Task] = []
    kept: list[int] = []
    dropped, narrowed = [], []
    for place, task in enumerate(examples.tasks):
        known = counts[labels.columns(place)][: len(task.classes)] > 0
        there = [name for name, is_known in zip(task.classes, known, strict=True) if is_known]
        if len(there) < 2:
            known_class = f"only '{there[0]}'" if there else "none"
            dropped.append(f"'{task.name}' ({known_class})")
            continue
        kept.append(place)
        tasks.append(replace(task, classes=tuple(there)))
        if len(there) < len(task.classes):
            number = np.where(known, np.cumsum(known) - 1, UNKNOWN)
            targets[:, place] = np.append(number, UNKNOWN)[targets[:, place]]
            lost = [each for each in task.classes if each not in there]
            narrowed.append(f"'{task.name}' ({first_few(lost)})")
    notes = []
    if dropped:
        notes.append(
            f"{origin}: {counted(len(dropped), 'task')} left out, of which the training part does "
            f"not know two classes: {first_few(dropped, 5)}."
        )
    if narrowed:
        notes.append(
            f"{origin}: classes that only held-out examples have cannot be learnt and are taken "
            f"for unknown: {first_few(narrowed, 5)}."
        )
    if not tasks:
        raise DataError(
            f"{origin}: the training part knows two classes of no task: "
            f"{first_few(dropped, 10)}; add examples of the other classes"
        )
    return replace(
        examples,
        tasks=tuple(tasks),
        targets=targets[:, kept],
        uncertain=None if examples.uncertain is None else examples.uncertain[:, kept],
        notes=(*examples.notes, *notes),
    )


def _chances(columns: list[TaskColumn], chances: list[float | None]) -> NDArray[np.float32] | None:
    """The chance with which each uncertain cell is trained; None where none is."""
    result = np.full((len(columns[0].targets), len(columns)), -1, np.float32)
    for place, (column, chance) in enumerate(zip(columns, chances, strict=True)):
        if chance is not None:
            result[column.uncertain, place] = chance
    return result if (result >= 0).any() else None


def _nothing(sheet: Sheet, passed_over: Mapping[str, Reason]) -> str:
    return (
        f"{sheet.origin}: no column is named 'label' and several could be meant, but none holds "
        f"classes ({reason_words(passed_over)}); name the one that does 'label', or give "
        f"label_column or tasks (columns: {sheet.listed})"
    )
