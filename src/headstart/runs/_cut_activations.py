"""The training examples' activations at any cut, for the fits of one run."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.activations import (
    ActivationReader,
    ActivationStore,
    AugmentedPixels,
    EngineInfo,
    RecomputedActivations,
    StoredActivations,
    VectorReader,
    dataset_key,
    forecast_bytes,
    frozen_pass,
)
from headstart.backbones import INPUT, Backbone
from headstart.media import Augmentation
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._prepared import Prepared

DISK_SHARE = 0.5
"""Of the disk's free space, activations at an earlier cut take at most so much unasked."""


class Activations(Protocol):
    """Gives a network's activations of the examples of one run."""

    @property
    def engine(self) -> EngineInfo:
        """Of the frozen part; tells device, precision and threads."""

    def at(self, cut: str) -> ActivationReader:
        """A reader of the activations at a cut."""

    def fit(self, cut: str) -> bool:
        """Whether there is room to keep them: else they are computed anew in every epoch."""

    def identity(self, cut: str) -> dict[str, Any]:
        """All that decides what is read at a cut, the examples apart."""


@dataclass(frozen=True)
class ViewedPixels:
    """Photos seen otherwise in every epoch, for a network of which nothing is frozen."""

    engine: EngineInfo
    pixels: AugmentedPixels

    def at(self, cut: str) -> ActivationReader:
        """The photos; there is no later cut."""
        assert cut == INPUT
        return self.pixels

    def fit(self, cut: str) -> bool:
        """Yes: decoded photos lie in memory or in a file."""
        return cut == INPUT

    def identity(self, cut: str) -> dict[str, Any]:
        """Of the photos and their views."""
        assert cut == INPUT
        return {"pixels": self.pixels.identity}


@dataclass(frozen=True)
class KeptVectors:
    """Feature vectors, which lie in memory and are what they are at every cut."""

    engine: EngineInfo
    vectors: NDArray[np.floating]

    def at(self, cut: str) -> ActivationReader:
        """The vectors."""
        return VectorReader(self.vectors)

    def fit(self, cut: str) -> bool:
        """Yes."""
        return True

    def identity(self, cut: str) -> dict[str, Any]:
        """The examples' contents are the vectors themselves."""
        return {"vectors": self.vectors.shape[1]}


@dataclass
class CutActivations:
    """Activations at a cut, stored once where there is room for them.

    Attributes:
        backbone: the network as it came.
        engine: of the frozen part.
        store: where activations lie.
        prepared: the examples.
        views: of each example.
        max_bytes: that activations at a cut may take; half of what the disk has free where
            ``None``.
        on_event: is told progress and notes.
        seconds: that the passes took.
    """

    backbone: Backbone
    engine: EngineInfo
    store: ActivationStore
    prepared: Prepared
    views: int
    max_bytes: float | None
    on_event: OnEvent
    seconds: float = 0.0
    _readers: dict[str, ActivationReader] = field(default_factory=dict)

    @property
    def augmentation(self) -> Augmentation | None:
        """What views beside the plain one are drawn from; ``None`` where there are none."""
        return Augmentation() if self.views > 1 else None

    def identity(self, cut: str) -> dict[str, Any]:
        """All that decides what is read at a cut, the examples apart."""
        augmentation = self.augmentation
        return {
            "activations": dataset_key(self.backbone, cut, self.engine).canonical(),
            "augmentation": augmentation.canonical() if augmentation else "",
            "stored": isinstance(self.at(cut), StoredActivations),
        }

    def fit(self, cut: str) -> bool:
        """Whether there is room for the activations at a cut."""
        return self._bytes(cut) <= self._room()

    def at(self, cut: str) -> ActivationReader:
        """The training examples' activations at a cut, computed where they are not stored."""
        if cut not in self._readers:
            self._readers[cut] = self._stored(cut) if self.fit(cut) else self._recomputed(cut)
        return self._readers[cut]

    def _bytes(self, cut: str) -> int:
        return forecast_bytes(self.backbone, cut, len(self.prepared.train), self.views)

    def _room(self) -> float:
        if self.max_bytes is not None:
            return self.max_bytes
        return DISK_SHARE * shutil.disk_usage(self.store.path.parent).free

    def _stored(self, cut: str) -> ActivationReader:
        started = time.perf_counter()
        sources = [self.prepared.sources[row] for row in self.prepared.train]
        step = f"To {cut}"
        frozen_pass(
            sources,
            backbone=self.backbone,
            cuts=(cut,),
            views=self.views,
            engine=self.engine,
            store=self.store,
            augmentation=self.augmentation,
            on_progress=lambda done: self.on_event(Progress(step, done, len(sources), "photos")),
        )
        self.seconds += time.perf_counter() - started
        contents = [self.prepared.hashes[row] for row in self.prepared.train]
        return StoredActivations(
            self.store, self.backbone, cut, self.engine, contents, augmentation=self.augmentation
        )

    def _recomputed(self, cut: str) -> ActivationReader:
        text = (
            f"activations at {cut} would take {self._bytes(cut) / 1e6:,.0f} MB, more than the "
            f"{self._room() / 1e6:,.0f} MB there is room for: they are computed anew in every "
            "epoch. Raise --max-cache, or retrain fewer stages"
        )
        self.prepared.notes.append(text)
        self.on_event(Note(text))
        sources = [self.prepared.sources[row] for row in self.prepared.train]
        return RecomputedActivations(sources, self.backbone, cut, self.engine, self.augmentation)
