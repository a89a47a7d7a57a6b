"""Networks of others out of a model directory: they predict without PyTorch."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("timm")

from safetensors.numpy import load_file, save_file
from torch import nn

from headstart.backbones import (
    Backbone,
    PhotoPreprocessing,
    backbone_from_module,
    drop_stages,
    import_openvino,
    load_backbone,
    restore_backbone,
)
from headstart.backbones._graph import stages_as_json, stages_from_json
from headstart.errors import BackboneError, SettingError


def saved(backbone: Backbone, directory: Path) -> dict[str, Any]:
    """As a model directory keeps it."""
    graph = backbone.form.graph(backbone, (backbone.last_cut,))
    import_openvino().save_model(graph, str(directory / "network.xml"), compress_to_fp16=False)
    save_file(
        {name: np.ascontiguousarray(array) for name, array in backbone.weights.items()},
        directory / "backbone.safetensors",
    )
    described = {"name": backbone.name, "form": backbone.form.describe()}
    (directory / "model.json").write_text(json.dumps(described), "utf-8")
    return described


def restored(directory: Path) -> Backbone:
    described = json.loads((directory / "model.json").read_text("utf-8"))
    return restore_backbone(described, load_file(directory / "backbone.safetensors"), directory)


def own_network() -> Backbone:
    network = nn.Sequential(
        nn.Conv2d(3, 8, 4, stride=4), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3)
    )
    preprocessing = PhotoPreprocessing(size=32, resize=32, mean=(0.5,) * 3, std=(0.5,) * 3)
    return backbone_from_module(
        network, stages=["0", "1", "2", "3"], preprocessing=preprocessing, name="mine"
    )


def networks(kind: str) -> Backbone:
    if kind == "module":
        return own_network()
    if kind == "module dropped":
        return drop_stages(own_network(), 1)
    backbone = load_backbone("timm:test_vit" if "vit" in kind else "timm:test_efficientnet",
                             weights="random")  # fmt: skip
    return drop_stages(backbone, 2) if "dropped" in kind else backbone


KINDS = ["timm", "timm dropped", "timm vit", "timm vit dropped", "module", "module dropped"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_is_what_is_loaded(
    kind: str, tmp_path: Path, pixels: Any, run_graph: Any, run_torch: Any
) -> None:
    backbone = networks(kind)
    first = backbone.weighted_stages[0].parameters[0]
    changed = {first: backbone.weights[first] * 1.5}
    backbone = backbone.with_weights(changed)  # as retraining does
    saved(backbone, tmp_path)
    again = restored(tmp_path)
    assert again.fingerprint == backbone.fingerprint
    assert again.stages == backbone.stages
    assert (again.name, again.architecture, again.origin, again.preprocessing) == (
        backbone.name, backbone.architecture, backbone.origin, backbone.preprocessing,
    )  # fmt: skip
    assert again.form.describe() == json.loads(json.dumps(backbone.form.describe()))
    photo, cut = pixels(backbone), [backbone.last_cut]
    key = f"{backbone.last_cut}/features"
    before = run_graph(backbone, cut, photo)[key]
    assert run_graph(again, cut, photo)[key].tobytes() == before.tobytes()
    if kind.startswith("timm"):
        np.testing.assert_allclose(run_torch(again, cut, photo)[key], before, atol=1e-4)
    else:
        with pytest.raises(BackboneError, match=r"a module of your own.*must be given again"):
            again.torch_stages()


def test_a_restored_network_can_be_saved_again(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    saved(networks("timm dropped"), tmp_path / "first")
    saved(restored(tmp_path / "first"), tmp_path / "second")
    assert restored(tmp_path / "second").fingerprint == restored(tmp_path / "first").fingerprint


@pytest.mark.parametrize("kind", ["timm", "timm dropped", "timm vit"])
def test_every_cut_of_a_network_of_timm(
    kind: str, tmp_path: Path, pixels: Any, run_graph: Any, run_torch: Any
) -> None:
    """Made anew by timm, with the weights of the directory: also after more retraining."""
    backbone = networks(kind)
    saved(backbone, tmp_path)
    again = restored(tmp_path)
    last = backbone.weighted_stages[-1].parameters[0]
    changed = {last: backbone.weights[last] * 1.5}
    photo, cuts = pixels(backbone), [stage.name for stage in backbone.stages]
    for one, other in (
        (backbone, again),
        (backbone.with_weights(changed), again.with_weights(changed)),
    ):
        before, after = run_graph(one, cuts, photo), run_graph(other, cuts, photo)
        in_torch = run_torch(other, cuts, photo)
        assert before.keys() == after.keys() == in_torch.keys()
        for key, array in before.items():
            assert after[key].tobytes() == array.tobytes()
            np.testing.assert_allclose(in_torch[key], array, atol=1e-4)
    assert not again.only_head


@pytest.mark.parametrize("kind", ["module", "module dropped"])
def test_a_module_of_ones_own_has_its_last_cut_only(kind: str, tmp_path: Path) -> None:
    saved(networks(kind), tmp_path)
    backbone = restored(tmp_path)
    assert "must be given again" in backbone.only_head
    with pytest.raises(BackboneError, match=r"a module of your own.*must be given again"):
        backbone.form.graph(backbone, ("0",))
    other = backbone.with_weights({"0.bias": backbone.weights["0.bias"] + 1})
    with pytest.raises(BackboneError, match="a module of your own"):
        other.form.graph(other, (other.last_cut,))


def test_stages_are_thrown_away_once(tmp_path: Path) -> None:
    saved(networks("timm dropped"), tmp_path)
    with pytest.raises(SettingError, match="without its last 2 stages already"):
        drop_stages(restored(tmp_path), 1)


def test_a_directory_without_its_graph(tmp_path: Path) -> None:
    saved(networks("module"), tmp_path)
    (tmp_path / "network.xml").write_text("<damaged", "utf-8")
    backbone = restored(tmp_path)
    with pytest.raises(BackboneError, match=r"network.xml: the network cannot be read") as raised:
        backbone.form.graph(backbone, (backbone.last_cut,))
    assert "\n" not in str(raised.value)


def test_missing_tensors_are_named(tmp_path: Path) -> None:
    described = saved(networks("timm"), tmp_path)
    weights = load_file(tmp_path / "backbone.safetensors")
    del weights["bn1.bias"]
    with pytest.raises(BackboneError, match=r"lack bn1.bias"):
        restore_backbone(described, weights, tmp_path)


def test_another_timm_is_noticed(tmp_path: Path) -> None:
    saved(networks("timm"), tmp_path)
    backbone = restored(tmp_path)
    described = backbone.form.describe()
    form = replace(backbone.form, described={**described, "model": "test_resnet"})  # type: ignore[type-var]
    with pytest.raises(BackboneError, match="makes another network of the name test_resnet"):
        replace(backbone, form=form).torch_stages()


def test_an_unknown_kind_asks_for_an_update(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="of kind 'quantum'; update it"):
        restore_backbone({"name": "x", "form": {"kind": "quantum"}}, {}, tmp_path)


def test_stages_survive_json() -> None:
    stages = load_backbone().stages
    assert stages_from_json(json.loads(json.dumps(stages_as_json(stages)))) == stages


def test_predicting_imports_no_pytorch(tmp_path: Path) -> None:
    saved(networks("timm"), tmp_path)
    code = """
import json, sys
from pathlib import Path
from safetensors.numpy import load_file
from headstart.backbones import import_openvino, restore_backbone
directory = Path(sys.argv[1])
described = json.loads((directory / "model.json").read_text("utf-8"))
backbone = restore_backbone(described, load_file(directory / "backbone.safetensors"), directory)
import_openvino().Core().compile_model(backbone.form.graph(backbone, ("pool",)), "CPU")
assert not {"torch", "timm", "sklearn"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
