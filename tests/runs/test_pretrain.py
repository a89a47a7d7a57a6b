"""All layers from random weights: the model, going on after a kill, and what starts from it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("timm")

from tests.runs.small import (
    COUNT,
    assert_sound,
    described,
    photos,
    predictions,
    saved,
    settings,
    small_backbone,
    write_photo,
)

from headstart.backbones import load_backbone
from headstart.errors import BackboneError, DataError, ModelError, SettingError
from headstart.evaluation import TaskFigures
from headstart.examples import read_examples
from headstart.model import load, load_network
from headstart.report import write_report
from headstart.runs import (
    Event,
    Note,
    OnEvent,
    PretrainSettings,
    Progress,
    TrainRun,
    evaluate,
    ignore,
    pretrain,
    train,
    training_hashes,
)
from headstart.training import _checkpoint

SIZE = 32
EPOCHS = 3
STEP = "Pre-train"


def pre(
    data: Path, out: Path | None = None, *, on_event: OnEvent = ignore, **changes: Any
) -> TrainRun:
    usual: dict[str, Any] = {
        "architecture": "test_resnet", "size": SIZE, "epochs": EPOCHS, "threads": 1,
        "precision": "f32", "device": "cpu",
    }  # fmt: skip
    given = PretrainSettings(**(usual | changes))
    return pretrain(read_examples(data), given, out=out, data=str(data), on_event=on_event)


@pytest.fixture(scope="module")
def pretrained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainRun:
    """A network trained on three colours; not to be changed."""
    root = tmp_path_factory.mktemp("pretrained")
    return pre(data, root / "model", cache=root / "cache")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every step."""
    monkeypatch.setattr(_checkpoint, "SECONDS", 0.0)
    monkeypatch.setattr(_checkpoint, "SHARE_OF_TIME", 1e9)


def stop_after(steps: int, error: type[BaseException]) -> Callable[[Event], None]:
    """Stands for a kill, or for Ctrl-C, between two steps of the training."""
    seen = 0

    def on_event(event: Event) -> None:
        nonlocal seen
        if isinstance(event, Progress) and event.step == STEP:
            seen += 1
            if seen == steps:
                raise error

    return on_event


class Killed(Exception):  # noqa: N818 - not an error
    """Stands for a kill."""


def test_the_model_is_one_like_any_other(pretrained: TrainRun, data: Path) -> None:
    came = load_backbone("timm:test_resnet", weights="random", size=SIZE)
    names = [stage.name for stage in came.stages]
    model = assert_sound(pretrained, came, names, data)
    assert pretrained.directory is not None
    figures = evaluate(
        model, read_examples(data), trained_on=training_hashes(pretrained.directory)
    ).figures
    assert isinstance(figures, TaskFigures)
    held = pretrained.metrics["examples"]["test"]
    assert figures.examples == held
    assert figures.accuracy.value == pretrained.metrics["tasks"][0]["accuracy"]["value"]
    page = write_report(pretrained.directory).read_text("utf-8")
    assert "Trained for 3 epochs: stem" in page
    assert "trained with them from random weights" in page
    assert "The number of epochs was chosen without them too" in page
    assert "enalty" not in page
    assert "frozen part was computed" not in page


def test_figures_come_from_a_part_that_was_held_out(pretrained: TrainRun) -> None:
    assert pretrained.directory is not None
    rows = predictions(pretrained.directory)
    counts = pretrained.metrics["examples"]
    assert counts["train"] + counts["test"] == COUNT == len(rows)
    assert 0.1 <= counts["test"] / COUNT <= 0.2
    assert all((row["part"] == "test") == bool(row["predicted"]) for row in rows)
    assert any("held out for the figures" in note for note in pretrained.metrics["notes"])
    curve = pretrained.metrics["plan"]["curve"]
    assert len(curve["train"]) == len(curve["held_out"]) == EPOCHS + 1
    assert curve["held_out"][-1] == pytest.approx(
        pretrained.metrics["tasks"][0]["log_loss"]["value"], rel=1e-3
    )


