"""A tiny network with several cuts, as OpenVINO graph and as PyTorch modules, and tiny photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from headstart.activations import (
    ActivationStore,
    EngineInfo,
    FrozenPass,
    _frozen_pass,
    engine_maker,
    frozen_pass,
)
from headstart.activations._engine import Photo, Results
from headstart.backbones import FEATURES, Backbone, PhotoPreprocessing, Stage, operators
from headstart.backbones._openvino import finished_graph, photo_input
from headstart.examples import FileSource, Source

SIDE = 32


class TinyForm:
    """A convolution; its places as tokens with a mask; the mean over the valid ones."""

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        make = operators()
        photo, node = photo_input(backbone.photos)
        kernel = backbone.weights["conv.weight"]
        mapped = make.relu(make.convolution(node, make.constant(kernel), [4, 4], [0, 0], [0, 0],
                                            [1, 1]))  # fmt: skip
        flat = make.reshape(mapped, np.array([1, 4, 64]), special_zero=False)
        tokens = make.transpose(flat, np.array([0, 2, 1]))
        first = make.gather(tokens, np.array(0), np.array(2))
        mask = make.convert(make.greater(first, np.float32(0)), "f32")
        valid = make.unsqueeze(mask, np.array(2))
        total = make.reduce_sum(make.multiply(tokens, valid), np.array([1]), keep_dims=False)
        count = make.reduce_sum(valid, np.array([1]), keep_dims=False)
        pooled = make.divide(total, make.maximum(count, np.float32(1)))
        outputs = {
            "conv/features": mapped,
            "all/tokens/features": tokens,
            "all/tokens/mask": mask,
            "pool/features": pooled,
        }
        wanted = {key: node for key, node in outputs.items() if key.rpartition("/")[0] in cuts}
        return finished_graph(photo, wanted, backbone.name)

    def torch_stages(self, backbone: Backbone) -> dict[str, Any]:
        import torch

        from headstart.backbones._torch_stage import GlobalPool, TorchStage

        class Tokens(torch.nn.Module):
            takes_arrays = True

            def forward(self, arrays: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
                tokens = arrays[FEATURES].flatten(2).transpose(1, 2)
                return {FEATURES: tokens, "mask": tokens[..., 0] > 0}

        kernel = torch.from_numpy(np.array(backbone.weights["conv.weight"]))
        convolution = torch.nn.Conv2d(3, 4, 4, 4, bias=False)
        convolution.load_state_dict({"weight": kernel})
        return {
            "conv": TorchStage(torch.nn.Sequential(convolution, torch.nn.ReLU())),
            "all/tokens": TorchStage(Tokens()),
            "pool": TorchStage(GlobalPool()),
        }

    def describe(self) -> dict[str, Any]:
        return {"kind": "tiny"}


def _tiny_backbone(scale: float = 1.0) -> Backbone:
    kernel = np.random.default_rng(5).normal(size=(4, 3, 4, 4)).astype(np.float32)
    return Backbone(
        name="tiny",
        architecture="tiny",
        origin="made here",
        input_kind="photo",
        preprocessing=PhotoPreprocessing(SIDE, SIDE, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        stages=(
            Stage("conv", ("conv.weight",), {FEATURES: (4, 8, 8)}, 1, ("conv.weight",)),
            Stage("all/tokens", (), {FEATURES: (64, 4), "mask": (64,)}, 1),
            Stage("pool", (), {FEATURES: (4,)}, 1),
        ),
        weights={"conv.weight": kernel * np.float32(scale)},
        form=TinyForm(),
    )


@pytest.fixture
def make_backbone() -> Callable[[float], Backbone]:
    """The tiny network, its weights multiplied by a number."""
    return _tiny_backbone


@pytest.fixture
def backbone() -> Backbone:
    """The tiny network: cuts ``conv``, ``all/tokens`` and ``pool``, photos of 32 pixels."""
    return _tiny_backbone()


@pytest.fixture
def cpu() -> EngineInfo:
    return EngineInfo("openvino", "any", "cpu", "f32", 2, "any")


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
        pixels: NDArray[np.uint8] = random.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        found.append(FileSource(path, path.name))
    return found


@dataclass
class Counted:
    """What the engines of a test did: the cuts of each that was made, the photos through all."""

    cuts: list[tuple[str, ...]] = field(default_factory=list)
    photos: int = 0

    def maker(
        self, backbone: Backbone, cuts: Sequence[str], info: EngineInfo
    ) -> Callable[[], CountingEngine]:
        def make() -> CountingEngine:
            self.cuts.append(tuple(cuts))
            return CountingEngine(engine_maker(backbone, cuts, info)(), self)

        return make


@dataclass
class CountingEngine:
    engine: Any
    counted: Counted

    @property
    def info(self) -> EngineInfo:
        found: EngineInfo = self.engine.info
        return found

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        for result in self.engine.map(photos):
            self.counted.photos += 1
            yield result


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts what the engines of frozen passes do."""
    found = Counted()
    monkeypatch.setattr(_frozen_pass, "engine_maker", found.maker)
    return found


@pytest.fixture
def run(backbone: Backbone, cpu: EngineInfo) -> Callable[..., FrozenPass]:
    """A frozen pass of the tiny network up to its pooled features, unless told otherwise."""

    def run(
        sources: Sequence[Source], store: ActivationStore | None = None, **settings: Any
    ) -> FrozenPass:
        given: dict[str, Any] = {"backbone": backbone, "cuts": ("pool",), "engine": cpu, **settings}
        return frozen_pass(sources, store=store, **given)

    return run
