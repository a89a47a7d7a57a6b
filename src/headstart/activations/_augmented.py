"""Photos for training from the first layer on: decoded once, seen otherwise in every epoch."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations._prepare import ordered
from headstart.backbones import FEATURES, Backbone
from headstart.errors import UnreadableFileError
from headstart.examples import Source
from headstart.media import Augmentation, augment, decoder_versions, load_photo

SPARE = 1.25
"""Photos are kept so many times as large as the network reads them, for views to be cut out of: at
64 px, crops of the usual areas then have a side of 47 to 80 px, and are neither blurred nor in need
of more than Pillow's own antialiasing."""

MOST_BYTES = 2 * 2**30
"""Of decoded photos in memory, about 68,000 at 64 px; more lie in a file."""

AHEAD = 16
"""Photos a thread may be ahead of the one that is written down."""

FEW = 32
"""Views that are drawn without further threads: those take as long to start as to draw some."""


@dataclass(frozen=True)
class _Decoded:
    """Every photo: as the network reads it, and larger for views.

    Attributes:
        plain: uint8 ``(photos, size, size, 3)``; zero where a file could not be read.
        larger: uint8 ``(photos, larger size, larger size, 3)``; ``None`` without augmentation.
        contents: SHA-256 of each file's bytes, ``None`` where they could not be read.
        unreadable: why, by row.
    """

    plain: NDArray[np.uint8]
    larger: NDArray[np.uint8] | None
    contents: tuple[str | None, ...]
    unreadable: dict[int, str]


