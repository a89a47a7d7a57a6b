"""Tables of feature vectors, as `headstart train --features` reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Examples, Task, VectorSource


def vector_examples(
    vectors: NDArray[np.float32], targets: NDArray[np.int64], names: Sequence[str]
) -> Examples:
    """Yes/no tasks about vectors.

    Args:
        vectors: float32 ``(examples, features)``.
        targets: 0 or 1, -1 where unknown, int64 ``(examples, tasks)``.
        names: of the tasks.
    """
    return Examples(
        sources=tuple(VectorSource(row, str(place)) for place, row in enumerate(vectors)),
        tasks=tuple(Task(name, "binary", ("no", "yes")) for name in names),
        targets=targets,
        input_kind="vector",
        vectors=vectors,
        vector_names=tuple(map(str, range(vectors.shape[1]))),
    )
