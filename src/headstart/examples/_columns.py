"""Which column of a table is which, and its rows as sources, labels, groups and parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from headstart.errors import DataError
from headstart.examples._rows import (
    PART_NAMES,
    Rows,
    cell_text,
    counted,
    first_few,
    is_garbled,
    printable,
)
from headstart.examples._table import Part, Source

_FILE_NAMES = ("file_name", "file", "path", "image", "filename")
_LABEL_NAMES = ("label", "class", "target", "category")
_INDEX_NAMES = frozenset({"", "unnamed: 0", "__index_level_0__"})


@dataclass(frozen=True)
class Table:
    """A table of any kind.

    Attributes:
        origin: what it is, as the user named it.
        names: its columns.
        load: gives the cells of the columns asked for.
        first_row: number that people give to the first row: 2 in a spreadsheet with a header.
        rows: number of each row, where rows are missing in between.
        faults: what the reader found wrong already.
    """

    origin: str
    names: tuple[str, ...]
    load: Callable[[Sequence[str]], Mapping[str, Sequence[object]]]
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


@dataclass(frozen=True)
class _Roles:
    """Names of the columns that matter."""

    file: str
    label: str | None
    split: str | None
    group: str | None
    passed_over: tuple[str, ...]


def read_table(
    table: Table,
    source: Callable[[object, int], Source | None],
    *,
    labels: Sequence[object] | None = None,
    groups: Sequence[object] | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
) -> Rows:
    """Read a table with a file column, a label column and perhaps ``split`` and ``group``.

    Args:
        table: where the cells come from.
        source: makes the source of a cell of the file column, given the cell and the row's
            number; None where the cell is blank.
        labels: labels that were given beside the table; then it needs no label column.
        groups: groups that were given beside the table.
        file_column: the file column's name, where it has an unusual one.
        label_column: the label column's name, likewise.

    Raises:
        DataError: columns are missing, or cells make no sense; every such fault is named.
    """
    roles = _roles(table, file_column, label_column, labelled=labels is not None)
    wanted = [name for name in (roles.file, roles.label, roles.split, roles.group) if name]
    cells = table.load(wanted)
    if not cells[roles.file]:
        raise DataError(f"{table.origin}: the table has no rows; add one for each photo")
    label_cells = labels if roles.label is None else cells[roles.label]
    assert label_cells is not None
    if roles.group is not None and groups is None:
        groups = cells[roles.group]
    sources = [source(cell, table.row(i)) for i, cell in enumerate(cells[roles.file])]
    kept = [i for i, found in enumerate(sources) if found is not None]
    if not kept:
        raise DataError(f"{table.origin}: the column '{roles.file}' is blank in every row")
    texts = [cell_text(label_cells[i]) for i in kept]
    faults = list(table.faults)
    garbled = [
        f"'{printable(text)}' (row {table.row(i)})"
        for i, text in zip(kept, texts, strict=True)
        if text is not None and is_garbled(text)
    ]
    if garbled:
        faults.append(
            f"{counted(len(garbled), 'label')} with characters that cannot be read: "
            f"{first_few(garbled)}; save the table as UTF-8"
        )
    parts = None
    if roles.split is not None:
        parts = _parts(table, cells[roles.split], kept, faults)
    if faults:
        raise DataError(f"{table.origin}: " + "; and ".join(faults))
    names = None if groups is None else group_names(groups)
    return Rows(
        origin=table.origin,
        task=roles.label or "label",
        sources=[found for found in sources if found is not None],
        labels=[None if text is None else printable(text) for text in texts],
        groups=None if names is None else [names[i] for i in kept],
        parts=parts,
        notes=_notes(table, roles, sources),
    )


def file_cells(table: Table, file_column: str | None) -> Sequence[object]:
    """The cells of the file column alone, for a table that is to be predicted."""
    name = _file_role(table, file_column)
    return table.load([name])[name]


def columns_of(table: Table, file_column: str | None = None) -> Columns:
    """Which columns a table has, whatever its labels are.

    Raises:
        DataError: no column names the files.
    """
    lower = _lower(table)
    file = _file_role(table, file_column)
    split, group = lower.get("split"), lower.get("group")
    others = tuple(
        name
        for name in table.names
        if name not in {file, split, group}
        and name.strip().lower() not in _INDEX_NAMES.union(_FILE_NAMES)
    )
    usual = tuple(lower[name] for name in _LABEL_NAMES if name in lower)
    return Columns(file, split, group, others, usual[:1] or others)


def _lower(table: Table) -> dict[str, str]:
    return {name.strip().lower(): name for name in reversed(table.names)}


def group_names(cells: Sequence[object]) -> tuple[str, ...] | None:
    """Groups as text; a blank one is a group of its own, and none at all are no groups."""
    texts = [cell_text(cell) for cell in cells]
    if all(text is None for text in texts):
        return None
    return tuple(f"(no group, {i})" if text is None else text for i, text in enumerate(texts))


def _roles(
    table: Table, file_column: str | None, label_column: str | None, *, labelled: bool
) -> _Roles:
    """Find the columns, or raise DataError that lists those which are there."""
    columns = columns_of(table, file_column)
    file, split, group = columns.file, columns.split, columns.group
    if labelled:
        return _Roles(file, None, split, group, ())
    if label_column is not None:
        _must_be_there(table, label_column)
        label = label_column
    else:
        if len(columns.labels) != 1:
            raise DataError(
                f"{table.origin}: no column is named 'label'"
                + (" and several could be meant" if columns.labels else "")
                + f"; name one so or give label_column (columns: {_listed(table)})"
            )
        label = columns.labels[0]
    return _Roles(
        file,
        label,
        None if split == label else split,
        None if group == label else group,
        tuple(name for name in columns.others if name != label),
    )


def _file_role(table: Table, file_column: str | None) -> str:
    if file_column is not None:
        _must_be_there(table, file_column)
        return file_column
    lower = _lower(table)
    found = [lower[name] for name in _FILE_NAMES if name in lower]
    if not found:
        raise DataError(
            f"{table.origin}: no column names the files; call it one of {', '.join(_FILE_NAMES)}, "
            f"or give file_column (columns: {_listed(table)})"
        )
    return found[0]


def _must_be_there(table: Table, column: str) -> None:
    if column not in table.names:
        raise DataError(
            f"{table.origin}: there is no column '{column}'; give one of those that are there "
            f"({_listed(table)})"
        )


def _listed(table: Table) -> str:
    return first_few([f"'{name}'" for name in table.names], 10) or "none"


def _parts(
    table: Table, cells: Sequence[object], kept: Sequence[int], faults: list[str]
) -> list[Part] | None:
    """The split column; None where it is blank throughout. Unknown words go to `faults`."""
    words = [cell_text(cells[i]) for i in kept]
    if all(word is None for word in words):
        return None
    parts = [PART_NAMES.get((word or "").lower()) for word in words]
    strange = [
        f"'{word or ''}' (row {table.row(i)})"
        for i, word, part in zip(kept, words, parts, strict=True)
        if part is None
    ]
    if strange:
        faults.append(
            f"the split column may say train, validation or test; {counted(len(strange), 'row')} "
            f"not: {first_few(strange)}"
        )
    return [part for part in parts if part is not None]


def _notes(table: Table, roles: _Roles, sources: Sequence[Source | None]) -> list[str]:
    notes = []
    blank = [f"row {table.row(i)}" for i, source in enumerate(sources) if source is None]
    if blank:
        notes.append(
            f"{table.origin}: {counted(len(blank), 'row')} without a file left out: "
            f"{first_few(blank)}."
        )
    if roles.passed_over:
        quoted = [f"'{name}'" for name in roles.passed_over]
        notes.append(
            f"{table.origin}: '{roles.label}' is taken for the label; not used: "
            f"{first_few(quoted, 5)}."
        )
    return notes
