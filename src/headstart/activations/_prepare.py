"""What the threads of a frozen pass do: read a source, look its rows up, decode what is missing."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from headstart.activations._engine import Photo
from headstart.activations._keys import RowKey
from headstart.activations._places import Places
from headstart.backbones import FEATURES, PhotoPreprocessing
from headstart.errors import UnreadableFileError
from headstart.examples import Source
from headstart.media import Augmentation, load_photo

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class PreparedView:
    """One view of an example.

    Attributes:
        missing: cuts whose row is not stored.
        photo: the view's pixels; ``None`` where nothing is missing.
        vector: the stored vector at the last cut, where it was asked for and is there.
    """

    missing: frozenset[str]
    photo: Photo | None
    vector: NDArray[np.floating] | None


@dataclass(frozen=True)
class Prepared:
    """One example: SHA-256 of its bytes and its views, or why it could not be read."""

    content: str | None
    views: tuple[PreparedView, ...] = ()
    unreadable: str | None = None


@dataclass(frozen=True)
class Preparation:
    """How examples are prepared.

    Attributes:
        preprocessing: of the backbone.
        cuts: at which activations are wanted, in the network's order.
        views: how many.
        augmentation: what views other than 0 are drawn from.
        places: of the rows in the store; ``None`` without a store.
        vector: whether stored rows of the last cut are wanted, too.
    """

    preprocessing: PhotoPreprocessing
    cuts: tuple[str, ...]
    views: int
    augmentation: Augmentation
    places: Places | None
    vector: bool

    def __call__(self, source: Source) -> Prepared:
        """Read one source and find its rows, or decode it."""
        content = None
        try:
            data = source.read()
            content = hashlib.sha256(data).hexdigest()
            views = tuple(
                self._view(data, source.name, content, view) for view in range(self.views)
            )
            return Prepared(content, views)
        except UnreadableFileError as error:
            return Prepared(content, unreadable=error.reason)

    def _view(self, data: bytes, name: str, content: str, view: int) -> PreparedView:
        vector = self._stored_vector(content, view) if self.vector else None
        looked_up = self.cuts[:-1] if self.vector else self.cuts
        missing = {cut for cut in looked_up if not self._is_stored(cut, content, view)}
        if self.vector and vector is None:
            missing.add(self.cuts[-1])
        photo = None
        if missing:
            photo = load_photo(
                data, name, resize=self.preprocessing.resize, size=self.preprocessing.size,
                view=view, augmentation=self.augmentation, seed_text=content,
            )  # fmt: skip
        return PreparedView(frozenset(missing), photo, vector)

    def _stored_vector(self, content: str, view: int) -> NDArray[Any] | None:
        if self.places is None:
            return None
        dataset = self.places.dataset(self.cuts[-1], view)
        found = self.places.store.get(dataset, RowKey(content, view=view))
        return None if found is None else found[FEATURES]

    def _is_stored(self, cut: str, content: str, view: int) -> bool:
        # The checksum is read too: who trains from a damaged row later could not mend it.
        return self.places is not None and self.places.store.has(
            self.places.dataset(cut, view), RowKey(content, view=view)
        )


def ordered(
    executor: ThreadPoolExecutor,
    prepare: Callable[[_Given], _Found],
    given: Iterable[_Given],
    ahead: int,
) -> Iterator[_Found]:
    """Results in the order of what is given, never more than `ahead` waiting."""
    waiting: deque[Future[_Found]] = deque()
    for one in given:
        waiting.append(executor.submit(prepare, one))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
