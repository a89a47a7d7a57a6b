"""A network of three stages, photos of 24 pixels, and what holds of every run on them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from headstart.backbones import Backbone, PhotoPreprocessing, backbone_from_module
from headstart.examples import read_examples
from headstart.model import Model, load
from headstart.runs import OnEvent, TrainRun, TrainSettings, ignore, train

SIZE = 24
STAGES = ("stem", "middle", "top")
CLASSES = ("blue", "green", "red")
EACH = 10
COUNT = EACH * len(CLASSES)
PREPROCESSING = PhotoPreprocessing(SIZE, SIZE, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


class Small(nn.Module):
    """Convolutions with BatchNorm; `old` is an output layer that nobody needs any more."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _stage(3, 8, 3, 2)
        self.middle = _stage(8, 8, 3, 2)
        self.top = _stage(8, 12, 1, 1)
        self.old = nn.Linear(12, 5)


def _stage(entering: int, leaving: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(entering, leaving, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(leaving), nn.ReLU())


@cache
def small_backbone(*, colour_blind: bool = False) -> Backbone:
    """The network, its statistics learned from noise.

    Args:
        colour_blind: its last stage sees brightness only, which classes of colour do not differ in:
            no output layer can tell them apart, and retraining that stage can.
    """
    torch.manual_seed(5)
    module = Small()
    with torch.no_grad():
        if colour_blind:
            _blind(module)
        module.train()
        for _ in range(20):
            module.top(module.middle(module.stem(torch.randn(16, 3, SIZE, SIZE))))
    return backbone_from_module(
        module, stages=STAGES, preprocessing=PREPROCESSING, name="small", origin="made for a test"
    )


def _blind(module: Small) -> None:
    """Let red, green and blue through to the last stage, which adds them up."""
    stem, middle, top = (
        module.get_parameter(f"{name}.0.weight") for name in ("stem", "middle", "top")
    )
    stem.zero_()
    middle.zero_()
    for channel in range(8):
        stem[channel, channel % 3, 1, 1] = 1
        middle[channel, channel, 1, 1] = 1
    # Of 8 channels 3 are red, 3 green and 2 blue.
    share = torch.tensor([[1 / 3, 1 / 3, 1 / 2][channel % 3] for channel in range(8)])
    scale = torch.linspace(0.5, 1.5, 12)[:, None]
    top.copy_((scale * share)[:, :, None, None])


def photos(root: Path, each: int = EACH, classes: Iterable[str] = CLASSES) -> Path:
    """Class folders of pictures that differ in colour, all of the same brightness."""
    random = np.random.default_rng(3)
    for name in classes:
        for number in range(each):
            write_photo(root / name / f"{number}.png", name, random)
    return root


def write_photo(path: Path, name: str, random: np.random.Generator) -> None:
    """One picture of a class: its colour, bands and noise."""
    pixels = np.full((SIZE, SIZE, 3), 90.0)
    pixels[..., ("red", "green", "blue").index(name)] += 60
    pixels += random.normal(0, 25, pixels.shape)
    pixels += random.normal(0, 15, (SIZE // 8, 1, 3)).repeat(8, axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)


def settings(**changes: Any) -> TrainSettings:
    usual: dict[str, Any] = {
        "backbone": small_backbone(), "folds": 3, "repeats": 1, "threads": 1, "epochs": 2,
        "precision": "f32", "device": "cpu",
    }  # fmt: skip
    return TrainSettings(**(usual | changes))


def run(
    data: Path, out: Path | None = None, *, on_event: OnEvent = ignore, **changes: Any
) -> TrainRun:
    return train(read_examples(data), settings(**changes), out=out, on_event=on_event)


def saved(directory: Path) -> dict[str, bytes]:
    """The weights of a model as they lie on disk."""
    return {path.name: path.read_bytes() for path in sorted(directory.glob("*.safetensors"))}


def predictions(directory: Path) -> list[dict[str, str]]:
    with (directory / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def described(directory: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((directory / "model.json").read_text("utf-8"))
    return values


def assert_sound(found: TrainRun, came: Backbone, retrained: Iterable[str], data: Path) -> Model:
    """What is said of a saved model is so, and it predicts after loading as before.

    Frozen stages are to the bit as they came, parameters and buffers; the retrained ones are not.
    """
    assert found.directory is not None
    expected = [stage.name for stage in came.stages if stage.name in set(retrained)]
    stored = described(found.directory)["backbone"]
    loaded = load(found.directory, threads=1)
    assert stored["retrained"] == found.metrics["plan"]["retrained_stages"] == expected
    assert list(loaded.retrained) == expected
    frozen = [stage.name for stage in came.stages if stage.name not in expected]
    assert stored["frozen"] == frozen
    assert stored["frozen_sha256"] == came.frozen_sha256(frozen)
    for model in (found.model, loaded):
        assert model.backbone.frozen_sha256(frozen) == came.frozen_sha256(frozen)
        for stage in came.stages:
            names = [name for name in stage.tensors if name in stage.parameters]
            same = all(
                np.array_equal(model.backbone.weights[name], came.weights[name]) for name in names
            )
            assert same == (stage.name not in expected or not names), stage.name
    files = sorted(data.rglob("*.png"))[::7]
    before, after = (
        np.array([list(each.probabilities.values()) for each in model.predict(files)])
        for model in (found.model, loaded)
    )
    np.testing.assert_allclose(before, after, rtol=0, atol=1e-6)
    return loaded
