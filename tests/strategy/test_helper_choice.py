"""Helpers are kept where they are shown to help, and what is said of them is not flattered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from headstart.errors import SettingError
from headstart.strategy import HelperChoice, HelperSet, choose_helpers
from headstart.strategy._honest import cheapest_of_the_best

MakeWorld = Any
SETS = ((), (3,), (1, 3), (1, 2, 3))


def chosen(world: Any, means: list[float], **others: Any) -> HelperChoice:
    said = [world.probabilities(losses) for losses in world.losses(means)]
    sets = [HelperSet(helpers, given) for helpers, given in zip(SETS, said, strict=False)]
    arguments = {"others": 3, **others}
    return choose_helpers(sets, world.targets, world.folds, **arguments)


def test_helpers_that_help_are_kept(make_world: MakeWorld) -> None:
    found = chosen(make_world(np.random.default_rng(0)), [1.4, 1.4, 1.2, 1.2])
    assert found.helpers == (1, 3)
    assert found.gain is not None
    assert found.gain.low is not None
    assert found.gain.low > 0
    assert str(found).startswith(
        "2 of the 3 other tasks as helpers; against no helpers, on examples that the choice had "
        "not seen: log loss −0."
    )
    assert "told apart" not in str(found)


def test_without_a_gain_to_show_the_task_stays_alone(make_world: MakeWorld) -> None:
    found = chosen(make_world(np.random.default_rng(1)), [1.3, 1.3, 1.3, 1.3])
    assert found.helpers == ()
    assert str(found) == "no helpers: no set tried was better by more than one standard error"


def test_a_choice_by_luck_is_said_to_be_one(make_world: MakeWorld) -> None:
    random = np.random.default_rng(0)
    lucky = [chosen(make_world(random, examples=60), [1.3] * 4) for _ in range(60)]
    lucky = [found for found in lucky if found.index]
    assert lucky  # else this test shows nothing
    for found in lucky:
        assert found.gain is not None
        assert found.gain.low is not None
        assert found.gain.low > 0 or str(found).endswith("cannot be told apart")


def test_many_sets_do_not_flatter(make_world: MakeWorld) -> None:
    """What is reported of the best of four equal sets is their true loss."""
    random = np.random.default_rng(0)
    reported, looked = [], []
    for _ in range(150):
        world = make_world(random)
        found = chosen(world, [1.3] * 4)
        right = found.probabilities[:, np.arange(200), world.targets]
        reported.append(-np.log(right).mean() - 1.3)
        looked.append(min(loss for loss in found.losses if loss is not None) - 1.3)
    noise = np.std(reported) / np.sqrt(150)
    assert abs(np.mean(reported)) < 3 * noise
    assert np.mean(looked) < -4 * noise


def test_the_rule_is_that_of_the_ladder(make_world: MakeWorld) -> None:
    from headstart.evaluation import several_losses

    for seed in range(10):
        world = make_world(np.random.default_rng(seed), repeats=2)
        losses = world.losses([1.3, 1.28, 1.26, 1.27])
        said = [world.probabilities(row) for row in losses]
        expected = cheapest_of_the_best(
            several_losses(world.targets, said, classes=2, design="cross-validation", folds=5)
        )
        sets = [HelperSet(helpers, given) for helpers, given in zip(SETS, said, strict=True)]
        found = choose_helpers(sets, world.targets, world.folds, others=3)
        assert found.index == expected
        assert found.losses == pytest.approx(losses.mean(axis=(1, 2)).tolist())


def test_all_of_them_and_one_alone(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0))
    (losses,) = world.losses([1.0])
    alone = choose_helpers(
        [HelperSet((1, 2, 3), world.probabilities(losses))], world.targets, world.folds, others=3
    )
    assert str(alone) == "all 3 other tasks as helpers; nothing else was tried"
    assert alone.gain is None
    single = choose_helpers(
        [HelperSet((1,), world.probabilities(losses))], world.targets, world.folds, others=1
    )
    assert str(single) == "the other task as helper; nothing else was tried"


def test_a_held_out_part_will_do(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0))
    said = [world.probabilities(losses) for losses in world.losses([1.4, 1.1])]
    sets = [HelperSet(helpers, given) for helpers, given in zip(SETS, said, strict=False)]
    found = choose_helpers(sets, world.targets, None, np.arange(200) // 2, others=9)
    assert found.index == 1
    assert str(found).startswith("1 of the 9 other tasks as helpers")


def test_where_nothing_was_held_out_nothing_is_chosen(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0))
    world.targets[:] = -1
    found = chosen(world, [1.4, 1.1])
    assert found.helpers == ()
    assert found.gain is not None
    assert found.gain.value is None
    assert found.losses == (None, None)


def test_it_is_json(make_world: MakeWorld) -> None:
    found = chosen(make_world(np.random.default_rng(0)), [1.4, 1.1])
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["chosen"] == [3]
    assert document["text"] == str(found)
    assert [each["helpers"] for each in document["candidates"]] == [[], [3]]


def test_there_must_be_a_candidate(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0))
    with pytest.raises(SettingError, match="no candidate; expected at least one"):
        choose_helpers([], world.targets, world.folds, others=3)
