"""Ways to learn several tasks: what each is, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from tests.runs.small import settings, small_backbone
from tests.runs.tables import Row, examples_of, rows_of

from headstart.activations import ActivationStore, choose_engine
from headstart.backbones import DEFAULT
from headstart.errors import DataError, SettingError
from headstart.examples import Examples, read_examples
from headstart.runs import (
    Event,
    Journal,
    Progress,
    TasksCompareSettings,
    TasksComparison,
    compare_tasks,
    ignore,
    names_are_ways,
)
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features
from headstart.runs._ways import run_way
from headstart.strategy import resolve

COLOURS = ("blue", "green", "red")
NO_NETWORK: dict[str, Any] = {"backbone": DEFAULT, "retrain": "auto"}
"""Feature vectors go through none."""

RUNG = resolve(small_backbone(), "1")


def compared(examples: Examples, *names: str, **changes: Any) -> TasksComparison:
    sweep = changes.pop("sweep", ())
    usual: dict[str, Any] = {"retrain": "1"} | changes
    return compare_tasks(examples, TasksCompareSettings(names, sweep, train=settings(**usual)))


def one_of_each(rows: list[Row]) -> list[Row]:
    """A yes/no column of each colour: exactly one of them is yes."""
    return [
        {"file": row["file"], **{name: str(int(row["colour"] == name)) for name in COLOURS}}
        for row in rows
    ]


@contextmanager
def ground_of(examples: Examples, cache: Path) -> Iterator[Ground]:
    """What solving the tasks of the small network stands on."""
    given = settings(retrain="1", cache=cache)
    engine = choose_engine(precision="f32", device="cpu", threads=1)
    with ActivationStore(cache) as store:
        passed = frozen_features(examples, given, small_backbone(), engine, store, ignore)
        prepared = prepare(examples, passed)
        yield Ground(given, prepared, small_backbone(), engine, store, Journal(cache), ignore)


@pytest.fixture(scope="module")
def exclusive(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """Three yes/no tasks of which exactly one is yes."""
    return examples_of(tmp_path_factory.mktemp("exclusive"), one_of_each(rows_of(data)))


@pytest.fixture(scope="module")
def found(exclusive: Examples, cache: Path) -> TasksComparison:
    """All ways that photos can be learned, compared once."""
    names = ("joint", "separate", "separate:time", "softmax", "head")
    return compared(exclusive, *names, cache=cache)


@pytest.fixture(scope="module")
def vectors() -> Examples:
    """Two tasks about vectors of six numbers, two thirds of the second unknown."""
    random = np.random.default_rng(11)
    values = random.normal(size=(60, 6)).astype(np.float32)
    table = pd.DataFrame(
        {
            "id": [f"m{number}" for number in range(60)],
            "first": (values[:, 0] > 0).astype(int),
            "second": np.where(np.arange(60) % 3 == 0, values[:, 1] > 0, np.nan),
        }
    )
    return read_examples(table, features=values)


def test_joint_is_one_network_and_separate_one_a_task(found: TasksComparison) -> None:
    joint, separate, timed, softmax, head = found.ways
    stage, outputs = 8 * 12 + 2 * 12, 2 * 13
    assert joint.parameters == stage + 3 * outputs
    assert separate.parameters == timed.parameters == 3 * (stage + outputs)
    assert softmax.parameters == stage + 3 * 13
    assert head.parameters == 3 * outputs
    assert [len(way.epochs) for way in found.ways] == [1, 3, 3, 1, 1]
    assert head.epochs == (0,)
    assert "one network for 3 tasks" in joint.what
    assert "3 networks, one a task" in separate.what


def test_every_way_predicts_every_task_of_every_example(found: TasksComparison) -> None:
    for way in found.ways:
        assert way.probabilities.shape == (1, 30, 6)
        assert not np.isnan(way.probabilities).any()
        of_tasks = way.probabilities.reshape(30, 3, 2)
        np.testing.assert_allclose(of_tasks.sum(axis=2), 1)


def test_a_softmax_says_yes_once(found: TasksComparison) -> None:
    softmax = found.ways[3].probabilities.reshape(30, 3, 2)
    np.testing.assert_allclose(softmax[..., 1].sum(axis=1), 1)
    joint = found.ways[0].probabilities.reshape(30, 3, 2)
    assert np.abs(joint[..., 1].sum(axis=1) - 1).max() > 1e-3


def test_ways_differ_where_something_is_shared(found: TasksComparison) -> None:
    joint, separate = found.ways[:2]
    assert np.abs(joint.probabilities - separate.probabilities).max() > 1e-4


def test_one_of_the_separate_networks_knows_nothing_of_the_other_tasks(
    exclusive: Examples, cache: Path, random: np.random.Generator
) -> None:
    # Labels that cannot be learned well, so that chances are not all near 0 or 1.
    some = replace(exclusive, targets=random.integers(0, 2, (30, 3)))
    others = replace(some, targets=np.c_[some.targets[:, :1], random.integers(0, 2, (30, 2))])
    folds = np.arange(30)[None] % 3
    change = {}
    for name in ("joint", "separate"):
        with ground_of(some, cache) as ground, ground_of(others, cache) as other:
            first, second = (
                run_way(name, solve_tasks(each, folds=folds), RUNG, each).probabilities[..., :2]
                for each in (ground, other)
            )
        change[name] = np.abs(first - second).max()
    # Training starts from heads that are solved side by side, to a tolerance.
    assert change["separate"] < 1e-3
    assert change["joint"] > 0.01


def test_the_same_time_is_a_share_of_the_epochs(exclusive: Examples, cache: Path) -> None:
    timed = compared(exclusive, "joint", "separate:time", epochs=6, cache=cache).ways[1]
    assert "2 epochs each" in timed.what
    assert max(timed.epochs) <= 2


def test_on_frozen_stages_joint_and_separate_are_the_same(exclusive: Examples, cache: Path) -> None:
    ways = compared(exclusive, "joint", "separate", "head", retrain="head", cache=cache).ways
    for way in ways:
        assert "joint and separate are the same" in way.what
        np.testing.assert_array_equal(way.probabilities, ways[2].probabilities)


def test_the_same_parameters_are_refused_of_a_pretrained_network(
    exclusive: Examples, cache: Path
) -> None:
    match = r"separate:parameters: networks of a 3th .* give shared hidden layers \(--hidden\)"
    with pytest.raises(SettingError, match=match):
        compared(exclusive, "joint", "separate:parameters", cache=cache)


def test_the_same_parameters_in_hidden_layers(exclusive: Examples, cache: Path) -> None:
    joint, fewer = compared(
        exclusive, "joint", "separate:parameters", retrain="head", hidden=(12,), cache=cache
    ).ways
    assert joint.parameters == 13 * 12 + 13 * 6
    assert fewer.parameters == 3 * (13 * 4 + 5 * 2)
    assert "with as many numbers together as the joint one" in fewer.what


def test_a_softmax_is_refused_with_counts(data: Path, tmp_path: Path, cache: Path) -> None:
    rows = one_of_each(rows_of(data))
    rows[:4] = [row | dict.fromkeys(COLOURS, "0") for row in rows[:4]]
    rows[4:7] = [row | dict.fromkeys(COLOURS, "1") for row in rows[4:7]]
    examples = examples_of(tmp_path, rows)
    match = "3 of 30 examples hold several; 4 of 30 examples hold none; leave softmax out"
    with pytest.raises(SettingError, match=match):
        compared(examples, "joint", "softmax", retrain="head", cache=cache)


def test_a_softmax_is_refused_for_a_task_of_many_classes(
    data: Path, tmp_path: Path, cache: Path
) -> None:
    with pytest.raises(SettingError, match="colour have more than two classes"):
        compared(examples_of(tmp_path, rows_of(data)), "joint", "softmax", cache=cache)


def test_a_softmax_leaves_out_of_which_it_is_not_known_which(
    data: Path, tmp_path: Path, cache: Path
) -> None:
    rows = one_of_each(rows_of(data))
    for row in rows[:3]:  # not blue: green or red
        row |= {"blue": "0", "green": "?", "red": "?"}
    for row in rows[3:6]:  # blue, so neither of the others
        row |= {"blue": "1", "green": "", "red": ""}
    ways = compared(examples_of(tmp_path, rows), "joint", "softmax", cache=cache).ways
    np.testing.assert_allclose(ways[1].probabilities.reshape(30, 3, 2)[..., 1].sum(axis=1), 1)


def test_vectors_share_a_hidden_layer(vectors: Examples) -> None:
    found = compared(vectors, "joint", "separate:parameters", hidden=(8,), **NO_NETWORK)
    joint, fewer = found.ways
    assert "new hidden layer" in found.what
    assert joint.parameters == 7 * 8 + 9 * 4
    assert fewer.parameters == 2 * (7 * 4 + 5 * 2)
    assert found.known == (60, 20)


def test_a_sweep_compares_at_each_width(vectors: Examples) -> None:
    found = compared(vectors, "joint", "head", sweep=(2, 4), hidden=(8,), **NO_NETWORK)
    assert [contest.width for contest in found.sweep] == [2, 4]
    assert [contest.width for contest in found.contests] == [None]
    assert any(said.startswith("with a shared layer of 2: ") for said in found.sentences)


def test_a_sweep_compares_on_other_networks(exclusive: Examples, cache: Path) -> None:
    other = "timm:test_resnet=random"
    found = compared(exclusive, "joint", "separate", sweep=(2, other), cache=cache)
    assert [(contest.width, contest.network) for contest in found.sweep] == [
        (2, None),
        (None, other),
    ]
    # Judged on the same labels as the usual network, and with another result.
    usual, swept = found.contests[0].log_loss.mean, found.sweep[1].log_loss.mean
    assert None not in (usual.value, swept.value)
    assert usual.value != swept.value
    assert any(said.startswith(f"starting from {other}: ") for said in found.sentences)


def test_a_sweep_over_networks_needs_something_shared(exclusive: Examples, cache: Path) -> None:
    with pytest.raises(SettingError, match="the same on every network: give --retrain 1 or more"):
        compared(exclusive, "joint", "head", sweep=("timm:test_resnet=random",), retrain="head",
                 cache=cache)  # fmt: skip


def test_what_is_found_stands_in_the_file(found: TasksComparison) -> None:
    said = found.as_dict()
    assert said["kind"] == "tasks"
    assert [task["known_of_others"] for task in said["tasks"]] == [60, 60, 60]
    assert [way["name"] for way in said["ways"]] == [way.name for way in found.ways]
    assert [contest["auroc"]["second"] for contest in said["contests"]] == [
        "separate", "separate:time", "softmax", "head",
    ]  # fmt: skip
    assert said["sentences"][0].startswith("joint against separate, by AUROC: joint helps ")
    assert "(corrected for 3 tasks)" in said["sentences"][0]


def test_progress_is_told_under_the_name_of_the_way(exclusive: Examples, cache: Path) -> None:
    events: list[Event] = []
    compare_tasks(
        exclusive,
        TasksCompareSettings(("joint", "separate"), train=settings(retrain="1", cache=cache)),
        on_event=events.append,
    )
    of_ways = [event for event in events
               if isinstance(event, Progress) and event.step in ("joint", "separate")]  # fmt: skip
    assert {event.step: event.total for event in of_ways} == {"joint": 1, "separate": 3}
    assert all(0 <= event.done <= event.total for event in of_ways)


def test_progress_of_a_sweep_names_the_width(vectors: Examples) -> None:
    events: list[Event] = []
    train = settings(hidden=(8,), **NO_NETWORK)
    compare_tasks(
        vectors,
        TasksCompareSettings(("joint", "head"), (2, 4), train=train),
        on_event=events.append,
    )
    steps = {event.step for event in events if isinstance(event, Progress)}
    assert {f"{way}, layer of {width}" for way in ("joint", "separate") for width in (2, 4)} == {
        step for step in steps if "layer" in step
    }


def test_one_task_is_no_question(data: Path, tmp_path: Path) -> None:
    examples = examples_of(tmp_path, rows_of(data), tasks=["red"])
    with pytest.raises(DataError, match="a question for two tasks or more; there is 1"):
        compared(examples, "joint", "separate")


@pytest.mark.parametrize(
    ("names", "sweep", "match"),
    [
        (("joint",), (), "two different ways or more are needed; the ways are joint, separate"),
        (("joint", "joint"), (), "two different ways or more are needed"),
        (("joint", "apart"), (), "'apart' is no way to learn several tasks"),
        (("joint", "separate"), (4, 4), "in rising order"),
        (("joint", "separate"), ("one", "one"), "one is there twice"),
        (("joint", "separate"), (0, 4), "1 or more"),
    ],
)
def test_settings_that_cannot_be_used(
    names: tuple[str, ...], sweep: tuple[int | str, ...], match: str
) -> None:
    with pytest.raises(SettingError, match=match):
        TasksCompareSettings(names, sweep)


def test_names_of_ways_are_told_from_names_of_networks() -> None:
    assert names_are_ways(["joint", "separate"])
    assert names_are_ways(["head", "joint"])
    assert not names_are_ways(["scratch", "head"])
    # A mistake, but one of ways: what is said of it lists them.
    assert names_are_ways(["joint", "scratch"])
