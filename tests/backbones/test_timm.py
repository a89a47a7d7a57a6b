"""Models of timm as stages: the same function, in PyTorch and in OpenVINO."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("timm")

import timm
import torch
from safetensors.numpy import save_file

from headstart.backbones import MEAN_POOL, Backbone, drop_stages, load_backbone
from headstart.backbones._efficientnet_lite0 import TIMM_ARGUMENTS, builtin_weights
from headstart.errors import BackboneError, SettingError

SMALL = {
    # an inverted-residual network, a residual one, and two with other blocks
    "test_efficientnet": ["stem", *(f"blocks.{group}" for group in range(5)), "conv_head", "pool"],
    "test_resnet": ["stem", "layer1", "layer2", "layer3", "layer4", "pool"],
    "test_convnext": ["stem", "stages.0", "stages.1", "stages.2", "stages.3", "pool", "head.norm"],
    "test_byobnet": ["stem", "stages.0", "stages.1", "stages.2", "stages.3", "pool"],
    # vision transformers: with class token, with average pooling
    "test_vit": ["stem", *(f"blocks.{block}" for block in range(6)), "norm", "pool"],
    "test_vit2": ["stem", *(f"blocks.{block}" for block in range(8)), "pool", "fc_norm"],
    # feature maps with channels last inside
    "test_mambaout": ["stem", "stages.0", "stages.1", "stages.2", "stages.3", "pool", "head.norm"],
}
"""Stages of timm's networks for tests, which read photos of 160 pixels."""

FULL_SIZE = ["mobilenetv2_100", "resnet18", "convnext_atto", "vit_tiny_patch16_224",
             "deit_tiny_patch16_224", "regnetx_002", "mobilenetv3_small_100", "edgenext_xx_small",
             "levit_128s", "swin_tiny_patch4_window7_224"]  # fmt: skip


def random_backbone(name: str) -> Backbone:
    return load_backbone(f"timm:{name}", weights="random")


