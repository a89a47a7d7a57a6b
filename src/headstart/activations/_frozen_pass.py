"""The frozen pass: sources in, activations out, nothing computed twice.

Files are read, hashed, looked up and decoded on threads; what is not stored goes through the
engine on the calling thread, which keeps the next photos decoding meanwhile.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from headstart.activations._engine import Engine, Photo
from headstart.activations._keys import RowKey
from headstart.activations._store import ActivationStore
from headstart.backbones import PhotoPreprocessing
from headstart.errors import UnreadableFileError
from headstart.examples import Source
from headstart.media import load_photo

AHEAD = 16
"""Photos a thread may be ahead of the engine: enough to ride out some slow files, and at 150 kB
each (224 x 224 x 3) little to the memory."""

ROWS_AT_ONCE = 64
"""Rows handed to the store together."""

SECONDS_AT_ONCE = 2.0
"""Rows are handed over after this time however few they are: so much work is lost by a kill."""

ARRAY = "activations"


@dataclass(frozen=True)
class FrozenPass:
    """What came of the frozen pass.

    Attributes:
        activations: float16 (float32 where a value would not stay finite) ``(examples, features)``;
            zero for unreadable examples.
        hashes: SHA-256 of each example's bytes, ``None`` where they could not be read.
        unreadable: why, for each example that could not be read, by row.
        hits: examples whose activations were stored already.
        misses: examples that were computed.
        bytes: handed to the store.
    """

    activations: NDArray[np.floating]
    hashes: tuple[str | None, ...]
    unreadable: dict[int, str]
    hits: int
    misses: int
    bytes: int


@dataclass(frozen=True)
class _Stored:
    content: str
    activations: NDArray[np.floating]


@dataclass(frozen=True)
class _Decoded:
    content: str
    photo: Photo


@dataclass(frozen=True)
class _Unreadable:
    content: str | None
    reason: str


_Prepared = _Stored | _Decoded | _Unreadable


def frozen_pass(
    sources: Sequence[Source],
    *,
    make_engine: Callable[[], Engine],
    preprocessing: PhotoPreprocessing,
    threads: int,
    store: ActivationStore | None = None,
    dataset: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> FrozenPass:
    """Activations at the cut for every source, from the store where they are there.

    Args:
        sources: the examples.
        make_engine: makes the engine; called once, when the first photo is not stored.
        preprocessing: of the backbone.
        threads: for reading and decoding.
        store: where activations are kept; ``None`` keeps none.
        dataset: number of the dataset in the store.
        on_progress: told how many examples are done.

    Raises:
        StoreError: the store cannot be read or written.
    """
    pass_ = _Pass(len(sources), store, dataset, on_progress)
    prepare = partial(_prepare, preprocessing=preprocessing, store=store, dataset=dataset)
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as executor:
        try:
            photos = pass_.photos(_ordered(executor, prepare, sources, AHEAD * threads))
            first = next(photos, None)
            if first is not None:
                with closing(make_engine().map(_chain(first, photos))) as computed:
                    for row, activations in computed:
                        pass_.computed(row, activations)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            pass_.flush()
    return pass_.result()


def _prepare(
    source: Source,
    *,
    preprocessing: PhotoPreprocessing,
    store: ActivationStore | None,
    dataset: int,
) -> _Prepared:
    """Read one source and find its activations, or decode it. Runs on a thread."""
    content = None
    try:
        data = source.read()
        content = hashlib.sha256(data).hexdigest()
        stored = None if store is None else store.get(dataset, RowKey(content))
        if stored is not None:
            return _Stored(content, stored[ARRAY])
        photo = load_photo(data, source.name, resize=preprocessing.resize, size=preprocessing.size)
        return _Decoded(content, photo)
    except UnreadableFileError as error:
        return _Unreadable(content, error.reason)


def _ordered(
    executor: ThreadPoolExecutor,
    prepare: Callable[[Source], _Prepared],
    sources: Sequence[Source],
    ahead: int,
) -> Iterator[_Prepared]:
    """Results in the order of the sources, never more than `ahead` waiting."""
    waiting: deque[Future[_Prepared]] = deque()
    for source in sources:
        waiting.append(executor.submit(prepare, source))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _chain(
    first: tuple[int, Photo], rest: Iterator[tuple[int, Photo]]
) -> Iterator[tuple[int, Photo]]:
    yield first
    yield from rest


class _Pass:
    """Collects what comes, in the rows' places, and hands computed rows to the store."""

    def __init__(
        self,
        count: int,
        store: ActivationStore | None,
        dataset: int,
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self._table: NDArray[np.floating] | None = None
        self._count = count
        self._hashes: list[str | None] = [None] * count
        self._unreadable: dict[int, str] = {}
        self._store, self._dataset = store, dataset
        self._on_progress = on_progress
        self._pending: list[tuple[RowKey, dict[str, NDArray[np.floating]]]] = []
        self._flushed = time.monotonic()
        self._hits = self._misses = self._bytes = self._done = 0

    def photos(self, prepared: Iterator[_Prepared]) -> Iterator[tuple[int, Photo]]:
        """The decoded photos, for the engine; everything else is noted in passing."""
        for row, item in enumerate(prepared):
            self._hashes[row] = item.content
            if isinstance(item, _Decoded):
                yield row, item.photo
                continue
            if isinstance(item, _Stored):
                self._place(row, item.activations)
                self._hits += 1
            else:
                self._unreadable[row] = item.reason
            self._step()

    def computed(self, row: int, activations: NDArray[np.float32]) -> None:
        stored = _shorten(activations)
        self._place(row, stored)
        self._misses += 1
        content = self._hashes[row]
        assert content is not None  # it was decoded, hence read
        self._pending.append((RowKey(content), {ARRAY: stored}))
        late = time.monotonic() - self._flushed > SECONDS_AT_ONCE
        if late or len(self._pending) >= ROWS_AT_ONCE:
            self.flush()
        self._step()

    def _place(self, row: int, activations: NDArray[np.floating]) -> None:
        """Put a row into the table, which is made by the first and widened by a wider one."""
        if self._table is None:
            self._table = np.zeros((self._count, *activations.shape), activations.dtype)
        self._table = self._table.astype(np.result_type(self._table, activations), copy=False)
        self._table[row] = activations

    def flush(self) -> None:
        if self._store is None:
            return
        self._bytes += self._store.put(self._dataset, self._pending)
        self._pending.clear()
        self._flushed = time.monotonic()

    def _step(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done)

    def result(self) -> FrozenPass:
        empty = np.zeros((self._count, 0), np.float16)
        return FrozenPass(
            activations=empty if self._table is None else self._table,
            hashes=tuple(self._hashes),
            unreadable=self._unreadable,
            hits=self._hits,
            misses=self._misses,
            bytes=self._bytes,
        )


def _shorten(activations: NDArray[np.float32]) -> NDArray[np.floating]:
    """As float16, unless a value would not stay finite."""
    with np.errstate(over="ignore"):
        short = activations.astype(np.float16)
    return short if np.isfinite(short).all() else activations
