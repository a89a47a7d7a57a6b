"""Photos of the report, seen through the trained network."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.report.page import Page, assert_self_contained

from headstart.activations import ActivationStore, RowKey, _few
from headstart.backbones import FEATURES
from headstart.heads import DenseHead, Layer, fit
from headstart.model import load
from headstart.report import write_report
from headstart.report._evidence import heat
from headstart.report._predictions import Example, Predictions
from headstart.report._unseen import without_folds

TITLE = "Which part of a photo decided"


@pytest.fixture
def model_copy(trained: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of a trained model that may be changed."""
    return Path(shutil.copytree(trained[1], tmp_path / "model"))


def cache_of(trained: tuple[Path, Path]) -> Path:
    return trained[1].parent / "cache"


def predicted(model_dir: Path) -> list[dict[str, str]]:
    with (model_dir / "predictions.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def pictures(page: Page, words: str) -> int:
    return sum(tag == "img" and words in (attributes.get("alt") or "")
               for tag, attributes in page.elements)  # fmt: skip


def test_training_leaves_a_report_that_shows_it(trained: tuple[Path, Path]) -> None:
    text = (trained[1] / "report.html").read_text("utf-8")
    assert_self_contained(text)
    page = Page(text)
    assert TITLE in page.flat
    assert "divided into 7 × 7 places" in page.flat
    assert "fitted once more without the fold of the photo" in page.flat
    rows = predicted(trained[1])
    classes = {row["label"] for row in rows if row["label"] == row["predicted"]}
    wrong = sum(row["label"] != row["predicted"] for row in rows)
    assert pictures(page, "in grey, its places coloured") == 2 * len(classes) + wrong
    assert "Stage by stage" in page.flat
    assert "stem 112 × 112 places" in page.flat
    assert "conv_head 7 × 7 places" in page.flat


def test_what_was_computed_once_is_read(
    trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_few, "engine_maker", None)
    again = write_report(trained[1], output=tmp_path / "again.html", cache=cache_of(trained))
    assert again.read_bytes() == (trained[1] / "report.html").read_bytes()


def test_without_stored_activations_the_saved_head_is_shown_and_that_is_said(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    page = Page(write_report(trained[1], output=tmp_path / "r.html").read_text("utf-8"))
    assert "the colours are of the saved model, which has learned from it" in page.flat


def test_a_model_that_cannot_be_loaded_leaves_a_report(model_copy: Path, tmp_path: Path) -> None:
    (model_copy / "backbone.safetensors").unlink()
    words = Page(write_report(model_copy, output=tmp_path / "r.html").read_text("utf-8")).flat
    assert "Not shown for this model: the model cannot be loaded" in words
    assert "Stage by stage" not in words


def test_hidden_layers_are_the_reason(model_copy: Path, tmp_path: Path) -> None:
    model = load(model_copy)
    hidden = Layer(np.ones((4, 1280), np.float32), np.zeros(4, np.float32))
    output = Layer(np.ones((3, 4), np.float32), np.zeros(3, np.float32))
    deep = replace(model, head=DenseHead((hidden, output)))
    words = Page(
        write_report(model_copy, output=tmp_path / "r.html", model=deep).read_text("utf-8")
    ).flat
    assert "Not shown for this model: the head has hidden layers" in words
    assert "Stage by stage" in words  # that does not depend on the head


def test_heads_without_the_fold_of_the_photo(trained: tuple[Path, Path]) -> None:
    model, predictions = load(trained[1]), trained[1] / "predictions.csv"
    rows = predicted(trained[1])
    shown = {rows[0]["sha256"], rows[9]["sha256"]}
    with ActivationStore(cache_of(trained)) as store:
        found = without_folds(shown, model, predictions, store)
        dataset = store.find(model.dataset_key())
        assert dataset is not None
        features = {row["sha256"]: store.get(dataset, RowKey(row["sha256"])) for row in rows}
    assert found.keys() == shown
    for photo in (rows[0], rows[9]):
        kept = [row for row in rows if row["fold"] != photo["fold"]]
        assert 0 < len(kept) < len(rows) - 1
        expected = fit(
            np.stack([(features[row["sha256"]] or {})[FEATURES] for row in kept]).astype(
                np.float32
            ),
            np.array([model.classes.index(row["label"]) for row in kept]),
            classes=3,
            penalty=model.head.origin["penalty"],
        )
        weights = found[photo["sha256"]].head.layers[0].weights
        np.testing.assert_array_equal(weights, expected.weights)
        assert not np.array_equal(weights, model.head.layers[0].weights)


def test_the_judges_are_those_who_made_the_predictions(trained: tuple[Path, Path]) -> None:
    """But for the penalty, which each chose for itself."""
    model, rows = load(trained[1]), predicted(trained[1])
    shown = {row["sha256"] for row in rows}
    with ActivationStore(cache_of(trained)) as store:
        found = without_folds(shown, model, trained[1] / "predictions.csv", store)
        dataset = store.find(model.dataset_key())
        assert dataset is not None
        for row in rows:
            arrays = store.get(dataset, RowKey(row["sha256"]))
            assert arrays is not None
            probabilities = found[row["sha256"]].probabilities(arrays[FEATURES][None])[0]
            assert model.classes[int(probabilities.argmax())] == row["predicted"]


@pytest.mark.parametrize(
    "settings", [{"views": 4}, {"class_weight": "balanced"}], ids=["views", "class weight"]
)
def test_no_other_head_where_it_could_not_be_the_same_kind(
    trained: tuple[Path, Path], settings: dict[str, object]
) -> None:
    model = load(trained[1])
    shown = {predicted(trained[1])[0]["sha256"]}
    described = model.description | {"settings": model.description["settings"] | settings}
    with ActivationStore(cache_of(trained)) as store:
        for other in (
            replace(model, description=described),
            replace(model, retrained=("conv_head",)),
        ):
            assert without_folds(shown, other, trained[1] / "predictions.csv", store) == {}


def test_no_other_head_where_a_row_is_missing(trained: tuple[Path, Path], tmp_path: Path) -> None:
    with ActivationStore(tmp_path) as store:
        shown = {predicted(trained[1])[0]["sha256"]}
        assert without_folds(shown, load(trained[1]), trained[1] / "predictions.csv", store) == {}


PIXELS = np.full((224, 224, 3), 128, np.uint8)
CLASSES = ("cat", "dog", "sofa")


def an_example(label: str, predicted: str) -> Example:
    return Example("x.jpg", "", "validation", label, predicted, 0.8)


def test_the_mistake_is_set_against_the_truth() -> None:
    logits = np.zeros((3, 7, 7), np.float32)
    logits[0, :, :2], logits[2, :, 5:] = 1, 3
    found = heat(logits, CLASSES, an_example("cat", "sofa"), PIXELS)
    assert found is not None
    assert (found.label, found.other) == ("cat", "sofa")
    assert found.share == pytest.approx(25)  # 14 places say 1 for it, 14 say 3 against it
    assert found.now == ""


def test_what_is_right_is_set_against_the_runner_up() -> None:
    logits = np.zeros((3, 7, 7), np.float32)
    logits[1], logits[2] = 2, 1
    found = heat(logits, CLASSES, an_example("dog", "dog"), PIXELS)
    assert found is not None
    assert (found.label, found.other) == ("dog", "sofa")
    assert found.share == pytest.approx(100)


def test_another_opinion_is_told() -> None:
    logits = np.zeros((3, 7, 7), np.float32)
    logits[0] = 2
    found = heat(logits, CLASSES, an_example("cat", "sofa"), PIXELS)
    assert found is not None
    assert found.now.startswith("cat, 7")


def test_a_class_that_the_model_does_not_know() -> None:
    logits = np.zeros((3, 7, 7), np.float32)
    assert heat(logits, CLASSES, an_example("cow", "cat"), PIXELS) is None


def test_which_right_ones_are_shown() -> None:
    predictions = Predictions(most=4)
    for label, sure in (("a", 0.9), ("b", 0.6), ("b", 0.99), ("b", 0.7), ("c", 0.8), ("a", 0.5)):
        predictions.add(Example(f"{label}{sure}", "", "train", label, label, sure))
    predictions.add(Example("wrong", "", "train", "c", "a", 0.9))
    assert [each.file for each in predictions.right_ones(classes=2)] == [
        "b0.99", "b0.6", "a0.9", "a0.5",
    ]  # fmt: skip
    assert [each.file for each in predictions.right_ones(classes=9)][-1:] == ["c0.8"]


def test_a_validation_part_is_new_to_the_saved_model(
    model_copy: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    metrics = json.loads((model_copy / "metrics.json").read_text("utf-8"))
    metrics["tasks"][0]["held_out"]["design"] = "validation"
    (model_copy / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    rows = (model_copy / "predictions.csv").read_text("utf-8").replace(",train,", ",validation,")
    (model_copy / "predictions.csv").write_text(rows, "utf-8")
    words = Page(
        write_report(model_copy, output=tmp_path / "r.html", cache=cache_of(trained)).read_text(
            "utf-8"
        )
    ).flat
    assert TITLE in words
    assert "has learned from" not in words
    assert "was fitted" not in words


def test_training_photos_beside_a_validation_part_have_no_colours(
    model_copy: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    metrics = json.loads((model_copy / "metrics.json").read_text("utf-8"))
    metrics["tasks"][0]["held_out"]["design"] = "validation"
    (model_copy / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    rows = predicted(model_copy)
    rows[0]["part"] = "validation"
    rows[0]["predicted"] = rows[0]["label"]
    rows[3]["predicted"] = next(row["label"] for row in rows if row["label"] != rows[3]["label"])
    with (model_copy / "predictions.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    report = write_report(model_copy, output=tmp_path / "r.html", cache=cache_of(trained))
    page = Page(report.read_text("utf-8"))
    assert "On training photos" in page.flat
    assert pictures(page, "in grey, its places coloured") == 1