def test_what_it_was_trained_on_is_told(pretrained: TrainRun, data: Path) -> None:
    assert pretrained.directory is not None
    network = load_network(pretrained.directory)
    told = network.trained_on
    assert told is not None
    assert (told.examples, told.classes) == (pretrained.metrics["examples"]["train"], 3)
    assert told.what == data.name
    assert described(pretrained.directory)["backbone"]["trained_on"] == told.as_dict()
    assert "all layers trained by headstart" in network.origin


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("steps", [1, 5, 9])
def test_killed_it_goes_on_to_the_same_bytes(
    steps: int, pretrained: TrainRun, data: Path, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {"cache": tmp_path / "cache"}
    with pytest.raises(Killed):
        pre(data, tmp_path / "out", on_event=stop_after(steps, Killed), **changes)
    assert not (tmp_path / "out").exists()
    shares: list[float] = []

    def on_event(event: Event) -> None:
        if isinstance(event, Progress) and event.step == STEP:
            shares.append(event.done / event.total)

    pre(data, tmp_path / "out", on_event=on_event, **changes)
    assert pretrained.directory is not None
    assert saved(tmp_path / "out") == saved(pretrained.directory)
    steps_an_epoch = 4  # 26 photos in batches of 8, of which the last two join
    assert len(shares) == EPOCHS * steps_an_epoch - steps, "it started from the beginning"
    assert shares[-1] == 1
    assert not list((tmp_path / "cache" / "journal").glob("*.checkpoint"))


@pytest.mark.usefixtures("always")
def test_an_interrupt_keeps_the_epochs_that_were_finished(
    pretrained: TrainRun, data: Path, tmp_path: Path
) -> None:
    notes: list[str] = []
    stop = stop_after(6, KeyboardInterrupt)

    def on_event(event: Event) -> None:
        notes.extend([event.text] if isinstance(event, Note) else [])
        stop(event)

    changes: dict[str, Any] = {"cache": tmp_path / "cache", "out": tmp_path / "out"}
    found = pre(data, on_event=on_event, **changes)
    assert found.metrics["plan"]["epochs"] == 1
    assert any("after 1 of 3 epochs; the same command goes on" in note for note in notes)
    assert load(tmp_path / "out", threads=1).retrained
    pre(data, **changes)
    assert pretrained.directory is not None
    assert saved(tmp_path / "out") == saved(pretrained.directory)


def test_an_interrupt_before_that_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        pre(data, tmp_path / "out", on_event=stop_after(2, KeyboardInterrupt), cache=tmp_path)
    assert not (tmp_path / "out").exists()


def test_everything_follows_from_the_seed(data: Path, tmp_path: Path) -> None:
    models = {}
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        pre(data, tmp_path / name, seed=seed, epochs=1, cache=tmp_path / f"cache {name}")
        models[name] = saved(tmp_path / name)
    assert models["one"] == models["same"]
    assert models["one"]["backbone.safetensors"] != models["other"]["backbone.safetensors"]


def test_augmentation_can_be_switched_off(data: Path, tmp_path: Path) -> None:
    found = [pre(data, augment=augment, cache=tmp_path) for augment in (True, False)]
    losses = [run.metrics["plan"]["curve"]["train"][1] for run in found]
    assert losses[0] != losses[1]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another task: two classes, photos of other shapes, grey ones and some with transparency."""
    root, random = tmp_path_factory.mktemp("other"), np.random.default_rng(8)
    for number in range(8):
        for name, level in (("dark", 60), ("light", 190)):
            shape = (40 + 5 * number, 90)
            pixels = np.clip(random.normal(level, 20, shape), 0, 255).astype(np.uint8)
            (root / name).mkdir(exist_ok=True)
            mode = ("L", "RGB", "RGBA", "P")[number % 4]
            Image.fromarray(pixels).convert(mode).save(root / name / f"{number}.png")
    return root


@pytest.mark.parametrize("retrain", ["head", "1", "all", "auto"])
def test_another_task_starts_from_it(
    retrain: str, pretrained: TrainRun, other: Path, tmp_path: Path
) -> None:
    """What stays frozen is the source's to the bit, and the source is not needed afterwards."""
    assert pretrained.directory is not None
    source = shutil.copytree(pretrained.directory, tmp_path / "source")
    came = load_network(source)
    given = settings(backbone=str(source), retrain=retrain, budget=60, cache=tmp_path / "cache")
    found = train(read_examples(other), given, out=tmp_path / "out")
    weighted = [stage.name for stage in came.weighted_stages]
    names = {"head": [], "1": weighted[-1:], "all": weighted}.get(retrain, found.model.retrained)
    assert found.metrics["tasks"][0]["classes"] == ["dark", "light"]
    model = assert_sound(found, came, names, other)
    assert model.backbone.trained_on == came.trained_on
    shutil.rmtree(source)
    assert load(tmp_path / "out", threads=1).predict([other / "dark" / "0.png"])[0].label
    if retrain == "1":
        twice = settings(backbone=tmp_path / "out", retrain="head", cache=tmp_path / "cache")
        again = train(read_examples(other), twice)
        assert f"{weighted[-1]} retrained to tell dark, light apart" in again.model.backbone.origin
        assert any("knows them already" in note for note in again.metrics["notes"])


def test_the_built_in_architecture(data: Path, other: Path, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"architecture": "efficientnet_lite0", "epochs": 1}
    pre(data, tmp_path / "source", cache=tmp_path, **changes)
    network = load_network(tmp_path / "source")
    assert network.photos.size == SIZE
    assert network.form.describe() == {"kind": "builtin"}
    given = settings(backbone=tmp_path / "source", retrain=1, cache=tmp_path)
    found = train(read_examples(other), given, out=tmp_path / "out")
    assert_sound(found, network, ["conv_head"], other)


def test_weights_to_go_on_from(pretrained: TrainRun, data: Path, tmp_path: Path) -> None:
    assert pretrained.directory is not None
    file = pretrained.directory / "backbone.safetensors"
    found = pre(data, tmp_path / "out", weights=file, epochs=1, cache=tmp_path)
    first = found.metrics["plan"]["curve"]["train"][1]
    assert first < pretrained.metrics["plan"]["curve"]["train"][1]
    told = found.model.backbone.trained_on
    assert told is not None
    assert "then" in told.what


def test_a_part_of_the_users_own_is_held_out(tmp_path: Path) -> None:
    photos(tmp_path / "photos" / "train")
    photos(tmp_path / "photos" / "test", each=3)
    found = pre(tmp_path / "photos", epochs=1, cache=tmp_path)
    counts = found.metrics["examples"]
    # The same seed draws the same photos: those of the test part are copies, and stay there.
    assert counts["test"] == 9
    assert counts["train"] <= COUNT


def test_groups_are_not_torn_apart(data: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{path},{path.parent.name},{number // 2}"
            for number, path in enumerate(sorted(data.rglob("*.png")))]  # fmt: skip
    table.write_text("\n".join(["file,label,group", *rows]))
    pre(table, tmp_path / "out", epochs=1, cache=tmp_path)
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8", newline="") as file:
        parts: dict[str, set[str]] = {}
        for row in csv.DictReader(file):
            parts.setdefault(row["group"], set()).add(row["part"])
    assert all(len(found) == 1 for found in parts.values())
    assert {"train"} in parts.values()
    assert {"test"} in parts.values()


def test_broken_files_are_set_aside(tmp_path: Path) -> None:
    data = photos(tmp_path / "photos", each=6)
    (data / "red" / "broken.png").write_bytes(b"no photo")
    found = pre(data, epochs=1, cache=tmp_path)
    assert [entry["file"] for entry in found.metrics["quarantined"]] == ["red/broken.png"]


def _one_class(root: Path) -> None:
    photos(root, classes=["red"])


def _nothing_readable(root: Path) -> None:
    for name in ("blue", "red"):
        (root / name).mkdir(parents=True)
        (root / name / "0.png").write_bytes(b"no photo")


def _one_of_each(root: Path) -> None:
    photos(root, each=1)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (_one_class, "only one class"),
        (_nothing_readable, "2 of 2 files cannot be read as photos"),
        (_one_of_each, "nothing can be held out to measure the model with"),
    ],
)
def test_data_that_cannot_be_used(make: Callable[[Path], None], match: str, tmp_path: Path) -> None:
    make(tmp_path / "photos")
    with pytest.raises(DataError, match=match):
        pre(tmp_path / "photos", tmp_path / "out", cache=tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"architecture": "no_such_net"}, "no model named 'no_such_net'"),
        ({"architecture": "efficientnet_lite0", "size": 8}, "cannot work on photos of 8 px"),
        ({"size": 4}, "size must be 8 pixels or more"),
        ({"epochs": 0, "batch_size": 1}, "epochs must be 1 or more.*batch_size must be 2 or more"),
        ({"learning_rate": -1.0}, "learning_rate must be above 0"),
    ],
)
def test_settings_that_cannot_be_used(changes: dict[str, Any], match: str, data: Path) -> None:
    with pytest.raises(SettingError, match=match):
        pre(data, **changes)


