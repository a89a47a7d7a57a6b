"""Photos of several tasks, seen through the trained network."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import textured
from tests.report.page import Page, assert_self_contained

from headstart._jobs import train_and_report
from headstart.activations import ActivationStore, RowKey
from headstart.backbones import FEATURES
from headstart.examples import UNKNOWN
from headstart.heads import fit_tasks
from headstart.model import load
from headstart.report import write_report
from headstart.report._evidence import heat
from headstart.report._predictions import Example
from headstart.report._unseen import without_folds
from headstart.runs import TrainSettings

COUNT = 24


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a yes/no task, one of three classes and one that cannot be told, with its cache
    beside it.
    """
    from PIL import Image

    root = tmp_path_factory.mktemp("road")
    random = np.random.default_rng(11)
    lines = ["file,striped,pattern,heads"]
    for number in range(COUNT):
        kind = number % 3
        Image.fromarray(textured(kind, random)).save(root / f"{number}.png")
        striped = "?" if number == 7 else int(kind == 0)
        heads = random.integers(2)
        lines.append(f"{number}.png,{striped},{('stripes', 'checks', 'blobs')[kind]},{heads}")
    (root / "labels.csv").write_text("\n".join(lines))
    settings = TrainSettings(cache=root / "cache", retrain="head", folds=3, repeats=1)
    train_and_report(root / "labels.csv", settings, out=root / "model")
    return root


def rows_of(model_dir: Path) -> list[dict[str, str]]:
    with (model_dir / "predictions.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_training_leaves_a_report_that_shows_which_part_decided(road: Path) -> None:
    text = (road / "model" / "report.html").read_text("utf-8")
    assert_self_contained(text)
    page = Page(text)
    assert "coloured by what the model makes of each of its 7 × 7 places" in page.flat
    assert "fitted once more without the fold of the photo" in page.flat
    pictures = [attributes.get("alt") or "" for tag, attributes in page.elements if tag == "img"]
    assert any("named heads" in words or "named no heads" in words for words in pictures)
    heats = [words for words in pictures if "in grey, its places coloured" in words]
    assert len(heats) == len(pictures) / 2 > 2


def test_without_stored_activations_the_saved_head_is_shown(road: Path, tmp_path: Path) -> None:
    written = write_report(road / "model", output=tmp_path / "r.html", photos_root=road)
    assert (
        "the colours are of the saved model, which has learned from it"
        in Page(written.read_text("utf-8")).flat
    )


def test_hidden_layers_are_the_reason(road: Path, tmp_path: Path) -> None:
    model = load(road / "model")
    (layer,) = model.head.layers
    hidden = replace(layer, weights=np.eye(1280, dtype=np.float32), bias=np.zeros(1280, np.float32))
    deep = replace(model, head=replace(model.head, layers=(hidden, layer)))
    written = write_report(road / "model", output=tmp_path / "r.html", model=deep, photos_root=road)
    words = Page(written.read_text("utf-8")).flat
    assert "Which part of a photo decided is not shown for this model: the head has hidden" in words


def test_heads_without_the_fold_know_only_what_is_known(road: Path) -> None:
    model, rows = load(road / "model"), rows_of(road / "model")
    metrics = json.loads((road / "model" / "metrics.json").read_text("utf-8"))
    penalties = {place: metrics["tasks"][place]["penalty"]["chosen"] for place in (0, 1)}
    with ActivationStore(road / "cache") as store:
        found = without_folds(
            {rows[4]["sha256"]}, model, road / "model" / "predictions.csv", store,
            penalties=penalties,
        )  # fmt: skip
        dataset = store.find(model.dataset_key())
        assert dataset is not None
        arrays = [store.get(dataset, RowKey(row["sha256"])) for row in rows]
    features = np.stack([(each or {})[FEATURES] for each in arrays]).astype(np.float32)
    targets = np.array([
        [task.classes.index(row[task.name]) if row[task.name] else UNKNOWN
         for task in model.tasks[:2]]
        for row in rows
    ])  # fmt: skip
    assert targets[7, 0] == UNKNOWN
    kept = np.array([row["fold"] != rows[4]["fold"] for row in rows])
    expected = fit_tasks(
        features[kept], targets[kept],
        outputs=type(model.outputs).of(model.tasks[:2]),
        penalties=np.array([penalties[0], penalties[1]]),
    )  # fmt: skip
    (layer,) = found[rows[4]["sha256"]].head.layers
    np.testing.assert_array_equal(layer.weights[:5], expected.weights)
    assert not layer.weights[5:].any(), "the third task was not asked for"


def test_the_threshold_is_the_models_word() -> None:
    """30 % is a yes where the threshold is 0.25, and no other opinion than the one predicted."""
    logits = np.zeros((2, 7, 7), np.float32)
    logits[1] = np.log(0.3 / 0.7)
    pixels = np.full((224, 224, 3), 128, np.uint8)
    example = Example("x.jpg", "", "train", "no stop", "stop", 0.3)
    classes = ("no stop", "stop")
    at_threshold = heat(logits, classes, example, pixels, threshold=0.25)
    at_half = heat(logits, classes, example, pixels)
    assert at_threshold is not None
    assert at_half is not None
    assert at_threshold.now == ""
    assert at_half.now.startswith("no stop, 70")
