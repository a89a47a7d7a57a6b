"""Whatever is retrained: frozen stays frozen, saved is what was trained, and a seed is a model."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.runs.small import (
    CLASSES,
    COUNT,
    STAGES,
    assert_sound,
    photos,
    predictions,
    run,
    saved,
    settings,
    small_backbone,
    write_photo,
)

import headstart.training
from headstart import heads
from headstart.activations import ActivationStore
from headstart.backbones import INPUT, Backbone, drop_stages, load_backbone
from headstart.examples import FileSource
from headstart.model import load

DEPTHS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "1": ({"retrain": 1}, ("top",)),
    "2": ({"retrain": "2"}, ("middle", "top")),
    "all": ({"retrain": "all"}, STAGES),
    "stages:middle": ({"train_stages": ("middle",)}, ("middle",)),
    "stages:stem,top": ({"retrain": {"stem": True, "middle": False, "top": True}}, ("stem", "top")),
    "head+16,8": ({"retrain": "head", "hidden": (16, 8)}, ()),
    "1+16": ({"retrain": 1, "hidden": (16,), "dropout": 0.2}, ("top",)),
}


@pytest.mark.parametrize("key", DEPTHS)
def test_every_depth(data: Path, cache: Path, tmp_path: Path, key: str) -> None:
    changes, retrained = DEPTHS[key]
    found = run(data, tmp_path / "m", cache=cache, **changes)
    model = assert_sound(found, small_backbone(), retrained, data)
    plan = found.metrics["plan"]
    assert (plan["retrain"], plan["chosen_by"]) == (key, "asked for")
    assert plan["epochs"] >= 1
    assert plan["frozen_stages"] == 3 - len(retrained)
    weights = sum(
        model.backbone.parameters(stage)
        for stage in model.backbone.stages
        if stage.name in retrained
    )
    assert plan["trainable_parameters"] == weights + model.head.parameters
    assert len(model.head.layers) == 1 + len(changes.get("hidden", ()))
    # What is reported are the held-out predictions of what was asked for.
    asked = plan["candidates"][-1]
    task = found.metrics["tasks"][0]
    assert task["log_loss"]["value"] == pytest.approx(asked["log_loss"]["value"])
    assert asked["trainable_parameters"] == plan["trainable_parameters"]
    assert task["accuracy"]["value"] > 0.9
    right = [int(row["correct"]) for row in predictions(tmp_path / "m")]
    assert np.mean(right) == pytest.approx(task["accuracy"]["value"])


def test_statistics_stay_unless_they_are_to_be_learned(data: Path, cache: Path) -> None:
    came = small_backbone()
    fixed, learned = (
        run(data, cache=cache, retrain=2, statistics=each).model.backbone.weights
        for each in ("fixed", "learned")
    )
    for stage in came.stages:
        for name in set(stage.tensors) - set(stage.parameters):
            np.testing.assert_array_equal(fixed[name], came.weights[name])
            same = np.array_equal(learned[name], came.weights[name])
            assert same == (stage.name == "stem"), name


def test_learned_statistics_are_saved(data: Path, cache: Path, tmp_path: Path) -> None:
    found = run(data, tmp_path / "m", cache=cache, retrain=1, statistics="learned")
    assert_sound(found, small_backbone(), ("top",), data)


@pytest.mark.parametrize("retrain", ["head", 1, "all"])
def test_dropped_stages(data: Path, cache: Path, tmp_path: Path, retrain: str | int) -> None:
    found = run(data, tmp_path / "m", cache=cache, drop_stages=1, retrain=retrain, hidden=(6,))
    came = drop_stages(small_backbone(), 1)
    expected = {"head": (), 1: ("middle",), "all": ("stem", "middle")}[retrain]
    model = assert_sound(found, came, expected, data)
    assert [stage.name for stage in model.backbone.stages] == ["stem", "middle", "mean_pool"]
    assert not any(name.startswith("top") for name in model.backbone.weights)
    assert found.metrics["plan"]["weighted_stages"] == 2


def test_a_head_from_random_weights(data: Path, cache: Path, tmp_path: Path) -> None:
    """It is trained, and its own predictions are reported, not those of the solved head."""
    found = run(
        data, tmp_path / "m", cache=cache, retrain="head", head_init="random", learning_rate=1e-3
    )
    assert_sound(found, small_backbone(), (), data)
    solved = run(data, cache=cache, retrain="head").metrics["tasks"][0]["log_loss"]["value"]
    plan = found.metrics["plan"]
    assert plan["epochs"] >= 1
    assert found.model.head.origin["start"]["by"] == "random weights"
    losses = [each["log_loss"]["value"] for each in plan["candidates"]]
    assert losses[0] == pytest.approx(solved)
    assert losses[1] > solved + 0.1, "two epochs from random weights are not enough"
    reported = found.metrics["tasks"][0]["log_loss"]["value"]
    assert reported == pytest.approx(losses[1])


def test_each_fold_starts_from_the_head_that_was_solved_without_it(
    mislabelled: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the penalty and the weights of that solution: its held-out predictions are the same."""
    given: list[dict[str, Any]] = []
    fine_tune = headstart.training.fine_tune

    def watched(*arguments: Any, **others: Any) -> Any:
        given.append(others)
        return fine_tune(*arguments, **others)

    monkeypatch.setattr(headstart.training, "fine_tune", watched)
    lines = mislabelled.read_text().splitlines()
    (tmp_path / "t.csv").write_text("\n".join([lines[0], *lines[5:]]))  # some of one class go
    changes: dict[str, Any] = {"cache": cache, "class_weight": "balanced", "seed": 9}
    solved = run(tmp_path / "t.csv", tmp_path / "head", retrain="head", **changes)
    run(tmp_path / "t.csv", retrain=1, **changes)
    rows = predictions(tmp_path / "head")
    expected = np.array([[float(row[f"p_{name}"]) for name in CLASSES] for row in rows])
    with ActivationStore(cache) as store:
        sources = [FileSource(Path(row["file"]), row["file"]) for row in rows]
        features = solved.model.activations(sources, store=store).features
    penalties = [fold["head"].origin["penalty"] for fold in given[:3]]
    assert penalties == solved.metrics["tasks"][0]["penalty"]["outer"][0]
    for fold in given[:3]:
        held = fold["rows_held_out"]
        assert not set(held) & set(fold["rows_train"])
        np.testing.assert_allclose(fold["head"].predict(features[held]), expected[held], atol=2e-3)
        assert len(np.unique(fold["weights"])) > 1
    np.testing.assert_array_equal(
        given[3]["head"].layers[0].weights, solved.model.head.layers[0].weights
    )


