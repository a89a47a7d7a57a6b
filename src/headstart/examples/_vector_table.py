"""A table of labels whose rows have feature vectors instead of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from headstart.errors import DataError
from headstart.examples._columns import FILE_NAMES, Table, must_be_there
from headstart.examples._rows import cell_text, counted, first_few, printable
from headstart.examples._table import Examples, VectorSource
from headstart.examples._task_options import TaskOptions, fitting
from headstart.examples._vectors import (
    Features,
    Vectors,
    chosen_columns,
    is_file_of_features,
    read_features,
)

ROW = "(row)"
"""Takes the place of a file column: which of the rows that have vectors a row is."""

_ID_NAMES = ("id", "name", "mol_id", "molecule", "compound", "smiles")


@dataclass(frozen=True, eq=False)
class WithVectors:
    """A table that reads as if it had a file column.

    Attributes:
        table: with the column `ROW`, without features and the column that names its rows.
        vectors: of its rows.
    """

    table: Table
    vectors: Vectors

    @property
    def sources(self) -> list[VectorSource]:
        """Of all rows."""
        cells = self.table.load([ROW])[ROW]
        found = [self.table.source(cell, self.table.row(i)) for i, cell in enumerate(cells)]
        return [source for source in found if isinstance(source, VectorSource)]

    def examples(self, found: Examples) -> Examples:
        """What was read of the table, as examples that are vectors."""
        rows = [source.vector for source in found.sources if isinstance(source, VectorSource)]
        return replace(
            found,
            input_kind="vector",
            vectors=np.stack(rows),
            vector_names=self.vectors.names,
            notes=(*self.vectors.notes, *found.notes),
        )


def with_vectors(
    table: Table, features: Features, *, file_column: str | None, options: TaskOptions
) -> WithVectors:
    """Give the rows of a table their feature vectors.

    A row is named by the file column, else by one called id, name, mol_id and so on, else by its
    number. Vectors of another table that has that column too belong to the rows that it names;
    all others stand in the order of the rows.

    Args:
        table: of labels.
        features: a file, array or data frame of vectors, or names of columns of `table`.
        file_column: name of the column that names the rows, where it is none of these.
        options: which columns are tasks, so that no pattern takes them for features.

    Raises:
        DataError: vectors and rows do not fit together, or a number is missing.
    """
    key = _key(table, file_column)
    taken: set[str] = set() if key is None else {key}
    names = _names(table, key)
    if isinstance(features, str | Sequence) and not is_file_of_features(features):
        lower = {name: name.strip().lower() for name in table.names}
        kept = {name for name, small in lower.items() if small in {"split", "group"}}
        tasks = {each for given in options.tasks or () for each in fitting(given, table.names)}
        vectors = chosen_columns(table, features, taken | kept | tasks)
        taken |= {name for name in table.names if printable(name) in vectors.names}
    else:
        vectors = read_features(features, key)
    place, notes = _places(table, vectors, names)
    vectors = replace(vectors, notes=(*vectors.notes, *notes))
    return WithVectors(_derived(table, vectors, names, place, taken), vectors)


def _key(table: Table, file_column: str | None) -> str | None:
    """The column that names the rows, if there is one."""
    if file_column is not None:
        must_be_there(table, file_column)
        return file_column
    lower = {name.strip().lower(): name for name in reversed(table.names)}
    return next((lower[name] for name in (*FILE_NAMES, *_ID_NAMES) if name in lower), None)


def _names(table: Table, key: str | None) -> list[str | None]:
    """What names each row; None where its cell is blank, or there is no such column."""
    column = key or next(iter(table.names), None)
    if column is None:
        raise DataError(f"{table.origin}: the table has no columns; give one with labels")
    cells = table.load([column])[column]
    return [cell_text(cell) if key else None for cell in cells]


def _places(
    table: Table, vectors: Vectors, names: Sequence[str | None]
) -> tuple[list[int | None], list[str]]:
    """Which vector each row has, None where it has none; and what is to be said."""
    if vectors.keys is None:
        if len(vectors.values) != len(names):
            raise DataError(
                f"{vectors.origin}: {counted(len(vectors.values), 'row')} of features for "
                f"{counted(len(names), 'row')} of {table.origin}; give one for each, in order, or "
                "a table of features with the column that names the rows"
            )
        return list(range(len(names))), []
    of_key: dict[str, int] = {}
    twice = []
    for row, each in enumerate(vectors.keys):
        if each is not None and of_key.setdefault(each, row) != row:
            twice.append(printable(each))
    if twice:
        raise DataError(
            f"{vectors.origin}: {counted(len(twice), 'row')} of features for a name that has some "
            f"already: {first_few(twice)}; keep one"
        )
    place = [None if name is None else of_key.get(name) for name in names]
    without = [
        printable(name) if name else f"row {table.row(row)}"
        for row, name in enumerate(names)
        if place[row] is None
    ]
    if len(without) == len(names):
        raise DataError(
            f"{vectors.origin}: none of the rows of {table.origin} has features there: "
            f"{first_few(without)}; name the rows alike"
        )
    if not without:
        return place, []
    return place, [
        f"{table.origin}: {counted(len(without), 'row')} left out, for {vectors.origin} has no "
        f"features of {'it' if len(without) == 1 else 'them'}: {first_few(without)}."
    ]


def _derived(
    table: Table,
    vectors: Vectors,
    names: Sequence[str | None],
    place: Sequence[int | None],
    taken: set[str],
) -> Table:
    """The table with the column `ROW` instead of some, and only the rows that have vectors."""
    kept = [row for row, vector in enumerate(place) if vector is not None]
    numbers = [table.row(row) for row in kept]

    def load(wanted: Sequence[str]) -> Mapping[str, Sequence[object]]:
        cells = table.load([name for name in wanted if name != ROW])
        if len(kept) < len(place):
            cells = {name: [column[row] for row in kept] for name, column in cells.items()}
        return {**cells, ROW: kept}

    def source(cell: object, number: int) -> VectorSource:
        assert isinstance(cell, int)
        vector = place[cell]
        assert vector is not None
        return VectorSource(vectors.values[vector], printable(names[cell] or str(number)))

    left = [name for name in table.names if name not in taken]
    return Table(table.origin, (*left, ROW), load, source, rows=numbers, faults=table.faults)
