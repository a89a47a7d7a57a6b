"""A user's own network as a backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from headstart.backbones import (
    MEAN_POOL,
    Backbone,
    PhotoPreprocessing,
    backbone_from_module,
    drop_stages,
)
from headstart.errors import BackboneError, MissingExtraError, SettingError

PREPROCESSING = PhotoPreprocessing(size=32, resize=36, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = features + self.norm(self.conv(features)).relu()
        return found


class Network(nn.Module):
    """Its own ``forward`` is never called."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.BatchNorm2d(8))
        self.body = nn.Sequential(Block(8), nn.ReLU(inplace=True), Block(8), nn.Identity())
        self.old = nn.Linear(8, 5)


class Tokens(nn.Module):
    """A photo as tokens, of which those in the shade do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, 6, 8, stride=8)

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        tokens = self.embed(photo).flatten(2).transpose(1, 2)
        return {"features": tokens, "mask": tokens[:, :, 0] > 0}


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Linear(6, 6)

    def forward(self, arrays: dict[str, Tensor]) -> dict[str, Tensor]:
        weight = arrays["mask"].float()[:, :, None]
        mixed = (self.values(arrays["features"]) * weight).sum(dim=1, keepdim=True)
        return {**arrays, "features": arrays["features"] + mixed}


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = Tokens()
        self.attention = Attention()
        self.norm = nn.LayerNorm(6)


def made(module: nn.Module, stages: Sequence[str], **settings: Any) -> Backbone:
    return backbone_from_module(module, stages=stages, preprocessing=PREPROCESSING, **settings)


def seeded(kind: type[nn.Module]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return kind()


def assert_engines_agree(backbone: Backbone, pixels: Any, run_graph: Any, run_torch: Any) -> Any:
    cuts = [stage.name for stage in backbone.stages]
    graphed, in_torch = run_graph(backbone, cuts, pixels), run_torch(backbone, cuts, pixels)
    assert list(graphed) == list(in_torch)
    for stage in backbone.stages:
        for key, shape in stage.outputs.items():
            found = graphed[f"{stage.name}/{key}"]
            assert found.shape == (1, *shape)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, in_torch[f"{stage.name}/{key}"], atol=1e-4)
    return graphed


def test_stages_of_a_network(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    network = seeded(Network)
    backbone = made(network, ["stem", "body.0", "body.2"], name="mine", origin="made here")
    assert [stage.name for stage in backbone.stages] == ["stem", "body.0", "body.2", "pool"]
    assert (backbone.name, backbone.origin) == ("mine", "made here")
    assert backbone.stages[-1].outputs == {"features": (8,)}
    assert set(backbone.stages[1].tensors) == {
        f"body.0.{name}"
        for name in ("conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean",
                     "norm.running_var")
    }  # fmt: skip
    assert not any(name.startswith("old") for name in backbone.weights)
    assert_engines_agree(backbone, pixels(backbone), run_graph, run_torch)


def test_its_weights_are_copied() -> None:
    network = seeded(Network)
    backbone = made(network, ["stem", "body.0"])
    before = backbone.frozen_sha256(["stem", "body.0"])
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.zero_()
    assert replace(backbone).frozen_sha256(["stem", "body.0"]) == before  # hashed anew
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_fingerprint_follows_code_and_weights() -> None:
    first = made(seeded(Network), ["stem", "body.0"])
    assert first.fingerprint == made(seeded(Network), ["stem", "body.0"]).fingerprint
    other = seeded(Network)
    other.get_submodule("body.0.norm").eps = 0.1  # type: ignore[assignment]
    assert made(other, ["stem", "body.0"]).fingerprint != first.fingerprint

    class OtherBlock(Block):
        def forward(self, features: Tensor) -> Tensor:
            return features

    replaced = seeded(Network)
    replaced.get_submodule("body.0").__class__ = OtherBlock
    assert made(replaced, ["stem", "body.0"]).fingerprint != first.fingerprint


def test_operations_in_place_and_stages_that_do_nothing(
    pixels: Any, run_graph: Any, run_torch: Any
) -> None:
    """What a stage returned is not changed by the next one."""
    backbone = made(seeded(Network), ["stem", "body.1", "body.3"])
    found = assert_engines_agree(backbone, pixels(backbone), run_graph, run_torch)
    assert found["stem/features"].min() < 0
    np.testing.assert_allclose(
        found["body.1/features"], np.maximum(found["stem/features"], 0), atol=1e-5
    )
    np.testing.assert_array_equal(found["body.3/features"], found["body.1/features"])


def test_named_arrays_and_masks(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = made(seeded(Transformer), ["tokens", "attention", "norm"])
    assert backbone.stages[0].outputs == {"features": (16, 6), "mask": (16,)}
    assert backbone.stages[2].outputs == {"features": (16, 6), "mask": (16,)}
    assert backbone.stages[-1].outputs == {"features": (6,)}
    found = assert_engines_agree(backbone, pixels(backbone), run_graph, run_torch)
    mask = found["tokens/mask"].astype(bool)
    assert 0 < mask.sum() < mask.size
    np.testing.assert_allclose(
        found["pool/features"][0], found["norm/features"][mask].mean(axis=0), atol=1e-5
    )


def test_pooling_ignores_masked_tokens(random: np.random.Generator) -> None:
    from headstart.backbones._torch_stage import GlobalPool

    tokens = torch.from_numpy(random.normal(size=(3, 5, 4)))
    mask = torch.tensor([[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], dtype=torch.bool)
    pooled = GlobalPool()({"features": tokens, "mask": mask})
    changed = tokens.clone()
    changed[~mask] = 99.0
    assert torch.equal(GlobalPool()({"features": changed, "mask": mask})["features"],
                       pooled["features"])  # fmt: skip
    assert not pooled["features"][1].any()
    assert torch.allclose(pooled["features"][2], tokens[2].mean(dim=0))


def test_dropped_stages(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = drop_stages(made(seeded(Network), ["stem", "body.0", "body.2"]), 1)
    assert [stage.name for stage in backbone.stages] == ["stem", "body.0", MEAN_POOL]
    photo = pixels(backbone)
    graphed = run_graph(backbone, [MEAN_POOL], photo)
    np.testing.assert_allclose(
        graphed["mean_pool/features"],
        run_torch(backbone, [MEAN_POOL], photo)["mean_pool/features"],
        atol=1e-5,
    )


def test_a_vector_needs_no_pooling() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4))
    backbone = made(network, ["0", "1"])
    assert [stage.name for stage in backbone.stages] == ["0", "1"]
    assert [stage.name for stage in backbone.weighted_stages] == ["1"]


@pytest.mark.parametrize(
    ("stages", "match"),
    [
        (["stem", "tail"], "no submodule 'tail'; on top it has stem, body, old"),
        (["stem", "body.0", "stem"], "stem stands there twice"),
        ([], "none was given"),
    ],
)
def test_names_of_stages(stages: list[str], match: str) -> None:
    with pytest.raises(SettingError, match=match):
        made(seeded(Network), stages)


def test_a_stage_named_input() -> None:
    network = nn.ModuleDict({"input": nn.Conv2d(3, 4, 4)})
    with pytest.raises(SettingError, match="'input' means the photo"):
        made(network, ["input"])


def test_a_stage_that_fails_is_named_with_what_it_got() -> None:
    with pytest.raises(
        BackboneError, match=r"stage 'body.0' fails on features \(1, 3, 32, 32\) from the photo"
    ):
        made(seeded(Network), ["body.0"])
    network = seeded(Network)
    network.add_module("first", nn.Conv2d(3, 8, 1))
    with pytest.raises(BackboneError, match=r"'stem' fails on .*\(1, 8, 32, 32\) from 'first'"):
        made(network, ["first", "stem"])


class Odd(nn.Module):
    def __init__(self, returned: Any) -> None:
        super().__init__()
        self.returned = returned

    def forward(self, photo: Tensor) -> Any:
        return self.returned


@pytest.mark.parametrize(
    ("returned", "match"),
    [
        ((torch.zeros(1, 2), 3), "'features' is a tuple"),
        ({"mask": torch.zeros(1, 2)}, "there is no 'features'"),
        (torch.zeros(7, 2), r"'features' has shape \(7, 2\) for a batch of one"),
        (torch.zeros(1, 2, dtype=torch.int64), "'features' is torch.int64"),
        (torch.zeros(1, 2, 3, 4, 5), r"of shape \(1, 2, 3, 4, 5\)"),
    ],
)
def test_what_a_stage_may_return(returned: Any, match: str) -> None:
    with pytest.raises(BackboneError, match=match):
        made(nn.ModuleDict({"odd": Odd(returned)}), ["odd"])


def test_stages_that_share_parameters_are_refused() -> None:
    network = seeded(Network)
    network.add_module("second", network.get_submodule("body.0"))
    with pytest.raises(
        BackboneError, match=r"stages 'body.0' and 'second' share the tensor 'second.conv.weight'"
    ):
        made(network, ["stem", "body.0", "second"])
    with pytest.raises(BackboneError, match=r"'body' and 'body.2' share.*make them one stage"):
        made(seeded(Network), ["stem", "body", "body.2"])


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "headstart.backbones._module_torch", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'headstart\[train\]'"):
        made(nn.Identity(), ["x"])
