"""The nested cross-validation: honest, and the same as doing it the long way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from headstart import heads
from headstart.examples import stratified_folds


@pytest.fixture
def features(random: np.random.Generator) -> NDArray[np.float32]:
    targets = np.arange(60) % 3
    noise = random.normal(size=(60, 40))
    return (noise + 0.8 * random.normal(size=(3, 40))[targets]).astype(np.float32)


TARGETS = np.arange(60) % 3
FOLDS = np.stack([stratified_folds(TARGETS, np.arange(60), folds=5, seed=s) for s in range(2)])


def test_a_fold_is_predicted_without_its_labels(features: NDArray[np.float32]) -> None:
    """Other labels in a fold change nothing about its own predictions, nor its penalty."""
    _, plain = heads.solve(features, TARGETS, FOLDS[:1], classes=3)
    for fold in range(5):
        held = FOLDS[0] == fold
        changed = np.where(held, (TARGETS + 1) % 3, TARGETS)
        _, other = heads.solve(features, changed, FOLDS[:1], classes=3)
        # Not to the bit: problems leave the batch at other times, and sums round differently.
        apart = np.abs(plain.probabilities[0] - other.probabilities[0]).max(axis=1)
        assert apart[held].max() < 0.01
        assert plain.outer_penalties[0, fold] == other.outer_penalties[0, fold]
        assert apart[~held].max() > 0.1


def test_outer_predictions_are_those_of_a_head_fitted_without_the_fold(
    features: NDArray[np.float32],
) -> None:
    _, found = heads.solve(features, TARGETS, FOLDS, classes=3)
    for repeat, folds in enumerate(FOLDS):
        for fold in range(5):
            rest = folds != fold
            head = heads.fit(
                features[rest],
                TARGETS[rest],
                classes=3,
                penalty=found.outer_penalties[repeat, fold],
            )
            np.testing.assert_allclose(
                found.probabilities[repeat, ~rest],
                head.predict(features[~rest]),
                atol=0.02,  # both end at heads.TOLERANCE, in float32 and float64
            )


def test_the_curve_is_the_held_out_loss_of_its_penalties(features: NDArray[np.float32]) -> None:
    _, found = heads.solve(features, TARGETS, FOLDS[:1], classes=3)
    for penalty, expected in zip(found.curve.penalties, found.curve.log_loss, strict=True):
        losses = np.empty(60)
        for fold in range(5):
            rest = FOLDS[0] != fold
            head = heads.fit(features[rest], TARGETS[rest], classes=3, penalty=penalty)
            chances = head.predict(features[~rest])
            losses[~rest] = -np.log(chances[np.arange(len(chances)), TARGETS[~rest]])
        assert expected == pytest.approx(losses.mean(), abs=2e-3)


def test_the_chosen_penalty_has_the_least_loss(features: NDArray[np.float32]) -> None:
    head, found = heads.solve(features, TARGETS, FOLDS, classes=3)
    assert found.curve.chosen == found.curve.penalties[found.curve.log_loss.argmin()]
    assert head.penalty == found.curve.chosen
    assert len(found.curve.penalties) + found.curve.pruned == 10


def test_the_result_does_not_depend_on_threads(features: NDArray[np.float32]) -> None:
    targets, wide = np.arange(1200) % 60, np.tile(features, (20, 1))
    folds = stratified_folds(targets, np.arange(1200), folds=3, seed=0)[None]
    one, _ = heads.solve(wide, targets, folds, classes=60, threads=1)
    two, _ = heads.solve(wide, targets, folds, classes=60, threads=2)
    np.testing.assert_array_equal(one.weights, two.weights)


def test_examples_always_in_training_are_never_predicted(features: NDArray[np.float32]) -> None:
    targets = TARGETS.copy()
    targets[0] = 3
    folds = stratified_folds(targets, np.arange(60), folds=5, seed=0)[None]
    head, found = heads.solve(features, targets, folds, classes=4)
    assert folds[0, 0] == -1
    assert np.isnan(found.probabilities[0, 0]).all()
    assert not np.isnan(found.probabilities[0, 1:]).any()
    assert head.predict(features[:1]).argmax() == 3


def test_nothing_to_hold_out_gives_a_head_and_no_curve(random: np.random.Generator) -> None:
    """One example of each class: the fallback penalty, and no held-out prediction."""
    features = random.normal(size=(4, 10))
    folds = stratified_folds(np.arange(4), np.arange(4), folds=5, seed=0)[None]
    head, found = heads.solve(features, np.arange(4), folds, classes=4)
    assert np.isnan(found.probabilities).all()
    assert len(found.curve.penalties) == 0
    np.testing.assert_array_equal(head.predict(features).argmax(axis=1), np.arange(4))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=9), st.integers(3, 6), st.integers(0, 99))
def test_the_smallest_sets_work(labels: list[int], folds: int, seed: int) -> None:
    """Whatever two classes or more there are: a head, and predictions of what is held out."""
    classes, targets = np.unique(labels, return_inverse=True)
    assume(len(classes) > 1)
    features = np.random.default_rng(seed).normal(size=(len(labels), 6))
    parts = stratified_folds(targets, np.arange(len(labels)), folds=folds, seed=seed)[None]
    head, found = heads.solve(features, targets, parts, classes=len(classes))
    assert head.weights.shape == (len(classes), 6)
    assert np.isfinite(head.weights).all()
    predicted = found.probabilities[0]
    assert np.isnan(predicted[parts[0] < 0]).all()
    assert np.nansum(predicted, axis=1)[~np.isnan(predicted[:, 0])] == pytest.approx(1.0)


def test_weights_of_zero_leave_examples_out(features: NDArray[np.float32]) -> None:
    weights = np.where(np.arange(60) % 5 == 0, 0.0, 1.0)
    flipped = np.where(weights > 0, TARGETS, (TARGETS + 1) % 3)
    one, first = heads.solve(features, TARGETS, FOLDS, classes=3, weights=weights)
    two, second = heads.solve(features, flipped, FOLDS, classes=3, weights=weights)
    np.testing.assert_array_equal(one.weights, two.weights)
    np.testing.assert_array_equal(first.curve.log_loss, second.curve.log_loss)
