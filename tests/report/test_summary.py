from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.report._figures import baselines, scale_start, small_figure
from headstart.report._read import read_model_files
from headstart.report._summary import Summary, summarise


def summary_of(directory: Path) -> Summary:
    return summarise(read_model_files(directory))


def test_baselines_know_nothing_but_the_training_shares() -> None:
    known = baselines([[5, 1], [1, 3]], training=[1, 3])
    assert known.accuracy == pytest.approx(0.4)  # bees are most common in training, 4 of 10 here
    assert known.balanced_accuracy == pytest.approx(0.5)
    assert known.log_loss == pytest.approx(-(6 * math.log(0.25) + 4 * math.log(0.75)) / 10)


def test_baselines_fall_back_on_the_held_out_shares() -> None:
    known = baselines([[5, 1], [1, 3]], training=[0, 0])
    assert known.accuracy == pytest.approx(0.6)


def test_baselines_without_evidence() -> None:
    assert baselines([], training=[]).accuracy is None
    assert baselines([[5, 0], [0, 0]], training=[5, 5]).accuracy is None  # one class held out
    assert baselines([[5, 0], [0, 5]], training=[9, 0]).log_loss is None  # would be infinite


@pytest.mark.parametrize(
    ("low", "baseline", "expected"),
    [(0.88, None, 0.8), (0.88, 0.542, 0.5), (1.0, None, 0.9), (0.8, None, 0.8), (None, None, 0.0)],
)
def test_scale_leaves_room_for_all_that_is_shown(
    low: float | None, baseline: float | None, expected: float
) -> None:
    assert scale_start({"low": low}, baseline=baseline) == pytest.approx(expected)


@pytest.mark.parametrize("raw", [{"value": math.nan}, {"value": True}, {"value": "0.5"}, None])
def test_figures_without_a_number_are_undefined(raw: object) -> None:
    figure = small_figure(raw, name="Recall", start=0.0)
    assert figure.why
    assert figure.bar == ""


@pytest.mark.parametrize(
    ("held_out", "expected"),
    [
        ({"design": "test", "examples": 9}, "the 9 photos of the test part"),
        (
            {"design": "cross-validation", "examples": 9, "folds": 3, "repeats": 2, "groups": 4},
            "repeated cross-validation: the 9 photos were split into 3 folds, 2 times over",
        ),
        (
            {"design": "cross-validation", "examples": 9, "folds": 3, "repeats": 1},
            "Measured by cross-validation: the 9 photos were split into 3 folds, and",
        ),
        ({}, ""),
    ],
)
def test_how_it_was_measured_is_said(
    make_model: Callable[..., Path], held_out: dict[str, object], expected: str
) -> None:
    task = summary_of(make_model(task={"held_out": held_out})).task
    assert task is not None
    assert expected in task.how
    assert ("rounds" in task.how) == (held_out.get("repeats") == 2)
    assert ("4 groups" in task.how) == ("groups" in held_out)


def test_confusion_that_does_not_fit_the_classes_is_left_out(
    make_model: Callable[..., Path],
) -> None:
    task = summary_of(make_model(task={"confusion": [[1, 2, 3]]})).task
    assert task is not None
    assert task.matrix == ()


def test_confusions_are_sorted(make_model: Callable[..., Path]) -> None:
    confusion = [[5, 1, 4], [2, 8, 0], [0, 0, 9]]
    task = summary_of(make_model(task={"classes": list("abc"), "confusion": confusion})).task
    assert task is not None
    assert [(pair.true, pair.predicted, pair.count) for pair in task.pairs] == [
        ("a", "c", "4"),
        ("b", "a", "2"),
        ("a", "b", "1"),
    ]


def test_time_that_no_step_claims_is_shown(make_model: Callable[..., Path]) -> None:
    timings = summary_of(make_model()).timings
    assert timings is not None
    names = [step.name for step in timings.steps]
    assert names == ["frozen pass", "fitting the head", "everything else"]


@pytest.mark.parametrize(
    ("hits", "misses", "expected"),
    [
        (0, 5, "The frozen part was computed for 5 photos."),
        (5, 0, "The activations of all 5 photos were stored already."),
        (1, 4, "The activations of 1 photo were stored already, those of 4 were computed."),
    ],
)
def test_what_the_store_did(
    make_model: Callable[..., Path], hits: int, misses: int, expected: str
) -> None:
    directory = make_model(metrics={"cache": {"hits": hits, "misses": misses, "bytes": 0}})
    assert summary_of(directory).store == expected


def test_many_steps_are_told_together(make_model: Callable[..., Path]) -> None:
    seconds = {"total": 20.0, "start": 0.5, "frozen_pass": 4.0, "checks": 0.2, "head": 1.0,
               "depth": 9.0, "training": 3.0, "evaluation": 0.9, "save": 0.1}  # fmt: skip
    timings = summary_of(make_model(metrics={"seconds": seconds})).timings
    assert timings is not None
    assert [step.name for step in timings.steps] == [
        "frozen pass",
        "fitting the head",
        "measuring how much to retrain",
        "training on everything",
        "figures",
        "everything else",
    ]
    assert timings.steps[-1].time.startswith("2.1")  # with what no step claims


def test_mistakes_on_training_photos_stand_apart(make_model: Callable[..., Path]) -> None:
    summary = summary_of(
        make_model(
            predictions=[
                ("1.jpg", "", "train", "ants", "bees", "0.99"),
                ("2.jpg", "", "validation", "ants", "bees", "0.7"),
                ("3.jpg", "", "validation", "ants", "ants", "0.7"),
            ]
        )
    )
    measured, training = summary.galleries
    assert [card.file for card in measured.cards] == ["2.jpg"]
    assert [card.file for card in training.cards] == ["1.jpg"]
    assert training.title == "On training photos"


def test_no_mistakes(make_model: Callable[..., Path]) -> None:
    summary = summary_of(
        make_model(predictions=[("3.jpg", "", "validation", "ants", "ants", "0.7")])
    )
    (gallery,) = summary.galleries
    assert gallery.words == "Not one of 1 photo was named wrongly."


def test_photos_of_a_table_lie_beside_it(
    make_model: Callable[..., Path], photo: tuple[Path, str], tmp_path: Path
) -> None:
    _, digest = photo
    directory = make_model(
        model={"data": str(tmp_path / "photos" / "labels.csv")},
        predictions=[("bees/red.jpg", digest, "validation", "ants", "bees", "0.9")],
    )
    (gallery,) = summary_of(directory).galleries
    assert gallery.cards[0].thumbnail.uri
    other = summarise(
        read_model_files(make_model(model={"data": "nowhere"})), photos_root=tmp_path / "photos"
    )
    assert other.galleries[0].cards[0].thumbnail.uri
