"""Folds: even, together where they belong together, and honest about lone classes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headstart.examples import ALWAYS_TRAINING, UNKNOWN, stratified_folds


@given(st.integers(0, 2**31), st.integers(6, 80), st.integers(2, 5), st.integers(2, 7))
def test_units_stay_together_and_no_class_is_lost(
    seed: int, count: int, classes: int, folds: int
) -> None:
    random = np.random.default_rng(seed)
    targets = random.integers(0, classes, count)
    units = random.integers(0, count // 2, count)
    found = stratified_folds(targets, units, folds=folds, seed=seed)
    for unit in np.unique(units):
        assert len(np.unique(found[units == unit])) == 1
    for target in np.unique(targets):
        carriers = np.unique(units[targets == target])
        if len(carriers) == 1:
            assert (found[units == carriers[0]] == ALWAYS_TRAINING).all()


def test_single_examples_are_spread_evenly() -> None:
    targets = np.repeat([0, 1, 2], [50, 20, 5])
    found = stratified_folds(targets, np.arange(75), folds=5, seed=3)
    for target, count in ((0, 10), (1, 4), (2, 1)):
        assert (np.bincount(found[targets == target], minlength=5) == count).all()


def test_the_seed_decides() -> None:
    targets, units = np.arange(40) % 2, np.arange(40)
    one, again, other = (stratified_folds(targets, units, folds=4, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_fewer_units_than_folds() -> None:
    found = stratified_folds(np.array([0, 0, 1, 1]), np.arange(4), folds=5, seed=0)
    assert sorted(found) == [0, 1, 2, 3]


def test_unknown_labels_belong_to_no_class() -> None:
    targets = np.array([0, 0, 1, 1, UNKNOWN, UNKNOWN])
    found = stratified_folds(targets, np.arange(6), folds=2, seed=0)
    assert (found >= 0).all()


def test_one_example_a_class_is_never_held_out() -> None:
    found = stratified_folds(np.arange(5), np.arange(5), folds=5, seed=0)
    assert (found == ALWAYS_TRAINING).all()