def expected_of(backbone: Backbone, pixels: Any) -> Any:
    """What timm computes of the pixels before its output layer."""
    name = backbone.name.removeprefix("timm:")
    arguments = backbone.form.describe()["arguments"]
    model = timm.create_model(name, num_classes=0, **arguments).eval()
    state = {key: torch.from_numpy(array.copy()) for key, array in backbone.weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(key.endswith("num_batches_tracked") for key in missing)
    preprocessing = backbone.photos
    scaled = torch.from_numpy((pixels / 255 - preprocessing.mean) / preprocessing.std)
    with torch.inference_mode():
        return model(scaled.float().permute(0, 3, 1, 2)).numpy()


def assert_close(found: Any, expected: Any) -> None:
    assert found.shape == expected.shape
    assert np.linalg.norm(found - expected) <= 1e-4 * np.linalg.norm(expected)


def assert_same_function(backbone: Backbone, pixels: Any, run_graph: Any, run_torch: Any) -> None:
    """All stages together are timm's function; each stage is the same in both engines."""
    expected = expected_of(backbone, pixels)
    cuts = [stage.name for stage in backbone.stages]
    graphed, in_torch = run_graph(backbone, cuts, pixels), run_torch(backbone, cuts, pixels)
    assert list(graphed) == list(in_torch) == [f"{cut}/features" for cut in cuts]
    for stage in backbone.stages:
        found = graphed[f"{stage.name}/features"]
        assert found.shape == (1, *stage.output_shape)
        assert_close(found, in_torch[f"{stage.name}/features"])
    assert_close(graphed[f"{cuts[-1]}/features"], expected)
    assert_close(in_torch[f"{cuts[-1]}/features"], expected)


@pytest.mark.parametrize("name", SMALL)
def test_stages_and_function(name: str, pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = random_backbone(name)
    assert [stage.name for stage in backbone.stages] == SMALL[name]
    assert backbone.name == f"timm:{name}"
    assert "random weights" in backbone.origin
    assert len(backbone.stages[-1].output_shape) == 1
    assert_same_function(backbone, pixels(backbone), run_graph, run_torch)


@pytest.mark.parametrize("name", SMALL)
def test_batches_and_gradients(name: str) -> None:
    """An example's activations do not depend on its batch; every parameter can be trained."""
    backbone = random_backbone(name)
    stages = backbone.torch_stages()
    photos = torch.randn(3, 3, 160, 160, generator=torch.Generator().manual_seed(2))

    def features(batch: Any) -> Any:
        arrays = {"features": batch}
        for stage in stages.values():
            arrays = stage(arrays)
        return arrays["features"]

    together = features(photos)
    alone = torch.cat([features(photo[None]) for photo in photos])
    assert_close(together.detach().numpy(), alone.detach().numpy())
    # not the plain sum, which a norm at the end makes constant
    (
        together * torch.randn(together.shape, generator=torch.Generator().manual_seed(1))
    ).sum().backward()
    for stage in backbone.stages:
        tensors = stages[stage.name].tensors()
        for key in stage.parameters:
            assert tensors[key].grad is not None, key


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL_SIZE)
def test_networks_in_use(name: str, pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = random_backbone(name)
    assert_same_function(backbone, pixels(backbone), run_graph, run_torch)


def test_random_weights_are_seeded_and_leave_the_callers_numbers_alone() -> None:
    torch.manual_seed(3)
    first = random_backbone("test_efficientnet")
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.rand(1) == drawn
    assert random_backbone("test_efficientnet").fingerprint == first.fingerprint
    assert first.fingerprint != random_backbone("test_resnet").fingerprint


def test_every_tensor_belongs_to_one_stage() -> None:
    for name in ("test_efficientnet", "test_vit"):
        backbone = random_backbone(name)
        names = [key for stage in backbone.stages for key in stage.tensors]
        model = timm.create_model(name, num_classes=0)
        expected = {key for key in model.state_dict() if not key.endswith("num_batches_tracked")}
        assert len(names) == len(set(names))
        assert set(names) == expected == set(backbone.weights)
        parameters = [key for stage in backbone.stages for key in stage.parameters]
        assert sorted(parameters) == sorted(key for key, _ in model.named_parameters())


def test_torch_stages_have_weights_of_their_own() -> None:
    backbone = random_backbone("test_efficientnet")
    before = backbone.frozen_sha256(stage.name for stage in backbone.stages)
    stages = backbone.torch_stages()
    for stage in backbone.stages:
        tensors = stages[stage.name].tensors()
        assert set(tensors) == set(stage.tensors)
        assert not stages[stage.name].training
        with torch.no_grad():
            for tensor in tensors.values():
                tensor.fill_(7)
        assert all(tensors[name].requires_grad for name in stage.parameters)
    # Of another object: a network remembers its hashes.
    assert before == replace(backbone).frozen_sha256(stage.name for stage in backbone.stages)
    again = backbone.torch_stages()["conv_head"].tensors()
    np.testing.assert_array_equal(
        again["conv_head.weight"].detach().numpy(), backbone.weights["conv_head.weight"]
    )


def test_statistics_move_only_where_they_are_learned() -> None:
    stage = random_backbone("test_efficientnet").torch_stages()["stem"]
    photo = {"features": torch.randn(2, 3, 160, 160)}
    mean = stage.tensors()["bn1.running_mean"]
    with torch.no_grad():
        stage(photo)
        assert not mean.any()
        stage.learn_statistics(True)
        stage(photo)
        assert mean.any()
        kept = mean.clone()
        stage.learn_statistics(False)
        stage(photo)
    assert torch.equal(mean, kept)


def test_the_graph_follows_changed_weights(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = random_backbone("test_efficientnet")
    shift = np.full_like(backbone.weights["bn1.bias"], 0.5)
    changed = backbone.with_weights({"bn1.bias": shift})
    photo, cut = pixels(backbone), [backbone.last_cut]
    before = run_graph(backbone, cut, photo)["pool/features"]
    after = run_graph(changed, cut, photo)["pool/features"]
    assert not np.allclose(before, after)
    assert_close(after, run_torch(changed, cut, photo)["pool/features"])


@pytest.mark.parametrize(
    ("name", "count", "names"),
    [
        ("test_efficientnet", 4, ["stem", "blocks.0", "blocks.1", MEAN_POOL]),
        ("test_vit", 5, ["stem", "blocks.0", "blocks.1", MEAN_POOL]),
        ("test_convnext", 1, [*SMALL["test_convnext"][:-1], MEAN_POOL]),
    ],
)
def test_dropped_stages(
    name: str, count: int, names: list[str], pixels: Any, run_graph: Any, run_torch: Any
) -> None:
    backbone = drop_stages(random_backbone(name), count)
    assert [stage.name for stage in backbone.stages] == names
    photo, cuts = pixels(backbone), names[-2:]
    graphed, in_torch = run_graph(backbone, cuts, photo), run_torch(backbone, cuts, photo)
    assert graphed.keys() == in_torch.keys() == {f"{cut}/features" for cut in cuts}
    for key, found in graphed.items():
        assert_close(found, in_torch[key])
    last = in_torch[f"{names[-2]}/features"]
    axes = {4: (2, 3), 3: (1,), 2: ()}[last.ndim]
    if last.ndim == 4 and names[-2] != "pool":
        assert_close(graphed[f"{MEAN_POOL}/features"], last.mean(axis=axes))
    assert graphed[f"{MEAN_POOL}/features"].shape == (1, *backbone.stages[-1].output_shape)


def test_the_built_in_network_from_timm_has_the_same_stages(tmp_path: Path) -> None:
    save_file(builtin_weights(), tmp_path / "lite0.safetensors")
    recipe = {"architecture": "efficientnet_lite0", "create_model_args": TIMM_ARGUMENTS,
              "mean": [0.5] * 3, "std": [0.5] * 3, "licence": "Apache-2.0"}  # fmt: skip
    (tmp_path / "lite0.json").write_text(json.dumps(recipe), "utf-8")
    found = load_backbone("timm:efficientnet_lite0", weights=tmp_path / "lite0.safetensors")
    ours = load_backbone()
    assert found.photos == ours.photos
    assert "lite0.safetensors" in found.origin
    assert "Apache-2.0" in found.origin
    for one, other in zip(found.stages, ours.stages, strict=True):
        assert one.name == other.name
        assert one.outputs == other.outputs
        assert one.flops == other.flops
        assert one.tensors == other.tensors
        assert set(one.parameters) == set(other.parameters)
    for name, array in ours.weights.items():
        np.testing.assert_array_equal(found.weights[name], array)


@pytest.mark.parametrize("name", ["mobilenetv2_100_imagenet", "mobilenetv2_100_inat_insects"])
def test_the_shared_networks(
    name: str, shared_weights: Path, pixels: Any, run_graph: Any, run_torch: Any
) -> None:
    backbone = load_backbone("timm:mobilenetv2_100", weights=shared_weights / f"{name}.safetensors")
    assert backbone.photos.mean == (0.5, 0.5, 0.5)
    assert "bn_eps=0.001 pad_type=same" in backbone.architecture
    assert "Apache-2.0" in backbone.origin
    photo = pixels(backbone)
    expected = expected_of(backbone, photo)
    for run in (run_graph, run_torch):
        assert_close(run(backbone, ["pool"], photo)["pool/features"], expected)


def test_flops_are_those_of_multiplying_and_adding() -> None:
    stem = random_backbone("test_vit").stages[0]
    # a convolution from 3 to 64 channels, 16 by 16, at 10 by 10 places
    assert stem.flops == 2 * 100 * 64 * 3 * 16 * 16
    assert stem.output_shape == (101, 64)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("vit_tiny_patch17_224", "no model named 'vit_tiny_patch17_224'; near it are vit_tiny"),
        ("hf-hub:timm/resnet18", "no model named 'hf-hub:timm/resnet18'"),
        ("local-dir:/tmp", "no model named"),
        ("../resnet18", "no model named"),
        ("resnet18.nope", "Invalid pretrained tag .nope. .*resnet18.a1_in1k"),
    ],
)
def test_unknown_models(name: str, match: str) -> None:
    with pytest.raises(SettingError, match=match):
        load_backbone(f"timm:{name}", weights="random")


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("crossvit_9_240", "cannot be cut before blocks.0: more than one tensor passes"),
        ("inception_v3", "calls no groups of blocks.*backbone_from_module"),
        ("hrnet_w18_small", "cannot be traced.*backbone_from_module"),
    ],
)
def test_what_cannot_be_split_says_so(name: str, match: str) -> None:
    with pytest.raises(BackboneError, match=match) as raised:
        random_backbone(name)
    assert "\n" not in str(raised.value)
