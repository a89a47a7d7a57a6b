"""Which examples a step sees, and reading them ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

_Batch = TypeVar("_Batch")

AHEAD = 2
"""Batches that are read while one is worked on: one is ready, one is on its way."""

_ORDER, _VIEWS, _STEP = range(3)
"""What a seed is for, so that no two draws are alike."""


class Request(NamedTuple):
    """One batch: rows of the examples and which view of each, int64 ``(batch,)``."""

    rows: NDArray[np.int64]
    views: NDArray[np.int64]


def epoch_batches(
    rows: NDArray[np.int64], *, views: int, batch_size: int, seed: int, epoch: int
) -> list[Request]:
    """An epoch's batches, as a function of the seed and the number of the epoch alone.

    Each example goes through its views in turn from one that is drawn, so that all are seen
    equally often. A last batch of one joins the batch before: batch statistics of one example are
    none, and its gradient is the noisiest.
    """
    order = np.random.default_rng([seed, _ORDER, epoch]).permutation(len(rows))
    first = np.random.default_rng([seed, _VIEWS]).integers(views, size=len(rows))
    chosen = (first + epoch) % views
    return [Request(rows[part], chosen[part]) for part in _parts(order, batch_size)]


def plain_batches(rows: NDArray[np.int64], batch_size: int) -> list[Request]:
    """All rows in order, each as view 0."""
    parts = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    return [Request(part, np.zeros_like(part)) for part in parts]


def step_seed(seed: int, epoch: int, step: int) -> int:
    """Of one optimiser step."""
    sequence = np.random.SeedSequence([seed, _STEP, epoch, step])
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))  # torch takes an int64


def read_ahead(
    pool: Executor, read: Callable[[Request], _Batch], requests: Iterable[Request]
) -> Iterator[tuple[Request, _Batch]]:
    """Each request with its batch, read on `pool` while those before it are worked on."""
    waiting: deque[tuple[Request, Future[_Batch]]] = deque()
    for request in requests:
        waiting.append((request, pool.submit(read, request)))
        if len(waiting) > AHEAD:
            ready, batch = waiting.popleft()
            yield ready, batch.result()
    for ready, batch in waiting:
        yield ready, batch.result()


def _parts(order: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    starts = list(range(0, len(order), batch_size))
    if len(starts) > 1 and batch_size > 1 and len(order) - starts[-1] == 1:
        starts.pop()
    return [order[start:end] for start, end in zip(starts, [*starts[1:], len(order)], strict=True)]
