"""What a folder or table holds, from names and labels alone: no photo is opened."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._annotations import find_annotations
from headstart.examples._clips import clips_in, is_sound, seconds_of
from headstart.examples._columns import Columns, Table, columns_of
from headstart.examples._drawn import drawn_examples
from headstart.examples._frame import there
from headstart.examples._label import read_label
from headstart.examples._read import read_examples
from headstart.examples._rows import (
    assemble,
    counted,
    first_few,
    natural_order,
)
from headstart.examples._sheet import possible_tasks, read_sheet
from headstart.examples._table import UNKNOWN, Examples, FileSource, Task
from headstart.examples._tables import open_table
from headstart.examples._task_options import TaskOptions
from headstart.examples._task_table import find_tasks, task_examples, trainable
from headstart.examples._vectors import Features

InputKind = Literal["photo", "sound", "vector"]


@dataclass(frozen=True)
class TaskSurvey:
    """One column of labels.

    Attributes:
        name: of the column, or ``"label"``.
        counts: training examples of each class whose label is known, classes in natural order.
        unknown: training examples whose label is not known, or uncertain.
    """

    name: str
    counts: Mapping[str, int]
    unknown: int = 0

    @property
    def known(self) -> int:
        """Training examples whose label is known."""
        return sum(self.counts.values())

    @property
    def taught(self) -> bool:
        """Whether two classes have training examples."""
        return sum(count > 0 for count in self.counts.values()) > 1


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        kind: of the examples.
        examples: all of them, whatever part they belong to.
        tasks: the questions; none for clips that lie in no class folders.
        parts: examples of each part of a split that the user made; empty without one.
        groups: how many there are; ``None`` where none are given.
        seconds: of all clips together, where they are sound and their lengths can be told.
        notes: what is odd, a sentence each.
        label_column: must be named to train on the one task of a table that has other columns.
        width: numbers of a feature vector, where the examples are such.
    """

    kind: InputKind
    examples: int
    tasks: tuple[TaskSurvey, ...]
    parts: Mapping[str, int]
    groups: int | None = None
    seconds: float | None = None
    notes: tuple[str, ...] = ()
    label_column: str | None = None
    width: int | None = None

    @property
    def taught(self) -> tuple[TaskSurvey, ...]:
        """The tasks that can be learned."""
        return tuple(task for task in self.tasks if task.taught)

    @property
    def training(self) -> int:
        """Examples to learn from: those of the training part, or all."""
        return self.parts.get("train", 0) if self.parts else self.examples


def survey(
    data: str | Path | Sequence[str | Path],
    *,
    file_column: str | None = None,
    label_column: str | None = None,
    tasks: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    task_kinds: Mapping[str, Literal["binary", "category"]] | None = None,
    uncertain: str | float | Mapping[str, str | float] = "ignore",
    annotated: Sequence[str] | Literal["all"] = (),
    features: Features | None = None,
) -> Survey:
    """Look at a folder of class folders or a table, as `read_examples` takes them.

    Beyond what that reads, a class may be the only one, the examples may be sounds, and the files
    of a table need not be there; of several tables that are joined, some of each must be.

    Args:
        data: a folder, a table or several tables.
        file_column: as for `read_examples`, like all that follow.
        label_column: likewise.
        tasks: likewise.
        exclude: likewise.
        task_kinds: likewise.
        uncertain: likewise; counts do not depend on it.
        annotated: likewise.
        features: likewise.

    Raises:
        DataError: there is nothing that could be examples, or no label.
        SettingError: options that mean nothing.
    """
    columns: dict[str, Any] = {"file_column": file_column, "label_column": label_column}
    read: dict[str, Any] = {
        "tasks": tasks, "exclude": exclude, "task_kinds": task_kinds, "uncertain": uncertain,
    }  # fmt: skip
    options = TaskOptions.checked(**read)
    if features is not None or not isinstance(data, str | Path):
        given = data if isinstance(data, str | Path) else list(data)
        whole: dict[str, Any] = {
            "annotated": annotated,
            "features": features,
            "for_training": False,
        }
        return _of_examples(read_examples(given, **columns, **read, **whole))
    path = Path(data)
    if path.exists() and (drawn := find_annotations(path, asked=bool(annotated))) is not None:
        return _of_drawn(drawn_examples(drawn, annotated, options, for_training=False))
    if path.is_file() and label_column is None:
        table = open_table(path)
        if options.asked or len(_roles(table, file_column).labels) > 1:
            return _of_columns(table, options, file_column)
    try:
        examples = read_examples(path, **columns, annotated=annotated, for_training=False)
    except DataError:
        if path.is_dir() and (clips := clips_in(path)):
            return _of_clips(clips)
        raise
    return _of_examples(examples)


