"""How much is retrained: climbed as long as it pays, within the budget, and reported as it is."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.runs.small import COUNT, assert_sound, predictions, run, small_backbone

from headstart.errors import MissingExtraError, SettingError
from headstart.model import load
from headstart.runs import Event, Note, Planned, Progress
from headstart.runs._fitting import Fitting
from headstart.strategy import Candidate, Rung, _ladder
from headstart.strategy._rule import Step

LEARNS: dict[str, Any] = {"learning_rate": 0.02, "epochs": 8}
"""Enough for the last stage of the colour-blind network to learn to see."""


@pytest.fixture
def climbing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of thumb that proposes every stage however few the examples, and no hidden layers."""
    steps = tuple(Step(depth / 3, 1, math.inf) for depth in (1, 2, 3))
    monkeypatch.setattr(_ladder, "STEPS", steps)
    monkeypatch.setattr(_ladder, "HIDDEN_FROM", math.inf)


class Interrupt:
    """Ctrl-C once, when a step of this name has come so far."""

    def __init__(self, step: str, done: float) -> None:
        self.events: list[Event] = []
        self._step, self._done = step, done
        self.happened = False

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self.happened or not isinstance(event, Progress) or event.done < self._done:
            return
        if self._step == event.step:
            self.happened = True
            raise KeyboardInterrupt


def log_loss(rows: list[dict[str, str]]) -> float:
    return float(-np.mean([math.log(float(row[f"p_{row['label']}"])) for row in rows]))


@pytest.mark.usefixtures("climbing")
def test_auto_climbs_where_it_pays(data: Path, cache: Path, tmp_path: Path) -> None:
    blind = small_backbone(colour_blind=True)
    found = run(data, tmp_path / "m", cache=cache, backbone=blind, retrain="auto", **LEARNS)
    plan, task = found.metrics["plan"], found.metrics["tasks"][0]
    assert plan["chosen_by"] == "measured"
    assert plan["retrain"] == plan["chosen"] in ("1", "2", "all")
    names = [each["name"] for each in plan["candidates"]]
    assert names[:2] == ["head", "1"]
    losses = {each["name"]: each["log_loss"]["value"] for each in plan["candidates"]}
    assert losses["1"] < losses["head"] - 0.2
    assert plan["why"] == plan["sentence"]
    assert re.match(r"(\d of 3|all) stages retrained: log loss 0\.\d+ against", plan["sentence"])
    assert "with the head only" in plan["sentence"]
    assert all(each["seconds"] > 0 for each in plan["candidates"])
    # What is reported are held-out predictions of the choice, and every example has one.
    rows = predictions(tmp_path / "m")
    assert len(rows) == COUNT
    assert all(row["predicted"] and row["fold"] for row in rows)
    assert log_loss(rows) == pytest.approx(task["log_loss"]["value"], abs=1e-4)
    assert task["log_loss"]["value"] == pytest.approx(plan["log_loss"]["value"])
    assert plan["per_fold"][0] != ["head", "head", "head"]
    assert plan["gain"]["low"] > 0
    assert task["held_out"]["repeats"] == 1
    assert "top" in plan["retrained_stages"]
    assert_sound(found, blind, plan["retrained_stages"], data)


