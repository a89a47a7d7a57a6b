"""What a folder or table holds, from names and labels alone: no photo is opened."""

from __future__ import annotations

import os
import wave
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headstart.errors import DataError
from headstart.examples._columns import Columns, Table, columns_of
from headstart.examples._read import read_examples
from headstart.examples._rows import (
    PART_NAMES,
    cell_text,
    counted,
    first_few,
    natural_order,
    printable,
)
from headstart.examples._table import UNKNOWN, Examples, FileSource, Source
from headstart.examples._tables import open_table, there

InputKind = Literal["photo", "sound"]

SOUND_SUFFIXES = frozenset({
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma",
})  # fmt: skip

MOST_CLASSES = 100
"""A column of more different values than this, among several columns, is hardly a task."""

_TIMED = 1000
"""The lengths of so many clips are read; the others are taken to be as long."""

_UNCERTAIN = "-1"
"""Beside 0 and 1 this means that a label is uncertain (Irvin et al. 2019)."""


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
    data: str | Path, *, file_column: str | None = None, label_column: str | None = None
) -> Survey:
    """Look at a folder of class folders or a table, as `read_examples` takes them.

    Beyond what that reads, a table may have several columns of labels, a class may be the only one,
    and the examples may be sounds.

    Args:
        data: a folder or a table.
        file_column: as for `read_examples`.
        label_column: likewise.

    Raises:
        DataError: there is nothing that could be examples, or no label.
    """
    path = Path(data)
    if path.is_file():
        table = open_table(path)
        columns = columns_of(table, file_column)
        if not label_column and len(columns.labels) > 1:
            return _of_columns(table, columns, path.parent)
    try:
        examples = read_examples(
            path, file_column=file_column, label_column=label_column, for_training=False
        )
    except DataError:
        if path.is_dir() and (clips := _clips(path)):
            return _of_clips(clips)
        raise
    return _of_examples(examples)


def _of_examples(examples: Examples) -> Survey:
    """One task, as it would be trained."""
    (task,) = examples.tasks
    train = [part == "train" for part in examples.parts or ("train",) * len(examples)]
    targets = Counter(examples.targets[train, 0].tolist())
    sounds = sum(_is_sound(source.name) for source in examples.sources)
    return Survey(
        kind="sound" if 2 * sounds > len(examples) else "photo",
        examples=len(examples),
        tasks=(
            TaskSurvey(
                task.name,
                {name: targets[target] for target, name in enumerate(task.classes)},
                targets[UNKNOWN],
            ),
        ),
        parts=dict(Counter(examples.parts or ())),
        groups=None if examples.groups is None else len(set(examples.groups)),
        seconds=_seconds(examples.sources) if 2 * sounds > len(examples) else None,
        notes=examples.notes,
    )


def _of_columns(table: Table, columns: Columns, folder: Path) -> Survey:
    """Several columns that may be labels; those whose values are classes are tasks.

    Raises:
        DataError: none of them is.
    """
    split, group = columns.split, columns.group
    wanted = [name for name in (columns.file, split, group, *columns.labels) if name]
    cells = {name: [cell_text(cell) for cell in found]
             for name, found in table.load(wanted).items()}  # fmt: skip
    named = [row for row, name in enumerate(cells[columns.file]) if name is not None]
    files = [cells[columns.file][row] or "" for row in named]
    words = [(cells[split][row] or "").lower() if split else "train" for row in named]
    parts = [PART_NAMES.get(word, "train") for word in words]
    learnt = [row for row, part in zip(named, parts, strict=True) if part == "train"]
    found = {name: _task(name, [cells[name][row] for row in learnt]) for name in columns.labels}
    tasks = tuple(task for task in found.values() if task is not None)
    if not tasks:
        raise DataError(
            f"{table.origin}: no column holds classes: the values of "
            f"{first_few([repr(printable(name)) for name in found])} are all different, or there "
            "are none; add a column 'label'"
        )
    sounds = 2 * sum(map(_is_sound, files)) > len(files)
    return Survey(
        kind="sound" if sounds else "photo",
        examples=len(files),
        tasks=tasks,
        parts=dict(Counter(parts)) if split else {},
        groups=len({cells[group][row] for row in named}) if group else None,
        notes=_notes(table, found, [name for name in files if not there(folder / name)]),
        label_column=tasks[0].name if len(tasks) == 1 else None,
    )


def _notes(
    table: Table, found: Mapping[str, TaskSurvey | None], missing: Sequence[str]
) -> tuple[str, ...]:
    notes = []
    if passed_over := [f"'{printable(name)}'" for name, task in found.items() if task is None]:
        notes.append(f"{table.origin}: not taken for labels: {first_few(passed_over, 5)}.")
    if missing:
        named = first_few([printable(name) for name in missing])
        notes.append(f"{table.origin}: {counted(len(missing), 'file')} not there: {named}.")
    return tuple(notes)


def _task(name: str, cells: Sequence[str | None]) -> TaskSurvey | None:
    """A column as a task; ``None`` where its values are not classes: names, measurements."""
    counts = Counter(cell for cell in cells if cell is not None)
    # Whole numbers of a column with gaps come as 1.0 and 0.0.
    if all(cell in {"0", "1", "0.0", "1.0", "-1", "-1.0"} for cell in counts):
        whole: Counter[str] = Counter()
        for cell, count in counts.items():
            whole[cell.removesuffix(".0")] += count
        counts = whole
        counts.pop(_UNCERTAIN, None)
    known = sum(counts.values())
    if not counts or len(counts) > min(MOST_CLASSES, max(known / 2, 2)):
        return None
    return TaskSurvey(
        printable(name),
        {printable(each): counts[each] for each in natural_order(counts)},
        len(cells) - known,
    )


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
