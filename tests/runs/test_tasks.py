"""Runs of several tasks: figures, files, what is hidden, and one model that answers them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runs.small import described, predictions, saved, small_backbone
from tests.runs.tables import Row, examples_of, rows_of, run_of

from headstart.model import load
from headstart.runs import TrainRun, evaluate

Trained = tuple[TrainRun, Path]


@pytest.fixture(scope="module")
def solved(data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run of three tasks with new output layers only."""
    root = tmp_path_factory.mktemp("solved")
    return run_of(examples_of(root, rows_of(data)), root / "model", cache=cache), root / "model"


@pytest.fixture(scope="module")
def retrained(data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The same with the last stage retrained."""
    root = tmp_path_factory.mktemp("retrained")
    examples = examples_of(root, rows_of(data))
    return run_of(examples, root / "model", retrain="1", cache=cache), root / "model"


def metrics_of(directory: Path) -> dict[str, Any]:
    def refuse(text: str) -> float:
        raise AssertionError(f"{text} is not JSON")

    found: dict[str, Any] = json.loads(
        (directory / "metrics.json").read_text("utf-8"), parse_constant=refuse
    )
    return found


def test_every_task_has_its_figures(solved: Trained) -> None:
    metrics = metrics_of(solved[1])
    tasks = metrics["tasks"]
    assert [(task["name"], task["kind"]) for task in tasks] == [
        ("red", "binary"), ("colour", "category"), ("blue", "binary"),
    ]  # fmt: skip
    assert [task["known"] for task in tasks] == [30, 30, 20]
    assert [task["classes"] for task in tasks] == [
        ["no", "yes"], ["blue", "green", "red"], ["no", "yes"],
    ]  # fmt: skip
    assert [task["held_out"]["examples"] for task in tasks] == [30, 30, 20]
    for task in tasks:
        for name in ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece"):
            figure = task[name]
            assert figure["low"] <= figure["value"] <= figure["high"]
        assert ("average_precision" in task) == ("f1" in task) == (task["kind"] == "binary")
        assert task["penalty"]["chosen"] in [
            each["penalty"] for each in task["penalty"]["candidates"]
        ]
    assert tasks[0]["prevalence"]["value"] == pytest.approx(1 / 3)


def test_the_summary_is_the_mean_and_says_of_how_many(solved: Trained) -> None:
    metrics = metrics_of(solved[1])
    tasks, summary = metrics["tasks"], metrics["summary"]
    assert summary["tasks"] == 3
    for name, of in (("auroc", 3), ("log_loss", 3), ("f1", 2), ("average_precision", 2)):
        values = [task[name]["value"] for task in tasks if name in task]
        assert summary[name]["value"] == pytest.approx(np.mean(values))
        assert (summary[name]["defined"], summary[name]["of"]) == (of, of)
        assert summary[name]["low"] <= summary[name]["value"] <= summary[name]["high"]


def test_thresholds_are_those_of_the_yes_or_no_tasks(solved: Trained) -> None:
    run, directory = solved
    stated = {task["name"]: task.get("threshold") for task in metrics_of(directory)["tasks"]}
    assert stated["colour"] is None
    assert dict(run.model.thresholds) == {name: stated[name] for name in ("red", "blue")}
    assert all(0 < threshold < 1 for threshold in run.model.thresholds.values())
    kept = {task["name"]: task.get("threshold") for task in described(directory)["tasks"]}
    assert kept == stated
    assert load(directory, threads=1).thresholds == run.model.thresholds


def test_predictions_are_blank_where_the_label_is_unknown(data: Path, solved: Trained) -> None:
    given = {row["file"]: row for row in rows_of(data)}
    found = predictions(solved[1])
    assert list(found[0]) == [
        "file", "sha256", "part", "group", "fold", "red", "p_red",
        "colour", "p_colour=blue", "p_colour=green", "p_colour=red", "blue", "p_blue",
    ]  # fmt: skip
    assert len(found) == 30
    words = {"": "", "0": "no", "1": "yes"}
    for row in found:
        label = given[row["file"]]
        assert row["colour"] == label["colour"]
        assert (row["red"], row["blue"]) == (words[label["red"]], words[label["blue"]])
        # What is unknown is asked of the model all the same.
        assert 0 <= float(row["p_blue"]) <= 1
        assert sum(float(row[f"p_colour={name}"]) for name in ("blue", "green", "red")) == (
            pytest.approx(1, abs=1e-5)
        )
    assert [row["blue"] for row in found].count("") == 10


def test_the_log_loss_is_that_of_the_known_predictions(solved: Trained) -> None:
    blue = metrics_of(solved[1])["tasks"][2]
    losses = [
        -np.log(float(row["p_blue"]) if row["blue"] == "yes" else 1 - float(row["p_blue"]))
        for row in predictions(solved[1])
        if row["blue"]
    ]
    assert blue["log_loss"]["value"] == pytest.approx(np.mean(losses), abs=1e-4)


HIDDEN = ("", "?", "NA", "nan", "-1", "u")
"""Ways to say that a label is not known, or not for certain."""


def hidden_as(rows: list[Row], words: tuple[str, ...]) -> list[Row]:
    """The table with a word in turn for every label of `blue` that is not there."""
    blank = [row["blue"] == "" for row in rows]
    places = np.cumsum(blank) - 1
    return [
        row | {"blue": words[place % len(words)]} if hide else row
        for row, hide, place in zip(rows, blank, places, strict=True)
    ]


def everything_that_was_learned(directory: Path) -> dict[str, Any]:
    """All files of a model directory, without what is of the clock and notes of the reading."""
    model, metrics = described(directory), metrics_of(directory)
    model.pop("created")
    model["files"].pop("network.xml")  # OpenVINO numbers its layers anew, for as long as it runs
    for name in ("notes", "seconds", "cache"):
        metrics.pop(name)
    for candidate in metrics["plan"]["candidates"]:
        candidate.pop("seconds")
    kept = ("backbone.safetensors", "head.safetensors", "network.bin", "predictions.csv")
    return {
        **{name: (directory / name).read_bytes() for name in kept},
        "model.json": model,
        "metrics.json": metrics,
    }


@pytest.mark.parametrize("retrain", ["head", "1"])
def test_a_hidden_label_moves_no_bit(data: Path, tmp_path: Path, retrain: str) -> None:
    kept: list[dict[str, Any]] = []
    for words in (("",), HIDDEN, ("-1",)):
        root = tmp_path / str(len(kept))
        examples = examples_of(root, hidden_as(rows_of(data), words))
        assert (examples.targets[:, 2] == -1).sum() == 10
        # A store and journal of its own: nothing is read that another run has learned.
        run_of(examples, root / "model", retrain=retrain, cache=root / "cache")
        kept.append(everything_that_was_learned(root / "model"))
    assert kept[0] == kept[1] == kept[2]


def test_the_figures_are_those_of_the_answers(data: Path, cache: Path, tmp_path: Path) -> None:
    """What metrics.json says of a part that was held out, `predict` and `evaluate` say too."""
    labels = rows_of(data)
    rows = [row | {"split": "test" if n % 4 == 0 else "train"} for n, row in enumerate(labels)]
    examples = examples_of(tmp_path, rows)
    run = run_of(examples, tmp_path / "model", cache=cache)
    held_out = [row for row in rows if row["split"] == "test"]
    said = run.model.predict([row["file"] for row in held_out])
    stated = {task["name"]: task for task in metrics_of(tmp_path / "model")["tasks"]}
    for name in ("red", "blue"):
        pairs = [
            (row[name] == "1", one.answers[name].label == "yes")
            for row, one in zip(held_out, said, strict=True)
            if row[name]
        ]
        counts = [[pairs.count((true, answer)) for answer in (False, True)]
                  for true in (False, True)]  # fmt: skip
        assert stated[name]["confusion"] == counts
        right = sum(true == answer for true, answer in pairs)
        assert stated[name]["accuracy"]["value"] == pytest.approx(right / len(pairs))
    found = evaluate(run.model, examples, part="test", cache=cache).as_dict()
    for task in found["tasks"]:
        for key in ("confusion", "accuracy", "balanced_accuracy", "per_class", "f1", "threshold"):
            assert task.get(key) == stated[task["name"]].get(key)
    assert found["summary"] == metrics_of(tmp_path / "model")["summary"]


@pytest.mark.parametrize("retrain", ["head", "1"])
def test_held_out_labels_move_no_weight_and_no_threshold(
    data: Path, cache: Path, tmp_path: Path, retrain: str
) -> None:
    rows = rows_of(data)
    parted = [row | {"split": "test" if n % 4 == 0 else "train"} for n, row in enumerate(rows)]
    other = {"0": "1", "1": "0", "": "1"}
    flipped = [
        row | {"red": other[row["red"]], "blue": other[row["blue"]], "colour": ""}
        if row["split"] == "test" else row
        for row in parted
    ]  # fmt: skip
    found = [
        run_of(examples_of(tmp_path / name, table), tmp_path / name / "model", retrain=retrain,
               cache=cache)
        for name, table in (("a", parted), ("b", flipped))
    ]  # fmt: skip
    first, second = (saved(tmp_path / name / "model") for name in "ab")
    assert first == second
    assert found[0].model.thresholds == found[1].model.thresholds
    accuracies = [run.metrics["tasks"][0]["accuracy"]["value"] for run in found]
    assert accuracies[0] == pytest.approx(1 - accuracies[1])


def test_an_uncertain_label_is_trained_only_where_that_is_asked_for(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    unsure = hidden_as(rows_of(data), ("u",))
    found = {
        name: run_of(examples_of(tmp_path / name, unsure, uncertain={"blue": name}),
                     tmp_path / name / "model", cache=cache)
        for name in ("ignore", "positive", "negative")
    }  # fmt: skip
    weights = {name: run.model.head.layers[0].weights for name, run in found.items()}
    assert not np.array_equal(weights["positive"], weights["negative"])
    assert not np.array_equal(weights["positive"], weights["ignore"])
    # The other tasks share nothing with it that is trained; all are solved to a tolerance.
    np.testing.assert_allclose(weights["positive"][:5], weights["ignore"][:5], rtol=1e-3, atol=1e-3)
    assert np.abs(weights["positive"][5:] - weights["ignore"][5:]).max() > 0.1
    for run in found.values():  # and it is never scored
        assert run.metrics["tasks"][2]["held_out"]["examples"] == 20
    assert any("10 uncertain labels in 1 task ('blue') trained as 100 % yes, and never scored"
               in note for note in found["positive"].metrics["notes"])  # fmt: skip


def test_a_task_with_one_class_is_named_and_left_out(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    rows = [row | {"always": "1"} for row in rows_of(data)]
    found = run_of(examples_of(tmp_path, rows, tasks=["red", "blue", "always"]), cache=cache)
    assert [task.name for task in found.model.tasks] == ["red", "blue"]
    assert any("'always'" in note and "only 'yes'" in note for note in found.metrics["notes"])


def test_a_task_whose_photos_of_a_class_are_broken_is_named_and_left_out(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    rows = [row | {"torn": "0"} for row in rows_of(data)]
    rows.append({"file": str(broken), "red": "0", "colour": "green", "blue": "", "torn": "1"})
    found = run_of(examples_of(tmp_path, rows), cache=cache)
    assert [task.name for task in found.model.tasks] == ["red", "colour", "blue"]
    assert any(note.startswith("torn: left out, fewer than two") for note in found.metrics["notes"])
    (aside,) = found.metrics["quarantined"]
    assert Path(aside["file"]).name == "broken.png"


def test_a_photo_of_which_nothing_is_known_is_not_trained_on(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    rows = rows_of(data)
    rows[4] |= {"red": "?", "colour": "", "blue": "nan"}
    found = run_of(examples_of(tmp_path, rows), tmp_path / "model", cache=cache)
    assert found.metrics["examples"]["train"] == 29
    assert any("1 example without a known label" in note for note in found.metrics["notes"])
    assert rows[4]["file"] not in {row["file"] for row in predictions(tmp_path / "model")}


def test_only_output_layers_are_said_to_share_nothing(solved: Trained) -> None:
    assert "share nothing that was trained" in solved[0].metrics["verdict"]
    assert metrics_of(solved[1])["plan"]["retrained_stages"] == []


def test_a_retrained_stage_is_shared_by_all_tasks(data: Path, retrained: Trained) -> None:
    run, directory = retrained
    plan = run.metrics["plan"]
    assert plan["retrained_stages"] == ["top"]
    assert "share layers that were trained for all of them together" in run.metrics["verdict"]
    came, model = small_backbone(), load(directory, threads=1)
    frozen = [stage.name for stage in came.stages if stage.name != "top"]
    assert model.backbone.frozen_sha256(frozen) == came.frozen_sha256(frozen)
    assert not np.array_equal(model.backbone.weights["top.0.weight"], came.weights["top.0.weight"])
    # One stage and seven outputs are all that was fitted, whatever the number of tasks.
    assert plan["trainable_parameters"] == 8 * 12 + 2 * 12 + 7 * (12 + 1)
    assert len(plan["temperature"]) == 3
    files = sorted(data.rglob("*.png"))[::7]
    before, after = (each.predict(files) for each in (run.model, model))
    for one, other in zip(before, after, strict=True):
        assert {name: answer.label for name, answer in one.answers.items()} == {
            name: answer.label for name, answer in other.answers.items()
        }


def test_all_tasks_are_answered_in_one_pass(data: Path, retrained: Trained) -> None:
    files = sorted(data.rglob("*.png"))[::5]
    passed: list[int] = []
    model = load(retrained[1], threads=1)
    found = model.predict(files, on_progress=passed.append)
    assert passed[-1] == len(files)  # a photo counts once, not once a task
    for prediction in found:
        assert list(prediction.answers) == ["red", "colour", "blue"]
        for answer in prediction.answers.values():
            assert sum(answer.probabilities.values()) == pytest.approx(1)
        red = prediction.answers["red"]
        assert (red.label == "yes") == (red.probabilities["yes"] >= model.thresholds["red"])


@pytest.mark.parametrize("weights", ["formula", "equal", 0.5, {"blue": 3.0}])
def test_what_a_task_counts_moves_its_weights(
    data: Path, cache: Path, tmp_path: Path, retrained: Trained, weights: Any
) -> None:
    found = run_of(
        examples_of(tmp_path, rows_of(data)), retrain="1", cache=cache, task_weights=weights
    )
    stage, usual = (run.model.backbone.weights["top.0.weight"] for run in (found, retrained[0]))
    assert np.array_equal(stage, usual) == (weights == "formula")
