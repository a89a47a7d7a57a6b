"""The frozen pass: sources in, activations out, nothing computed twice.

Files are read, hashed, looked up and decoded on threads; what is not stored goes through the
engine on the calling thread, which keeps the next photos decoding meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations._engine import EngineInfo, Photo
from headstart.activations._keys import RowKey
from headstart.activations._places import Places
from headstart.activations._prepare import Preparation, Prepared, ordered
from headstart.activations._select import engine_maker
from headstart.activations._store import ActivationStore
from headstart.activations._values import shorten
from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.examples import Source
from headstart.media import Augmentation

AHEAD = 16
"""Photos a thread may be ahead of the engine: enough to ride out some slow files, and at 150 kB
each (224 x 224 x 3) little to the memory."""

ROWS_AT_ONCE = 64
"""Rows handed to the store together."""

BYTES_AT_ONCE = 16 * 2**20
"""Rows are handed over from this size on however few they are: at early cuts one has 0.8 MB."""

MOST_KEPT = 64 * 2**20
"""Bytes of activations at the cut that is kept in memory: of 500 photos through the built-in
network."""

SECONDS_AT_ONCE = 2.0
"""Rows are handed over after this time however few they are: so much work is lost by a kill."""


@dataclass(frozen=True)
class FrozenPass:
    """What came of the frozen pass.

    Attributes:
        activations: at the last of the cuts where those are vectors, else ``None``. float16, or
            float32 without a store and where a value would not stay finite,
            ``(views, examples, features)``; zero for unreadable examples.
        hashes: SHA-256 of each example's bytes, ``None`` where they could not be read.
        unreadable: why, for each example that could not be read, by row.
        hits: examples of which every cut and view was stored already.
        misses: examples of which something was computed.
        bytes: handed to the store.
        kept: activations at the cut that was to be kept, by each example's hash; of those that were
            computed, as far as `MOST_KEPT` goes.
    """

    activations: NDArray[np.floating] | None
    hashes: tuple[str | None, ...]
    unreadable: dict[int, str]
    hits: int
    misses: int
    bytes: int
    kept: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict)

    @property
    def features(self) -> NDArray[np.floating]:
        """The activations of the plain view, ``(examples, features)``."""
        assert self.activations is not None  # the last of the cuts is a vector
        return np.asarray(self.activations[0])


def frozen_pass(
    sources: Sequence[Source],
    *,
    backbone: Backbone,
    cuts: Sequence[str],
    views: int = 1,
    engine: EngineInfo,
    store: ActivationStore | None = None,
    augmentation: Augmentation | None = None,
    on_progress: Callable[[int], None] | None = None,
    keep: str | None = None,
) -> FrozenPass:
    """Activations at the cuts for every source and view, from the store where they are there.

    A photo whose rows are all stored is not decoded. The others are run once for each view that
    lacks something, through one network that gives out all cuts.

    Args:
        sources: the examples.
        backbone: whose stages are run.
        cuts: names of stages, or `INPUT`; one at least, in any order.
        views: how many of each example. View 0 is the photo as it is.
        engine: from `choose_engine`; made when the first photo is not stored.
        store: where activations are kept; ``None`` keeps none.
        augmentation: what views other than 0 are drawn from; `Augmentation()` where ``None``.
        on_progress: told how many examples are done.
        keep: a stage before the last cut whose output is kept in memory for what is computed
            anyway, in view 0: who looks at a few photos later need not compute them again. Nothing
            is kept where it would take a pass of its own.

    Raises:
        SettingError: the backbone has no such cut.
        StoreError: the store cannot be read or written.
    """
    in_order = sorted(set(cuts), key=lambda cut: len(backbone.stages_before(cut)))
    augmentation = augmentation or Augmentation()
    places = None
    if store is not None:
        others = augmentation if views > 1 else None
        places = Places.make(store, backbone, in_order, engine, augmentation=others)
    shape = backbone.output_shapes(in_order[-1])[FEATURES]
    table = np.zeros((views, len(sources), *shape), np.float16) if len(shape) == 1 else None
    prepare = Preparation(
        backbone.photos, tuple(in_order), views, augmentation, places, table is not None
    )
    keep = keep if engine.one_pass else None
    pass_ = _Pass(len(sources), prepare, table, on_progress, keep)
    ahead = max(2, AHEAD // views) * engine.threads
    with ThreadPoolExecutor(engine.threads, thread_name_prefix="decode") as executor:
        try:
            photos = pass_.photos(ordered(executor, prepare, sources, ahead))
            first = next(photos, None)
            if first is not None:
                given_out = {cut for cut in (*in_order, keep) if cut not in (None, INPUT)}
                stages = [stage.name for stage in backbone.stages if stage.name in given_out]
                made = engine_maker(backbone, stages, engine)()
                with closing(made.map(_chain(first, photos))) as computed:
                    for number, found in computed:
                        pass_.computed(number, found)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            pass_.flush()
    return pass_.result()


def _chain(
    first: tuple[int, Photo], rest: Iterator[tuple[int, Photo]]
) -> Iterator[tuple[int, Photo]]:
    yield first
    yield from rest


class _Pass:
    """Collects what comes, in the rows' places, and hands computed rows to the store.

    A photo on its way through the engine is known by one number: its example's row times the
    number of views, plus its view.
    """

    def __init__(
        self,
        count: int,
        preparation: Preparation,
        table: NDArray[np.floating] | None,
        on_progress: Callable[[int], None] | None,
        keep: str | None,
    ) -> None:
        self._table = table
        self._keep_cut, self._kept_bytes = keep, 0
        self._kept: dict[str, dict[str, NDArray[Any]]] = {}
        self._views, self._last = preparation.views, preparation.cuts[-1]
        self._places = preparation.places
        self._hashes: list[str | None] = [None] * count
        self._unreadable: dict[int, str] = {}
        self._on_progress = on_progress
        self._computing: dict[int, frozenset[str]] = {}  # what each photo lacks
        self._left: dict[int, int] = {}  # how many photos each example waits for
        self._pending: dict[int, list[tuple[RowKey, dict[str, NDArray[Any]]]]] = {}
        self._pending_rows = self._pending_bytes = 0
        self._flushed = time.monotonic()
        self._hits = self._misses = self._bytes = self._done = 0

    def photos(self, prepared: Iterator[Prepared]) -> Iterator[tuple[int, Photo]]:
        """The photos that lack activations, for the engine; all else is noted in passing."""
        for row, example in enumerate(prepared):
            self._hashes[row] = example.content
            if example.unreadable is not None:
                self._unreadable[row] = example.unreadable
                self._step()
                continue
            missing = any(each.missing for each in example.views)
            self._hits, self._misses = self._hits + (not missing), self._misses + missing
            waiting = self._note(row, example)
            if waiting:
                self._left[row] = len(waiting)
                yield from waiting
            else:
                self._step()

    def _note(self, row: int, example: Prepared) -> list[tuple[int, Photo]]:
        """Put what is known of an example into its places; what is not goes to the engine."""
        lacking = []
        for view, each in enumerate(example.views):
            if each.vector is not None:
                self._place(row, view, each.vector)
            if INPUT in each.missing:
                assert each.photo is not None
                self._keep(INPUT, row, view, {FEATURES: each.photo})
            if each.missing - {INPUT}:
                assert each.photo is not None
                number = row * self._views + view
                self._computing[number] = each.missing - {INPUT}
                lacking.append((number, each.photo))
        return lacking

    def computed(self, number: int, found: dict[str, dict[str, NDArray[np.float32]]]) -> None:
        """Take a photo's activations at all cuts and keep those that it lacked."""
        row, view = divmod(number, self._views)
        if self._keep_cut is not None and not view and self._kept_bytes < MOST_KEPT:
            content = self._hashes[row]
            assert content is not None  # it was decoded, hence read
            arrays = {name: shorten(array) for name, array in found[self._keep_cut].items()}
            self._kept[content] = arrays
            self._kept_bytes += sum(array.nbytes for array in arrays.values())
        for cut in self._computing.pop(number):
            # Without a store nothing is gained by rounding, which moved probabilities by up to
            # 0.002.
            keeps = self._places is not None
            arrays = {
                name: shorten(array) if keeps else array for name, array in found[cut].items()
            }
            if cut == self._last:
                self._place(row, view, arrays[FEATURES])
            self._keep(cut, row, view, arrays)
        self._left[row] -= 1
        if not self._left[row]:
            del self._left[row]
            self._step()

    def _place(self, row: int, view: int, vector: NDArray[np.floating]) -> None:
        """Put a vector into the table, which is widened by a wider one."""
        if self._table is not None:
            self._table = self._table.astype(np.result_type(self._table, vector), copy=False)
            self._table[view, row] = vector

    def _keep(self, cut: str, row: int, view: int, arrays: dict[str, NDArray[Any]]) -> None:
        """Have a row stored, soon."""
        if self._places is None:
            return
        content = self._hashes[row]
        assert content is not None  # it was decoded, hence read
        dataset = self._places.dataset(cut, view)
        self._pending.setdefault(dataset, []).append((RowKey(content, view=view), arrays))
        self._pending_rows += 1
        self._pending_bytes += sum(array.nbytes for array in arrays.values())
        if self._pending_rows >= ROWS_AT_ONCE or self._pending_bytes >= BYTES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Hand over what is pending."""
        if self._places is None:
            return
        for dataset, rows in self._pending.items():
            self._bytes += self._places.store.put(dataset, rows)
        self._pending.clear()
        self._pending_rows = self._pending_bytes = 0
        self._flushed = time.monotonic()

    def _step(self) -> None:
        """One more example is done."""
        if self._pending and time.monotonic() - self._flushed > SECONDS_AT_ONCE:
            self.flush()
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done)

    def result(self) -> FrozenPass:
        return FrozenPass(
            activations=self._table,
            hashes=tuple(self._hashes),
            unreadable=self._unreadable,
            hits=self._hits,
            misses=self._misses,
            bytes=self._bytes,
            kept=self._kept,
        )
