"""Small stores, and a network that costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from headstart.activations import ActivationStore, DatasetKey, EngineInfo, RowKey
from headstart.backbones import PhotoPreprocessing
from headstart.examples import FileSource

SMALL = PhotoPreprocessing(size=32, resize=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def row_key(text: str) -> RowKey:
    return RowKey(hashlib.sha256(text.encode()).hexdigest())


@dataclass
class Means:
    """An engine: each photo's channel means, then `scale` times its first pixel."""

    scale: float = 1.0
    photos: int = 0
    made: int = 0
    info: EngineInfo = field(
        default_factory=lambda: EngineInfo("means", "1", "cpu", "f32", 1, "any")
    )

    def map(
        self, photos: Iterable[tuple[int, NDArray[np.uint8]]]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for number, photo in photos:
            self.photos += 1
            means = photo.mean(axis=(0, 1)) / 255
            first = photo[0, 0] * self.scale
            yield number, np.concatenate([means, first]).astype(np.float32)

    def make(self) -> Means:
        self.made += 1
        return self


@pytest.fixture
def engine() -> Means:
    return Means()


@pytest.fixture
def key() -> DatasetKey:
    return DatasetKey(
        fingerprint="ab" * 32,
        backbone="means",
        preprocessing=SMALL.as_dict(),
        cut="features",
        precision="f32",
        engine="means 1 cpu",
        decoders={"pillow": "1", "media": "1"},
        instruction_set="any",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ActivationStore]:
    with ActivationStore(tmp_path / "store") as store:
        yield store


@pytest.fixture
def sources(tmp_path: Path, random: np.random.Generator) -> list[FileSource]:
    """Twelve photos that all differ."""
    (tmp_path / "photos").mkdir()
    found = []
    for number in range(12):
        path = tmp_path / "photos" / f"{number}.png"
        Image.fromarray(random.integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(path)
        found.append(FileSource(path, path.name))
    return found
