"""One task in focus: its helpers, and what their labels were worth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Examples, Task, VectorSource
from headstart.runs import TrainSettings, train

pytest.importorskip("torch", reason="shared layers are trained with PyTorch")

EXAMPLES, WIDTH = 240, 6


def examples(tasks: int = 3) -> Examples:
    """Tasks that look for the same two directions; the first knows a third of its labels."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(EXAMPLES, WIDTH)).astype(np.float32)
    hidden = np.maximum(vectors @ random.normal(size=(WIDTH, 2)), 0)
    logits = hidden @ random.normal(size=(2, tasks))
    targets = (logits > np.median(logits, axis=0)).astype(np.int64)
    targets[random.random(EXAMPLES) < 0.66, 0] = UNKNOWN
    return Examples(
        sources=tuple(VectorSource(row, str(place)) for place, row in enumerate(vectors)),
        tasks=tuple(Task(f"t{place}", "binary", ("no", "yes")) for place in range(tasks)),
        targets=targets,
        input_kind="vector",
        vectors=vectors,
        vector_names=tuple(f"x{place}" for place in range(WIDTH)),
    )


def settings(tmp_path: Path, **changes: object) -> TrainSettings:
    usual = {"hidden": (4,), "epochs": 2, "folds": 3, "repeats": 1, "threads": 1, "focus": "t0"}
    return TrainSettings(cache=tmp_path / "cache", **(usual | changes))  # type: ignore[arg-type]


def test_helpers_are_chosen_and_their_worth_is_told(tmp_path: Path) -> None:
    run = train(examples(), settings(tmp_path), out=tmp_path / "model")
    found = json.loads((tmp_path / "model" / "metrics.json").read_text("utf-8"))["focus"]
    assert found["task"] == "t0"
    assert set(found["helpers"]) <= {"t1", "t2"}
    assert [task.name for task in run.model.tasks] == ["t0", *found["helpers"]]
    sets = [candidate["helpers"] for candidate in found["choice"]["candidates"]]
    assert sets[0] == []
    assert sets[-1] == [1, 2]
    # Alone and beside the others, with a half and all of its own labels.
    assert found["worth"]["most"] == int((examples().targets[:, 0] != UNKNOWN).sum())
    assert all(isinstance(text, str) for text in found["sentences"])


def test_what_is_reported_are_predictions_that_the_choice_did_not_see(tmp_path: Path) -> None:
    run = train(examples(), settings(tmp_path))
    plan = run.metrics["plan"]
    assert plan["chosen_by"] == "asked for"
    assert plan["epochs"] >= 1
    assert run.metrics["tasks"][0]["name"] == "t0"
    assert run.metrics["tasks"][0]["known"] == int((examples().targets[:, 0] != UNKNOWN).sum())


@pytest.mark.parametrize(
    ("changes", "tasks", "message"),
    [
        ({"focus": "nosuch"}, 3, "no task 'nosuch' to focus on; the tasks are t0, t1, t2"),
        ({}, 1, "a focus is one of several tasks, and there is one task only"),
    ],
)
def test_a_focus_that_makes_no_sense(
    tmp_path: Path, changes: dict[str, object], tasks: int, message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        train(examples(tasks), settings(tmp_path, **changes))
