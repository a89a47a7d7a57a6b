"""Feature vectors of the user's own, as if a frozen network had given them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations._frozen_pass import FrozenPass
from headstart.backbones import FEATURES
from headstart.errors import UnreadableFileError
from headstart.examples import Source, content_hash


def vector_pass(sources: Sequence[Source], width: int) -> FrozenPass:
    """The vectors of some examples: there is nothing to compute and nothing to store.

    Args:
        sources: each gives the bytes of a float32 vector.
        width: how many numbers a vector has.
    """
    vectors = np.zeros((len(sources), width), np.float32)
    hashes: list[str | None] = [None] * len(sources)
    unreadable: dict[int, str] = {}
    for row, source in enumerate(sources):
        try:
            data = source.read()
        except UnreadableFileError as error:
            unreadable[row] = error.reason
            continue
        if len(data) != 4 * width:
            unreadable[row] = f"has {len(data) // 4} numbers, the model reads {width}"
            continue
        vectors[row], hashes[row] = np.frombuffer(data, np.float32), content_hash(data)
    return FrozenPass(
        activations=vectors[None], hashes=tuple(hashes), unreadable=unreadable, hits=0,
        misses=len(sources), bytes=0,
    )  # fmt: skip


class VectorReader:
    """Reads vectors that lie in memory.

    Args:
        vectors: of the examples, float32 ``(examples, width)``.
    """

    def __init__(self, vectors: NDArray[np.floating]) -> None:
        self._vectors = np.asarray(vectors, np.float32)

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """As `ActivationReader.read`; there is one view only."""
        assert not views.any()
        return {FEATURES: self._vectors[rows]}
