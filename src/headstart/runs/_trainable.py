"""Tasks and classes that the training examples can teach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Task


@dataclass(frozen=True)
class Trainable:
    """What is left of the tasks.

    Attributes:
        tasks: those of which two classes have training examples, with these classes.
        columns: of each among those that were given.
        labels: of all examples in these tasks, int64 ``(examples, tasks)``; unknown where their
            class has no training example.
        notes: on what was left out, a sentence each.
    """

    tasks: tuple[Task, ...]
    columns: list[int]
    labels: NDArray[np.int64]
    notes: list[str]


def trainable_tasks(
    tasks: Sequence[Task], targets: NDArray[np.int64], train: NDArray[np.bool_]
) -> Trainable:
    """Leave out classes without a training example, and tasks with fewer than two that have one.

    Args:
        tasks: as they were given.
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        train: which examples are trained on, bool ``(examples,)``.

    Raises:
        DataError: no task is left.
    """
    kept, columns, labels, notes = [], [], [], []
    for column, task in enumerate(tasks):
        present = _present(task, targets[train, column])
        named = f"{task.name}: " if len(tasks) > 1 else ""
        if present.sum() < 2:
            if len(tasks) == 1:
                raise DataError(_too_few(task, targets[train, 0]))
            notes.append(f"{named}left out, fewer than two of its classes have a usable training "
                         "example")  # fmt: skip
            continue
        lost = [name for name, there in zip(task.classes, present, strict=True) if not there]
        if lost:
            notes.append(f"{named}no usable training example of {', '.join(lost)}: left out")
        classes = tuple(name for name, there in zip(task.classes, present, strict=True) if there)
        remap = np.append(np.where(present, np.cumsum(present) - 1, UNKNOWN), UNKNOWN)
        kept.append(replace(task, classes=classes))
        columns.append(column)
        labels.append(remap[targets[:, column]])  # the last of `remap` stands for unknown, -1
    if not kept:
        raise DataError(
            f"none of the {len(tasks)} tasks has two classes with a readable training example"
        )
    return Trainable(tuple(kept), columns, np.stack(labels, axis=1), notes)


def _present(task: Task, targets: NDArray[np.int64]) -> NDArray[np.bool_]:
    known = targets[targets != UNKNOWN]
    return np.asarray(np.bincount(known, minlength=len(task.classes)) > 0)


def _too_few(task: Task, targets: NDArray[np.int64]) -> str:
    counts = Counter(targets[targets != UNKNOWN].tolist())
    left = ", ".join(f"{task.classes[target]} ({count})" for target, count in counts.items())
    return (
        "at least two classes with a readable training example are needed; what is left is "
        f"{left or 'none'}"
    )
