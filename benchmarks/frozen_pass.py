"""The frozen pass: photos a second from JPEG to stored row.

Measures: decoding alone (all threads, bytes in memory), the network alone (all threads, photos
decoded beforehand), and the pipeline that does both and stores the rows: reading, hashing, looking
up, decoding, the network, writing, the last commit. The engine is compiled beforehand; how long
that takes is printed. Decoding and network share the same cores, so the pipeline cannot be faster
than 1 / (1 / decoding + 1 / network); printed is the share of that bound, from the same run.

Against: the same network with the same weights in PyTorch (timm, float32, channels_last, batches
of 32) with Pillow and torchvision's transforms decoding on as many threads ahead of it, in a
process of its own. The largest relative difference of the features is printed.

Command: python benchmarks/frozen_pass.py [--runs 5] [--threads 2] [--precision auto] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import _plain
from _common import (
    alternate,
    announce,
    arguments,
    folder,
    judged,
    middle,
    ratio,
    spread,
    stopwatch,
)
from _data import jpegs, save_weights
from headstart.activations import (
    ActivationStore,
    Engine,
    available_threads,
    choose_engine,
    engine_maker,
    frozen_pass,
)
from headstart.backbones import load_backbone
from headstart.examples import FileSource
from headstart.media import load_photo

BOUND_SHARE = 0.9
LEAST_RATE = 200.0
PREPROCESSING = load_backbone().photos
PEER = "PyTorch with Pillow"

Activations = NDArray[np.floating]


@dataclass(frozen=True)
class Ours:
    """headstart's frozen pass over some photos, and its two halves."""

    paths: list[Path]
    encoded: list[bytes]
    decoded: list[NDArray[np.uint8]]
    engine: Engine
    threads: int

    @classmethod
    def make(cls, paths: list[Path], precision: str, threads: int) -> Ours:
        backbone = load_backbone()
        info = choose_engine(precision=precision, threads=threads, device="cpu")
        with stopwatch() as seconds:
            engine = engine_maker(backbone, (backbone.last_cut,), info)()
        print(f"{info.name} {info.precision} on {threads} threads, compiled in {seconds():.2f} s")
        encoded = [path.read_bytes() for path in paths]
        decoded = [_decode(photo) for photo in encoded]
        return cls(paths, encoded, decoded, engine, threads)

    def decoding(self) -> float:
        with ThreadPoolExecutor(self.threads) as executor, stopwatch() as seconds:
            for _ in executor.map(_decode, self.encoded):
                pass
        return len(self.encoded) / seconds()

    def network(self) -> float:
        with stopwatch() as seconds:
            done = sum(1 for _ in self.engine.map(enumerate(self.decoded)))
        return done / seconds()

    def pipeline(self) -> float:
        return self._pipeline()[0]

    def features(self) -> Activations:
        return self._pipeline()[1]

    def _pipeline(self) -> tuple[float, Activations]:
        backbone = load_backbone()
        sources = [FileSource(path, str(path)) for path in self.paths]
        with (
            tempfile.TemporaryDirectory() as cache,
            ActivationStore(Path(cache)) as store,
            # The pass makes its engine itself; here it is compiled already.
            patch(f"{frozen_pass.__module__}.engine_maker", lambda *_: lambda: self.engine),
            stopwatch() as seconds,
        ):
            passed = frozen_pass(
                sources,
                backbone=backbone,
                cuts=(backbone.last_cut,),
                engine=self.engine.info,
                store=store,
            )
        return len(sources) / seconds(), passed.features


def _decode(photo: bytes) -> NDArray[np.uint8]:
    return load_photo(photo, "photo", resize=PREPROCESSING.resize, size=PREPROCESSING.size)


def peer(paths: list[Path], weights: Path, threads: int) -> tuple[float, Activations]:
    """Photos a second and features of plain PyTorch; runs in a process of its own."""
    model = _plain.network(weights)
    _plain.features(model, paths[: _plain.BATCH], threads)  # the first batch sets up
    with stopwatch() as seconds:
        found = _plain.features(model, paths, threads)
    return len(paths) / seconds(), found


def show(rates: dict[str, list[float]]) -> None:
    """Print every rate and what it is measured by."""
    for name, values in rates.items():
        print(f"{name:28}{spread(values, 'photos/s', digits=0)}")
    bounds = [
        1 / (1 / decoding + 1 / network)
        for decoding, network in zip(rates["decoding alone"], rates["network alone"], strict=True)
    ]
    pipeline = rates["JPEG to stored row"]
    share, rate = ratio(pipeline, bounds), middle(pipeline)
    print(f"{'bound':28}{spread(bounds, 'photos/s', digits=0)}")
    print(f"share of the bound {share:.1%}   "
          + judged(met=share >= BOUND_SHARE, target=f"at least {BOUND_SHARE:.0%}"))  # fmt: skip
    print(f"rate {rate:.0f}/s   "
          + judged(met=rate >= LEAST_RATE, target=f"at least {LEAST_RATE:.0f}/s"))  # fmt: skip
    print(f"{ratio(pipeline, rates[PEER]):.1f} times PyTorch's rate")


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__, runs=5)
    parser.add_argument("--threads", type=int, default=available_threads())
    parser.add_argument("--precision", default="auto", help="of OpenVINO [%(default)s]")
    return parser.parse_args()


def main() -> None:
    given = parsed()
    paths = jpegs(folder(given.data, "hymenoptera"))
    runs = 1 if given.quick else given.runs
    if given.quick:
        paths = paths[:48]
    announce(__doc__)
    print(f"{len(paths)} JPEG photos")
    ours = Ours.make(paths, given.precision, given.threads)
    with tempfile.TemporaryDirectory() as temporary:
        weights = save_weights(Path(temporary) / "weights.safetensors")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            rates = alternate(
                runs,
                {
                    "decoding alone": ours.decoding,
                    "network alone": ours.network,
                    "JPEG to stored row": ours.pipeline,
                    PEER: lambda: other.submit(peer, paths, weights, given.threads).result()[0],
                },
            )
            reference = other.submit(peer, paths, weights, given.threads).result()[1]
    show(rates)
    difference = np.linalg.norm(ours.features() - reference, axis=1)
    relative = difference / np.linalg.norm(reference, axis=1)
    print(f"features differ from PyTorch's by {np.median(relative):.2%} (median), "
          f"{relative.max():.2%} (most): other decoder and precision")  # fmt: skip


if __name__ == "__main__":
    main()
