"""A column's cells as numbers of its different values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from headstart.examples._rows import cell_text


@dataclass(frozen=True, eq=False)
class Coded:
    """The different values of a column, and which of them each cell holds.

    Attributes:
        values: as text, sorted; none is blank.
        codes: place in `values` of each cell's value, -1 where the cell is blank.
            int64 ``(rows,)``.
    """

    values: tuple[str, ...]
    codes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Cells of each value, int64 ``(values,)``."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def first(self, value: int) -> int:
        """The first row that holds a value."""
        return int(np.argmax(self.codes == value))


def coded(cells: Sequence[object]) -> Coded:
    """Find a column's different values; only these are looked at one by one.

    A table of 617 tasks has five million cells, but no column of it more than three values.

    Args:
        cells: one a row, as `headstart.examples._rows.cell_text` takes them.
    """
    try:
        different = set(cells)
    except TypeError:  # lists or arrays, which cannot be keys
        cells = [cell_text(cell) for cell in cells]
        different = set(cells)
    texts = {cell: _text(cell) for cell in different}
    values = sorted({text for text in texts.values() if text is not None})
    place = {value: number for number, value in enumerate(values)}
    number = {cell: len(values) if t is None else place[t] for cell, t in texts.items()}
    # In C throughout: a third of the time of a loop. One cell too many, for of one alone
    # itemgetter makes no tuple.
    found = itemgetter(*cells, *cells[:1])(number)[:-1] if cells else ()
    if len(values) < 256:
        codes = np.frombuffer(bytes(found), np.uint8).astype(np.int64)
    else:
        codes = np.array(found, np.int64)
    codes[codes == len(values)] = -1
    return Coded(tuple(values), codes)


def _text(cell: object) -> str | None:
    # Every "not a number" of a data frame is a different one: no value is unlike itself.
    return None if type(cell) is float and cell != cell else cell_text(cell)  # noqa: PLR0124


def stacked(columns: Iterable[Coded | int]) -> Coded:
    """Columns below one another; a number stands for so many blank cells."""
    values: dict[str, int] = {}
    pieces = []
    for column in columns:
        if isinstance(column, int):
            pieces.append(np.full(column, -1, np.int64))
            continue
        places = [values.setdefault(value, len(values)) for value in column.values]
        pieces.append(np.array([*places, -1], np.int64)[column.codes])
    return Coded(tuple(values), np.concatenate(pieces))
