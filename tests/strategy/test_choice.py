"""The one-standard-error rule, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import Backbone
from headstart.errors import SettingError
from headstart.strategy import Candidate, choose, resolve

MakeWorld = Callable[..., Any]


def by_hand(losses: NDArray[np.float64], units: NDArray[np.int64], folds: int) -> int:
    """The rule in plain loops, from the losses ``(candidates, repeats, examples)``."""
    candidates, repeats, examples = losses.shape
    means = losses.mean(axis=(1, 2))
    best = int(means.argmin())
    for place in range(candidates):
        squares = 0.0
        for repeat in range(repeats):
            apart = losses[place, repeat] - losses[best, repeat]
            apart = apart - apart.mean()
            squares += sum(apart[units == unit].sum() ** 2 for unit in np.unique(units))
        count = len(np.unique(units))
        variance = squares / repeats * count / (count - 1) / examples**2
        error = np.sqrt(variance * (1 / repeats + folds / (folds - 1)))
        if means[place] - means[best] <= error:
            return place
    raise AssertionError


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("size", [1, 4])
def test_the_rule_agrees_with_plain_loops(
    make_world: MakeWorld, backbone: Backbone, repeats: int, size: int
) -> None:
    seen = set()
    for seed in range(60):
        random = np.random.default_rng(seed)
        world = make_world(random, examples=60, repeats=repeats)
        units = np.arange(60) // size
        losses = world.losses(1.3 - random.uniform(0, 0.12, size=5))
        candidates = world.candidates(backbone, losses)
        found = choose(candidates, world.targets, world.folds, units, 2)
        assert found.index == by_hand(losses, units, 5)
        assert found.best == losses.mean(axis=(1, 2)).argmin()
        seen.add(found.index)
    assert len(seen) >= 4


def test_equal_candidates_leave_the_first(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    losses = np.repeat(world.losses([1.0]), 3, axis=0)
    found = choose(world.candidates(backbone, losses), **world.arguments)
    assert (found.index, found.best) == (0, 0)
    assert found.differences[1].value == 0
    assert "cannot be told apart" in found.sentence


def test_a_clearly_better_rung_is_taken(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    found = choose(world.candidates(backbone, world.losses([1.5, 1.4, 1.0])), **world.arguments)
    assert found.index == found.best == 2
    assert found.chosen.rung.name == "2"
    assert found.gain is not None
    assert found.gain.low is not None
    assert found.gain.low > 0
    assert np.array_equal(found.per_fold, [[2] * 5])
    assert np.array_equal(found.probabilities, found.chosen.probabilities)
    assert found.sentence.startswith("2 of 5 stages retrained: log loss 1.0")
    assert " with the head only (difference 0.5" in found.sentence
    assert found.sentence.endswith(")")


def test_the_cheaper_of_two_alike_is_taken(make_world: MakeWorld, backbone: Backbone) -> None:
    random = np.random.default_rng(0)
    world = make_world(random)
    losses = world.losses([1.5, 1.0])
    apart = random.normal(scale=0.05, size=losses[1:].shape)
    slightly = losses[1:] - 0.001 + apart - apart.mean()
    found = choose(
        world.candidates(backbone, np.concatenate([losses, slightly])), **world.arguments
    )
    assert found.best == 2
    assert found.index == 1
    assert found.sentence.endswith(
        "; 2 of 5 stages retrained is not better by more than one standard error"
    )


def test_more_than_one_error_but_within_the_interval_is_no_strong_word(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    random = np.random.default_rng(0)
    world = make_world(random, examples=100)
    base = world.losses([1.3])[0]
    apart = random.normal(size=base.shape)
    apart = (apart - apart.mean()) / apart.std()
    # The standard error is 1.5 * 0.3 / 10 at 5 folds.
    found = choose(
        world.candidates(backbone, np.stack([base, base - 1.5 * 0.045 + 0.3 * apart])),
        **world.arguments,
    )
    assert found.index == 1
    assert (
        "; on examples that the choice had not seen the two are not told apart, and it was taken "
        "because the head only is more than one standard error above the least log loss"
    ) in found.sentence


def test_the_head_stays_where_others_are_worse(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    found = choose(world.candidates(backbone, world.losses([1.0, 1.2, 1.5])), **world.arguments)
    assert found.index == 0
    assert found.sentence.startswith(
        "head only: no rung tried was better by more than one standard error; the best other, "
        "1 of 5 stages retrained, has a log loss of 1.2"
    )
    assert "cannot be told apart" not in found.sentence


def test_one_candidate(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    found = choose(world.candidates(backbone, world.losses([1.0])), **world.arguments)
    assert found.index == 0
    assert found.gain is None
    assert found.sentence.startswith("head only: log loss 1.0")
    assert found.sentence.endswith("; nothing else was tried")


def test_nothing_held_out(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=20)
    nothing = np.full((2, 1, 20), np.nan)
    never = np.full((1, 20), -1)
    found = choose(world.candidates(backbone, nothing), world.targets, never, None, 2)
    assert found.index == 0
    assert np.isnan(found.probabilities).all()
    assert found.sentence == "head only: no example with a known label was held out"
    assert found.standings[0].standard_error is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_one_group_leaves_the_head(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=20)
    single = np.zeros(20, dtype=np.int64)
    candidates = world.candidates(backbone, world.losses([2.0, 1.0]))
    found = choose(candidates, world.targets, None, single, 2)
    assert found.index == 0
    assert found.best == 1
    assert "one example or group has no spread: cannot be told apart" in found.sentence


def test_a_held_out_part_needs_no_folds(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    candidates = world.candidates(backbone, world.losses([1.5, 1.0]))
    crossed = choose(candidates, **world.arguments)
    part = choose(candidates, world.targets, None, None, 2)
    assert part.index == 1
    assert part.per_fold.shape == (1, 5)
    # No overlapping training parts, so no correction: 1 instead of 1 + 5 / 4.
    ratio = crossed.standings[0].standard_error / part.standings[0].standard_error  # type: ignore[operator]
    assert ratio == pytest.approx(1.5)


def test_what_metrics_hold(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    candidates: list[Candidate] = world.candidates(backbone, world.losses([1.3, 1.0]))
    hidden = replace(candidates[1], rung=candidates[1].rung.with_hidden((8,)))
    found = json.loads(
        json.dumps(choose([candidates[0], hidden], **world.arguments).as_dict(), allow_nan=False)
    )
    assert found["chosen"] == found["best"] == "1+8"
    assert found["per_fold"] == [["1+8"] * 5]
    head, other = found["candidates"]
    assert head["name"] == "head"
    assert head["seconds"] == 1.0
    assert head["trainable_parameters"] == 10
    assert other["hidden"] == [8]
    assert other["epochs"] == 1
    assert other["difference_to_best"]["value"] == 0
    assert head["difference_to_best"]["standard_error"] > 0
    assert head["log_loss"]["low"] < head["log_loss"]["value"] < head["log_loss"]["high"]
    assert 0 <= head["accuracy"]["value"] <= 1
    bare = candidates[0].as_dict()
    assert set(head) - set(bare) == {"log_loss", "accuracy", "difference_to_best"}


def test_small_differences_get_more_decimals(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    losses = world.losses([1.3])
    found = choose(
        world.candidates(backbone, np.concatenate([losses, losses * 0.9995])), **world.arguments
    )
    assert found.index == 1
    assert "(difference 0.0007, 95 % 0.0006 to 0.0007)" in found.sentence


def test_the_first_need_not_be_the_head(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    candidates = world.candidates(backbone, world.losses([1.3, 1.0]))
    candidates[0] = replace(candidates[0], rung=resolve(backbone, "auto", ["a"]))
    found = choose(candidates, **world.arguments)
    assert "with stage a of 5 retrained (difference" in found.sentence


def test_folds_of_another_shape(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0))
    candidates = world.candidates(backbone, world.losses([1.3, 1.0]))
    with pytest.raises(SettingError, match=r"folds have the shape \(2, 200\); expected \(1, 200\)"):
        choose(candidates, world.targets, np.zeros((2, 200), np.int64), None, 2)
    with pytest.raises(SettingError, match="there is no candidate"):
        choose([], **world.arguments)
