"""A small network, stored activations for it, and what every fit must leave as it was."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from headstart.backbones import FEATURES, INPUT, Backbone, PhotoPreprocessing, Stage
from headstart.backbones._torch_stage import GlobalPool, TorchStage
from headstart.heads import DenseHead, random_head
from headstart.training import FineTuned, FineTuning, fine_tune

SIZE = 16
CLASSES = 3
TRAIN = np.arange(0, 22)  # batches of 7 leave a last one of one
HELD_OUT = np.arange(22, 30)
NONE = np.zeros(0, dtype=np.int64)


def _module(name: str) -> nn.Module:
    layers: dict[str, Any] = {
        "stem": lambda: [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()],
        "middle": lambda: [nn.Conv2d(8, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()],
        "last": lambda: [nn.Conv2d(8, 12, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU()],
    }
    return GlobalPool() if name == "pool" else nn.Sequential(*layers[name]())


class SmallForm:
    """Three stages of convolution and BatchNorm, and a pool."""

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        raise NotImplementedError

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        stages = {}
        for stage in backbone.stages:
            made = TorchStage(_module(stage.name), prefix=f"{stage.name}.")
            state = {
                name.removeprefix(made.prefix): torch.from_numpy(np.array(backbone.weights[name]))
                for name in stage.tensors
            }
            made.module.load_state_dict(state, strict=False)
            stages[stage.name] = made
        return stages

    def describe(self) -> dict[str, Any]:
        return {"kind": "small"}


def small_backbone(form: SmallForm | None = None) -> Backbone:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return _small_backbone(form or SmallForm())


def _small_backbone(form: SmallForm) -> Backbone:
    weights: dict[str, NDArray[Any]] = {}
    stages = []
    shapes = {"stem": (8, 8, 8), "middle": (8, 4, 4), "last": (12, 4, 4), "pool": (12,)}
    for name, shape in shapes.items():
        module = _module(name)
        tensors = {
            f"{name}.{key}": np.array(tensor.numpy())
            for key, tensor in module.state_dict().items()
            if not key.endswith("num_batches_tracked")
        }
        parameters = tuple(f"{name}.{key}" for key, _ in module.named_parameters())
        stages.append(Stage(name, tuple(tensors), {FEATURES: shape}, 1, parameters))
        weights |= tensors
    return Backbone(
        name="small",
        architecture="small",
        origin="tests",
        input_kind="photo",
        preprocessing=PhotoPreprocessing(SIZE, SIZE, (0.5, 0.4, 0.3), (0.5, 0.5, 0.6)),
        stages=tuple(stages),
        weights=weights,
        form=form,
    )


def photos(examples: int = 30, views: int = 1) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pixels ``(examples, views, size, size, 3)`` whose classes can be told, and the classes."""
    random = np.random.default_rng(11)
    targets = np.arange(examples) % CLASSES
    rows = np.arange(SIZE)[:, None, None]
    waves = np.sin(rows * (1 + targets)[:, None, None, None] / 1.5) * 60
    noise = random.normal(0, 40, (examples, views, SIZE, SIZE, 3))
    pixels = np.clip(128 + waves[:, None] + noise, 0, 255)
    return pixels.astype(np.uint8), targets.astype(np.int64)


