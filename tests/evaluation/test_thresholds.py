"""Thresholds of yes/no tasks, and F1 at them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from headstart.errors import SettingError
from headstart.evaluation import best_threshold, choose_thresholds, task_figures
from headstart.evaluation._f1 import f1_score
from headstart.examples import Task

TASKS = (
    Task("rain", "binary", ("no", "yes")),
    Task("sky", "category", ("clear", "grey", "dark")),
    Task("wind", "binary", ("no", "yes")),
)


def f1_at(targets: NDArray[np.int64], chances: NDArray[np.float64], threshold: float) -> float:
    return float(metrics.f1_score(targets, chances >= threshold, zero_division=0))


@settings(deadline=None)
@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 999))
def test_no_other_threshold_has_a_greater_f1(examples: int, digits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    targets = (random.random(examples) < 0.4).astype(np.int64)
    targets[0] = 1
    chances = np.round(random.random(examples), digits)
    found = f1_at(targets, chances, best_threshold(targets, chances))
    best = max(f1_at(targets, chances, each) for each in chances)
    assert found == pytest.approx(best)


def test_half_way_between_neighbours() -> None:
    assert best_threshold(np.array([0, 1, 1]), np.array([0.1, 0.2, 0.4])) == pytest.approx(0.15)


def test_a_half_where_it_does_as_well() -> None:
    assert best_threshold(np.array([0, 1]), np.array([0.1, 0.7])) == 0.5


def test_ties_go_to_the_nearest_to_a_half() -> None:
    """One of one found, or two of two with two false: both 2/3; the former at 0.75, the latter at
    0.15.
    """
    targets = np.array([1, 0, 0, 1])
    chances = np.array([0.8, 0.7, 0.3, 0.2])
    assert f1_at(targets, chances, 0.75) == pytest.approx(f1_at(targets, chances, 0.1))
    assert best_threshold(targets, chances) == pytest.approx(0.75)


def test_neighbours_without_a_number_between_them() -> None:
    """The threshold is the upper one itself."""
    low = 0.6
    high = float(np.nextafter(low, 1))
    assert best_threshold(np.array([0, 1]), np.array([low, high])) == high


def test_no_yes_at_all_is_a_half() -> None:
    assert best_threshold(np.array([0, 0, -1]), np.array([0.1, 0.9, 0.3])) == 0.5


def test_unknown_and_never_held_out_examples_are_left_out() -> None:
    targets = np.array([0, 1, 1, -1, 1])
    chances = np.array([0.1, 0.2, 0.4, 0.15, np.nan])
    assert best_threshold(targets, chances) == pytest.approx(0.15)


def three_tasks(examples: int = 60) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(4)
    targets = np.stack([random.integers(0, len(task.classes), examples) for task in TASKS], axis=1)
    parts = []
    for number, task in enumerate(TASKS):
        odds = np.exp(random.normal(size=(2, examples, len(task.classes)))
                      + 0.9 * np.eye(len(task.classes))[targets[:, number]])  # fmt: skip
        parts.append(odds / odds.sum(axis=2, keepdims=True))
    targets[random.random(targets.shape) < 0.2] = -1
    return targets, np.concatenate(parts, axis=2)


def test_a_folds_threshold_is_chosen_on_the_other_folds() -> None:
    targets, given_ = three_tasks()
    folds = np.stack([np.random.default_rng(s).permutation(60) % 4 for s in range(2)])
    found = choose_thresholds(targets, given_, tasks=TASKS, folds=folds)
    assert found.applied is not None
    for repeat, fold in np.ndindex(2, 4):
        held = folds[repeat] == fold
        others = np.where(held, -1, targets[:, 2])
        expected = best_threshold(others, given_[repeat, :, 6])
        np.testing.assert_array_equal(found.applied[repeat, held, 2], expected)


def test_a_folds_own_labels_do_not_move_its_threshold() -> None:
    targets, given_ = three_tasks()
    folds = np.stack([np.arange(60) % 4] * 2)
    flipped = np.where((folds[0] == 1)[:, None] & (targets >= 0), 1 - targets.clip(0, 1), targets)
    one, two = (
        choose_thresholds(each, given_, tasks=TASKS, folds=folds).applied
        for each in (targets, flipped)
    )
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one[:, folds[0] == 1, 0], two[:, folds[0] == 1, 0])
    assert (one[:, folds[0] != 1, 0] != two[:, folds[0] != 1, 0]).any()


def test_the_models_threshold_is_chosen_on_all_repeats_together() -> None:
    targets, given_ = three_tasks()
    found = choose_thresholds(targets, given_, tasks=TASKS)
    assert found.applied is None
    known = targets[:, 0] >= 0
    pooled = best_threshold(np.tile(targets[known, 0], 2), given_[:, known, 1].ravel())
    assert found.chosen[0] == pooled
    assert np.isnan(found.chosen[1])


def test_thresholds_of_other_shapes_are_refused() -> None:
    targets, given_ = three_tasks()
    with pytest.raises(SettingError, match=r"expected .* for 3 tasks"):
        choose_thresholds(targets, given_[:, :, :5], tasks=TASKS)
    with pytest.raises(SettingError, match=r"folds have the shape \(2, 7\)"):
        choose_thresholds(targets, given_, tasks=TASKS, folds=np.zeros((2, 7), int))


def test_f1_by_hand() -> None:
    """Two hits, one false, one missed: 4 / (4 + 1 + 1)."""
    positive = np.array([True, True, True, False, False])
    found = np.array([True, True, False, True, False])
    assert f1_score(positive, found)[0] == pytest.approx(4 / 6)


def test_f1_influence_is_the_derivative_by_an_examples_weight() -> None:
    random = np.random.default_rng(1)
    positive, found = random.random(25) < 0.5, random.random(25) < 0.5
    _, influence = f1_score(positive, found)
    for row in range(25):
        weights = np.ones(25)
        weights[row] += 1e-6
        moved = metrics.f1_score(positive, found, sample_weight=weights)
        weights[row] -= 2e-6
        back = metrics.f1_score(positive, found, sample_weight=weights)
        assert influence[row] == pytest.approx((moved - back) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_f1_is_at_the_threshold(threshold: float) -> None:
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, 80)
    yes = random.random(80)
    figures = task_figures(
        targets, np.stack([1 - yes, yes], axis=1)[None], classes=["no", "yes"], design="test",
        threshold=threshold,
    )  # fmt: skip
    assert figures.f1 is not None
    assert figures.f1.value == pytest.approx(metrics.f1_score(targets, yes >= threshold))
    assert figures.threshold == threshold
    assert figures.prevalence is not None
    assert figures.prevalence.value == pytest.approx(targets.mean())
    assert figures.known == tuple(np.bincount(targets))


def test_f1_is_zero_where_nothing_is_found_and_undefined_where_nothing_is_there() -> None:
    chances = np.tile([0.8, 0.2], (1, 4, 1))
    some, none = (
        task_figures(
            np.array(targets), chances, classes=["no", "yes"], design="test", threshold=0.5
        ).f1
        for targets in ([0, 1, 0, 0], [0, 0, 0, 0])
    )
    assert some is not None
    assert some.value == 0
    assert some.high is not None
    assert some.high > 0.2
    assert none is not None
    assert none.value is None
    assert none.why == "no example of yes was held out"


def test_a_threshold_needs_two_classes() -> None:
    with pytest.raises(SettingError, match=r"threshold is 0\.5 for 3 classes"):
        task_figures(np.zeros(2, int), np.full((1, 2, 3), 1 / 3), classes=["a", "b", "c"],
                     design="test", threshold=0.5)  # fmt: skip
