"""Activations for training, batch by batch: from the store, or computed anew each time."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.activations._engine import Engine, EngineInfo, Photo
from headstart.activations._keys import RowKey, dataset_key
from headstart.activations._places import augmented_key
from headstart.activations._select import engine_maker
from headstart.activations._store import ActivationStore
from headstart.activations._values import shorten
from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.errors import StoreError
from headstart.examples import Source
from headstart.media import Augmentation, load_photo

Arrays = dict[str, NDArray[Any]]


class ActivationReader(Protocol):
    """Gives out the activations of any rows of a table of examples."""

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Arrays:
        """The named arrays at the cut, batch axis first; safe to call from any thread.

        Args:
            rows: of the examples, int64 ``(batch,)``, in any order.
            views: which view of each, int64 ``(batch,)``.

        Returns:
            float32 ``(batch, *shape)``; at `INPUT` uint8. The arrays are the caller's own.
        """


class StoredActivations:
    """Reads rows that a frozen pass has stored.

    Args:
        store: must stay open.
        backbone: as in the pass.
        cut: one of the pass's.
        engine: as in the pass.
        contents: SHA-256 of each example's bytes (`FrozenPass.hashes`).
        augmentation: as in the pass.
    """

    def __init__(
        self,
        store: ActivationStore,
        backbone: Backbone,
        cut: str,
        engine: EngineInfo,
        contents: Sequence[str],
        augmentation: Augmentation | None = None,
    ) -> None:
        self._store, self._cut = store, cut
        self._shapes = dict(backbone.output_shapes(cut))
        self._contents = tuple(contents)
        plain = dataset_key(backbone, cut, engine)
        self._plain = store.find(plain)
        self._augmented = store.find(augmented_key(plain, augmentation or Augmentation()))

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Arrays:
        """As `ActivationReader.read`.

        Raises:
            StoreError: a row is missing or damaged, or the store cannot be read.
        """
        batch = _empty(self._shapes, self._cut, len(rows))
        for place, (row, view) in enumerate(zip(rows.tolist(), views.tolist(), strict=True)):
            dataset = self._augmented if view else self._plain
            key = RowKey(self._contents[row], view=view)
            arrays = None if dataset is None else self._store.get(dataset, key)
            if arrays is None:
                raise StoreError(
                    f"{self._store.path}: the activations at {self._cut} of example {row}, view "
                    f"{view}, are damaged or were deleted meanwhile; run again, what is missing "
                    "is computed anew"
                )
            for name, array in batch.items():
                array[place] = arrays[name]
        return batch


class RecomputedActivations:
    """Decodes photos and runs the frozen part anew for each batch, where rows would not fit.

    What it gives out is rounded as the store's rows are, so that a model does not depend on where
    its activations came from.

    Args:
        sources: the examples.
        backbone: whose stages are run.
        cut: name of a stage, or `INPUT`.
        engine: from `choose_engine`; made when the first batch is read.
        augmentation: what views other than 0 are drawn from; `Augmentation()` where ``None``.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        backbone: Backbone,
        cut: str,
        engine: EngineInfo,
        augmentation: Augmentation | None = None,
    ) -> None:
        self._sources, self._cut = sources, cut
        self._preprocessing = backbone.photos
        self._shapes = dict(backbone.output_shapes(cut))
        self._augmentation = augmentation or Augmentation()
        self._threads = engine.threads
        self._make_engine = engine_maker(backbone, [cut], engine)
        self._engine: Engine | None = None
        self._lock = threading.Lock()  # an engine serves one caller at a time

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Arrays:
        """As `ActivationReader.read`.

        Raises:
            UnreadableFileError: a file that could be read before cannot be now.
        """
        batch = _empty(self._shapes, self._cut, len(rows))
        with self._lock, ThreadPoolExecutor(self._threads) as executor:
            photos = enumerate(executor.map(self._photo, rows.tolist(), views.tolist()))
            if self._cut == INPUT:
                for place, photo in photos:
                    batch[FEATURES][place] = photo
                return batch
            self._engine = self._engine or self._make_engine()
            with closing(self._engine.map(photos)) as computed:
                for place, found in computed:
                    for name, array in batch.items():
                        array[place] = shorten(found[self._cut][name])
        return batch

    def _photo(self, row: int, view: int) -> Photo:
        source, preprocessing = self._sources[row], self._preprocessing
        data = source.read()
        return load_photo(
            data, source.name, resize=preprocessing.resize, size=preprocessing.size, view=view,
            augmentation=self._augmentation,
            seed_text=hashlib.sha256(data).hexdigest() if view else "",
        )  # fmt: skip


def _empty(shapes: dict[str, tuple[int, ...]], cut: str, count: int) -> Arrays:
    dtype = np.uint8 if cut == INPUT else np.float32
    return {name: np.empty((count, *shape), dtype) for name, shape in shapes.items()}