def test_no_stage_at_all_is_the_head(data: Path, cache: Path) -> None:
    nothing: list[dict[str, Any]] = [{"retrain": 0}, {"retrain": {"stem": False, "top": False}}]
    for changes in nothing:
        found = run(data, cache=cache, **changes)
        assert found.metrics["plan"]["why"] == "head only, as asked for"
        assert found.model.head.origin["by"] == "solver"


ADAPTERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "built-in, last stage": ({"retrain": 1}, ("conv_head",)),
    "built-in, all that is left": (
        {"drop_stages": 6, "retrain": "all"},
        ("stem", "blocks.0", "blocks.1"),
    ),
    "timm, a convolutional network": ({"backbone": "timm:test_resnet", "retrain": 2}, ()),
    "timm, all stages": ({"backbone": "timm:test_resnet", "retrain": "all"}, ()),
    "timm, a vision transformer": ({"backbone": "timm:test_vit", "retrain": 1}, ()),
}


@pytest.mark.parametrize("name", ADAPTERS)
def test_frozen_is_frozen_in_every_adapter(tmp_path: Path, name: str) -> None:
    changes, retrained = ADAPTERS[name]
    changes = {"backbone": "efficientnet_lite0", "epochs": 1, **changes}
    if changes["backbone"].startswith("timm:"):
        pytest.importorskip("timm")
        changes["weights"] = "random"
    came = came_as(**changes)
    if not retrained:
        weighted = [stage.name for stage in came.weighted_stages]
        count = len(weighted) if changes["retrain"] == "all" else changes["retrain"]
        retrained = tuple(weighted[-count:])
    few = photos(tmp_path / "few", each=4, classes=CLASSES[:2])
    found = run(few, tmp_path / "m", learning_rate=1e-3, **changes)
    assert_sound(found, came, retrained, few)
    if name == "timm, a vision transformer":
        assert imported_to_predict(tmp_path / "m", next(few.rglob("*.png"))) == ""