def test_what_is_no_model_is_not_replaced(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letters.txt").write_text("dear")
    with pytest.raises(ModelError, match="exists and is not a model directory"):
        pre(data, tmp_path / "out")


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        ("nowhere", SettingError, "efficientnet_lite0.*timm:NAME.*Directories"),
        ("empty", ModelError, "is not a model directory"),
    ],
)
def test_sources_that_are_none(
    source: str, error: type[Exception], match: str, data: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(error, match=match):
        train(read_examples(data), settings(backbone=source))


def test_weights_belong_to_a_name(pretrained: TrainRun, data: Path) -> None:
    with pytest.raises(SettingError, match="holds its own weights"):
        train(read_examples(data), settings(backbone=pretrained.directory, weights="random"))


def test_a_module_of_ones_own_stays_head_only(data: Path, other: Path, tmp_path: Path) -> None:
    given = settings(retrain="1", epochs=1, cache=tmp_path)
    train(read_examples(data), given, out=tmp_path / "source")
    usual: dict[str, Any] = {"backbone": tmp_path / "source", "cache": tmp_path}
    found = train(read_examples(other), settings(**usual), out=tmp_path / "out")
    assert found.model.retrained == ()
    assert "must be given again" in found.metrics["plan"]["why"]
    assert_sound(found, load_network(tmp_path / "source"), [], other)
    with pytest.raises(SettingError, match=r"stages of small cannot be retrained: .*module"):
        train(read_examples(other), settings(retrain="1", **usual))
    with pytest.raises(BackboneError, match="module of your own"):
        train(read_examples(other), settings(drop_stages=1, **usual))
    assert small_backbone().only_head == ""


def test_colours_can_be_learned_from_nothing(tmp_path: Path) -> None:
    """It learns at all: three colours, from random weights."""
    random = np.random.default_rng(2)
    for name in ("blue", "green", "red"):
        for number in range(30):
            write_photo(tmp_path / "photos" / name / f"{number}.png", name, random)
    found = pre(tmp_path / "photos", epochs=12, cache=tmp_path)
    assert found.metrics["tasks"][0]["accuracy"]["value"] > 0.8


def test_a_new_head_alone_needs_no_pytorch(
    pretrained: TrainRun, other: Path, tmp_path: Path
) -> None:
    """The network is read from the directory as it was saved, and goes on to the next."""
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "timm"}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Refuse())
from headstart.cli import main
main(sys.argv[1:])
"""
    options = ["--retrain", "head", "--folds", "3", "--threads", "1", "--quiet"]
    command = [sys.executable, "-c", code, "train", str(other), "--backbone"]
    done = subprocess.run(
        [*command, str(pretrained.directory), *options, "--out", str(tmp_path / "out")],
        env={**os.environ, "HEADSTART_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = load(tmp_path / "out", threads=1)
    assert found.backbone.fingerprint == pretrained.model.backbone.fingerprint
    assert not any(each.error for each in found.predict([other / "dark" / "0.png"]))
