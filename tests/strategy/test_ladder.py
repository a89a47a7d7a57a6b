"""What is tried, in what order, and when trying ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from headstart.backbones import Backbone
from headstart.strategy import Rung, next_rung, pays, propose, rungs_of
from headstart.strategy import _ladder as ladder
from headstart.strategy import _rule as rule

MakeWorld = Callable[..., Any]

STEPS = (rule.Step(0.2, 10, 100), rule.Step(0.4, 20, 200), rule.Step(1.0, 50, 400))
"""Of five stages: 1, 2, all. The tests do not hang on what the rule is fitted to."""


@pytest.fixture(autouse=True)
def _rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "STEPS", STEPS)
    monkeypatch.setattr(ladder, "HIDDEN_FROM", 60)


@pytest.fixture
def rungs(backbone: Backbone) -> tuple[Rung, ...]:
    return rungs_of(backbone)


COSTS = {"head": 1.0, "1": 5.0, "2": 8.0, "3": 11.0, "4": 14.0, "all": 100.0}


def proposed(rungs: Sequence[Rung], per_class: int, budget: float = 1000.0, **more: Any) -> str:
    given = {"seconds": COSTS, "budget": budget, **more}
    return " ".join(rung.key for rung in propose(rungs, examples=2 * per_class, classes=2, **given))


@pytest.mark.parametrize(
    ("per_class", "found"),
    [(1, "head"), (9, "head"), (10, "head 1"), (20, "head 1 2"), (50, "head 1 2 all")],
)
def test_more_examples_reach_deeper(rungs: tuple[Rung, ...], per_class: int, found: str) -> None:
    assert proposed(rungs, per_class) == found


@pytest.mark.parametrize(
    ("per_class", "budget", "found"),
    [
        (50, 0.1, "head"),
        (50, 5, "head"),
        (50, 6, "head 1"),
        (50, 20, "head 1 2"),
        (50, 101, "head 1 2"),
        (50, 114, "head 1 2 all"),
        # Strongly proposed: the deepest that can be paid comes before the shallow ones.
        (400, 101, "head all"),
        (400, 106, "head 1 all"),
        (400, 100, "head 1 2"),
        (200, 9, "head 2"),
    ],
)
def test_the_budget_is_kept(
    rungs: tuple[Rung, ...], per_class: int, budget: float, found: str
) -> None:
    assert proposed(rungs, per_class, budget) == found


def test_what_has_no_forecast_is_not_proposed(rungs: tuple[Rung, ...]) -> None:
    assert proposed(rungs, 50, seconds={"head": 1.0, "2": 8.0}) == "head 2"


def test_more_classes_count(rungs: tuple[Rung, ...]) -> None:
    few = propose(rungs, examples=2 * 9, classes=2, seconds=COSTS, budget=1000)
    many = propose(rungs, examples=200 * 9, classes=200, seconds=COSTS, budget=1000)
    assert len(few) == 1
    assert len(many) == 4


def test_hidden_layers_from_more_examples_on(rungs: tuple[Rung, ...]) -> None:
    both = [new for rung in rungs[:2] for new in (rung, rung.with_hidden((8,)))]
    seconds = {rung.key: 1.0 for rung in both}
    assert proposed(both, 50, seconds=seconds) == "head 1"
    assert proposed(both, 60, seconds=seconds) == "head head+8 1 1+8"


def test_depths_follow_the_number_of_stages() -> None:
    assert [step.depth(9) for step in STEPS] == [2, 4, 9]
    assert [step.depth(1) for step in STEPS] == [1, 1, 1]


def test_the_rule_as_it_stands() -> None:
    shares = [step.share for step in rule.STEPS]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(0 < step.try_from <= step.strong_from for step in rule.STEPS)
    assert rule.effective_examples(100, 2) == 50
    assert rule.effective_examples(0, 0) == 0


def climbs(
    make_world: MakeWorld,
    backbone: Backbone,
    means: Sequence[float],
    *,
    examples: int,
    seed: int = 0,
) -> bool:
    world = make_world(np.random.default_rng(seed), examples=examples)
    return pays(world.candidates(backbone, world.losses(means)), **world.arguments)


def test_one_rung_after_the_head_is_always_tried(make_world: MakeWorld, backbone: Backbone) -> None:
    assert climbs(make_world, backbone, [1.3], examples=60)


def test_where_the_head_is_enough_one_more_rung_ends_it(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    on = [climbs(make_world, backbone, [1.3, 1.3], examples=60, seed=seed) for seed in range(100)]
    assert np.mean(on) < 0.15


def test_what_gains_is_followed(make_world: MakeWorld, backbone: Backbone) -> None:
    assert climbs(make_world, backbone, [1.6, 1.3], examples=60)
    assert climbs(make_world, backbone, [1.9, 1.6, 1.3], examples=60)
    assert not climbs(make_world, backbone, [1.6, 1.3, 1.6], examples=60)


def test_an_equal_shallow_rung_does_not_block_a_deep_one_that_is_proposed_strongly(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    """800 examples in two classes: the rule proposes all stages strongly."""
    on = [climbs(make_world, backbone, [1.3, 1.3], examples=800, seed=seed) for seed in range(20)]
    assert np.mean(on) > 0.9
    assert not climbs(make_world, backbone, [1.3, 1.6], examples=800)  # clearly worse
    # Nothing is beyond all stages.
    assert not climbs(make_world, backbone, [1.3] * 6, examples=800, seed=3)


def test_nothing_can_be_gained_where_nothing_is_wrong(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    world = make_world(np.random.default_rng(0), examples=800)
    losses = np.full((1, 1, 800), 0.001)
    losses[0, 0, 0] = 3.0  # one mistake: nobody could be shown to be better
    assert not pays(world.candidates(backbone, losses), **world.arguments)
    losses[0, 0, :20] = 3.0
    assert pays(world.candidates(backbone, losses), **world.arguments)


def test_nothing_held_out_ends_it(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=20)
    nothing = world.candidates(backbone, np.full((1, 1, 20), np.nan))
    assert not pays(nothing, **world.arguments)


def follows(
    make_world: MakeWorld,
    backbone: Backbone,
    means: Sequence[float],
    *,
    examples: int,
    proposed: Sequence[int] = (0, 1, 2, 5),
) -> str | None:
    """The name of the rung that is tried after those with these losses."""
    world, rungs = make_world(np.random.default_rng(3), examples=examples), rungs_of(backbone)
    candidates = world.candidates(backbone, world.losses(means)) if means else []
    found = next_rung([rungs[place] for place in proposed], candidates, **world.arguments)
    return None if found is None else found.name


def test_the_ladder_is_climbed_rung_by_rung_as_long_as_it_pays(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    def after(*means: float) -> str | None:
        return follows(make_world, backbone, means, examples=60)

    assert after() == "head"
    assert after(1.6) == "1"
    assert after(1.6, 1.3) == "2"
    assert after(1.9, 1.6, 1.3) == "all"
    assert after(1.3, 1.6) is None
    assert follows(make_world, backbone, [1.6, 1.3], examples=60, proposed=(0, 1)) is None


def test_what_is_proposed_strongly_is_tried_at_once_after_a_rung_that_gains_nothing(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    def after(*means: float, proposed: Sequence[int] = (0, 1, 2, 5)) -> str | None:
        return follows(make_world, backbone, means, examples=800, proposed=proposed)

    assert after(1.3) == "1"
    assert after(1.3, 1.3) == "2"  # 400 a class: strong from 200 on
    assert after(1.3, 1.3, 1.3) == "all"
    assert after(1.3, 1.3, proposed=(0, 1, 4, 5)) == "all"  # 4 is no step of the rule
    assert after(1.3, 1.3, proposed=(0, 1, 4)) is None  # the strong one is beyond the budget
    assert after(1.3, 1.6) is None


def test_nothing_to_gain_ends_the_climb(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=800)
    losses = np.full((1, 1, 800), 0.001)
    losses[0, 0, 0] = 3.0
    candidates = world.candidates(backbone, losses)
    assert next_rung(rungs_of(backbone), candidates, **world.arguments) is None