class AugmentedPixels:
    """An `ActivationReader` at `INPUT` whose views are drawn when they are asked for.

    View 0 is the photo as `predict` sees it. Every other view is a crop of the square over the
    photo's shorter side, flipped and recoloured by `Augmentation`, the same for the same seed,
    photo and number. With as many views as epochs, `fine_tune` sees another one in each epoch.

    Args:
        sources: the examples.
        backbone: whose preprocessing is applied.
        augmentation: what views are drawn from; ``None`` for the plain photo whatever the view.
        seed: of the views.
        threads: that decode, and that draw the views of a batch.
        most_bytes: of decoded photos in memory; beyond that they lie in a file without a name,
            which is gone with the process.
        folder: where that file is made; the system's temporary folder where ``None``.

    Example:
        >>> pixels = AugmentedPixels(
        ...     sources, backbone, augmentation=Augmentation()
        ... )  # doctest: +SKIP
        >>> pixels.read(np.array([0, 1]), np.array([0, 7]))[FEATURES].shape  # doctest: +SKIP
        (2, 64, 64, 3)
    """

    def __init__(
        self,
        sources: Sequence[Source],
        backbone: Backbone,
        *,
        augmentation: Augmentation | None,
        seed: int = 0,
        threads: int = 1,
        most_bytes: int = MOST_BYTES,
        folder: Path | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._preprocessing = backbone.photos
        self._augmentation, self._seed = augmentation, seed
        self._threads, self._most_bytes, self._folder = threads, most_bytes, folder
        self._lock = threading.Lock()
        self._found: _Decoded | None = None

    def decode(self, on_progress: Callable[[int], None] | None = None) -> None:
        """Decode every photo, once; the first to read does it where nobody did.

        Args:
            on_progress: told how many are done.
        """
        with self._lock:
            if self._found is None:
                self._found = self._decode(on_progress)

    @property
    def contents(self) -> tuple[str | None, ...]:
        """SHA-256 of each file's bytes, ``None`` where they could not be read."""
        return self._decoded.contents

    @property
    def unreadable(self) -> dict[int, str]:
        """Why, for each example that could not be read, by row."""
        return self._decoded.unreadable

    @property
    def identity(self) -> str:
        """Hash of all that decides what is read, for the ``data_identity`` of a checkpoint."""
        said = {
            "contents": self.contents,
            "augmentation": self._augmentation and self._augmentation.canonical(),
            "seed": self._seed,
            "sizes": [self._preprocessing.size, self._preprocessing.resize, self._larger],
            "decoders": decoder_versions(),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """As `ActivationReader.read`.

        Raises:
            UnreadableFileError: a file among them could not be read.
        """
        found = self._decoded
        if found.unreadable:
            for row in rows.tolist():
                if row in found.unreadable:
                    raise UnreadableFileError(self._sources[row].name, found.unreadable[row])
        batch = found.plain[rows]
        if found.larger is not None:
            self._draw(batch, rows, views, np.flatnonzero(views))
        return {FEATURES: batch}

    @property
    def _decoded(self) -> _Decoded:
        self.decode()
        assert self._found is not None
        return self._found

    @property
    def _larger(self) -> int:
        """Side of the photos that views are cut out of; 0 where there are none."""
        return 0 if self._augmentation is None else round(SPARE * self._preprocessing.size)

    def _draw(
        self,
        batch: NDArray[np.uint8],
        rows: NDArray[np.int64],
        views: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> None:
        """Put the views of some places of a batch there."""
        fill = partial(self._fill, batch, rows, views)
        if self._threads == 1 or len(places) <= FEW:
            fill(places.tolist())
            return
        with ThreadPoolExecutor(self._threads) as executor:
            list(executor.map(fill, (part.tolist() for part in
                                     np.array_split(places, self._threads))))  # fmt: skip

    def _fill(
        self,
        batch: NDArray[np.uint8],
        rows: NDArray[np.int64],
        views: NDArray[np.int64],
        places: Iterable[int],
    ) -> None:
        found = self._found
        assert found is not None
        assert found.larger is not None
        assert self._augmentation is not None
        for place in places:
            row = int(rows[place])
            batch[place] = augment(
                found.larger[row],
                size=self._preprocessing.size,
                view=int(views[place]),
                augmentation=self._augmentation,
                seed_text=f"{self._seed} {found.contents[row]}",
            )

    def _decode(self, on_progress: Callable[[int], None] | None) -> _Decoded:
        size, larger, count = self._preprocessing.size, self._larger, len(self._sources)
        in_memory = 3 * count * (size**2 + larger**2) <= self._most_bytes
        plain = self._table(size, in_memory=in_memory)
        spare = self._table(larger, in_memory=in_memory) if larger else None
        contents: list[str | None] = []
        unreadable: dict[int, str] = {}
        prepare = partial(self._prepare, plain, spare)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="decode") as executor:
            try:
                for row, (content, why) in enumerate(
                    ordered(executor, prepare, range(count), AHEAD * self._threads)
                ):
                    contents.append(content)
                    if why is not None:
                        unreadable[row] = why
                    if on_progress is not None:
                        on_progress(row + 1)
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                raise
        return _Decoded(plain, spare, tuple(contents), unreadable)

    def _prepare(
        self, plain: NDArray[np.uint8], spare: NDArray[np.uint8] | None, row: int
    ) -> tuple[str | None, str | None]:
        """Read and decode one photo into its rows: its content's hash, and what is wrong with it.

        Twice where it is kept larger too: `plain` is to be what `predict` computes with, and the
        scale at which a JPEG file is decoded moves pixels.
        """
        source, preprocessing, content = self._sources[row], self._preprocessing, None
        try:
            data = source.read()
            content = hashlib.sha256(data).hexdigest()
            plain[row] = load_photo(
                data, source.name, resize=preprocessing.resize, size=preprocessing.size
            )
            if spare is not None:
                side = spare.shape[1]
                spare[row] = load_photo(data, source.name, resize=side, size=side)
        except UnreadableFileError as error:
            return content, error.reason
        return content, None

    def _table(self, side: int, *, in_memory: bool) -> NDArray[np.uint8]:
        shape = (len(self._sources), side, side, 3)
        if in_memory or not self._sources:
            return np.zeros(shape, np.uint8)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            return np.memmap(file, np.uint8, "w+", shape=shape)  # stays when the file is closed
