"""What is reported of the choice is not flattered by the choosing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import Backbone
from headstart.errors import SettingError
from headstart.strategy import _epochs, choose, honest_epochs, honest_predictions, tempered

MakeWorld = Callable[..., Any]


def reported_loss(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    right = probabilities[:, np.arange(len(targets)), targets]
    return float(-np.log(right).mean())


@pytest.mark.parametrize("repeats", [1, 3])
def test_predictions_are_those_of_the_chosen(
    make_world: MakeWorld, backbone: Backbone, repeats: int
) -> None:
    world = make_world(np.random.default_rng(1), examples=40, repeats=repeats)
    candidates = world.candidates(backbone, world.losses([1.28, 1.24, 1.2]))
    found, chosen = honest_predictions(candidates, **world.arguments)
    assert chosen.shape == (repeats, 5)
    assert len(np.unique(chosen)) > 1  # else this test shows little
    for repeat in range(repeats):
        for fold in range(5):
            rows = world.folds[repeat] == fold
            expected = candidates[chosen[repeat, fold]].probabilities[repeat, rows]
            assert np.array_equal(found[repeat, rows], expected)


def test_no_fold_has_a_say_in_its_own_choice(make_world: MakeWorld, backbone: Backbone) -> None:
    """Whatever is predicted for a fold's examples, in any repeat."""
    world = make_world(np.random.default_rng(0), examples=40, repeats=2)
    losses = world.losses([1.28, 1.24, 1.2])
    _, before = honest_predictions(world.candidates(backbone, losses), **world.arguments)
    for repeat, fold in np.ndindex(2, 5):
        changed = losses.copy()
        changed[2, :, world.folds[repeat] == fold] += 5.0
        _, after = honest_predictions(world.candidates(backbone, changed), **world.arguments)
        assert after[repeat, fold] == before[repeat, fold]
        assert (after != before).any()


def test_each_choice_is_that_of_the_other_folds(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(1), examples=60, repeats=2)
    candidates = world.candidates(backbone, world.losses([1.28, 1.24, 1.2]))
    _, chosen = honest_predictions(candidates, **world.arguments)
    for repeat, fold in np.ndindex(2, 5):
        seen = world.folds[repeat] != fold
        fewer = [
            type(one)(one.rung, one.probabilities[:, seen], one.seconds, 1) for one in candidates
        ]
        # Whatever fold numbers are left, there were five.
        given = np.where(np.arange(seen.sum()) == 0, 4, 0)[None].repeat(2, axis=0)
        assert choose(fewer, world.targets[seen], given, None, 2).index == chosen[repeat, fold]


def test_never_held_out_stays_so(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=40)
    losses = world.losses([1.3, 1.0])
    losses[:, :, 3], world.folds[:, 3] = np.nan, -1
    found, _ = honest_predictions(world.candidates(backbone, losses), **world.arguments)
    assert np.flatnonzero(np.isnan(found).any(axis=(0, 2))).tolist() == [3]


def test_a_held_out_part_is_divided_by_units(make_world: MakeWorld, backbone: Backbone) -> None:
    world = make_world(np.random.default_rng(0), examples=60)
    units = np.arange(60) // 3
    losses = world.losses([1.3, 1.3, 1.3, 1.3])
    candidates = world.candidates(backbone, losses)
    found, chosen = honest_predictions(candidates, world.targets, None, units, 2)
    assert chosen.shape == (1, 5)
    assert not np.isnan(found).any()
    came_from = np.array(
        [np.isclose(found, one.probabilities).all(axis=2)[0] for one in candidates]
    )
    for unit in range(20):
        assert came_from[:, units == unit].all(axis=1).any()


