"""The finished model: what is saved is what is loaded; damage is always said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headstart.errors import HeadstartError, ModelError
from headstart.examples import MemorySource, Source
from headstart.model import FORMAT_VERSION, Model, load
from headstart.model import _load as module


@pytest.fixture
def model_copy(trained: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of a trained model that may be changed."""
    return Path(shutil.copytree(trained[1], tmp_path / "model"))


def described(directory: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((directory / "model.json").read_text("utf-8"))
    return values


def rewrite(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = described(directory)
    change(values)
    (directory / "model.json").write_text(json.dumps(values), "utf-8")


def assert_refused(directory: Path, match: str) -> None:
    with pytest.raises(ModelError, match=match) as raised:
        load(directory)
    assert "\n" not in str(raised.value)
    assert str(directory) in str(raised.value)


def probabilities(model: Model, files: list[Path]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([list(found.probabilities.values()) for found in model.predict(files)])


def test_a_saved_model_predicts_the_same_to_the_bit(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    files = sorted((trained[0] / "blobs").iterdir())[:3]
    first = load(trained[1])
    first.save(tmp_path)
    second = load(tmp_path)
    assert second.classes == first.classes == ("blobs", "checks", "stripes")
    assert probabilities(first, files).tobytes() == probabilities(second, files).tobytes()
    assert first.head.layers[0].weights.tobytes() == second.head.layers[0].weights.tobytes()
    assert first.backbone.fingerprint == second.backbone.fingerprint
    assert (tmp_path / "head.safetensors").read_bytes() == (
        trained[1] / "head.safetensors"
    ).read_bytes()
    for name, weights in first.backbone.weights.items():
        assert weights.tobytes() == second.backbone.weights[name].tobytes()


def test_frozen_means_frozen(trained: tuple[Path, Path]) -> None:
    from headstart.backbones import load_backbone

    model = load(trained[1])
    pretrained = load_backbone()
    stored = described(trained[1])["backbone"]
    names = [stage.name for stage in pretrained.stages]
    assert stored["frozen_sha256"] == pretrained.frozen_sha256(names)
    assert model.backbone.frozen_sha256(model.frozen) == pretrained.frozen_sha256(names)
    assert stored["stages"] == stored["frozen"] == names == list(model.frozen)
    assert stored["retrained"] == []
    assert model.retrained == ()


def test_what_model_json_says(trained: tuple[Path, Path]) -> None:
    values = described(trained[1])
    assert values["format"] == "headstart-model"
    assert values["format_version"] == FORMAT_VERSION
    assert values["command"] == "headstart train photos"
    assert values["input_kind"] == "photo"
    assert values["seed"] == 0
    assert values["tasks"] == [
        {"name": "label", "kind": "category", "classes": ["blobs", "checks", "stripes"]}
    ]
    assert values["head"]["layers"] == [[3, 1280]]
    assert values["head"]["origin"]["converged"] is True
    assert 0 <= values["head"]["origin"]["relative_gradient_norm"] <= 1e-5
    assert values["engine"].keys() >= {"name", "version", "precision", "threads", "instruction_set"}
    assert values["versions"].keys() >= {"python", "numpy", "openvino", "pillow", "simplejpeg"}
    assert values["files"].keys() == {"head.safetensors", "backbone.safetensors"}
    assert values["preprocessing"].keys() == {"size", "resize", "interpolation", "mean", "std"}


def test_predictions(trained: tuple[Path, Path], tmp_path: Path) -> None:
    photos, directory = trained
    broken = tmp_path / "broken.jpg"
    broken.write_text("not a photo")
    good = photos / "checks" / "0.png"
    inputs: list[str | Path | Source] = [
        good,
        broken,
        str(photos / "stripes" / "1.png"),
        MemorySource(good.read_bytes(), "m"),
    ]
    told: list[int] = []
    found = load(directory).predict(inputs, on_progress=told.append)
    assert [prediction.label for prediction in found] == ["checks", None, "stripes", "checks"]
    assert [prediction.name for prediction in found] == [*map(str, inputs[:3]), "m"]
    assert told == [1, 2, 3, 4]
    assert found[0].error is None
    assert sum(found[0].probabilities.values()) == pytest.approx(1)
    assert found[0].probability == max(found[0].probabilities.values())
    assert found[0].probabilities == found[3].probabilities
    assert found[1].probability is None
    assert found[1].probabilities == {}
    assert "begins with text" in str(found[1].error)


def test_predicting_nothing_and_nothing_readable(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    model = load(trained[1])
    assert model.predict([]) == []
    (found,) = model.predict([tmp_path / "missing.jpg"])
    assert found.label is None
    assert found.error == "does not exist"


def test_not_a_model_directory(tmp_path: Path) -> None:
    assert_refused(tmp_path / "missing", "there is no such model directory")
    assert_refused(tmp_path, "is not a model directory, it has no model.json")
    (tmp_path / "file").write_text("x")
    assert_refused(tmp_path / "file", "there is no such model directory")


@pytest.mark.parametrize("name", ["head.safetensors", "backbone.safetensors"])
def test_a_missing_file(model_copy: Path, name: str) -> None:
    (model_copy / name).unlink()
    assert_refused(model_copy, f"is incomplete, {name} cannot be read")


@pytest.mark.parametrize("name", ["head.safetensors", "backbone.safetensors"])
@pytest.mark.parametrize("at", [0, 0.5, -1])
def test_a_changed_byte(model_copy: Path, name: str, at: float) -> None:
    data = bytearray((model_copy / name).read_bytes())
    data[-1 if at < 0 else int(at * len(data))] ^= 1
    (model_copy / name).write_bytes(data)
    assert_refused(model_copy, f"is damaged, {name} is not what was saved")


@pytest.mark.parametrize("name", ["head.safetensors", "backbone.safetensors"])
def test_a_file_cut_short(model_copy: Path, name: str) -> None:
    data = (model_copy / name).read_bytes()
    (model_copy / name).write_bytes(data[: len(data) // 2])
    assert_refused(model_copy, f"is damaged, {name} is not what was saved")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"", "is damaged and cannot be read"),
        (b"{", "is damaged and cannot be read"),
        (b"\xff\xfe\x00", "is damaged and cannot be read"),
        (b"[" * 100_000, "is damaged and cannot be read"),
        (b"[]", "does not describe a headstart model"),
        (b"{}", "does not describe a headstart model"),
        (b'{"format": "other"}', "does not describe a headstart model"),
        (b'{"format": "headstart-model"}', "is damaged, it lacks"),
    ],
    ids=["empty", "cut", "bytes", "deep", "list", "object", "other", "bare"],
)
def test_wrong_json(model_copy: Path, text: bytes, match: str) -> None:
    (model_copy / "model.json").write_bytes(text)
    assert_refused(model_copy, match)


def test_a_newer_format(model_copy: Path) -> None:
    rewrite(model_copy, lambda v: v.update(format_version=99, headstart="9.9"))
    assert_refused(model_copy, "made by headstart 9.9 in a newer format .* pip install --upgrade")


_KEYS = ["backbone", "preprocessing", "engine", "tasks", "head", "files", "format_version"]


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [7]])
@pytest.mark.parametrize("key", _KEYS)
def test_a_garbled_entry(model_copy: Path, key: str, value: object) -> None:
    rewrite(model_copy, lambda v: v.update({key: value}))
    assert_refused(model_copy, "is damaged|newer format")


_INNER = [
    ("backbone", "name"), ("backbone", "file"), ("backbone", "form"), ("backbone", "fingerprint"),
    ("preprocessing", "size"), ("preprocessing", "mean"), ("preprocessing", "interpolation"),
    ("engine", "precision"), ("head", "file"), ("head", "layers"),
]  # fmt: skip


@pytest.mark.parametrize("value", [None, 7, "text", [], {}])
@pytest.mark.parametrize(("key", "inner"), _INNER)
def test_a_garbled_entry_of_an_entry(model_copy: Path, key: str, inner: str, value: object) -> None:
    rewrite(model_copy, lambda v: v[key].update({inner: value}))
    assert_refused(model_copy, "is damaged|is incomplete|another version|newer|no network named")


@pytest.mark.parametrize("value", [None, 7, "stem", {}, ["stem", 7], ["stem", "nonsense"]])
def test_garbled_names_of_retrained_stages(model_copy: Path, value: object) -> None:
    rewrite(model_copy, lambda v: v["backbone"].update(retrained=value))
    assert_refused(model_copy, "is damaged.*the retrained stages are")


@pytest.mark.parametrize("value", [None, 7, "solver", []])
def test_a_garbled_origin_of_the_head(model_copy: Path, value: object) -> None:
    rewrite(model_copy, lambda v: v["head"].update(origin=value))
    assert_refused(model_copy, "is damaged.*how the head was made")


def test_an_older_format(model_copy: Path) -> None:
    rewrite(model_copy, lambda v: v.update(format_version=1, headstart="0.1.0"))
    assert_refused(model_copy, "made by headstart 0.1.0 in an older format .* train again")


@pytest.mark.parametrize("layers", [[], [[3, 1280], [3, 3]], [[3, 1280]] * 3])
def test_layers_that_the_head_does_not_have(model_copy: Path, layers: object) -> None:
    rewrite(model_copy, lambda v: v["head"].update(layers=layers))
    assert_refused(model_copy, "is damaged")


@pytest.mark.parametrize(
    "classes", [None, 7, "abc", ["a"], ["a", "b"], ["a", "b", "c", "d"], [1, 2, 3], ["a", "a", "b"]]
)
def test_classes_that_do_not_fit_the_head(model_copy: Path, classes: object) -> None:
    rewrite(model_copy, lambda v: v["tasks"][0].update(classes=classes))
    assert_refused(model_copy, "is damaged")


@pytest.mark.parametrize("outside", ["../secret", "/etc/passwd", "..", ".", "sub/../../secret"])
@pytest.mark.parametrize("key", ["backbone", "head"])
def test_a_path_that_leads_outside_is_not_followed(
    model_copy: Path, tmp_path: Path, key: str, outside: str
) -> None:
    """Even where the file outside has just the bytes that the model promises."""
    name = f"{key}.safetensors"
    (model_copy / name).rename(tmp_path / "secret")

    def lead_outside(values: dict[str, Any]) -> None:
        values[key]["file"] = outside
        values["files"][outside] = values["files"].pop(name)

    rewrite(model_copy, lead_outside)
    assert_refused(model_copy, "is incomplete|is damaged")


def test_weights_of_another_network(model_copy: Path) -> None:
    rewrite(model_copy, lambda v: v["backbone"].update(fingerprint="00" * 32))
    assert_refused(model_copy, "was trained on another version of efficientnet_lite0")


def test_tensors_are_read_in_the_order_of_saving(model_copy: Path) -> None:
    """safetensors hands tensors out in any order; the fingerprint must not see it."""
    for _ in range(3):
        assert (
            load(model_copy).backbone.fingerprint
            == described(model_copy)["backbone"]["fingerprint"]
        )


def test_a_bf16_model_runs_in_f32_where_there_is_no_bf16_and_says_so(
    model_copy: Path, trained: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(model_copy, lambda v: v["engine"].update(precision="bf16"))
    monkeypatch.setattr(module, "has_bf16", lambda: False)
    monkeypatch.setattr(module, "has_gpu_engine", lambda: False)
    model = load(model_copy)
    assert model.engine.precision == "f32"
    (note,) = model.notes
    assert "trained in bfloat16" in note
    assert "runs in float32" in note
    found = model.predict([trained[0] / "checks" / "0.png"])
    assert found[0].label == "checks"


def test_an_f32_model_says_nothing(trained: tuple[Path, Path]) -> None:
    if described(trained[1])["engine"]["precision"] != "f32":
        pytest.skip("this processor computes in bfloat16")
    assert load(trained[1]).notes == ()
    assert load(trained[1]).engine.precision == "f32"


def test_every_error_of_a_model_is_ours() -> None:
    assert issubclass(ModelError, HeadstartError)
    assert issubclass(ModelError, ValueError)


def test_another_precision_is_another_dataset(trained: tuple[Path, Path]) -> None:
    model = load(trained[1])
    key = model.dataset_key()
    precision = "f32" if model.engine.precision == "bf16" else "bf16"
    for change in ({"precision": precision}, {"version": "0"}, {"instruction_set": "other"}):
        other = replace(model, engine=replace(model.engine, **change))  # type: ignore[arg-type]
        assert other.dataset_key().canonical() != key.canonical()
    # The same rows serve any number of threads: they are the same to the bit.
    threads = replace(model, engine=replace(model.engine, threads=17))
    assert threads.dataset_key() == key
