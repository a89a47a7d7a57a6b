"""A training run: the plan, the figures, the files, and what is set aside."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import headstart
from headstart._jobs import default_model_directory, train_and_report
from headstart.activations import ActivationStore
from headstart.errors import DataError, ModelError, SettingError
from headstart.examples import read_examples
from headstart.model import load
from headstart.runs import (
    Event,
    Note,
    Planned,
    Progress,
    TrainRun,
    TrainSettings,
    cache_directory,
    train,
)

Records = list[dict[str, str]]


def picture(path: Path, value: int) -> Path:
    """A photo of one class or the other by its tint, each different."""
    random = np.random.default_rng(value)
    pixels = random.integers(0, 120, (40, 40, 3), dtype=np.uint8)
    pixels[..., value % 2 * 2] += 120
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def folder(root: Path, counts: dict[str, tuple[int, int]]) -> Path:
    """Photos of the classes ``red`` and ``blue`` in each part, counts by part; "" for no part."""
    value = 0
    for part, (red, blue) in counts.items():
        for name, count, parity in (("red", red, 0), ("blue", blue, 1)):
            for _ in range(count):
                value += 1
                picture(root / part / name / f"{value}.png", 2 * value + parity)
    return root


def run(data: Path, out: Path | None = None, **settings: Any) -> TrainRun:
    return train(read_examples(data), head_only(**settings), out=out)


def head_only(**settings: Any) -> TrainSettings:
    return TrainSettings(**{"retrain": "head", **settings})


def predictions(directory: Path) -> Records:
    with (directory / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_figure(figure: dict[str, Any]) -> None:
    assert figure.keys() == {"value", "low", "high", "level", "method", "approximate", "why"}
    if figure["value"] is None:
        assert figure["why"]
    else:
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["level"] == 0.95


def refuse_constant(text: str) -> float:
    raise AssertionError(f"{text} is not JSON")


def test_the_plan_comes_first_and_its_counts_are_right(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"train": (6, 5), "val": (3, 2), "test": (1, 2)})
    events: list[Event] = []
    train(read_examples(data), head_only(), data="data", on_event=events.append)
    plan, *rest = events
    assert isinstance(plan, Planned)
    assert plan.data == "data"
    assert plan.examples == {"train": 11, "validation": 5, "test": 3}
    assert plan.classes == {"blue": 9, "red": 10}
    assert plan.stages == 9
    assert 3_000_000 < plan.parameters < 4_000_000
    assert plan.retrain == "a new output layer only"
    assert plan.seconds > 0
    assert plan.stored == 0
    assert "test part and the validation part" in plan.held_out
    assert not any(isinstance(event, Planned) for event in rest)
    passes = [e for e in rest if isinstance(e, Progress) and e.step == "Frozen pass"]
    assert [event.done for event in passes] == list(range(1, 20))
    assert {event.total for event in passes} == {19}
    head = [event.done for event in rest if isinstance(event, Progress) and event.step == "Head"]
    assert head == sorted(head)
    assert 0.9 < head[-1] <= 1
    second: list[Event] = []
    train(read_examples(data), head_only(), on_event=second.append)
    assert isinstance(second[0], Planned)
    assert second[0].stored == 19


def test_metrics_hold_everything_and_no_nan(trained: tuple[Path, Path]) -> None:
    text = (trained[1] / "metrics.json").read_text("utf-8")
    metrics = json.loads(text, parse_constant=refuse_constant)
    assert metrics.keys() >= {
        "examples", "quarantined", "verdict", "notes", "tasks", "plan", "cache", "seconds"
    }  # fmt: skip
    assert metrics["examples"] == {"train": 24, "validation": 0, "test": 0, "quarantined": 0}
    (task,) = metrics["tasks"]
    assert (task["name"], task["kind"], task["known"]) == ("label", "category", 24)
    assert task["classes"] == ["blobs", "checks", "stripes"]
    assert task["held_out"] == {
        "design": "cross-validation", "examples": 24, "groups": None, "folds": 5, "repeats": 5
    }  # fmt: skip
    for name in ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece"):
        assert_figure(task[name])
    assert [row["class"] for row in task["per_class"]] == task["classes"]
    for row in task["per_class"]:
        assert row["known"] == 8
        assert_figure(row["precision"])
        assert_figure(row["recall"])
    assert np.array(task["confusion"]).sum(axis=1).tolist() == [8, 8, 8]
    assert sum(each["count"] for each in task["reliability"]) > 0
    for each in task["reliability"]:
        assert each.keys() == {"low", "high", "confidence", "accuracy", "count"}
    penalty = task["penalty"]
    assert penalty.keys() >= {"chosen", "candidates", "pruned"}
    assert penalty["chosen"] in [each["penalty"] for each in penalty["candidates"]]
    assert penalty["candidates"][0].keys() == {"penalty", "log_loss", "standard_error"}
    plan = metrics["plan"]
    assert (plan["retrain"], plan["frozen_stages"]) == ("head", 9)
    assert (plan["weighted_stages"], plan["retrained_stages"]) == (9, [])
    assert plan["trainable_parameters"] == 3 * 1281
    assert (plan["chosen_by"], plan["candidates"]) == ("asked for", [])
    assert metrics["cache"]["hits"] + metrics["cache"]["misses"] == 24
    assert metrics["cache"]["bytes"] > 24 * 1280 * 2
    assert metrics["seconds"].keys() >= {"total", "frozen_pass", "head", "evaluation", "save"}
    assert all(value >= 0 for value in metrics["seconds"].values())
    assert metrics["verdict"].startswith("Right in ")


def test_the_directory_is_complete(trained: tuple[Path, Path]) -> None:
    assert {path.name for path in trained[1].iterdir()} == {
        "model.json", "metrics.json", "predictions.csv", "report.html", "README.md",
        "head.safetensors", "backbone.safetensors",
    }  # fmt: skip
    card = (trained[1] / "README.md").read_text("utf-8")
    assert "blobs, checks, stripes" in card
    assert "headstart train photos" in card


@pytest.mark.parametrize("parts", ["cross-validation", "validation", "test"])
def test_accuracy_is_that_of_the_predictions(tmp_path: Path, parts: str) -> None:
    counts = {
        "cross-validation": {"": (9, 6)},
        "validation": {"train": (7, 6), "val": (4, 3)},
        "test": {"train": (7, 6), "val": (4, 3), "test": (3, 5)},
    }[parts]
    data = folder(tmp_path / "data", counts)
    found = run(data, tmp_path / "model", repeats=1)
    rows = predictions(tmp_path / "model")
    assert len(rows) == sum(map(sum, counts.values()))
    held = [r for r in rows if r["part"] == ("train" if parts == "cross-validation" else parts)]
    task = found.metrics["tasks"][0]
    assert task["held_out"]["design"] == parts
    assert task["held_out"]["examples"] == len(held)
    right = [int(row["correct"]) for row in held]
    assert task["accuracy"]["value"] == pytest.approx(np.mean(right))
    classes = task["classes"]
    for row in rows:
        assert len(row["sha256"]) == 64
        assert row["label"] == Path(row["file"]).parent.name
        chances = {name: float(row[f"p_{name}"]) for name in classes}
        assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(chances, key=lambda name: chances[name])
        assert row["correct"] == str(int(row["predicted"] == row["label"]))
        assert (row["fold"] != "") == (row["part"] == "train")
    confusion = Counter((row["label"], row["predicted"]) for row in held)
    assert task["confusion"] == [[confusion[a, b] for b in classes] for a in classes]
    if parts == "test":
        (validation,) = found.metrics["other_parts"]["validation"]
        assert validation["held_out"]["examples"] == 7
    counted = found.metrics["examples"]
    assert counted["train"] + counted["validation"] + counted["test"] == len(rows)


def table(root: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    path = root / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label", "group", "split"])
        writer.writerows(rows)
    return path


def test_groups_are_never_split(tmp_path: Path) -> None:
    rows = []
    for value in range(24):
        picture(tmp_path / f"{value}.png", value)
        rows.append((f"{value}.png", ("red", "blue")[value % 2], f"patient {value // 3}", ""))
    found = run(table(tmp_path, rows), tmp_path / "model", repeats=1, folds=4)
    folds: dict[str, set[str]] = {}
    for row in predictions(tmp_path / "model"):
        folds.setdefault(row["group"], set()).add(row["fold"])
    assert len(folds) == 8
    assert all(len(each) == 1 for each in folds.values())
    assert len(set.union(*folds.values())) == 4
    assert found.metrics["tasks"][0]["held_out"]["groups"] == 8


def test_copies_are_never_split(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (6, 6)})
    for path in list((data / "red").iterdir()):
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    found = run(data, tmp_path / "model", repeats=1, folds=3)
    folds: dict[str, set[str]] = {}
    for row in predictions(tmp_path / "model"):
        folds.setdefault(row["sha256"], set()).add(row["fold"])
    assert all(len(each) == 1 for each in folds.values())
    assert any("copies of other examples" in note for note in found.metrics["notes"])


def test_copies_across_train_and_validation_are_set_aside(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"train": (5, 5), "val": (3, 3)})
    source = next((data / "val" / "red").iterdir())
    shutil.copy(source, data / "train" / "red" / "leak.png")
    found = run(data, tmp_path / "model")
    (aside,) = found.metrics["quarantined"]
    assert aside["file"] == os.path.join("train", "red", "leak.png")  # noqa: PTH118
    assert "byte for byte the same" in aside["reason"]
    assert found.metrics["examples"] == {
        "train": 10, "validation": 6, "test": 0, "quarantined": 1
    }  # fmt: skip
    assert "leak.png" not in {Path(row["file"]).name for row in predictions(tmp_path / "model")}


def test_conflicting_labels_are_set_aside(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (5, 5)})
    shutil.copy(next((data / "red").iterdir()), data / "blue" / "conflict.png")
    found = run(data)
    assert found.metrics["examples"]["quarantined"] == 2
    assert found.metrics["examples"]["train"] == 9


def test_more_than_half_broken_ends_it(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (4, 4)})
    for path in sorted(data.rglob("*.png"))[:5]:
        path.write_bytes(b"")
    with pytest.raises(DataError, match="5 of 8 files cannot be read as photos, more than half"):
        run(data, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_half_broken_goes_on(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (4, 4)})
    for path in [*sorted((data / "red").iterdir())[:2], *sorted((data / "blue").iterdir())[:2]]:
        path.write_bytes(b"")
    found = run(data)
    assert found.metrics["examples"]["quarantined"] == 4
    assert found.metrics["examples"]["train"] == 4
    assert all("is empty" in each["reason"] for each in found.metrics["quarantined"])


def test_a_class_of_one_example_is_said_and_never_held_out(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (6, 6)})
    picture(data / "green" / "only.png", 1001)
    found = run(data, tmp_path / "model", repeats=1)
    assert any("green" in note and "cannot be held out" in note for note in found.metrics["notes"])
    (only,) = [row for row in predictions(tmp_path / "model") if row["label"] == "green"]
    assert only["fold"] == only["predicted"] == only["correct"] == only["p_green"] == ""
    assert found.model.classes == ("blue", "green", "red")
    assert found.metrics["tasks"][0]["held_out"]["examples"] == 12


def test_a_class_whose_photos_are_all_broken_is_left_out(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (6, 6)})
    (data / "green").mkdir()
    (data / "green" / "broken.png").write_bytes(b"")
    found = run(data)
    assert found.model.classes == ("blue", "red")
    assert any("green" in note for note in found.metrics["notes"])


def test_one_class_left_is_an_error(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (6, 2)})
    for path in (data / "blue").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"at least two classes .* left is red \(6\)"):
        run(data)


def test_fewer_examples_than_folds(tmp_path: Path) -> None:
    found = run(folder(tmp_path / "data", {"": (2, 2)}))
    assert any("fewer examples than folds" in note for note in found.metrics["notes"])


def test_one_example_of_each_class(tmp_path: Path) -> None:
    found = run(folder(tmp_path / "data", {"": (1, 1)}), tmp_path / "model")
    task = found.metrics["tasks"][0]
    assert task["accuracy"]["value"] is None
    assert task["accuracy"]["why"]
    assert found.metrics["verdict"].startswith("Cannot tell how good")
    json.loads((tmp_path / "model" / "metrics.json").read_text(), parse_constant=refuse_constant)
    assert load(tmp_path / "model").classes == ("blue", "red")


def head_bytes(directory: Path) -> bytes:
    return (directory / "head.safetensors").read_bytes()


def test_one_seed_twice_gives_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    run(photos, tmp_path / "a", seed=3, cache=tmp_path / "cache a")
    run(photos, tmp_path / "b", seed=3, cache=tmp_path / "cache b")
    assert head_bytes(tmp_path / "a") == head_bytes(tmp_path / "b")
    first, second = ((tmp_path / name / "predictions.csv").read_bytes() for name in ("a", "b"))
    assert first == second


def test_the_store_changes_no_bit(photos: Path, tmp_path: Path) -> None:
    first = run(photos, tmp_path / "a")
    second = run(photos, tmp_path / "b")
    assert (first.metrics["cache"]["hits"], second.metrics["cache"]["misses"]) == (0, 0)
    assert head_bytes(tmp_path / "a") == head_bytes(tmp_path / "b")


def test_another_seed_makes_other_folds(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (8, 8)})
    for seed in (0, 1):
        run(data, tmp_path / str(seed), seed=seed, repeats=1)
    folds = [[row["fold"] for row in predictions(tmp_path / str(seed))] for seed in (0, 1)]
    assert folds[0] != folds[1]


def test_balanced_class_weights_change_the_head(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (9, 3)})
    plain = run(data).model.head
    balanced = run(data, class_weight="balanced").model.head
    assert not np.array_equal(plain.layers[0].weights, balanced.layers[0].weights)
    # The rarer class gains.
    rare = balanced.layers[0].bias - plain.layers[0].bias
    assert rare[0] - rare[1] > 0


def test_it_predicts_from_a_copied_directory_with_no_cache(
    trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(trained[1], tmp_path / "else where"))
    cache = tmp_path / "no cache"
    monkeypatch.setenv("HEADSTART_CACHE", str(cache))
    files = sorted((trained[0] / "checks").iterdir())[:2]
    assert [found.label for found in load(copy).predict(files)] == ["checks", "checks"]
    assert not cache.exists()


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("precious")])
def test_a_place_that_is_no_model_is_refused_before_any_work(
    photos: Path, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    out = tmp_path / "out"
    make(out)
    if out.is_dir():
        (out / "precious.txt").write_text("precious")
    events: list[Event] = []
    with pytest.raises(ModelError, match="exists and is not a model directory"):
        train(read_examples(photos), head_only(), out=out, on_event=events.append)
    assert events == []
    assert "precious" in (out / "precious.txt" if out.is_dir() else out).read_text()


def test_notes_are_told_and_kept(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", {"": (2, 2)})
    events: list[Event] = []
    found = train(read_examples(data), head_only(), on_event=events.append)
    assert [e.text for e in events if isinstance(e, Note)] == found.metrics["notes"]
    assert found.metrics["notes"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"folds": 2}, "folds must be 3 or more, not 2"),
        ({"repeats": 0}, "repeats must be 1 or more, not 0"),
        ({"precision": "f16"}, "precision 'f16' is none of"),
        ({"device": "tpu"}, "device 'tpu' is none of"),
        ({"threads": 0}, "threads must be 1 or more, not 0"),
        ({"class_weight": "even"}, "class_weight 'even' is neither"),
    ],
)
def test_settings_that_cannot_be_used(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        TrainSettings(**setting)


def test_all_faults_of_settings_are_said_at_once() -> None:
    with pytest.raises(SettingError, match=r"seed .*; folds .*; threads"):
        TrainSettings(seed=-1, folds=1, threads=-2)


def test_the_cache_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path
    assert cache_directory(tmp_path / "chosen") == tmp_path / "chosen"
    monkeypatch.delenv("HEADSTART_CACHE")
    assert cache_directory().name == "headstart"


def test_from_python(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = headstart.train("photos", cache=str(tmp_path / "cache"), seed=1, retrain="head")
    assert model.predict([photos / "checks" / "0.png"])[0].label == "checks"
    assert (tmp_path / "photos-model" / "report.html").is_file()
    with ActivationStore(tmp_path / "cache") as store:
        assert 18 in [dataset.rows for dataset in store.info()]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("photos", "photos-model"),
        ("photos/", "photos-model"),
        (".", "here-model"),
        ("photos/..", "here-model"),
        ("photos/checks/../..", "here-model"),
        ("table.csv", "table-model"),
        ("some.photos", "some.photos-model"),
    ],
)
def test_the_name_of_a_model_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, name: str
) -> None:
    here = tmp_path / "here"
    (here / "photos" / "checks").mkdir(parents=True)
    (here / "some.photos").mkdir()
    monkeypatch.chdir(here)
    assert default_model_directory(Path(data)) == Path(name)


def test_a_folder_whose_name_is_not_text(tmp_path: Path) -> None:
    data = folder(tmp_path / os.fsdecode(b"caf\xe9"), {"": (3, 3)})
    out = tmp_path / os.fsdecode(b"mod\xe8le")
    found = train_and_report(data, head_only(), out=out, command=f"headstart train {data}")
    assert found.directory == out
    assert (out / "report.html").is_file()
    assert load(out).classes == ("blue", "red")