@pytest.mark.usefixtures("climbing")
def test_auto_stays_at_the_head_where_it_suffices(
    data: Path, mislabelled: Path, cache: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    found = run(
        mislabelled, tmp_path / "m", cache=cache, retrain="auto", repeats=2, on_event=events.append
    )
    plan = found.metrics["plan"]
    assert (plan["retrain"], plan["epochs"], plan["retrained_stages"]) == ("head", 0, [])
    assert plan["chosen_by"] == "measured"
    assert [each["name"] for each in plan["candidates"]] == ["head", "1"]
    assert plan["why"].startswith("head only: no rung tried was better by more than one standard")
    assert_sound(found, small_backbone(), (), data)
    (planned,) = [event for event in events if isinstance(event, Planned)]
    assert planned.retrain == "measured within about 120 s (--budget)"
    # The solved head has predictions from every repeat, and the figures rest on all of them.
    head = run(mislabelled, tmp_path / "h", cache=cache, retrain="head", repeats=2)
    assert found.metrics["tasks"] == head.metrics["tasks"]
    assert found.metrics["tasks"][0]["held_out"]["repeats"] == 2


@pytest.mark.usefixtures("climbing")
def test_nothing_is_tried_where_nothing_can_be_gained(data: Path, cache: Path) -> None:
    plan = run(data, cache=cache, retrain="auto").metrics["plan"]
    assert (plan["retrain"], plan["candidates"]) == ("head", [])
    assert plan["why"].startswith("head only: its log loss is so near 0 that nothing")


@pytest.mark.usefixtures("climbing")
def test_auto_with_a_part_that_is_held_out(data: Path, cache: Path, tmp_path: Path) -> None:
    """No choice has seen that part, and the model's own predictions of it are the figures."""
    blind = small_backbone(colour_blind=True)
    for path in data.rglob("*.png"):
        part = "val" if int(path.stem) % 4 == 0 else "train"
        target = tmp_path / "split" / part / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    found = run(
        tmp_path / "split", tmp_path / "m", cache=cache, backbone=blind, retrain="auto", **LEARNS
    )
    task, plan = found.metrics["tasks"][0], found.metrics["plan"]
    assert task["held_out"]["design"] == "validation"
    assert plan["retrain"] != "head"
    held = [row for row in predictions(tmp_path / "m") if row["part"] == "validation"]
    assert len(held) == 9
    predicted = load(tmp_path / "m", threads=1).predict(
        [tmp_path / "split" / row["file"] for row in held]
    )
    assert [each.label for each in predicted] == [row["predicted"] for row in held]
    assert log_loss(held) == pytest.approx(task["log_loss"]["value"], abs=1e-4)


@pytest.mark.usefixtures("climbing")
def test_hidden_layers_that_are_asked_for_are_tried_with_every_rung(
    data: Path, cache: Path
) -> None:
    blind = small_backbone(colour_blind=True)
    found = run(data, cache=cache, backbone=blind, retrain="auto", hidden=(12,), **LEARNS)
    tried = [(each["name"], each["hidden"]) for each in found.metrics["plan"]["candidates"]]
    assert tried[:3] == [("head", []), ("head", [12]), ("1", [12])]
    assert len(tried) == len({(name, tuple(hidden)) for name, hidden in tried})


def test_auto_tries_hidden_layers_of_its_own(
    mislabelled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ladder, "STEPS", (Step(1 / 3, 1, math.inf),))
    monkeypatch.setattr(_ladder, "HIDDEN_FROM", 1)
    monkeypatch.setattr("headstart.runs._climb.HIDDEN", (5,))
    plan = run(mislabelled, cache=cache, retrain="auto").metrics["plan"]
    tried = {(each["name"], *each["hidden"]): each for each in plan["candidates"]}
    assert tried.keys() == {("head",), ("head", 5), ("1",)}
    numbers = (12 + 1) * 5 + (5 + 1) * 3
    assert tried["head", 5]["trainable_parameters"] == numbers


@pytest.mark.usefixtures("climbing")
@pytest.mark.parametrize("retrain", ["auto", "1"])
def test_a_second_learning_rate_reads_the_store_alone(
    mislabelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retrain: str
) -> None:
    first = run(mislabelled, cache=tmp_path, retrain=retrain)

    def no_engine(*_: object) -> Callable[[], object]:
        raise AssertionError("an engine was made")

    monkeypatch.setattr("headstart.activations._frozen_pass.engine_maker", no_engine)
    monkeypatch.setattr("headstart.activations._readers.engine_maker", no_engine)
    second = run(mislabelled, cache=tmp_path, retrain=retrain, learning_rate=5e-3)
    assert second.metrics["cache"]["misses"] == 0
    one, other = (each.metrics["plan"]["candidates"][1] for each in (first, second))
    assert one["log_loss"]["value"] != other["log_loss"]["value"], "it was fitted anew"


@pytest.mark.usefixtures("climbing")
@pytest.mark.parametrize(("step", "done"), [("Retrain 2", 1.5), ("To stem", 3.0)])
def test_ctrl_c_while_climbing_keeps_the_best_so_far(
    data: Path, tmp_path: Path, step: str, done: float
) -> None:
    blind = small_backbone(colour_blind=True)
    stop = Interrupt(step, done)
    found = run(
        data, tmp_path / "m", cache=tmp_path / "c", backbone=blind, retrain="auto",
        on_event=stop, **LEARNS,
    )  # fmt: skip
    assert stop.happened
    plan = found.metrics["plan"]
    assert [each["name"] for each in plan["candidates"]] == ["head", "1"]
    assert (plan["retrain"], plan["chosen_by"]) == ("1", "measured until it was interrupted")
    said = [event.text for event in stop.events if isinstance(event, Note)]
    assert said == found.metrics["notes"]
    assert any("interrupted: the best of what was measured so far is kept" in text for text in said)
    assert_sound(found, blind, ("top",), data)


@pytest.mark.usefixtures("climbing")
def test_half_a_fold_that_was_interrupted_is_no_evidence(mislabelled: Path, tmp_path: Path) -> None:
    """Run again, the interrupted rung is measured as if nothing had been."""
    stop = Interrupt("Retrain 1", done=1.6)
    interrupted = run(mislabelled, cache=tmp_path / "c", retrain="auto", on_event=stop, **LEARNS)
    assert stop.happened
    assert interrupted.metrics["plan"]["retrain"] == "head"
    assert interrupted.metrics["plan"]["why"] == "head only: nothing else was measured"
    again, fresh = (
        run(mislabelled, cache=tmp_path / place, retrain="auto", **LEARNS).metrics["plan"]
        for place in ("c", "fresh")
    )
    again, fresh = again["candidates"][1], fresh["candidates"][1]
    assert again["log_loss"] == fresh["log_loss"]
    assert again["epochs"] == fresh["epochs"]


def test_ctrl_c_while_the_model_is_trained_keeps_the_epochs_that_ended(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    stop = Interrupt("Retrain the model", done=0.7)
    blind = small_backbone(colour_blind=True)
    found = run(
        data, tmp_path / "m", cache=cache, backbone=blind, retrain=1, on_event=stop, **LEARNS
    )
    assert stop.happened
    planned = found.metrics["plan"]["candidates"][1]["epochs"]
    kept = found.model.head.origin["epochs"]
    assert 0 < kept < planned
    assert found.metrics["plan"]["epochs"] == kept
    (note,) = found.metrics["notes"]
    assert note.startswith(f"interrupted: the model is as it was after {kept} of {planned} epochs")
    assert_sound(found, blind, ("top",), data)


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("_depth", "_forecast"):
        monkeypatch.setattr(f"headstart.runs.{module}.can_train", lambda: False)


@pytest.mark.usefixtures("no_torch")
def test_auto_without_torch_says_what_it_would_allow(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    found = run(data, tmp_path / "m", cache=cache, retrain="auto", on_event=events.append)
    plan = found.metrics["plan"]
    assert (plan["retrain"], plan["candidates"]) == ("head", [])
    assert plan["chosen_by"] == "the extra 'train' is not installed"
    assert "pip install 'headstart[train]'" in plan["why"]
    (planned,) = [event for event in events if isinstance(event, Planned)]
    assert "the extra 'train' would measure whether more pays" in planned.retrain
    head = run(data, tmp_path / "h", cache=cache, retrain="head")
    assert found.metrics["tasks"] == head.metrics["tasks"]


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize(
    "changes",
    [{"retrain": 1}, {"retrain": "all"}, {"train_stages": ("stem",)}, {"hidden": (8,)},
     {"retrain": "head", "hidden": (8,)}, {"retrain": "head", "head_init": "random"}],
    ids=str,
)  # fmt: skip
def test_asking_for_training_without_torch_is_refused_before_any_work(
    data: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    events: list[Event] = []
    changes = {"retrain": "auto", **changes}
    with pytest.raises(MissingExtraError, match=r"pip install 'headstart\[train\]'"):
        run(data, tmp_path / "m", cache=tmp_path / "c", on_event=events.append, **changes)
    assert events == []
    assert not (tmp_path / "m").exists()


@pytest.mark.usefixtures("climbing")
@pytest.mark.parametrize("budget", ["1s", 0.5])
def test_a_budget_that_is_too_small_is_said(
    mislabelled: Path, cache: Path, budget: str | float
) -> None:
    found = run(mislabelled, cache=cache, retrain="auto", budget=budget)
    assert found.metrics["plan"]["retrain"] == "head"
    assert found.metrics["plan"]["why"].endswith("nothing else was worth trying")
    (note,) = [note for note in found.metrics["notes"] if "budget" in note]
    assert "1 of 3 stages retrained" in note
    assert "Raise --budget" in note


@pytest.mark.usefixtures("climbing")
def test_a_small_budget_is_not_to_blame_where_nothing_can_be_gained(
    data: Path, cache: Path
) -> None:
    found = run(data, cache=cache, retrain="auto", budget="1s")
    assert found.metrics["plan"]["why"].startswith("head only: its log loss is so near 0")
    assert not any("budget" in note for note in found.metrics["notes"])


@pytest.mark.usefixtures("climbing")
@pytest.mark.parametrize(
    ("forecasts", "took", "tried"),
    [
        ({"1": 60.0, "2": 500.0, "all": 900.0}, 3.0, ["head", "1", "2", "all"]),
        ({"1": 1.0, "2": 2.0, "all": 3.0}, 50.0, ["head", "1"]),
    ],
    ids=["faster than forecast", "slower"],
)
def test_forecasts_go_at_the_pace_that_was_seen(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch,
    forecasts: dict[str, float], took: float, tried: list[str],
) -> None:  # fmt: skip
    """Within 120 s: only the first rung has to fit as it was forecast."""
    fit = Fitting.cross_fit

    def timed(self: Fitting, rung: Rung, **more: Any) -> Candidate:
        found = fit(self, rung, **more)
        # Stopped after half of its epochs, so that all of them would have taken twice as long.
        seconds = took * forecasts[rung.key] / forecasts["1"] / 2
        return replace(found, seconds=seconds, epochs_run=found.epochs_run // 2)

    monkeypatch.setattr(Fitting, "cross_fit", timed)
    monkeypatch.setattr(
        "headstart.runs._climb.forecast", lambda _, rung: forecasts.get(rung.key, 0.0)
    )
    # Each rung is as good as a better one would have to be for the climb to go on.
    monkeypatch.setattr(_ladder, "_outlook", lambda *_: "gains")
    found = run(data, cache=cache, retrain="auto", epochs=2)
    assert [each["name"] for each in found.metrics["plan"]["candidates"]] == tried
    left_out = [note for note in found.metrics["notes"] if "not tried within the budget" in note]
    assert len(left_out) == (tried[-1] != "all")


def test_too_few_examples_for_any_rung(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is tried, and the budget is not to blame."""
    monkeypatch.setattr(_ladder, "STEPS", (Step(1.0, math.inf, math.inf),))
    monkeypatch.setattr(_ladder, "HIDDEN_FROM", math.inf)
    found = run(data, cache=cache, retrain="auto")
    assert found.metrics["plan"]["retrain"] == "head"
    assert found.metrics["plan"]["why"].endswith("nothing else was worth trying")
    assert not any("budget" in note for note in found.metrics["notes"])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"retrain": 4}, r"retrain is 4; expected .* 1 to 3 \(small has 3 with weights\)"),
        ({"retrain": "some"}, "retrain is 'some'; expected head, a number of last stages"),
        ({"retrain": True}, "retrain is True"),
        ({"train_stages": ("upper", "top")}, "small has no stage 'upper'; .* stem, middle, top"),
        ({"train_stages": ("pool",)}, "'pool' has no weights to retrain"),
        ({"retrain": {"tip": True}}, "small has no stage 'tip'"),
        ({"retrain": {"top": "yes"}}, "retrain says 'yes' of stage 'top'; expected True"),
        ({"retrain": 1, "train_stages": ("top",)}, "give one of the two"),
        ({"drop_stages": 3}, "3 stages cannot be dropped from small: it has 3 with weights"),
    ],
    ids=str,
)
def test_stages_that_are_not_there_are_said_before_any_work(
    data: Path, tmp_path: Path, changes: dict[str, Any], match: str
) -> None:
    events: list[Event] = []
    changes = {"retrain": "auto", **changes}
    with pytest.raises(SettingError, match=match):
        run(data, tmp_path / "m", cache=tmp_path / "c", on_event=events.append, **changes)
    assert events == []
