"""Feature vectors without labels, to be predicted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from headstart.errors import DataError
from headstart.examples._columns import Table
from headstart.examples._memory import data_frame
from headstart.examples._rows import counted, printable
from headstart.examples._table import VectorSource
from headstart.examples._tables import is_table, open_table
from headstart.examples._task_options import TaskOptions
from headstart.examples._vector_table import with_vectors
from headstart.examples._vectors import (
    FILES_OF_FEATURES,
    Features,
    Vectors,
    aligned,
    few_names,
    is_file_of_features,
    read_features,
)


def vector_sources(
    data: object,
    features: Features | None,
    names: Sequence[str] | None,
    *,
    file_column: str | None,
) -> tuple[VectorSource, ...]:
    """Read vectors without labels.

    Args:
        data: a table, data frame, or file or array of vectors.
        features: as of `with_vectors`; ``None`` where `data` holds them itself.
        names: of the numbers that are wanted, in their order; ``None`` for all.
        file_column: name of the column that names the rows, where it has an unusual one.

    Raises:
        DataError: the data as a whole cannot be used, or numbers are missing.
    """
    path = Path(data) if isinstance(data, str | os.PathLike) else None
    if path is not None and not is_file_of_features(str(path)):
        raise DataError(
            f"{printable(path)}: is no file of feature vectors{_wanted(names)}; "
            f"give {FILES_OF_FEATURES}"
        )
    if isinstance(data, np.ndarray) or (path is not None and not is_table(path)):
        if features is not None:
            raise DataError("features belong to the rows of a table; leave one of the two out")
        vectors = read_features(data, None)
        rows = [str(row) for row in range(len(vectors.values))]
    else:
        table = data_frame(data) if path is None else open_table(path)
        if table is None:
            raise DataError(f"{type(data).__name__} is no table of feature vectors")
        if features is None and names is not None:
            _check_columns(table, names)
        found = with_vectors(
            table,
            (list(names) if names else ["*"]) if features is None else features,
            file_column=file_column,
            options=TaskOptions(),
        )
        sources = found.sources
        rows = [source.name for source in sources]
        values = np.stack([source.vector for source in sources])
        vectors = Vectors(found.vectors.origin, values, found.vectors.names)
    if names is not None:
        vectors = aligned(vectors, names)
    return tuple(map(VectorSource, vectors.values, rows))


def _wanted(names: Sequence[str] | None) -> str:
    if names is None:
        return ""
    return f", and the model reads vectors of {counted(len(names), 'number')} ({few_names(names)})"


def _check_columns(table: Table, names: Sequence[str]) -> None:
    """Raise DataError where a table has not all the numbers of a vector."""
    there = set(map(printable, table.names))
    missing = [name for name in names if name not in there]
    if missing:
        raise DataError(
            f"{table.origin}: the model reads {counted(len(names), 'feature')}, and "
            f"{counted(len(missing), 'column')} of them {'is' if len(missing) == 1 else 'are'} not "
            f"there ({few_names(missing)}); give features, a file with the vectors of these rows"
        )