def test_best_of_four_equal_rungs_looks_better_than_it_is_and_ours_does_not(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    random = np.random.default_rng(0)
    naive, ruled, honest, error = [], [], [], []
    for _ in range(600):
        world = make_world(random)
        losses = world.losses([1.3] * 4)
        candidates = world.candidates(backbone, losses)
        means = losses.mean(axis=(1, 2))
        choice = choose(candidates, **world.arguments)
        naive.append(means.min() - 1.3)
        ruled.append(means[choice.index] - 1.3)
        honest.append(reported_loss(choice.probabilities, world.targets) - 1.3)
        error.append(losses[0].std() / np.sqrt(200))
    unit = np.mean(error)
    noise = np.std(honest) / unit / np.sqrt(600)
    # Expected of the best of four: 1.03 * sqrt(1 - 0.7) = 0.56 standard errors.
    assert -0.67 < np.mean(naive) / unit < -0.45
    assert abs(np.mean(honest) / unit) < 3 * noise < 0.15
    assert abs(np.mean(honest)) < abs(np.mean(ruled)) / 2


def test_a_better_rung_is_picked_the_more_often_the_better_it_is(
    make_world: MakeWorld, backbone: Backbone
) -> None:
    random = np.random.default_rng(0)
    # One standard error of the difference: 1.5 for the overlap, 0.3 * sqrt(2 * 0.3) / sqrt(200).
    unit = 1.5 * 0.3 * np.sqrt(0.6 / 200)
    shares = []
    for gain in (0.0, 1.0, 2.0, 4.0):
        picked = []
        for _ in range(80):
            world = make_world(random)
            losses = world.losses([1.3, 1.3, 1.3 - gain * unit, 1.3])
            picked.append(choose(world.candidates(backbone, losses), **world.arguments).index)
        shares.append(np.mean(np.array(picked) == 2))
    assert shares[0] < 0.15
    assert shares == sorted(shares)
    assert shares[-1] > 0.95


def curves(world: Any, losses: NDArray[np.float64]) -> dict[tuple[int, int], NDArray[np.float64]]:
    """Of losses ``(epochs + 1, repeats, examples)``."""
    given = world.probabilities(losses)
    return {
        (repeat, fold): given[:, repeat, world.folds[repeat] == fold]
        for repeat, fold in np.ndindex(len(world.folds), 5)
    }


@pytest.fixture
def one_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worlds here are worse than chance, where any probability had better be less sure."""
    monkeypatch.setattr(_epochs, "TEMPERATURES", (1.0,))


@pytest.mark.usefixtures("one_temperature")
def test_epochs_are_chosen_on_the_other_folds(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0), examples=100, repeats=2)
    losses = world.losses([1.6, 1.3, 1.0, 1.2])
    found = honest_epochs(curves(world, losses), world.targets, world.folds, 2)
    assert found.epochs == 2
    assert np.array_equal(found.per_fold, np.full((2, 5), 2))
    assert np.allclose(found.probabilities, world.probabilities(losses[2]))


@pytest.mark.usefixtures("one_temperature")
def test_a_fold_that_stopped_early_counts_with_its_last_epoch(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0), examples=100)
    losses = world.losses([1.6, 1.3, 1.0])
    given = curves(world, losses)
    given[0, 3] = given[0, 3][:2]
    found = honest_epochs(given, world.targets, world.folds, 2)
    inside = world.folds[0] == 3
    assert np.allclose(found.probabilities[0, inside], world.probabilities(losses[1])[0, inside])


@pytest.mark.usefixtures("one_temperature")
def test_the_best_epoch_is_not_flattered(make_world: MakeWorld) -> None:
    random = np.random.default_rng(0)
    own, honest = [], []
    for _ in range(200):
        world = make_world(random, examples=100)
        losses = world.losses([1.3] * 6, alike=0.9)
        given = curves(world, losses)
        found = honest_epochs(given, world.targets, world.folds, 2)
        honest.append(reported_loss(found.probabilities, world.targets) - 1.3)
        folds = world.folds[0]
        own.append(
            np.mean([losses[:, 0, folds == fold].mean(axis=1).min() for fold in range(5)]) - 1.3
        )
    error = np.std(honest) / np.sqrt(200)
    assert np.mean(own) < -5 * error
    assert abs(np.mean(honest)) < 3 * error


def too_sure(random: np.random.Generator, factor: float) -> tuple[Any, ...]:
    """Labels drawn from probabilities, folds, and the same with logits ``factor`` times too large.

    Before training the probabilities know little; after an epoch more, at any temperature.
    """
    logits = random.normal(0, 1.5, (400, 3))
    stated = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = np.array([random.choice(3, p=row) for row in stated])
    folds = (np.arange(400) % 5)[None]
    loud = tempered(stated, 1 / factor)
    before = tempered(stated, 6.0)
    given = {(0, fold): np.stack([before, loud])[:, folds[0] == fold] for fold in range(5)}
    return given, targets, folds, stated


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 1.0), (4.0, 4.0), (0.5, 1.0)])
def test_the_temperature_is_the_one_that_undoes_the_excess(factor: float, expected: float) -> None:
    given, targets, folds, stated = too_sure(np.random.default_rng(0), factor)
    found = honest_epochs(given, targets, folds, 3)
    assert found.epochs == 1
    assert found.temperature == pytest.approx(expected, rel=0.26)
    if factor >= 1:
        np.testing.assert_allclose(found.probabilities[0], stated, atol=0.12)


def test_a_fold_s_own_labels_do_not_choose_its_temperature() -> None:
    given, targets, folds, _ = too_sure(np.random.default_rng(0), 4.0)
    inside = folds[0] == 2
    found = honest_epochs(given, targets, folds, 3)
    other = np.where(inside, (targets + 1) % 3, targets)
    again = honest_epochs(given, other, folds, 3)
    np.testing.assert_array_equal(found.probabilities[0, inside], again.probabilities[0, inside])


def test_the_solved_head_keeps_its_own_temperature() -> None:
    given, targets, folds, _ = too_sure(np.random.default_rng(0), 1.0)
    alone = {key: curve[:1] for key, curve in given.items()}
    found = honest_epochs(alone, targets, folds, 3)
    assert (found.epochs, found.temperature) == (0, 1.0)


def test_a_fold_without_a_curve(make_world: MakeWorld) -> None:
    world = make_world(np.random.default_rng(0), examples=100)
    given = curves(world, world.losses([1.3, 1.0]))
    given[0, 1] = given[0, 1][:, :3]
    with pytest.raises(SettingError, match=r"fold 1 of repeat 0 has 20 examples .* \(2, 3, 2\)"):
        honest_epochs(given, world.targets, world.folds, 2)
    del given[0, 1]
    with pytest.raises(SettingError, match="found none"):
        honest_epochs(given, world.targets, world.folds, 2)
