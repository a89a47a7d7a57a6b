"""Weights of others: found on this machine, read without running code, matched exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("timm")

import timm
import torch
from safetensors.torch import save_file

from headstart.backbones import Backbone, load_backbone
from headstart.backbones._weights import read_tensors
from headstart.errors import BackboneError

NAME = "timm:test_efficientnet"
REPOSITORY = "timm/test_efficientnet.r160_in1k"

Save = Callable[[dict[str, Any], Path], object]


def tensors() -> dict[str, Any]:
    """Of the whole network with its output layer, as they are published."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        state: dict[str, Any] = timm.create_model("test_efficientnet").state_dict()
        return state


def assert_has(backbone: Backbone, expected: dict[str, Any]) -> None:
    for name, array in backbone.weights.items():
        np.testing.assert_array_equal(array, expected[name].numpy())


def parallel(state: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": 3, "state_dict": {f"module.{key}": one for key, one in state.items()}}


@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("weights.safetensors", save_file),
        ("weights.pth", torch.save),
        ("weights.pt", lambda state, path: torch.save(parallel(state), path)),
        ("weights.bin", lambda state, path: torch.save({"model": state}, path)),
    ],
)
def test_files_that_are_read(tmp_path: Path, name: str, save: Save) -> None:
    state = tensors()
    save(state, tmp_path / name)
    backbone = load_backbone(NAME, weights=str(tmp_path / name))
    assert_has(backbone, state)
    assert not any("classifier" in key for key in backbone.weights)
    assert name in backbone.origin
    assert str(tmp_path) not in backbone.origin


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    state = {
        key: one.bfloat16() if one.is_floating_point() else one for key, one in tensors().items()
    }
    save_file(state, tmp_path / "w.safetensors")
    backbone = load_backbone(NAME, weights=tmp_path / "w.safetensors")
    assert all(array.dtype == np.float32 for array in backbone.weights.values())
    np.testing.assert_array_equal(
        backbone.weights["conv_stem.weight"], state["conv_stem.weight"].float().numpy()
    )


