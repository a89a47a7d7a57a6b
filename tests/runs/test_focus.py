"""A run with one task in focus: what is trained, what is judged, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from tests.runs.small import described, settings
from tests.runs.tables import examples_of, rows_of, run_of

from headstart.backbones import DEFAULT
from headstart.errors import SettingError
from headstart.examples import Examples, read_examples
from headstart.runs import TrainRun, train


@pytest.fixture(scope="module")
def found(data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainRun:
    """Of the photos of three colours, with whether they are blue in focus."""
    root = tmp_path_factory.mktemp("focus")
    examples = examples_of(root, rows_of(data))
    return run_of(examples, root / "model", retrain="1", focus="blue", cache=cache)


def test_the_model_answers_the_focus_first_and_then_its_helpers(found: TrainRun) -> None:
    focus = found.metrics["focus"]
    assert focus["task"] == "blue"
    assert set(focus["helpers"]) <= {"red", "colour"}
    expected = ["blue", *focus["helpers"]]
    assert [task.name for task in found.model.tasks] == expected
    assert [task["name"] for task in found.metrics["tasks"]] == expected
    assert found.directory is not None
    assert [task["name"] for task in described(found.directory)["tasks"]] == expected


def test_what_was_chosen_is_said(found: TrainRun) -> None:
    focus = found.metrics["focus"]
    assert focus["sentences"][0] == f"blue: {found.metrics['plan']['why']}"
    tried = {len(each["helpers"]) for each in focus["choice"]["candidates"]}
    assert {0, 2} <= tried
    assert found.metrics["plan"]["retrained_stages"] == ["top"]


def test_too_few_own_labels_tell_nothing_of_worth(found: TrainRun) -> None:
    assert found.metrics["tasks"][0]["known"] == 20
    assert found.metrics["focus"]["worth"] is None


def test_without_a_focus_nothing_is_said_of_one(data: Path, cache: Path, tmp_path: Path) -> None:
    assert run_of(examples_of(tmp_path, rows_of(data)), cache=cache).metrics["focus"] is None


def vectors(random: np.random.Generator) -> Examples:
    """Two tasks that ask the same about vectors of 20 numbers: of 80, and of 320 others."""
    values = random.normal(size=(400, 20)).astype(np.float32)
    answers = values @ random.normal(size=20) > 0
    known = np.arange(400) % 5 == 0
    table = pd.DataFrame(
        {
            "id": [f"m{number}" for number in range(400)],
            "own": np.where(known, answers, np.nan),
            "other": np.where(known, np.nan, answers),
        }
    )
    return read_examples(table, features=values)


def test_labels_of_a_task_that_asks_the_same_are_worth_own_labels(
    random: np.random.Generator,
) -> None:
    given = settings(
        backbone=DEFAULT, retrain="auto", hidden=(8,), focus="own", epochs=6, learning_rate=0.02
    )
    focus = train(vectors(random), given).metrics["focus"]
    assert focus["helpers"] == ["other"]
    alone, together = (each["log_loss"] for each in focus["choice"]["candidates"])
    assert together < alone - 0.1
    assert focus["worth"]["word"] == "helps"
    assert focus["sentences"][1].startswith("the other task ")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"retrain": "1", "focus": "green"}, "no task 'green' to focus on; the tasks are red, col"),
        ({"retrain": "head", "focus": "blue"}, "the tasks share nothing, so none can help another"),
    ],
)
def test_a_focus_that_makes_no_sense(
    data: Path, cache: Path, tmp_path: Path, changes: dict[str, Any], match: str
) -> None:
    with pytest.raises(SettingError, match=match):
        run_of(examples_of(tmp_path, rows_of(data)), cache=cache, **changes)


def test_one_task_is_always_in_focus(data: Path, cache: Path) -> None:
    with pytest.raises(SettingError, match="one of several tasks, and there is one task only"):
        train(read_examples(data), settings(retrain="1", focus="label", cache=cache))
