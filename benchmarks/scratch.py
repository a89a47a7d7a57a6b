"""Photos a second of training all layers from scratch, beside a plain loop and fastai.

Measures: the last of some epochs of

- ours: `fine_tune` on `AugmentedPixels` with the cut at the input, as `headstart pretrain` does it;
- plain: a loop written by hand for the same network (`_plain_loop.py`), with the same reader;
- fastai: `Learner.fit_one_cycle` with the same network and like augmentation
  (`_fastai_scratch_side.py`), reading the same files, with and without worker processes, of which
  the faster counts. It decodes its files in every epoch; so that this costs it little, the files
  are PNG pictures of 80 px, as large as headstart keeps them.

The data are spoken digits as pictures of their spectrograms. The three take turns.

Command: python benchmarks/scratch.py [--runs 3] [--env DIRECTORY] [--networks NAME,...] [--quick]

Printed: see RESULTS.md.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import _fastai
from _common import (
    alternate,
    announce,
    arguments,
    folder,
    judged,
    measure,
    progress,
    ratio,
    spread,
)
from _plain_loop import photos_a_second
from _spectrograms import spoken_digit_pictures
from headstart.activations import AugmentedPixels, available_threads
from headstart.backbones import FEATURES, INPUT, Backbone, load_backbone
from headstart.examples import FileSource
from headstart.heads import random_head
from headstart.media import Augmentation
from headstart.training import fine_tune, scratch_schedule

SIZE = 64
KEPT = 80
"""Side of the pictures that fastai reads: what `AugmentedPixels` keeps for this size."""

EPOCHS = 2
BATCH = 64
PHOTOS, FEW = 1024, 128
NETWORKS = "resnet10t,mobilenetv3_small_050,regnetx_002"
PLAIN_SHARE = 0.9


@dataclass(frozen=True)
class Task:
    """What all sides train on.

    Attributes:
        files: each with its label.
        targets: int64 ``(photos,)``.
        epochs: of which the last is timed.
        threads: of the processor.
    """

    files: list[_fastai.File]
    targets: NDArray[np.int64]
    epochs: int
    threads: int


def task(pictures: Path, target: Path, count: int, epochs: int) -> Task:
    """As many pictures of each digit as there may be, small ones."""
    found: list[_fastai.File] = []
    for path in sorted(pictures.glob("*/*.png"), key=lambda path: (path.stem[2:], path.stem)):
        if len(found) < count:
            small = target / path.parent.name / path.name
            small.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(path) as image:
                image.convert("RGB").resize((KEPT, KEPT)).save(small)
            found.append((small, path.parent.name))
    labels = [label for _, label in found]
    targets = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return Task(found, targets, epochs, available_threads())


def reader(given: Task, backbone: Backbone) -> AugmentedPixels:
    pixels = AugmentedPixels(
        [FileSource(path, str(path)) for path, _ in given.files],
        backbone,
        augmentation=Augmentation(),
        threads=given.threads,
    )
    pixels.decode()
    return pixels


def ours(given: Task, backbone: Backbone, pixels: AugmentedPixels) -> float:
    """Photos a second of the last epoch."""
    count = len(given.targets)
    width = backbone.output_shapes(backbone.last_cut)[FEATURES][0]
    head = random_head(
        np.zeros((1, width)), hidden=(), classes=int(given.targets.max()) + 1, seed=0
    )
    last: list[float] = []

    def tell(share: float) -> None:
        if not last and share >= (given.epochs - 1) / given.epochs:
            last.append(time.perf_counter())

    fine_tune(
        backbone,
        INPUT,
        scratch_schedule(backbone, examples=count, epochs=given.epochs, batch_size=BATCH),
        head=head,
        data=pixels,
        targets=given.targets,
        rows_train=np.arange(count),
        rows_held_out=np.arange(0),
        views=given.epochs,
        threads=given.threads,
        keep="last",
        on_progress=tell,
    )
    return count / (time.perf_counter() - last[0])


def plain(given: Task, network: str, pixels: AugmentedPixels) -> float:
    """Photos a second of the last epoch."""
    return photos_a_second(
        network,
        lambda rows, views: pixels.read(rows, views)[FEATURES],
        given.targets,
        batch_size=BATCH,
        epochs=given.epochs,
        threads=given.threads,
    )


def fastai(given: Task, network: str, python: Path) -> float:
    """Photos a second of the last epoch, with worker processes or without."""
    found = []
    for workers in (0, given.threads):
        job = {
            "network": network, "size": SIZE, "batch": BATCH, "epochs": given.epochs,
            "threads": given.threads, "workers": workers,
            "files": [[str(path.absolute()), label] for path, label in given.files],
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "job.json"
            path.write_text(json.dumps(job), encoding="utf-8")
            side = Path(__file__).with_name("_fastai_scratch_side.py")
            ran = measure([str(python), "-W", "ignore", str(side), str(path)])
        (line,) = (line for line in ran.output.splitlines() if line.startswith("{"))
        found.append(float(json.loads(line)["photos_a_second"]))
    return max(found)


def compare(given: Task, network: str, python: Path | None, runs: int) -> None:
    """One network: all sides in turns."""
    backbone = load_backbone(f"timm:{network}", weights="random", size=SIZE)
    pixels = reader(given, backbone)
    sides: dict[str, Callable[[], float]] = {
        "ours": partial(ours, given, backbone, pixels),
        "plain": partial(plain, given, network, pixels),
    }
    if python is not None:
        sides["fastai"] = partial(fastai, given, network, python)
    found = alternate(runs, sides)
    size = sum(backbone.parameters(stage) for stage in backbone.stages) / 1e6
    print(f"\n{network}, {size:.1f} million weights, photos a second:")
    for name, speeds in found.items():
        print(f"  {name:<8} {spread(speeds, '', digits=0)}")
    share = ratio(found["ours"], found["plain"])
    print(f"  {share:.2f} of the plain loop; {judged(met=share >= PLAIN_SHARE, target='0.9')}")
    if python is not None:
        times = ratio(found["ours"], found["fastai"])
        print(f"  {times:.2f} times fastai; {judged(met=times >= 1, target='1')}")


def main() -> None:
    parser = arguments(__doc__, runs=3)
    _fastai.add_option(parser)
    parser.add_argument("--networks", default=NETWORKS, help="of timm [%(default)s]")
    parser.add_argument("--no-fastai", action="store_true", help="ours and the plain loop only")
    given = parser.parse_args()
    clips = folder(given.data, "spoken_digits")
    announce(__doc__)
    python = None if given.no_fastai else _fastai.interpreter(given.env)
    with tempfile.TemporaryDirectory() as temporary:
        pictures = spoken_digit_pictures(clips, Path(temporary) / "pictures")
        progress("small pictures")
        count = FEW if given.quick else PHOTOS
        what = task(pictures, Path(temporary) / "small", count, EPOCHS)
        print(f"{len(what.files)} photos of {SIZE} px, batches of {BATCH}, {what.threads} threads")
        for network in given.networks.split(","):
            compare(what, network, python, given.runs)


if __name__ == "__main__":
    main()