def imported_to_predict(model: Path, photo: Path) -> str:
    """Frameworks that a process imports which predicts with a saved model."""
    code = (
        "import sys\nfrom headstart import load\n"
        f"assert load({str(model)!r}, threads=1).predict([{str(photo)!r}])[0].label\n"
        "print(*sorted({'torch', 'timm', 'sklearn', 'scipy', 'pandas'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def stored_rows(store: ActivationStore) -> dict[tuple[str, bool], int]:
    """Rows by cut, and whether they are of other views than the plain one."""
    keys = [(json.loads(each.key), each.rows) for each in store.info()]
    return {(key["cut"], key["augmentation"] != ""): rows for key, rows in keys}


def came_as(**changes: Any) -> Backbone:
    return settings(**changes).load_backbone()


def test_the_photos_themselves_are_the_cut_of_all_stages(data: Path, tmp_path: Path) -> None:
    run(data, cache=tmp_path, retrain="all")
    with ActivationStore(tmp_path) as store:
        assert stored_rows(store) == {("pool", False): COUNT, (INPUT, False): COUNT}


def test_one_seed_in_two_places_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"retrain": 2, "hidden": (8,), "dropout": 0.3, "views": 2, "seed": 4}
    for place in ("a", "b"):
        run(data, tmp_path / place, cache=tmp_path / f"cache {place}", **changes)
    assert saved(tmp_path / "a") == saved(tmp_path / "b")
    assert saved(tmp_path / "a").keys() == {"head.safetensors", "backbone.safetensors"}
    first, second = ((tmp_path / place / "predictions.csv").read_bytes() for place in "ab")
    assert first == second
    run(data, tmp_path / "c", cache=tmp_path / "cache a", **changes | {"seed": 5})
    assert saved(tmp_path / "c") != saved(tmp_path / "a")


def test_activations_that_would_not_fit_are_computed_anew(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    stored = run(data, tmp_path / "stored", cache=cache, retrain=1)
    small = run(data, tmp_path / "small", cache=tmp_path / "other", retrain=1, max_cache=0.01)
    (note,) = [note for note in small.metrics["notes"] if "would take" in note]
    assert "activations at middle" in note
    assert "computed anew" in note
    assert "--max-cache" in note
    assert not any("would take" in note for note in stored.metrics["notes"])
    with ActivationStore(tmp_path / "other") as store:
        assert stored_rows(store) == {("pool", False): COUNT}
    files = sorted(data.rglob("*.png"))[::5]
    one, other = (
        np.array([list(each.probabilities.values()) for each in found.model.predict(files)])
        for found in (stored, small)
    )
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-3)


