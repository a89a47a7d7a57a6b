"""What the benchmarks feed to headstart and its peers: activations, photos, the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _common import progress
from headstart.activations import ActivationStore, choose_engine, frozen_pass
from headstart.backbones import load_backbone
from headstart.backbones._efficientnet_lite0 import builtin_weights
from headstart.examples import FileSource, read_examples
from headstart.runs import TrainSettings, cache_directory
from headstart.runs._prepared import prepare

JPEG_START = b"\xff\xd8"


@dataclass(frozen=True)
class Labelled:
    """A data set as headstart sees it, byte-identical copies left out.

    Attributes:
        paths: of the photos.
        activations: of the last frozen stage, float32 ``(examples, features)``.
        targets: int64 ``(examples,)``.
        classes: their names.
        training: which examples are of the training part (all, where there is no other).
    """

    paths: tuple[Path, ...]
    activations: NDArray[np.float32]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    training: NDArray[np.bool_]


def labelled(data: Path, *, every: int = 1) -> Labelled:
    """Photos of class folders with their activations, which stay in the user's store.

    Args:
        data: folder of class folders.
        every: take only each so manieth photo.
    """
    progress(f"activations of {data.name}")
    examples = read_examples(data)
    examples = examples.select(range(0, len(examples), every))
    backbone, settings = load_backbone(), TrainSettings()
    with ActivationStore(cache_directory(settings.cache)) as store:
        passed = frozen_pass(
            examples.sources,
            backbone=backbone,
            cuts=(backbone.last_cut,),
            engine=choose_engine(),
            store=store,
        )
    prepared = prepare(examples, passed)
    paths = {item.name: item.path for item in examples.sources if isinstance(item, FileSource)}
    rows = np.unique(prepared.units, return_index=True)[1]
    return Labelled(
        paths=tuple(paths[prepared.names[row]] for row in rows),
        activations=prepared.features[rows].astype(np.float32),
        targets=prepared.targets[rows],
        classes=prepared.task.classes,
        training=np.isin(rows, prepared.train),
    )


def jpegs(data: Path) -> list[Path]:
    """The JPEG files below a folder, in a fixed order."""
    found = sorted(path for path in data.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    return [path for path in found if path.read_bytes()[:2] == JPEG_START]


def varied(photo: bytes, number: int) -> bytes:
    """The same picture in another file: a JPEG comment makes the bytes, and so the hash, new."""
    comment = f"copy {number}".encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return JPEG_START + segment + photo[2:]


def copies(data: Path, target: Path, *, count: int) -> None:
    """Write `count` photos of different bytes, in the folders of `data`."""
    photos = jpegs(data)
    order = np.random.default_rng(0).permutation(len(photos))  # every folder has some of few
    for number in range(count):
        source = photos[order[number % len(photos)]]
        path = target / source.relative_to(data).with_stem(f"{source.stem}-{number}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(varied(source.read_bytes(), number))


def save_weights(path: Path) -> Path:
    """The built-in network's 247 tensors by timm's names, as safetensors, for the peers."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(array) for name, array in builtin_weights().items()}
    save_file(tensors, path)
    return path
