"""Several tables that cover different tasks for different files, joined on the file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._cells import stacked
from headstart.examples._frame import NO_GROUP
from headstart.examples._rows import counted, first_few, printable
from headstart.examples._sheet import Sheet, possible_tasks, read_sheet
from headstart.examples._table import UNKNOWN, Examples, FileSource, Part
from headstart.examples._tables import open_table
from headstart.examples._task_column import TaskColumn
from headstart.examples._task_options import TaskOptions
from headstart.examples._task_table import Found, find_tasks, task_examples

_Integers = NDArray[np.int64]


def read_joined(
    paths: Sequence[Path], options: TaskOptions, *, file_column: str | None, for_training: bool
) -> Examples:
    """Read several tables as one whose rows are all files of any of them.

    A column of the same name is the same task. A label that one table knows is known, one in which
    two tables contradict one another is unknown. Groups and split may stand in any of the tables.

    Args:
        paths: of the tables.
        options: which columns are tasks.
        file_column: the file column's name, where it has an unusual one.
        for_training: as of `headstart.examples.read_examples`.

    Raises:
        DataError: a table cannot be used, or two contradict one another about a file's group or
            part.
    """
    tables = [open_table(path) for path in paths]
    origin = " and ".join(table.origin for table in tables)
    possible = [possible_tasks(table, options, file_column=file_column) for table in tables]
    names = dict.fromkeys(name for some in possible for name in some)
    chosen = set(options.candidates(list(names), origin))
    sheets = [
        read_sheet(table, [name for name in some if name in chosen], file_column=file_column)
        for table, some in zip(tables, possible, strict=True)
    ]
    whole = _stacked(origin, sheets)
    # The only column of a table is meant, however many values it has.
    meant = {some[0] for some in possible if len(some) == 1}
    found = find_tasks(whole, options, meant=meant)
    file_of, first = _files(whole)
    tasks = {name: _merged(column, file_of, len(first)) for name, column in found.tasks.items()}
    sheet = Sheet(
        origin=origin,
        sources=[whole.sources[row] for row in first],
        columns={},
        groups=_groups(sheets, whole, file_of, first),
        parts=_parts(sheets, whole, file_of, first),
        notes=(*whole.notes, *_notes(sheets, whole, found, tasks, file_of)),
        listed=whole.listed,
    )
    return task_examples(sheet, Found(tasks, found.passed_over), options, for_training=for_training)


def _stacked(origin: str, sheets: Sequence[Sheet]) -> Sheet:
    """The tables below one another."""
    names = dict.fromkeys(name for sheet in sheets for name in sheet.columns)
    return Sheet(
        origin=origin,
        sources=[source for sheet in sheets for source in sheet.sources],
        columns={
            name: stacked(sheet.columns.get(name, len(sheet.sources)) for sheet in sheets)
            for name in names
        },
        notes=[note for sheet in sheets for note in sheet.notes],
        listed=", ".join(sheet.listed for sheet in sheets),
    )


def _files(sheet: Sheet) -> tuple[_Integers, list[int]]:
    """Which file each row is of, and the first row of each file."""
    number: dict[str, int] = {}
    file_of: list[int] = []
    first: list[int] = []
    for row, source in enumerate(sheet.sources):
        assert isinstance(source, FileSource)
        # Tables in different folders call the same file by different names.
        key = os.path.normpath(os.path.abspath(source.path))  # noqa: PTH100  (links stay links)
        file_of.append(number.setdefault(key, len(number)))
        if file_of[-1] == len(first):
            first.append(row)
    return np.array(file_of, np.int64), first


def _merged(column: TaskColumn, file_of: _Integers, files: int) -> TaskColumn:
    """What is known of each file; nothing where its rows contradict one another."""
    least, most = _range(column, file_of, files)
    uncertain = np.zeros(files, bool)
    uncertain[file_of[column.uncertain]] = True
    return replace(
        column,
        targets=np.where(least == most, most, UNKNOWN),
        uncertain=uncertain & (most == UNKNOWN),
    )


def _range(column: TaskColumn, file_of: _Integers, files: int) -> tuple[_Integers, _Integers]:
    """The smallest and the largest known target of each file, different from it if none is."""
    known = column.targets != UNKNOWN
    least = np.full(files, np.iinfo(np.int64).max)
    most = np.full(files, UNKNOWN, np.int64)
    np.minimum.at(least, file_of[known], column.targets[known])
    np.maximum.at(most, file_of[known], column.targets[known])
    return least, most


def _groups(
    sheets: Sequence[Sheet], whole: Sheet, file_of: _Integers, first: Sequence[int]
) -> tuple[str, ...] | None:
    """The group of each file; those read from paths count only where no table gives groups."""
    given = [sheet for sheet in sheets if sheet.groups is not None and not sheet.patients]
    counted_in = given or [sheet for sheet in sheets if sheet.groups is not None]
    if not counted_in:
        return None
    cells = [
        None if name is None or name.startswith(NO_GROUP) else name
        for sheet in sheets
        for name in (
            sheet.groups if sheet in counted_in and sheet.groups else [None] * len(sheet.sources)
        )
    ]
    rows = _agreed("group", cells, whole, file_of, len(first))
    names = [None if row is None else cells[row] for row in rows]
    return tuple(f"{NO_GROUP}{n})" if name is None else name for n, name in enumerate(names))


def _parts(
    sheets: Sequence[Sheet], whole: Sheet, file_of: _Integers, first: Sequence[int]
) -> list[Part] | None:
    """The part of each file; one that no table speaks of is trained on."""
    if all(sheet.parts is None for sheet in sheets):
        return None
    cells: list[Part | None] = []
    for sheet in sheets:
        cells.extend(sheet.parts or [None] * len(sheet.sources))
    rest: Part = "train"
    rows = _agreed("part of the split", cells, whole, file_of, len(first))
    return [rest if row is None else cells[row] or rest for row in rows]


def _agreed(
    what: str, cells: Sequence[str | None], whole: Sheet, file_of: _Integers, files: int
) -> list[int | None]:
    """The row that says it of each file, or DataError where two do not agree."""
    found: list[int | None] = [None] * files
    faults: dict[int, str] = {}
    for row, (file, cell) in enumerate(zip(file_of.tolist(), cells, strict=True)):
        said = found[file]
        if said is None:
            found[file] = None if cell is None else row
        elif cell is not None and cell != cells[said]:
            faults[file] = f"{whole.sources[row].name} ('{cells[said]}' and '{cell}')"
    if faults:
        raise DataError(
            f"{whole.origin}: {counted(len(faults), 'file')} with more than one {what}: "
            f"{first_few(list(faults.values()))}; make the tables agree"
        )
    return found


def _notes(
    sheets: Sequence[Sheet],
    whole: Sheet,
    found: Found,
    tasks: dict[str, TaskColumn],
    file_of: _Integers,
) -> list[str]:
    files = int(file_of.max()) + 1
    starts = np.cumsum([0, *(len(sheet.sources) for sheet in sheets)])
    tables = np.zeros(files, np.int64)
    for start, stop in pairwise(starts.tolist()):
        tables[np.unique(file_of[start:stop])] += 1
    notes = [
        f"{len(sheets)} tables joined on the file: {counted(files, 'file')}, "
        f"{int((tables > 1).sum()):,} of them in more than one."
    ]
    clashes = {}
    for name, column in found.tasks.items():
        least, most = _range(column, file_of, files)
        if count := int(((most != UNKNOWN) & (least != most)).sum()):
            clashes[tasks[name].task.name] = count
    if clashes:
        named = [f"'{printable(name)}' {count:,}" for name, count in clashes.items()]
        notes.append(
            f"{whole.origin}: {counted(sum(clashes.values()), 'label')} contradict one another "
            f"and are unknown: {first_few(named)}."
        )
    if any(sheet.parts is None for sheet in sheets) and any(sheet.parts for sheet in sheets):
        notes.append(f"{whole.origin}: files of which no split is given are trained on.")
    return notes
