"""Frozen is frozen: parameters and buffers, bit by bit, at every cut and for every set of stages.

Every fit of these tests goes through `tune`, which ends in `assert_frozen`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.training.small_network import (
    SmallForm,
    photos,
    settings,
    small_backbone,
    tensor_hashes,
    tune,
)
from torch import Tensor, nn

from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.backbones._torch_stage import TorchStage
from headstart.errors import BackboneError, SettingError
from headstart.heads import random_head
from headstart.training import Statistics

RUNGS = [
    ("pool", ()),
    ("last", ()),
    ("middle", ("last",)),
    ("stem", ("middle", "last")),
    (INPUT, ("stem", "middle", "last")),
    ("stem", ("middle",)),  # what stays frozen lies behind what is trained
    (INPUT, ("stem",)),
    (INPUT, ("stem", "last")),
    (INPUT, ("last",)),  # cut earlier than need be
]


@pytest.mark.parametrize("statistics", ["fixed", "learned"])
@pytest.mark.parametrize(("cut", "trainable"), RUNGS)
def test_only_what_is_trained_moves(
    cut: str, trainable: tuple[str, ...], statistics: Statistics
) -> None:
    backbone = small_backbone()
    chosen = settings(*trainable, statistics=statistics, dropout=0.2)
    found = tune(cut, chosen, keep="last")
    moving = set(found.weights)
    expected: set[str] = set()
    for stage in backbone.stages:
        if stage.name in trainable:
            expected |= set(stage.tensors if statistics == "learned" else stage.parameters)
    assert moving == expected
    for name in moving:
        assert not np.array_equal(found.weights[name], backbone.weights[name]), name


def test_every_epoch_counts_on_the_same_frozen_hash() -> None:
    """The hash does not depend on how a frozen network was trained behind."""
    backbone = small_backbone()
    frozen = backbone.frozen_sha256(["stem", "middle", "pool"])
    for seed in range(2):
        assert tune("middle", settings("last", seed=seed)).frozen_sha256 == frozen


def _modules(backbone: Backbone) -> dict[str, TorchStage]:
    return backbone.torch_stages()


def _hashes(backbone: Backbone, modules: dict[str, TorchStage]) -> dict[str, str]:
    live = {
        name: tensor.detach().numpy()
        for module in modules.values()
        for name, tensor in module.tensors().items()
    }
    return tensor_hashes(backbone, live)


def _loss(modules: dict[str, TorchStage]) -> Tensor:
    pixels, targets = photos()
    arrays = {FEATURES: torch.from_numpy(pixels[:, 0]).float().permute(0, 3, 1, 2) / 255}
    for module in modules.values():
        arrays = module(arrays)
    return nn.functional.cross_entropy(arrays[FEATURES], torch.from_numpy(targets))


def _moved(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_what_goes_wrong_otherwise() -> None:
    """Without gradients alone nothing is frozen: statistics move by themselves, and weights decay.

    The usual loop (`requires_grad = False`, `model.train()`, an optimiser of all parameters)
    changes tensors that it calls frozen, each in a way of its own.
    """
    backbone = small_backbone()

    # 1. BatchNorm in training mode moves its statistics in the forward pass, gradients or not.
    modules = _modules(backbone)
    before = _hashes(backbone, modules)
    for module in modules.values():
        module.requires_grad_(requires_grad=False)
        module.train()
    with torch.no_grad():
        _loss(modules)
    moved = _moved(before, _hashes(backbone, modules))
    assert moved == {
        f"{stage}.1.{name}"
        for stage in ("stem", "middle", "last")
        for name in ("running_mean", "running_var")
    }

    # 2. A frozen parameter in the optimiser with a gradient of zero is decayed all the same.
    modules = _modules(backbone)
    before = _hashes(backbone, modules)
    frozen = list(modules["stem"].parameters())
    everything = [parameter for module in modules.values() for parameter in module.parameters()]
    optimizer = torch.optim.AdamW(everything, lr=1e-2, weight_decay=0.1)
    _loss(modules).backward()  # type: ignore[no-untyped-call]
    for parameter in frozen:
        assert parameter.grad is not None
        parameter.grad.zero_()
    optimizer.step()
    moved = _moved(before, _hashes(backbone, modules))
    assert {"stem.0.weight", "stem.1.weight"} <= moved

    # 3. A parameter that is frozen after some steps goes on by its momentum.
    modules = _modules(backbone)
    everything = [parameter for module in modules.values() for parameter in module.parameters()]
    optimizer = torch.optim.AdamW(everything, lr=1e-2, weight_decay=0.0)
    _loss(modules).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    before = _hashes(backbone, modules)
    modules["stem"].requires_grad_(requires_grad=False)
    optimizer.zero_grad(set_to_none=False)
    _loss(modules).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert "stem.0.weight" in _moved(before, _hashes(backbone, modules))

    # The same stages through `fine_tune`, with weight decay and learned statistics: `tune` checks.
    tune(INPUT, settings("last", statistics="learned", weight_decay=0.5, learning_rate=0.1))


class _Counting(nn.Module):
    """Changes a buffer of its own whenever it runs, as some people's normalisations do."""

    seen: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, features: Tensor) -> Tensor:
        self.seen += 1
        return features


class _MovingForm(SmallForm):
    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        stages = super().torch_stages(backbone)
        inner = stages["last"].module
        assert isinstance(inner, nn.Sequential)
        inner.append(_Counting())
        return stages


class _TiedForm(SmallForm):
    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        stages = super().torch_stages(backbone)
        stages["middle"].module.get_submodule("1").bias = (
            stages["stem"].module.get_submodule("1").bias
        )
        return stages


@pytest.mark.parametrize("form", [_MovingForm(), _TiedForm()])
def test_a_frozen_stage_that_moves_is_an_error(form: SmallForm) -> None:
    """Nothing comes back that was not proven."""
    backbone = small_backbone(form)
    with pytest.raises(BackboneError, match="tensors of frozen stages changed during training"):
        tune(INPUT, settings("stem"), backbone=backbone)


@pytest.mark.parametrize(
    ("cut", "trainable", "message"),
    [
        ("stem", ("end",), "no stage 'end'; those with weights are stem, middle, last"),
        ("middle", ("middle",), "'middle' is to be trained but lies before the cut 'middle'"),
        ("stem", ("pool",), "'pool' owns no weights"),
        ("end", (), "no stage 'end'"),
    ],
)
def test_stages_that_cannot_be_trained(cut: str, trainable: Iterable[str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        tune(cut, settings(*trainable), data=None)


def test_a_head_of_another_width() -> None:
    features: NDArray[np.float64] = np.ones((4, 5))
    head = random_head(features, hidden=(), classes=3, seed=0)
    with pytest.raises(SettingError, match=r"reads 5 features but small ends in shape \(12,\)"):
        tune("middle", settings("last"), head=head)
