"""A model of several tasks, of random weights, and a command line beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image
from tests.conftest import textured

from headstart.activations import choose_engine
from headstart.backbones import drop_stages, load_backbone
from headstart.cli import main
from headstart.examples import Outputs, Task
from headstart.heads import DenseHead, Layer
from headstart.model import FORMAT, FORMAT_VERSION, Model

TASKS = (
    Task("stop", "binary", ("no", "yes")),
    Task("light", "category", ("green", "off", "red")),
    Task("side", "category", ("left", "right")),
    Task("crossing", "binary", ("no", "yes")),
)
"""Of 2, 3, 2 and 2 classes: where a class stands is not twice its task's number."""

Run = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    code: object
    out: str
    err: str


def model_of_tasks(
    tasks: Sequence[Task] = TASKS, thresholds: Mapping[str, float] = MappingProxyType({})
) -> Model:
    """A small network with an output layer of random weights."""
    random = np.random.default_rng(3)
    backbone = drop_stages(load_backbone(), 7)
    outputs = len(Outputs.of(tasks))
    weights = random.normal(0, 0.1, (outputs, backbone.stages[-1].output_shape[0]))
    bias = random.normal(0, 0.5, outputs)
    return Model(
        backbone=backbone,
        tasks=tuple(tasks),
        head=DenseHead((Layer(weights.astype(np.float32), bias.astype(np.float32)),)),
        engine=choose_engine(precision="f32", device="cpu", threads=1),
        description={
            "format": FORMAT, "format_version": FORMAT_VERSION, "headstart": "0.1.0",
            "created": "2026-11-21T12:00:00+00:00", "command": "", "seed": 0, "settings": {},
        },
        thresholds=thresholds,
    )  # fmt: skip


def save(model: Model, directory: Path) -> Path:
    directory.mkdir()
    model.save(directory)
    return directory


def some_photos(folder: Path, count: int) -> list[Path]:
    random = np.random.default_rng(5)
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(textured(number % 3, random)).save(path)
    return paths


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit, match=r"^\d*$") as raised:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(raised.value.code, captured.out, captured.err)

    return run
