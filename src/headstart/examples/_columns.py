"""Which column of a table is which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headstart.errors import DataError
from headstart.examples._rows import first_few
from headstart.examples._table import Source

FILE_NAMES = ("file_name", "file", "path", "image", "filename")
_LABEL_NAMES = ("label", "class", "target", "category")
_INDEX_NAMES = frozenset({"", "unnamed: 0", "__index_level_0__"})


@dataclass(frozen=True)
class Table:
    """A table of any kind.

    Attributes:
        origin: what it is, as the user named it.
        names: its columns.
        load: gives the cells of the columns asked for.
        source: makes the source of a cell of the file column, given the cell and the row's
            number; None where the cell is blank.
        folder: where its relative paths begin; None for a table that lies in memory, whose files
            nobody looks for beforehand.
        first_row: number that people give to the first row: 2 in a spreadsheet with a header.
        rows: number of each row, where rows are missing in between.
        faults: what the reader found wrong already.
    """

    origin: str
    names: tuple[str, ...]
    load: Callable[[Sequence[str]], Mapping[str, Sequence[object]]]
    source: Callable[[object, int], Source | None]
    folder: Path | None = None
    first_row: int = 1
    rows: Sequence[int] | None = None
    faults: Sequence[str] = field(default=())

    def row(self, index: int) -> int:
        return index + self.first_row if self.rows is None else self.rows[index]


@dataclass(frozen=True)
class Columns:
    """Names of a table's columns.

    Attributes:
        file, split, group: where there is one.
        others: all that are none of these.
        labels: those that may be meant: the one that is called so, or all others.
    """

    file: str
    split: str | None
    group: str | None
    others: tuple[str, ...]
    labels: tuple[str, ...]


def columns_of(table: Table, file_column: str | None = None) -> Columns:
    """Which columns a table has, whatever its labels are.

    Raises:
        DataError: no column names the files.
    """
    lower = _lower(table)
    file = file_role(table, file_column)
    split, group = lower.get("split"), lower.get("group")
    others = tuple(
        name
        for name in table.names
        if name not in {file, split, group}
        and name.strip().lower() not in _INDEX_NAMES.union(FILE_NAMES)
    )
    usual = tuple(lower[name] for name in _LABEL_NAMES if name in lower)
    return Columns(file, split, group, others, usual[:1] or others)


def file_role(table: Table, file_column: str | None) -> str:
    """The column that names the files, or DataError that lists those which are there."""
    if file_column is not None:
        must_be_there(table, file_column)
        return file_column
    lower = _lower(table)
    found = [lower[name] for name in FILE_NAMES if name in lower]
    if not found:
        raise DataError(
            f"{table.origin}: no column names the files; call it one of {', '.join(FILE_NAMES)}, "
            "or give file_column; where the rows are no files but feature vectors, give features: "
            f"a file of them, or names of columns (columns: {listed(table)})"
        )
    return found[0]


def file_cells(table: Table, file_column: str | None) -> Sequence[object]:
    """The cells of the file column alone, for a table that is to be predicted."""
    name = file_role(table, file_column)
    return table.load([name])[name]


def must_be_there(table: Table, column: str) -> None:
    """Raise DataError where a table lacks a column that the user named."""
    if column not in table.names:
        raise DataError(
            f"{table.origin}: there is no column '{column}'; give one of those that are there "
            f"({listed(table)})"
        )


def listed(table: Table) -> str:
    """A table's columns, for messages."""
    return first_few([f"'{name}'" for name in table.names], 10) or "none"


def _lower(table: Table) -> dict[str, str]:
    return {name.strip().lower(): name for name in reversed(table.names)}
