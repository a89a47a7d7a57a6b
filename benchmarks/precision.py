"""What it does to probabilities to train in bfloat16 and predict in float32, and the other way.

Measures, on ants and bees: the relative difference of the two precisions' activations, and how far
the held-out probabilities of a head move when it was fitted on activations of one precision and is
given those of the other. Computed by the engine that predicts; on a processor without bfloat16 by
PyTorch's autocast, which emulates it and rounds at other places, so that this shows the size of the
effect there, not its last digit.

    python benchmarks/precision.py [--data ../shared/data/hymenoptera] [--photos 40]

`--photos` is how many of each class and part are used. Printed on 2026-11-30: see RESULTS.md.
Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import choose_engine, has_bf16
from headstart.activations._engine import Precision
from headstart.activations._openvino_engine import OpenVinoEngine
from headstart.backbones import FEATURES, load_backbone
from headstart.media import load_photo

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "hymenoptera"
PENALTY = 0.01
PRECISIONS: tuple[Precision, ...] = ("bf16", "f32")


def photos(folder: Path, most: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    paths = [(path, target) for target, name in enumerate(("ants", "bees"))
             for path in sorted((folder / name).glob("*.jpg"))[:most]]  # fmt: skip
    pixels = [load_photo(path.read_bytes(), path.name, resize=256, size=224) for path, _ in paths]
    return np.stack(pixels), np.array([target for _, target in paths])


def activations(pixels: NDArray[np.uint8], precision: Precision) -> NDArray[np.float32]:
    backbone = load_backbone()
    cut = backbone.last_cut
    if has_bf16():
        engine = OpenVinoEngine(backbone, (cut,), choose_engine(precision=precision, device="cpu"))
        found = dict(engine.map(enumerate(pixels)))
        return np.stack([found[row][cut][FEATURES] for row in range(len(pixels))])
    network = torch.nn.Sequential(*backbone.torch_stages().values())
    scaled = torch.from_numpy((pixels / 127.5 - 1).astype(np.float32)).permute(0, 3, 1, 2)
    lowered = precision == "bf16"
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=lowered):
        parts = [
            network({FEATURES: part})[FEATURES].float().numpy() for part in torch.split(scaled, 16)
        ]
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--photos", type=int, default=40)
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"{options.data} is not there; give the folder with --data")
    train, targets = photos(options.data / "train", options.photos)
    val, truth = photos(options.data / "val", options.photos)
    found = {name: (activations(train, name), activations(val, name)) for name in PRECISIONS}
    apart = np.linalg.norm(found["bf16"][1] - found["f32"][1], axis=1)
    norm = np.linalg.norm(found["f32"][1], axis=1)
    print(f"activations differ by {(apart / norm).mean():.3f} of their norm (mean of {len(val)})")
    for fitted, given in zip(PRECISIONS, reversed(PRECISIONS), strict=True):
        head = heads.fit(found[fitted][0], targets, classes=2, penalty=PENALTY)
        same, other = (head.predict(found[name][1])[:, 1] for name in (fitted, given))
        moved = np.abs(same - other)
        right = [((chances > 0.5) == truth).mean() for chances in (same, other)]
        print(
            f"fitted in {fitted}, given {given}: probabilities move by {moved.mean():.4f} on "
            f"average, {moved.max():.3f} at most; {((same > 0.5) != (other > 0.5)).sum()} of "
            f"{len(val)} labels change; accuracy {right[0]:.3f} and {right[1]:.3f}"
        )


if __name__ == "__main__":
    main()