@dataclass
class Memory:
    """Activations at a cut of `small_backbone`, in memory; remembers what was read."""

    backbone: Backbone
    cut: str
    pixels: NDArray[np.uint8]
    read_views: Counter[tuple[int, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        examples, views = self.pixels.shape[:2]
        flat = self.pixels.reshape(-1, SIZE, SIZE, 3)
        if self.cut == INPUT:
            self.rows: NDArray[Any] = self.pixels
            return
        stages = self.backbone.torch_stages()
        scaled = (flat / 255 - self.backbone.photos.mean) / self.backbone.photos.std
        arrays = {FEATURES: torch.from_numpy(scaled).float().permute(0, 3, 1, 2)}
        with torch.no_grad():
            for stage in self.backbone.stages_before(self.cut):
                arrays = stages[stage.name](arrays)
        found = arrays[FEATURES].numpy()
        self.rows = found.reshape(examples, views, *found.shape[1:])

    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        self.read_views.update(zip(rows.tolist(), views.tolist(), strict=True))
        return {FEATURES: np.ascontiguousarray(self.rows[rows, views])}


def memory(cut: str, views: int = 1) -> Memory:
    return Memory(small_backbone(), cut, photos(views=views)[0])


def pooled(found: FineTuned, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features before the head, from the tensors that came back."""
    trained = small_backbone().with_weights(found.weights)
    return Memory(trained, "pool", photos()[0]).read(rows, np.zeros_like(rows))[FEATURES]


def settings(*trainable: str, **changes: Any) -> FineTuning:
    usual: dict[str, Any] = {
        "epochs": 3, "learning_rate": 1e-2, "batch_size": 7, "layer_decay": 0.8,
        "weight_decay": 0.1, "warmup": 0.1,
    }  # fmt: skip
    return FineTuning(trainable=frozenset(trainable), **(usual | changes))


def start(hidden: Sequence[int] = ()) -> DenseHead:
    features = np.random.default_rng(3).normal(1, 1, (40, 12))
    return random_head(features, hidden=hidden, classes=CLASSES, seed=1)


def tune(
    cut: str,
    chosen: FineTuning,
    *,
    backbone: Backbone | None = None,
    head: DenseHead | None = None,
    views: int = 1,
    frozen: bool = True,
    **others: Any,
) -> FineTuned:
    """A fit of the small network, checked for what must not have moved."""
    backbone = backbone or small_backbone()
    pixels, targets = photos(views=views)
    before = tensor_hashes(backbone, backbone.weights)
    arguments: dict[str, Any] = {
        "targets": targets, "rows_train": TRAIN, "rows_held_out": HELD_OUT, "threads": 1,
        "data_identity": "small", **others,
    }  # fmt: skip
    if "data" not in arguments:
        arguments["data"] = Memory(backbone, cut, pixels)
    found = fine_tune(backbone, cut, chosen, head=head or start(), views=views, **arguments)
    assert tensor_hashes(backbone, backbone.weights) == before
    if frozen:
        assert_frozen(backbone, found, chosen)
    return found


def tensor_hashes(backbone: Backbone, weights: Any) -> dict[str, str]:
    return {
        name: hashlib.sha256(np.ascontiguousarray(weights[name]).data).hexdigest()
        for stage in backbone.stages
        for name in stage.tensors
    }


def assert_frozen(backbone: Backbone, found: FineTuned, chosen: FineTuning) -> None:
    """Bit by bit: only what was to be trained differs, and the hash says so."""
    trained = backbone.with_weights(found.weights)
    before = tensor_hashes(backbone, backbone.weights)
    after = tensor_hashes(trained, trained.weights)
    moved = {name for name in before if before[name] != after[name]}
    assert moved <= set(may_move(backbone, chosen))
    frozen = [stage.name for stage in backbone.stages if stage.name not in chosen.trainable]
    assert found.frozen_sha256 == backbone.frozen_sha256(frozen) == trained.frozen_sha256(frozen)


def may_move(backbone: Backbone, chosen: FineTuning) -> Iterable[str]:
    for stage in backbone.stages:
        if stage.name in chosen.trainable:
            yield from stage.tensors if chosen.statistics == "learned" else stage.parameters


def assert_same_bits(one: FineTuned, other: FineTuned) -> None:
    """All that a caller can see, times apart."""
    assert one.weights.keys() == other.weights.keys()
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], strict=True)
    for mine, theirs in zip(one.head.layers, other.head.layers, strict=True):
        np.testing.assert_array_equal(mine.weights, theirs.weights, strict=True)
        np.testing.assert_array_equal(mine.bias, theirs.bias, strict=True)
    np.testing.assert_array_equal(one.held_out, other.held_out, strict=True)
    np.testing.assert_array_equal(one.log_loss, other.log_loss)
    assert one.best_epoch == other.best_epoch
    assert one.frozen_sha256 == other.frozen_sha256
