"""Feature vectors without labels, to be predicted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from headstart.errors import DataError
from headstart.examples._memory import data_frame
from headstart.examples._table import VectorSource
from headstart.examples._tables import is_table, open_table
from headstart.examples._task_options import TaskOptions
from headstart.examples._vector_table import with_vectors
from headstart.examples._vectors import Features, Vectors, aligned, read_features


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
    if isinstance(data, np.ndarray) or (path is not None and not is_table(path)):
        if features is not None:
            raise DataError("features belong to the rows of a table; leave one of the two out")
        vectors = read_features(data, None)
        rows = [str(row) for row in range(len(vectors.values))]
    else:
        table = data_frame(data) if path is None else open_table(path)
        if table is None:
            raise DataError(f"{type(data).__name__} is no table of feature vectors")
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
