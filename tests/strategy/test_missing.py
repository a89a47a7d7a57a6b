"""Is "?" random? A warning where it is not, silence where it is, and no more than can be told."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples import Outputs
from headstart.strategy import Missingness, missingness

Floats = NDArray[np.float64]
TASKS = 6


class World:
    """Labels of six yes/no tasks, features and sources; what is unknown is up to the test."""

    def __init__(self, *, examples: int = 600, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.features = self.random.normal(size=(examples, 20))
        self.sources = self.random.integers(0, 5, examples)
        self.labels = (self.random.random((examples, TASKS)) < 0.5).astype(np.int64)
        self.folds = (self.random.permutation(examples) % 5)[None]

    def at_random(self, share: float = 0.4) -> NDArray[np.bool_]:
        return np.asarray(self.random.random(self.labels.shape) < share)

    def ask(self, unknown: NDArray[np.bool_], **others: Any) -> Missingness:
        return missingness(
            np.where(unknown, -1, self.labels),
            self.folds,
            outputs=Outputs((2,) * TASKS),
            names=list("abcdef"),
            **{"features": self.features, "sources": self.sources, **others},
        )


@pytest.mark.parametrize("seed", range(5))
def test_at_random_nobody_is_warned(seed: int) -> None:
    world = World(seed=seed)
    found = world.ask(world.at_random())
    assert found.warned == []
    assert found.asked == TASKS
    (words,) = found.sentences
    assert words.startswith(
        "no sign that labels of 6 tasks are unknown for a reason: no AUROC of telling them by "
        "input or source or other labels is clearly above 0.55 (the largest may be 0."
    )


def test_the_input_tells() -> None:
    world = World()
    unknown = world.at_random()
    unknown[:, 2] = world.features[:, 0] + world.random.normal(0, 0.5, 600) > 0
    found = world.ask(unknown)
    assert [task.name for task in found.warned] == ["c"]
    assert found.warned[0].clues == ["input"]
    assert found.warned[0].strength > 0.85


def test_the_source_tells() -> None:
    world = World()
    unknown = world.at_random()
    unknown[:, 4] = world.random.random(600) < np.array([0.1, 0.2, 0.4, 0.7, 0.9])[world.sources]
    found = world.ask(unknown)
    assert [(task.name, task.clues) for task in found.warned] == [("e", ["source"])]


@pytest.mark.parametrize("by", ["value", "known"])
def test_other_labels_tell(by: str) -> None:
    """What another label says, or only whether it is there."""
    world = World()
    unknown = world.at_random()
    if by == "value":
        unknown[:, 0] = False
        reason = world.labels[:, 0] == 1
    else:
        reason = unknown[:, 0]
    unknown[:, 1] = world.random.random(600) < np.where(reason, 0.8, 0.2)
    found = world.ask(unknown)
    told = {task.name: task.clues for task in found.warned}
    # Whether the first is there can be told by the second as well as the other way round.
    assert told == {"b": ["other labels"]} | ({} if by == "value" else {"a": ["other labels"]})


def test_the_warning_in_words() -> None:
    world = World()
    unknown = world.at_random(0.5)
    unknown[:, 3] = world.features[:, 1] + world.random.normal(0, 0.3, 600) > 0
    found = world.ask(unknown, sources=None)
    first, second = found.sentences
    assert first == (
        "labels are not unknown at random in 1 of 6 tasks: what is measured on examples with a "
        "label need not hold for those without one"
    )
    count = int(unknown[:, 3].sum())
    assert second.startswith(f"'d' ({count} of 600 unknown): the input tells which (AUROC 0.9")


def test_few_labels_warn_of_nothing() -> None:
    """The same clear clue, but of few examples: the interval does not allow a warning."""
    world = World(examples=24)
    unknown = world.at_random(0.5)
    unknown[:, 0] = world.random.random(24) < np.where(world.features[:, 0] > 0, 0.7, 0.3)
    assert world.ask(unknown).warned == []


def test_tasks_with_hardly_any_unknown_or_known_are_not_asked() -> None:
    world = World()
    unknown = world.at_random()
    unknown[:, 0], unknown[:, 1], unknown[:, 2] = False, True, np.arange(600) < 9
    found = world.ask(unknown)
    assert found.asked == 3
    assert [len(task.told_by) for task in found.tasks] == [0, 0, 0, 3, 3, 3]
    assert str(found.tasks[0]) == "'a' (0 of 600 unknown): no clue tells which"


def test_where_nothing_is_unknown_nothing_is_said() -> None:
    world = World()
    found = world.ask(np.zeros(world.labels.shape, dtype=np.bool_))
    assert (found.sentences, found.clues, found.asked) == ([], (), 0)


def test_without_a_held_out_part_nothing_is_claimed() -> None:
    world = World()
    world.folds[:] = -1
    found = world.ask(world.at_random())
    assert (found.asked, found.sentences) == (0, [])
    figure = found.tasks[0].told_by["input"]
    assert (figure.value, figure.level) == (None, 0.95)
    assert figure.why == "no example with a known label was held out"


def test_only_what_is_given_is_asked() -> None:
    world = World()
    unknown = world.at_random()
    assert world.ask(unknown, features=None).clues == ("source", "other labels")
    assert world.ask(unknown, sources=np.zeros(600, np.int64)).clues == ("input", "other labels")
    alone = missingness(
        np.where(unknown, -1, world.labels)[:, :1], world.folds, outputs=Outputs((2,)), names=["a"],
        features=world.features,
    )  # fmt: skip
    assert alone.clues == ("input",)
    assert alone.sentences[0].startswith("no sign that labels of one task are unknown")


def test_groups_are_what_is_sampled() -> None:
    """Ten copies of each example make nothing surer."""
    world = World(examples=60)
    unknown = world.at_random(0.5)
    unknown[:, 0] = world.random.random(60) < np.where(world.features[:, 0] > 0, 0.8, 0.2)
    targets = np.where(unknown, -1, world.labels)
    copies = missingness(
        np.repeat(targets, 10, axis=0), np.repeat(world.folds, 10, axis=1),
        outputs=Outputs((2,) * TASKS), names=list("abcdef"),
        features=np.repeat(world.features, 10, axis=0), units=np.repeat(np.arange(60), 10),
    )  # fmt: skip
    once = world.ask(unknown, sources=None)

    def width(found: Missingness) -> float:
        figure = found.tasks[0].told_by["input"]
        assert figure.low is not None
        assert figure.high is not None
        return figure.high - figure.low

    assert width(copies) == pytest.approx(width(once), rel=0.25)


def test_it_is_json() -> None:
    world = World()
    unknown = world.at_random()
    unknown[:, 2] = world.features[:, 0] > 0
    found = world.ask(unknown)
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["sentences"] == found.sentences
    warnings = [task["warning"] for task in document["tasks"]]
    assert [warning is None for warning in warnings] == [True, True, False, True, True, True]


def test_arguments_that_do_not_fit() -> None:
    world = World()
    unknown = world.at_random()
    with pytest.raises(
        SettingError, match="features are given for 5 examples; expected 600; sourc"
    ):
        world.ask(unknown, features=world.features[:5], sources=world.sources[:7])
    with pytest.raises(SettingError, match="features are not all finite"):
        world.ask(unknown, features=np.full((600, 2), np.nan))
    with pytest.raises(SettingError, match=r"\(600, 6\) and there are 1 names; expected 6 tasks"):
        missingness(world.labels, world.folds, outputs=Outputs((2,) * 6), names=["a"])
