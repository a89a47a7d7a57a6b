"""Ways to learn several tasks with labels hidden from training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from tests.runs.small import settings

from headstart.activations import ActivationStore, choose_engine
from headstart.backbones import DEFAULT
from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Examples, read_examples
from headstart.runs import (
    Event,
    Hiding,
    Journal,
    Progress,
    TasksCompareSettings,
    TasksComparison,
    compare_tasks,
    ignore,
)
from headstart.runs._depth import shared_rung
from headstart.runs._fewer_labels import with_fewer_labels
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features, network_of

NAMES = ("joint", "separate", "head")


def table() -> Examples:
    """Two tasks about 80 vectors of six numbers; the second is rarely yes."""
    values = np.random.default_rng(11).normal(size=(80, 6)).astype(np.float32)
    chance = np.random.default_rng(12).random(80)
    first = np.where(chance < 0.9, values[:, 0] > 0, values[:, 0] <= 0)
    columns = {"id": [f"m{place}" for place in range(80)], "first": first.astype(int),
               "second": (values[:, 1] > 0.6).astype(int)}  # fmt: skip
    return read_examples(pd.DataFrame(columns), features=values)


def compared(
    examples: Examples, cache: Path, events: list[Event], **changes: Any
) -> TasksComparison:
    train = settings(backbone=DEFAULT, retrain="auto", hidden=(8,), cache=cache)
    return compare_tasks(
        examples, TasksCompareSettings(NAMES, train=train, **changes), on_event=events.append
    )


@pytest.fixture(scope="module")
def told() -> list[Event]:
    return []


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, told: list[Event]) -> TasksComparison:
    hide = (Hiding(0.5), Hiding(0.75), Hiding(0.5, "rare"))
    return compared(table(), tmp_path_factory.mktemp("fewer"), told, hide=hide)


def test_so_many_labels_are_left(found: TasksComparison) -> None:
    assert found.known == (80, 80)
    # Of two tasks: two thirds of the rarer one's, one third of the other's.
    assert [less.known for less in found.fewer] == [(40, 40), (20, 20), (53, 27)]


def test_all_ways_are_judged_by_all_labels(found: TasksComparison) -> None:
    for less in found.fewer:
        assert [way.name for way in less.ways] == list(NAMES)
        assert [each.examples for figures in less.figures for each in figures] == [80] * 6
        assert [contest.auroc.second for contest in less.contests] == ["separate", "head"]


def test_fewer_labels_teach_less(found: TasksComparison) -> None:
    whole = found.as_dict()
    for less in whole["fewer_labels"]:
        for way, full in zip(less["ways"], whole["ways"], strict=True):
            assert way["summary"]["log_loss"]["value"] != full["summary"]["log_loss"]["value"]
    heads = [less["ways"][2]["summary"]["log_loss"]["value"] for less in whole["fewer_labels"]]
    assert whole["ways"][2]["summary"]["log_loss"]["value"] < min(heads)


def test_intervals_hold_for_all_shares_together(found: TasksComparison) -> None:
    assert {less.contests[0].auroc.mean.level for less in found.fewer} == {1 - 0.05 / 3}
    assert found.contests[0].auroc.mean.level == 0.95


def test_what_is_found_is_said_and_stands_in_the_file(found: TasksComparison) -> None:
    said = found.as_dict()
    assert [(less["hidden"], less["how"]) for less in said["fewer_labels"]] == [
        (0.5, "random"), (0.75, "random"), (0.5, "rare"),
    ]  # fmt: skip
    start = "with 50 % of the labels hidden, at random, joint against separate, by AUROC: joint "
    assert any(sentence.startswith(start) for sentence in said["sentences"])


def test_progress_names_what_is_hidden(found: TasksComparison, told: list[Event]) -> None:
    assert found.fewer
    steps = {event.step for event in told if isinstance(event, Progress)}
    assert {"joint", "joint, 50 % hidden", "separate, 75 % hidden"} <= steps


def test_hidden_labels_do_not_reach_what_is_trained(tmp_path: Path) -> None:
    examples, train = table(), settings(backbone=DEFAULT, retrain="auto", hidden=(4,))
    hiding, engine = Hiding(0.5), choose_engine()
    said = []
    with ActivationStore(tmp_path) as store:
        backbone = network_of(examples, train)
        passed = frozen_features(examples, train, backbone, engine, store, ignore)
        for flipped in (False, True):
            prepared = prepare(examples, passed)
            labels = prepared.labels.copy()
            if flipped:
                hidden = hiding.apply(labels, seed=train.seed) == UNKNOWN
                labels[hidden] = 1 - labels[hidden]
            ground = Ground(train, prepared, backbone, engine, store,
                            Journal(tmp_path / str(flipped)), ignore)  # fmt: skip
            fitting = solve_tasks(ground)
            ground = replace(ground, prepared=replace(prepared, labels=labels))
            rung = shared_rung(backbone, train)
            less = with_fewer_labels(hiding, NAMES, fitting, rung, ground, level=0.95)
            said.append([way.probabilities for way in less.ways])
    for one, other in zip(*said, strict=True):
        np.testing.assert_array_equal(one, other)


@given(
    share=st.floats(0.01, 0.99),
    less=st.floats(0.01, 0.99),
    how=st.sampled_from(["random", "rare"]),
    seed=st.integers(0, 5),
)
def test_hiding_is_nested_and_adds_nothing(share: float, less: float, how: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 2, size=(40, 3))
    more, fewer = sorted([share, less], reverse=True)
    left, larger = (Hiding(each, how).apply(labels, seed=seed) for each in (more, fewer))
    assert ((left == labels) | (left == UNKNOWN)).all()
    assert (larger[left != UNKNOWN] == left[left != UNKNOWN]).all()


def test_the_rarest_task_loses_most() -> None:
    labels = np.zeros((1000, 4), dtype=np.int64)
    for task, count in enumerate((300, 20, 450, 80)):
        labels[:count, task] = 1
    left = (Hiding(0.5, "rare").apply(labels, seed=0) != UNKNOWN).sum(axis=0)
    assert left.tolist() == [600, 200, 800, 400]
    assert (Hiding(0.9, "rare").apply(labels, seed=0) != UNKNOWN).sum(axis=0).min() == 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [("50", Hiding(0.5)), ("rare:80", Hiding(0.8, "rare")), ("12.5%", Hiding(0.125))],
)
def test_percentages_are_read(text: str, expected: Hiding) -> None:
    assert Hiding.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("half", "percentages such as 50 or rare:50, not 'half'"),
        ("0", "more than 0 % and less than 100 %, not 0 %"),
        ("100", "less than 100 %, not 100 %"),
        ("often:50", "hidden random or rare, not 'often'"),
    ],
)
def test_what_is_no_percentage_is_refused(text: str, match: str) -> None:
    with pytest.raises(SettingError, match=match):
        Hiding.parse(text)


def test_the_same_share_twice_is_refused() -> None:
    with pytest.raises(SettingError, match="50 % of the labels hidden, at random is there twice"):
        TasksCompareSettings(hide=(Hiding(0.5), Hiding(0.5)))
