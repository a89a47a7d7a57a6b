"""The built-in network: the same function as timm's, the right weights, and it sees."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import INPUT, Backbone, import_openvino, load_backbone
from headstart.backbones._efficientnet_lite0 import (
    TIMM_ARGUMENTS,
    builtin_weights,
    classify,
    efficientnet_lite0,
)
from headstart.backbones._legacy_weights import read_legacy_weights
from headstart.errors import BackboneError, SettingError
from headstart.media import encode_photo, load_photo

CATS = {281, 282, 285}  # tabby, tiger cat, Egyptian cat
ESPRESSO = 967


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone()


def photo(name: str) -> NDArray[np.uint8]:
    from skimage import data

    preprocessing = load_backbone().photos
    encoded = encode_photo(getattr(data, name)())
    return load_photo(encoded, name, resize=preprocessing.resize, size=preprocessing.size)


def timm_model() -> Any:
    timm, torch = pytest.importorskip("timm"), pytest.importorskip("torch")
    model = timm.create_model("efficientnet_lite0", pretrained=False, **TIMM_ARGUMENTS).eval()
    state = {name: torch.from_numpy(array.copy()) for name, array in builtin_weights().items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert all(name.endswith("num_batches_tracked") for name in missing)
    assert not unexpected
    return model


def test_every_stage_agrees_with_timm(backbone: Backbone, run_graph: Any, run_torch: Any) -> None:
    model = timm_model()
    import torch

    pixels = photo("chelsea")[None]
    stem = torch.nn.Sequential(model.conv_stem, model.bn1)
    head = torch.nn.Sequential(model.conv_head, model.bn2)
    cuts = [stage.name for stage in backbone.stages]
    graphed, in_torch = run_graph(backbone, cuts, pixels), run_torch(backbone, cuts, pixels)
    with torch.inference_mode():
        value = torch.from_numpy((pixels / 255 - 0.5) / 0.5).float().permute(0, 3, 1, 2)
        modules = [stem, *model.blocks, head, model.global_pool]
        for stage, module in zip(backbone.stages, modules, strict=True):
            value = module(value)
            expected = value.numpy()
            for found in (graphed, in_torch):
                array = found[f"{stage.name}/features"]
                assert array.shape[1:] == stage.output_shape
                error = np.linalg.norm(array - expected) / np.linalg.norm(expected)
                assert error < 1e-4, stage.name


@pytest.mark.parametrize(("name", "classes"), [("chelsea", CATS), ("coffee", {ESPRESSO})])
def test_it_sees_what_is_there(backbone: Backbone, name: str, classes: set[int]) -> None:
    openvino = import_openvino()
    features = backbone.form.graph(backbone, (backbone.last_cut,))
    logits = classify(builtin_weights(), features.outputs[0].get_node().input_value(0))
    model = openvino.Model([logits], features.get_parameters())
    scores = openvino.Core().compile_model(model, "CPU")([photo(name)[None]])[0][0]
    assert int(scores.argmax()) in classes


def test_the_stages(backbone: Backbone) -> None:
    names = ["stem", *(f"blocks.{group}" for group in range(7)), "conv_head", "pool"]
    assert [stage.name for stage in backbone.stages] == names
    assert [stage.name for stage in backbone.weighted_stages] == names[:-1]
    assert backbone.stages_before(INPUT) == ()
    assert backbone.stages_after(INPUT) == backbone.stages
    assert backbone.output_shapes(INPUT) == {"features": (224, 224, 3)}
    assert backbone.stages[-1].output_shape == (1280,)
    assert sum(backbone.parameters(stage) for stage in backbone.stages) == 3_371_008
    for stage in backbone.stages:
        assert not any("running" in name for name in stage.parameters)
        assert set(stage.parameters) <= set(stage.tensors)


def test_all_tensors_of_the_file_are_read() -> None:
    weights = builtin_weights()
    assert len(weights) == 247
    assert weights["conv_stem.weight"].shape == (32, 3, 3, 3)
    assert all(np.isfinite(array).all() for array in weights.values())


def test_the_tensors_are_those_that_pytorch_reads() -> None:
    torch = pytest.importorskip("torch")
    from headstart.backbones._efficientnet_lite0 import _weight_file

    stored = torch.load(_weight_file(), weights_only=True, map_location="cpu")
    expected = [tensor.numpy() for tensor in stored.values() if tensor.dtype == torch.float32]
    for ours, theirs in zip(builtin_weights().values(), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_weight_file_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "weights.pth"
    wrong.write_bytes(b"not these")
    found = hashlib.sha256(b"not these").hexdigest()[:16]
    with pytest.raises(BackboneError, match=rf"not the expected weights.*{found}"):
        read_legacy_weights(wrong, "efficientnet_lite0.json")


def test_a_missing_weight_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"cannot be read.*reinstall headstart"):
        read_legacy_weights(tmp_path / "absent.pth", "efficientnet_lite0.json")


def test_hash_and_fingerprint_follow_every_weight_and_buffer(backbone: Backbone) -> None:
    weights = {name: array.copy() for name, array in backbone.weights.items()}
    assert efficientnet_lite0(weights).fingerprint == backbone.fingerprint
    weights["bn2.running_var"][17] *= 1.0001
    changed = efficientnet_lite0(weights)
    before = [stage.name for stage in backbone.stages_before("blocks.6")]
    assert changed.fingerprint != backbone.fingerprint
    assert changed.frozen_sha256(before) == backbone.frozen_sha256(before)
    assert changed.frozen_sha256(["conv_head"]) != backbone.frozen_sha256(["conv_head"])


class Counted(dict[str, NDArray[np.float32]]):
    """Weights that count how often one is asked for."""

    asked = 0

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        self.asked += 1
        return super().__getitem__(name)


def test_hashes_of_leading_stages_are_taken_in_one_pass_and_remembered(backbone: Backbone) -> None:
    counted = Counted(backbone.weights)
    network = replace(backbone, weights=counted)
    cuts = [INPUT, *(stage.name for stage in network.stages)]
    found = network.sha256_before(cuts)
    assert counted.asked == len(backbone.weights)
    for cut in cuts:
        names = [stage.name for stage in network.stages_before(cut)]
        assert found[cut] == network.frozen_sha256(names)
        alone = replace(backbone, stages=tuple(network.stages_before(cut)))
        assert found[cut] == alone.frozen_sha256(names)
    assert network.fingerprint == backbone.fingerprint
    assert counted.asked == len(backbone.weights)
    network.frozen_sha256(["conv_head"])
    assert counted.asked > len(backbone.weights)


def test_other_weights_must_fit(backbone: Backbone) -> None:
    norm = np.zeros(32, np.float32)
    changed = backbone.with_weights({"bn1.bias": norm})
    assert changed.weights["bn1.bias"] is norm
    assert backbone.weights["bn1.bias"].any()
    with pytest.raises(SettingError, match=r"no tensor 'bn1.bias' of shape \(31,\)"):
        backbone.with_weights({"bn1.bias": norm[1:]})


def test_an_unknown_cut_names_the_stages(backbone: Backbone) -> None:
    with pytest.raises(SettingError, match=r"no stage 'middle'; its stages are stem, blocks\.0"):
        backbone.stages_before("middle")


def test_an_unknown_network_names_those_there_are() -> None:
    with pytest.raises(SettingError, match=r"'resnet'; there is efficientnet_lite0"):
        load_backbone("resnet")


def test_it_brings_its_own_weights() -> None:
    with pytest.raises(SettingError, match=r"comes with its weights.*timm:efficientnet_lite0"):
        load_backbone(weights="lite0.safetensors")
