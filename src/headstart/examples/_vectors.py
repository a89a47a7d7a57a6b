"""Feature vectors that the user brings: arrays, files of arrays, and columns of numbers."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._columns import Table
from headstart.examples._memory import data_frame
from headstart.examples._rows import cell_text, counted, first_few, printable
from headstart.examples._tables import is_table, open_table
from headstart.examples._task_options import fitting

Features = str | os.PathLike[str] | NDArray[Any] | Sequence[str] | object

_ARRAY_SUFFIXES = (".npy", ".npz")

FILES_OF_FEATURES = (
    "a .npy or .npz file, or a table that ends in .csv, .csv.gz, .tsv, .parquet or .jsonl"
)


@dataclass(frozen=True, eq=False)
class Vectors:
    """A feature vector for each row of something.

    Attributes:
        origin: what they were read from; begins messages.
        values: float32 ``(rows, width)``, all finite.
        names: of the numbers of a vector, in their order.
        keys: what names each row, where a table of the vectors has such a column.
        notes: what the user should know, a sentence each.
    """

    origin: str
    values: NDArray[np.float32]
    names: tuple[str, ...]
    keys: tuple[str | None, ...] | None = None
    notes: tuple[str, ...] = ()


def is_file_of_features(features: Features) -> bool:
    """Whether features are a file, told by its ending, rather than names of columns."""
    if isinstance(features, os.PathLike):
        return True
    return isinstance(features, str) and (
        Path(features).suffix.lower() in _ARRAY_SUFFIXES or is_table(Path(features))
    )


def read_features(features: Features, key: str | None) -> Vectors:
    """Read vectors that stand in an array, a file or a data frame.

    Args:
        features: a 2-D array, a path, or a data frame.
        key: name of the column that names the rows, where there may be one.

    Raises:
        DataError: they cannot be used.
    """
    if is_file_of_features(features):
        path = Path(features)  # type: ignore[arg-type]
        if path.suffix.lower() in _ARRAY_SUFFIXES:
            return _of_array(_load_array(path), printable(path))
        if not is_table(path):
            raise DataError(
                f"{printable(path)}: is no file of feature vectors; give {FILES_OF_FEATURES}"
            )
        table = open_table(path)
    elif isinstance(features, np.ndarray):
        return _of_array(features, "the features given")
    else:
        found = data_frame(features)
        if found is None:
            raise DataError(
                f"features may be a .npy, .npz, .parquet or .csv file, an array of (examples, "
                f"width), a data frame or names of columns, not {type(features).__name__}"
            )
        table = found
    return _of_table(table, key)


def column_vectors(table: Table, names: Sequence[str], *, chosen: Iterable[str] = ()) -> Vectors:
    """Vectors of some columns of a table.

    Args:
        table: where the cells come from.
        names: of the columns, in their order; those which hold no numbers are passed over.
        chosen: those which the user named, and which must hold numbers.

    Raises:
        DataError: a column that must holds no numbers, or a number is missing.
    """
    cells = table.load(names)
    if faults := list(table.faults):
        raise DataError(f"{table.origin}: " + "; and ".join(faults))
    columns = {name: numbers(cells[name]) for name in names}
    passed_over = [name for name, column in columns.items() if column is None]
    wrong = [name for name in passed_over if name in set(chosen)]
    if wrong:
        raise DataError(
            f"{table.origin}: {few_names(wrong)} cannot be features: they hold no numbers"
        )
    found = {name: column for name, column in columns.items() if column is not None}
    if not found:
        raise DataError(f"{table.origin}: no column of numbers is there to be a feature")
    values = np.stack(list(found.values()), axis=1)
    left = f"{table.origin}: {few_names(passed_over, 5)} hold no numbers: not among the features."
    rows = [table.row(place) for place in range(len(values))]
    finite = _finite(values, tuple(map(printable, found)), table.origin, rows)
    return Vectors(
        table.origin,
        finite,
        tuple(map(printable, found)),
        notes=(left,) if passed_over else (),
    )


def numbers(cells: Sequence[object]) -> NDArray[np.float64] | None:
    """A column as numbers, NaN where a cell is none; None where most cells are words."""
    try:
        return np.array(cells, np.float64)
    except (TypeError, ValueError):  # a blank, a word, or no number at all
        pass
    texts = [cell_text(cell) for cell in cells]
    found = np.array([_number(text) for text in texts], np.float64)
    words = sum(text is not None for text in texts) - int(np.isfinite(found).sum())
    return None if 2 * words > len(cells) - texts.count(None) or not len(cells) else found


def _number(text: str | None) -> float:
    try:
        return float("nan" if text is None else text)
    except ValueError:
        return float("nan")


def _of_table(table: Table, key: str | None) -> Vectors:
    """All columns of numbers but the one that names the rows."""
    wanted = None if key is None else key.strip().lower()
    place = next((name for name in table.names if name.strip().lower() == wanted), None)
    vectors = column_vectors(table, [name for name in table.names if name != place])
    if place is None:
        return vectors
    keys = tuple(cell_text(cell) for cell in table.load([place])[place])
    return Vectors(vectors.origin, vectors.values, vectors.names, keys, vectors.notes)


def _of_array(array: NDArray[Any], origin: str) -> Vectors:
    if array.ndim != 2 or array.dtype.kind not in "biuf" or not array.shape[1]:
        raise DataError(
            f"{origin}: features are numbers of shape (examples, width); these are {array.dtype} "
            f"of shape {array.shape}"
        )
    names = tuple(str(place) for place in range(array.shape[1]))
    return Vectors(origin, _finite(array, names, origin, range(len(array))), names)


def _load_array(path: Path) -> NDArray[Any]:
    """The one array of a file; none of Python objects, for reading those runs what they hold."""
    origin = printable(path)
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded as archive:
            arrays = {name: archive[name] for name in archive.files[:2]}
            count = len(archive.files)
    except FileNotFoundError:
        raise DataError(f"{origin}: there is no such file; give that of the features") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = "Python objects" if "allow_pickle" in str(error) else f"no array: {error}"
        raise DataError(f"{origin}: holds {reason}; save a 2-D array of float32") from None
    if count != 1:
        raise DataError(
            f"{origin}: holds {counted(count, 'array')} ({first_few(list(arrays)) or 'none'}); "
            "save one alone"
        )
    (only,) = arrays.values()
    return np.asarray(only)


def _finite(
    values: NDArray[Any], names: Sequence[str], origin: str, rows: Sequence[int]
) -> NDArray[np.float32]:
    """As float32; DataError that names columns and rows where a number is missing or too large."""
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(values, np.float32)
    bad = ~np.isfinite(found)
    if not bad.any():
        return found
    columns = [f"'{names[place]}'" for place in np.flatnonzero(bad.any(axis=0)).tolist()]
    lines = [str(rows[place]) for place in np.flatnonzero(bad.any(axis=1)).tolist()]
    raise DataError(
        f"{origin}: {counted(int(bad.sum()), 'feature')} missing, not a number or too large, in "
        f"{counted(len(columns), 'column')} ({first_few(columns)}) and "
        f"{counted(len(lines), 'row')} ({first_few(lines)}); fill them in or leave them out"
    )


def chosen_columns(table: Table, features: str | Sequence[str], taken: set[str]) -> Vectors:
    """Vectors of the columns of a table that names or patterns fit.

    Args:
        table: the table.
        features: names or patterns of its columns.
        taken: columns that are something else already, which patterns pass over.

    Raises:
        DataError: a name or pattern fits no column.
    """
    patterns = [features] if isinstance(features, str) else list(features)
    free = [name for name in table.names if name not in taken]
    found = {
        pattern: [pattern] if pattern in table.names else fitting(pattern, free)
        for pattern in patterns
    }
    strange = [pattern for pattern, names in found.items() if not names]
    if strange or not patterns:
        raise DataError(
            f"{table.origin}: no column is called {few_names(strange)}, and there is no such file "
            f"of features; there are {few_names(table.names, 10)}"
        )
    fit = {name for names in found.values() for name in names}
    order = [name for name in table.names if name in fit]
    return column_vectors(table, order, chosen=[name for name in patterns if name in table.names])


def aligned(vectors: Vectors, names: Sequence[str]) -> Vectors:
    """The vectors with the numbers of these names, in their order.

    Raises:
        DataError: one is not there.
    """
    place: Mapping[str, int] = {name: index for index, name in enumerate(vectors.names)}
    missing = [name for name in names if name not in place]
    if missing:
        raise DataError(
            f"{vectors.origin}: the model reads {counted(len(names), 'feature')}, of which "
            f"{few_names(missing)} {'is' if len(missing) == 1 else 'are'} not there"
        )
    order = [place[name] for name in names]
    values = np.ascontiguousarray(vectors.values[:, order])
    return Vectors(vectors.origin, values, tuple(names), vectors.keys, vectors.notes)


def few_names(names: Sequence[str], shown: int = 3) -> str:
    """Some names in quotes, and how many more there are."""
    return first_few([f"'{printable(name)}'" for name in names], shown) or "nothing"