class Runs:
    """What a pickle can do to who reads it."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_would_run_code_is_refused(tmp_path: Path, zipped: bool) -> None:
    marker, path = tmp_path / "it-ran", tmp_path / "evil.pt"
    content = {**tensors(), "extra": Runs(marker)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(BackboneError, match=r"evil.pt: cannot be read with weights_only.*refused"):
        load_backbone(NAME, weights=path)
    assert not marker.exists()
    torch.load(path, weights_only=False)
    assert marker.exists(), "the file would have run code"


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("w.pkl", b"x", r"read from \.safetensors files.*\.pkl is neither"),
        ("w", b"x", "a file without ending is neither"),
        ("w.safetensors", b"x", "is no safetensors file"),
        ("w.pth", b"x", "cannot be read with weights_only"),
        ("w.pth", b"", "cannot be read with weights_only"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BackboneError, match=match) as raised:
        load_backbone(NAME, weights=tmp_path / name)
    assert "\n" not in str(raised.value)


def test_what_is_not_tensors_by_name_is_refused(tmp_path: Path) -> None:
    for content in ([1, 2], {"a": 3}, {}, torch.zeros(2)):
        torch.save(content, tmp_path / "w.pt")
        with pytest.raises(BackboneError, match="something else than tensors by name"):
            read_tensors(tmp_path / "w.pt")
    with pytest.raises(BackboneError, match="there is no such weight file"):
        read_tensors(tmp_path / "absent.pt")


def test_tensors_must_match_exactly(tmp_path: Path) -> None:
    state = tensors()
    del state["conv_stem.weight"]
    state["bn1.bias"] = torch.zeros(3)
    state["blocks.9.weight"] = torch.zeros(3)
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(
        BackboneError,
        match=r"missing: conv_stem.weight; unexpected: blocks.9.weight; "
        r"shape: bn1.bias \(3,\) instead of \(24,\)",
    ):
        load_backbone(NAME, weights=tmp_path / "w.safetensors")


def test_weights_of_another_network_are_summed_up(tmp_path: Path) -> None:
    save_file(timm.create_model("test_resnet").state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(BackboneError, match=r"missing: .* and \d+ more; unexpected: .* more"):
        load_backbone(NAME, weights=tmp_path / "w.safetensors")


def recipe(folder: Path, **values: Any) -> Path:
    save_file(tensors(), folder / "w.safetensors")
    (folder / "w.json").write_text(json.dumps(values), "utf-8")
    return folder / "w.safetensors"


def test_a_recipe_is_followed(tmp_path: Path) -> None:
    path = recipe(
        tmp_path,
        architecture="test_efficientnet",
        library="timm",
        create_model_args={"bn_eps": 0.01},
        mean=[0.1, 0.2, 0.3],
        std=[1, 1, 1],
        input_size=[3, 96, 96],
        num_classes=17,
        licence="MIT",
        note="for a test",
    )
    backbone = load_backbone(NAME, weights=path)
    assert backbone.photos.size == 96
    assert backbone.photos.resize == 101  # timm's crop of this network, 0.95
    assert backbone.photos.mean == (0.1, 0.2, 0.3)
    assert backbone.architecture == "timm test_efficientnet bn_eps=0.01"
    assert backbone.origin.endswith("MIT, for a test")
    assert backbone.form.describe()["arguments"] == {"bn_eps": 0.01}
    (tmp_path / "w.json").unlink()
    plain = load_backbone(NAME, weights=path)
    assert plain.photos.size == 160
    assert plain.fingerprint != backbone.fingerprint


def test_all_faults_of_a_recipe_are_named(tmp_path: Path) -> None:
    path = recipe(
        tmp_path,
        architecture="resnet18",
        library="torchvision",
        create_model_args={"checkpoint_path": "/etc/passwd", "pretrained": True},
        mean=[0.1],
        std=[0, 1, 1],
        input_size=[1, 96, 97],
        crop_pct=0,
        licence=3,
    )
    with pytest.raises(BackboneError, match=r"w.json: does not fit") as raised:
        load_backbone(NAME, weights=path)
    for part in ("'torchvision'", "'resnet18'", "timm:resnet18", "checkpoint_path, pretrained",
                 "mean is", "std must", "input_size is", "crop_pct is", "licence"):  # fmt: skip
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("text", "match"),
    [("{", "cannot be read"), ("[]", "not an object"), ('{"create_model_args": []}', "not an obj"),
     ('{"create_model_args": {"nonsense": 1}}', "cannot make test_efficientnet with.*nonsense")],
)  # fmt: skip
def test_recipes_that_are_refused(tmp_path: Path, text: str, match: str) -> None:
    path = recipe(tmp_path)
    (tmp_path / "w.json").write_text(text, "utf-8")
    with pytest.raises(BackboneError, match=match):
        load_backbone(NAME, weights=path)


@pytest.mark.usefixtures("no_network")
def test_without_weights_only_this_machine_is_asked(hub: Path) -> None:
    with pytest.raises(BackboneError, match="are not on this machine") as raised:
        load_backbone(NAME)
    text = str(raised.value)
    where = f"model.safetensors of {REPOSITORY} would lie in {hub}"
    for part in (where, "--weights FILE", "--weights random", "--download"):
        assert part in text
    assert not hub.exists()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_weights_in_the_hubs_cache_are_used(hub: Path, file: str) -> None:
    folder = hub / f"models--{REPOSITORY.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0123", "utf-8")
    (folder / "snapshots" / "0123").mkdir(parents=True)
    state = tensors()
    save = save_file if file.endswith("safetensors") else torch.save
    save(state, folder / "snapshots" / "0123" / file)
    backbone = load_backbone(NAME)
    assert_has(backbone, state)
    assert f"{REPOSITORY}/{file}" in backbone.origin


@pytest.mark.usefixtures("no_network", "hub")
def test_weights_that_timm_keeps_elsewhere() -> None:
    with pytest.raises(BackboneError, match=r"gcvit_xxtiny at https://.*not on the hub"):
        load_backbone("timm:gcvit_xxtiny")
    with pytest.raises(BackboneError, match="nowhere, not on the hub"):
        load_backbone("timm:test_mambaout")


@pytest.mark.usefixtures("hub")
def test_a_download_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(*arguments: object, **settings: object) -> str:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    with pytest.raises(BackboneError, match=r"from timm/test_eff.*\(ConnectionError: no route to"):
        load_backbone(NAME, download=True)


@pytest.mark.usefixtures("hub")
def test_a_download_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError

    asked: list[tuple[str, str]] = []
    state = tensors()

    def fetch(repository: str, file: str, *, revision: str | None) -> str:
        asked.append((repository, file))
        if file == "model.safetensors":
            raise EntryNotFoundError("404")
        torch.save(state, tmp_path / file)
        return str(tmp_path / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    assert_has(load_backbone(NAME, download=True), state)
    assert asked == [(REPOSITORY, "model.safetensors"), (REPOSITORY, "pytorch_model.bin")]