def _roles(table: Table, file_column: str | None) -> Columns:
    try:
        return columns_of(table, file_column)
    except DataError as error:
        raise DataError(
            f"{error}; of rows that have feature vectors instead of files, say with features where "
            "these are"
        ) from None


def _of_drawn(examples: Examples) -> Survey:
    """What was drawn, and that nothing is known to be absent, where that is so."""
    seen = _of_examples(examples)
    if (examples.targets == 0).any():
        return seen
    note = (
        "No class is known to be absent from any photo: name with annotated the classes that the "
        "annotators looked for everywhere, or 'all'."
    )
    return replace(seen, notes=(*seen.notes, note))


def _of_examples(examples: Examples) -> Survey:
    """The tasks, as they would be trained."""
    train = np.array([part == "train" for part in examples.parts or ("train",) * len(examples)])
    kind: InputKind = examples.input_kind
    sounds = sum(is_sound(source.name) for source in examples.sources)
    if kind == "photo" and 2 * sounds > len(examples):
        kind = "sound"
    return Survey(
        kind=kind,
        examples=len(examples),
        tasks=tuple(
            _counted(task, examples.targets[train, place])
            for place, task in enumerate(examples.tasks)
        ),
        parts=dict(Counter(examples.parts or ())),
        groups=None if examples.groups is None else len(set(examples.groups)),
        seconds=seconds_of(examples.sources) if kind == "sound" else None,
        notes=examples.notes,
        width=len(examples.vector_names) if kind == "vector" else None,
    )


def _counted(task: Task, targets: NDArray[np.int64]) -> TaskSurvey:
    counts = np.bincount(targets[targets != UNKNOWN], minlength=len(task.classes)).tolist()
    unknown = int((targets == UNKNOWN).sum())
    return TaskSurvey(task.name, dict(zip(task.classes, counts, strict=True)), unknown)


def _of_columns(table: Table, options: TaskOptions, file_column: str | None) -> Survey:
    """A table of tasks, whether its files are there or not.

    Raises:
        DataError: no column holds classes.
    """
    table, folder = replace(table, folder=None), table.folder
    possible = possible_tasks(table, options, file_column=file_column)
    names = options.candidates(possible, table.origin)
    sheet = read_sheet(table, names, file_column=file_column)
    found = find_tasks(sheet, options)
    name = found.whole[0] if len(found.whole) == 1 and not options.asked else None
    if name is None:
        examples = task_examples(sheet, found, options, for_training=False)
        # Where not one task can be trained yet, what there is of them is told.
        with contextlib.suppress(DataError):
            examples = trainable(sheet.origin, examples)
    else:
        rows = read_label(table, file_column=file_column, label_column=name)
        examples = assemble(rows, for_training=False)
    files = [source for source in examples.sources if isinstance(source, FileSource)]
    missing = [source.name for source in files if folder and not there(source.path)]
    seen = _of_examples(examples)
    if missing:
        gone = f"{table.origin}: {counted(len(missing), 'file')} not there: {first_few(missing)}."
        seen = replace(seen, notes=(*seen.notes, gone))
    return replace(seen, label_column=name)


def _of_clips(clips: Sequence[tuple[str, FileSource]]) -> Survey:
    counts = Counter(label for label, _ in clips if label)
    tasks = (TaskSurvey("label", {name: counts[name] for name in natural_order(counts)}),)
    return Survey(
        kind="sound",
        examples=len(clips),
        tasks=tasks if counts else (),
        parts={},
        seconds=seconds_of([source for _, source in clips]),
    )
