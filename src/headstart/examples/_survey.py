"""What a folder or table holds, from names and labels alone: no photo is opened."""

from __future__ import annotations

import contextlib
import os
import wave
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._annotations import find_annotations
from headstart.examples._columns import Table, columns_of
from headstart.examples._drawn import drawn_examples
from headstart.examples._frame import there
from headstart.examples._label import read_label
from headstart.examples._read import read_examples
from headstart.examples._rows import (
    PART_NAMES,
    assemble,
    counted,
    first_few,
    natural_order,
    printable,
)
from headstart.examples._sheet import possible_tasks, read_sheet
from headstart.examples._table import UNKNOWN, Examples, FileSource, Source, Task
from headstart.examples._tables import open_table
from headstart.examples._task_options import TaskOptions
from headstart.examples._task_table import find_tasks, task_examples, trainable

InputKind = Literal["photo", "sound"]

SOUND_SUFFIXES = frozenset({
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma",
})  # fmt: skip

_TIMED = 1000
"""The lengths of so many clips are read; the others are taken to be as long."""


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
    """

    kind: InputKind
    examples: int
    tasks: tuple[TaskSurvey, ...]
    parts: Mapping[str, int]
    groups: int | None = None
    seconds: float | None = None
    notes: tuple[str, ...] = ()
    label_column: str | None = None

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
    annotated: Sequence[str] | Literal["all"] = (),
) -> Survey:
    """Look at a folder of class folders or a table, as `read_examples` takes them.

    Beyond what that reads, a class may be the only one, files need not be there, and the examples
    may be sounds.

    Args:
        data: a folder, a table or several tables.
        file_column: as for `read_examples`.
        label_column: likewise.
        tasks: likewise.
        exclude: likewise.
        task_kinds: likewise.
        annotated: likewise.

    Raises:
        DataError: there is nothing that could be examples, or no label.
    """
    if not isinstance(data, str | Path):
        joined = read_examples(
            list(data),
            file_column=file_column,
            tasks=tasks,
            exclude=exclude,
            task_kinds=task_kinds,
            for_training=False,
        )
        return _of_examples(joined)
    path = Path(data)
    options = TaskOptions.checked(tasks=tasks, exclude=exclude, task_kinds=task_kinds)
    if path.exists() and (drawn := find_annotations(path, asked=bool(annotated))) is not None:
        return _of_examples(drawn_examples(drawn, annotated, options, for_training=False))
    if path.is_file() and label_column is None:
        table = open_table(path)
        if options.asked or len(columns_of(table, file_column).labels) > 1:
            return _of_columns(table, options, file_column)
    try:
        examples = read_examples(
            path,
            file_column=file_column,
            label_column=label_column,
            annotated=annotated,
            for_training=False,
        )
    except DataError:
        if path.is_dir() and (clips := _clips(path)):
            return _of_clips(clips)
        raise
    return _of_examples(examples)


def _of_examples(examples: Examples) -> Survey:
    """The tasks, as they would be trained."""
    train = np.array([part == "train" for part in examples.parts or ("train",) * len(examples)])
    sounds = sum(_is_sound(source.name) for source in examples.sources)
    return Survey(
        kind="sound" if 2 * sounds > len(examples) else "photo",
        examples=len(examples),
        tasks=tuple(
            _counted(task, examples.targets[train, place])
            for place, task in enumerate(examples.tasks)
        ),
        parts=dict(Counter(examples.parts or ())),
        groups=None if examples.groups is None else len(set(examples.groups)),
        seconds=_seconds(examples.sources) if 2 * sounds > len(examples) else None,
        notes=examples.notes,
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


def _clips(folder: Path) -> list[tuple[str, FileSource]]:
    """The sounds below a folder, each with the name of its class folder, or an empty one."""
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        inside = Path(place).relative_to(folder).parts
        if inside and inside[0].lower() in PART_NAMES:
            inside = inside[1:]
        label = printable(inside[0]) if inside else ""
        found += [(label, FileSource(Path(place, name), printable(name)))
                  for name in sorted(names) if _is_sound(name)]  # fmt: skip
    return found


def _of_clips(clips: Sequence[tuple[str, FileSource]]) -> Survey:
    counts = Counter(label for label, _ in clips if label)
    tasks = (TaskSurvey("label", {name: counts[name] for name in natural_order(counts)}),)
    return Survey(
        kind="sound",
        examples=len(clips),
        tasks=tasks if counts else (),
        parts={},
        seconds=_seconds([source for _, source in clips]),
    )


def _is_sound(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SOUND_SUFFIXES  # noqa: PTH122  (speed)


def _seconds(sources: Iterable[Source]) -> float | None:
    """Of all clips, from the lengths of the first; only those of WAV files are told quickly."""
    files = [source for source in sources if isinstance(source, FileSource)]
    lengths = [length for source in files[:_TIMED]
               if (length := _length(source.path)) is not None]  # fmt: skip
    if not lengths or 2 * len(lengths) < len(files[:_TIMED]):
        return None
    return sum(lengths) / len(lengths) * len(files)


def _length(path: Path) -> float | None:
    try:
        with wave.open(str(path), "rb") as clip:
            return clip.getnframes() / clip.getframerate()
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        return None
