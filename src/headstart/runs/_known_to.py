"""Labelled examples as a model knows them: its tasks and classes, found by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Examples, Task, read_examples
from headstart.model import Model

Kind = Literal["binary", "category"]


@dataclass(frozen=True)
class KnownTo:
    """The tasks that a model and some examples have in common.

    Attributes:
        tasks: as the model has them.
        places: of each among the model's tasks.
        columns: of each among the examples' tasks.
        missing: names of the model's tasks that the examples do not have.
        strange: names of the examples' tasks that the model does not have.
    """

    tasks: tuple[Task, ...]
    places: tuple[int, ...]
    columns: tuple[int, ...]
    missing: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What is not looked at, a sentence each."""
        notes = []
        if self.missing:
            notes.append(
                f"{_counted(self.missing)} of the model not in the data, so nothing is said of "
                f"{_these(self.missing)}: {_few(self.missing)}"
            )
        if self.strange:
            notes.append(
                f"{_counted(self.strange)} of the data not known to the model and left out: "
                f"{_few(self.strange)}"
            )
        return notes


def read_for(model: Model, data: Any, **reading: Any) -> Examples:
    """Read labelled examples, each column as the kind of task that the model takes it for.

    A column of a few rows may look like names, or like the one label of a table with the classes
    0 and 1, where the model has a task of its name: it is then read again as what the model knows.

    Args:
        model: that is to be evaluated.
        data: as `headstart.examples.read_examples` takes it.
        reading: options of that function.

    Raises:
        DataError: the data as a whole cannot be used.
        SettingError: options that mean nothing.
    """
    examples = read_examples(data, for_training=False, **reading)
    if isinstance(data, str | Path) and Path(data).is_dir():  # it has no columns
        return examples
    asked = reading.get("tasks") or ()
    for kinds in _hints(model, examples, reading):
        names = asked or dict.fromkeys([*(task.name for task in examples.tasks), *kinds])
        again = {name: value for name, value in reading.items() if name != "label_column"}
        again |= {"tasks": tuple(names), "task_kinds": kinds}
        try:
            return read_examples(data, for_training=False, **again)
        except DataError:  # one of them is no column, or cannot be what the model takes it for
            continue
    return examples


def _hints(model: Model, examples: Examples, reading: Mapping[str, Any]) -> list[dict[str, Kind]]:
    """Kinds to read columns as, by name: with the model's tasks that were not found, and without.

    What the user says of a column stands.
    """
    said: dict[str, Kind] = dict(reading.get("task_kinds") or {})
    own = {task.name: task.kind for task in examples.tasks}
    kinds = {task.name: task.kind for task in model.tasks}
    other = {name: kind for name, kind in kinds.items() if own.get(name, kind) != kind}
    missing = {name: kind for name, kind in kinds.items() if name not in own}
    if reading.get("tasks") or reading.get("label_column"):
        missing = {}
    return [hints | said for hints in ({**other, **missing}, other) if hints.keys() - said.keys()]


def known_to(model: Model, tasks: Sequence[Task]) -> KnownTo:
    """Find a model's tasks among others, by their names as they stand.

    Where there is one task on both sides it is the same one, whatever it is called.

    Args:
        model: the model.
        tasks: of the examples.

    Raises:
        DataError: none is found.
    """
    names = [task.name for task in tasks]
    if len(names) == len(model.tasks) == 1:
        return KnownTo(model.tasks, (0,), (0,), (), ())
    places = tuple(place for place, task in enumerate(model.tasks) if task.name in names)
    known = {task.name for task in model.tasks}
    if not places:
        raise DataError(
            f"none of the data's tasks ({_few(names)}) is one of the model's "
            f"({_few([task.name for task in model.tasks])}): call the columns as the model calls "
            "its tasks, or name them with tasks"
        )
    shared = tuple(model.tasks[place] for place in places)
    return KnownTo(
        tasks=shared,
        places=places,
        columns=tuple(names.index(task.name) for task in shared),
        missing=tuple(task.name for task in model.tasks if task.name not in names),
        strange=tuple(name for name in names if name not in known),
    )


def to_model(
    targets: NDArray[np.int64], own: Sequence[Task], known: Sequence[Task]
) -> NDArray[np.int64]:
    """Targets of examples as targets of the model, classes found by their names.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        own: those tasks.
        known: the same tasks as the model has them.

    Returns:
        int64 ``(examples, tasks)``, -1 too where the model does not know the class.

    Raises:
        DataError: not one class of any task is one of the model's.
    """
    result = np.full_like(targets, UNKNOWN)
    found = False
    for column, (task, other) in enumerate(zip(own, known, strict=True)):
        place = {name: target for target, name in enumerate(other.classes)}
        classes = [place.get(name, UNKNOWN) for name in task.classes]
        found = found or any(target != UNKNOWN for target in classes)
        # The last stands for unknown, -1.
        result[:, column] = np.array([*classes, UNKNOWN], dtype=np.int64)[targets[:, column]]
    if not found:
        raise DataError(
            f"none of the data's classes ({', '.join(own[0].classes[:5])}) is one of the model's "
            f"({', '.join(known[0].classes[:5])})"
        )
    return result


def strange_classes(
    targets: NDArray[np.int64], mapped: NDArray[np.int64], own: Sequence[Task]
) -> list[str]:
    """What is left out because the model does not know its class, a sentence each.

    Args:
        targets: of the examples in their own classes, int64 ``(examples, tasks)``.
        mapped: the same in the model's.
        own: the examples' tasks.
    """
    lost = (targets != UNKNOWN) & (mapped == UNKNOWN)
    notes = []
    for column in np.flatnonzero(lost.any(axis=0)).tolist():
        classes = np.unique(targets[lost[:, column], column])
        names = [own[column].classes[target] for target in classes]
        count = int(lost[:, column].sum())
        notes.append(
            f"'{own[column].name}': {count:,} {'label' if count == 1 else 'labels'} of classes "
            f"that the model does not know left out: {_few(names)}"
        )
    return notes


def _few(names: Sequence[str], shown: int = 5) -> str:
    more = len(names) - shown
    quoted = ", ".join(f"'{name}'" for name in names[:shown])
    return quoted + (f" and {more:,} more" if more > 0 else "")


def _counted(names: Sequence[str]) -> str:
    return "one task" if len(names) == 1 else f"{len(names):,} tasks"


def _these(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