def test_views_are_rows_that_share_one_weight(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[tuple[int, ...], Any, Any]] = []
    solve = heads.solve

    def watched(features: Any, targets: Any, folds: Any, **others: Any) -> Any:
        given.append((features.shape, folds, others["weights"]))
        return solve(features, targets, folds, **others)

    monkeypatch.setattr(heads, "solve", watched)
    found = run(data, tmp_path / "m", cache=tmp_path / "c", retrain=1, views=3)
    ((shape, folds, weights),) = given
    assert shape == (3 * COUNT, 12)
    np.testing.assert_array_equal(folds, np.tile(folds[:, :COUNT], 3))  # with their example's fold
    np.testing.assert_allclose(weights, 1 / 3)
    with ActivationStore(tmp_path / "c") as store:
        assert stored_rows(store) == {
            ("pool", False): COUNT, ("pool", True): 2 * COUNT,
            ("middle", False): COUNT, ("middle", True): 2 * COUNT,
        }  # fmt: skip
    assert_sound(found, small_backbone(), ("top",), data)
    assert len(predictions(tmp_path / "m")) == COUNT


def test_views_and_balanced_classes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uneven = photos(tmp_path / "photos", each=4)
    for path in sorted((uneven / "red").iterdir())[1:]:
        path.rename(uneven / "blue" / f"was {path.name}")
    write_photo(uneven / "red" / "second.png", "red", np.random.default_rng(1))
    given: list[Any] = []
    solve = heads.solve

    def watched(features: Any, targets: Any, folds: Any, **others: Any) -> Any:
        given.append((targets, others["weights"]))
        return solve(features, targets, folds, **others)

    monkeypatch.setattr(heads, "solve", watched)
    run(uneven, cache=cache, retrain="head", views=2, class_weight="balanced")
    ((targets, weights),) = given
    totals = np.bincount(targets, weights)
    np.testing.assert_allclose(totals, totals[0])
    assert weights.sum() == pytest.approx(len(targets) / 2)


def test_a_part_that_is_held_out(tmp_path: Path, cache: Path) -> None:
    """One fold finds the number of epochs; the figures are those of the model on that part."""
    split = tmp_path / "split"
    photos(split / "train", each=10)
    random = np.random.default_rng(8)
    for name in CLASSES:
        for number in range(5):
            write_photo(split / "val" / name / f"{number}.png", name, random)
    found = run(split, tmp_path / "m", cache=cache, retrain=1)
    task = found.metrics["tasks"][0]
    assert task["held_out"]["design"] == "validation"
    assert task["held_out"]["examples"] == 15
    rows = predictions(tmp_path / "m")
    held = [row for row in rows if row["part"] == "validation"]
    right = [int(row["correct"]) for row in held]
    assert task["accuracy"]["value"] == pytest.approx(np.mean(right))
    model = load(tmp_path / "m", threads=1)
    again = model.predict([split / row["file"] for row in held])
    for row, prediction in zip(held, again, strict=True):
        for name in CLASSES:
            chance = float(row[f"p_{name}"])
            assert chance == pytest.approx(prediction.probabilities[name], abs=1e-5)
    fitted = {row["fold"] for row in rows if row["part"] == "train" and row["predicted"]}
    assert len(fitted) == 1
    assert found.metrics["plan"]["epochs"] >= 1


def test_groups_stay_whole(data: Path, cache: Path, tmp_path: Path) -> None:
    files = sorted(data.rglob("*.png"))
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label", "group"])
        for number, path in enumerate(files):
            writer.writerow([path, path.parent.name, f"patient {number // 3}"])
    found = run(tmp_path / "t.csv", tmp_path / "m", cache=cache, retrain=1)
    folds: dict[str, set[str]] = {}
    for row in predictions(tmp_path / "m"):
        assert row["predicted"]
        folds.setdefault(row["group"], set()).add(row["fold"])
    assert len(folds) == COUNT // 3
    assert all(len(each) == 1 for each in folds.values())
    assert found.metrics["tasks"][0]["held_out"]["groups"] == COUNT // 3


def test_the_built_in_network_is_as_it_came() -> None:
    """A run changes nothing that another run in the same process would start from."""
    assert load_backbone().fingerprint == load_backbone().fingerprint
