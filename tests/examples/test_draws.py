"""Training parts for comparisons: shares at every size, no leaks, always the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples import fold_draws, part_draws
from headstart.examples._draws import nested_order

Ints = NDArray[np.int64]

# Two of five examples are of class 0, two of class 1, one of class 2.
TARGETS = np.array([0, 0, 1, 1, 2] * 12)
ALONE = np.arange(len(TARGETS))


def in_pairs(targets: Ints) -> Ints:
    """Units of two examples, each of one class."""
    units = np.empty(len(targets), dtype=np.int64)
    for target in np.unique(targets):
        rows = np.flatnonzero(targets == target)
        units[rows] = 1000 * target + np.arange(len(rows)) // 2
    return units


@given(
    counts=st.lists(st.integers(1, 30), min_size=2, max_size=5),
    seed=st.integers(0, 1000),
)
def test_every_beginning_holds_the_classes_in_their_shares(counts: list[int], seed: int) -> None:
    targets = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    order = nested_order(targets, np.arange(len(targets)), seed=seed)
    assert sorted(order) == list(range(len(targets)))
    assert set(targets[order[: len(counts)]]) == set(range(len(counts)))
    seen = np.cumsum(targets[order][:, None] == np.arange(len(counts)), axis=0)
    wanted = (1 + np.arange(len(targets)))[:, None] * np.array(counts) / len(targets)
    # One of each goes ahead, so that a class may be as many behind as there are classes.
    assert np.abs(seen - wanted).max() <= len(counts)


def test_units_stand_together_after_one_of_each_class() -> None:
    units = in_pairs(TARGETS)
    order = nested_order(TARGETS, units, seed=3)
    assert sorted(TARGETS[order[:3]]) == [0, 1, 2]
    rest = units[order[3:]]
    changes = 1 + np.count_nonzero(np.diff(rest))
    assert changes == len(np.unique(rest))


def test_a_few_examples_of_large_units_still_hold_every_class() -> None:
    targets = np.repeat([0, 1, 2], 20)
    order = nested_order(targets, np.arange(60) // 10, seed=0)
    assert set(targets[order[:3]]) == {0, 1, 2}
    assert sorted(order) == list(range(60))


def test_mixed_units_lose_no_class() -> None:
    """Class 2 is met in units only whose first example is of another class."""
    targets = np.array([0, 2, 1, 2, 0, 1, 0, 1])
    units = np.array([0, 0, 1, 1, 2, 3, 4, 5])
    order = nested_order(targets, units, seed=1)
    assert sorted(order) == list(range(8))
    assert set(targets[order[:3]]) == {0, 1, 2}


def test_the_order_follows_from_the_seed() -> None:
    orders = [nested_order(TARGETS, ALONE, seed=seed).tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_folds_hold_every_example_out_once_a_repeat() -> None:
    draws = fold_draws(TARGETS, ALONE, folds=4, repeats=2, seed=0)
    assert [draw.repeat for draw in draws] == [0] * 4 + [1] * 4
    for repeat in (0, 1):
        held = [draw.held for draw in draws if draw.repeat == repeat]
        assert sorted(np.concatenate(held)) == list(range(len(TARGETS)))
    for draw in draws:
        assert sorted([*draw.order, *draw.held]) == list(range(len(TARGETS)))
    assert sorted(draws[0].held) != sorted(draws[4].held)


def test_no_unit_is_trained_on_and_predicted() -> None:
    units = in_pairs(TARGETS)
    for draw in fold_draws(TARGETS, units, folds=5, repeats=3, seed=2):
        assert not set(units[draw.order]) & set(units[draw.held])


def test_the_only_unit_of_a_class_is_always_trained_on() -> None:
    targets = np.array([0] * 6 + [1] * 6 + [2] * 2)
    units = np.array([*range(12), 12, 12])
    draws = fold_draws(targets, units, folds=3, repeats=1, seed=0)
    for draw in draws:
        assert not {12, 13} & set(draw.held)
        assert {12, 13} <= set(draw.order)
    assert sorted(np.concatenate([draw.held for draw in draws])) == list(range(12))


def test_fewer_units_than_folds() -> None:
    draws = fold_draws(np.array([0, 1, 0, 1]), np.arange(4), folds=5, repeats=2, seed=0)
    assert [len(draw.held) for draw in draws] == [1] * 8


def test_what_cannot_be_divided() -> None:
    with pytest.raises(DataError, match="too few examples to train on some and predict others"):
        fold_draws(np.array([0, 1]), np.arange(2), folds=5, repeats=1, seed=0)


def test_a_held_out_part_stays_and_training_parts_change() -> None:
    train, held = np.arange(40), np.arange(40, 60)
    draws = part_draws(TARGETS, ALONE, train, held, draws=3, seed=5)
    assert [draw.repeat for draw in draws] == [0, 1, 2]
    for draw in draws:
        np.testing.assert_array_equal(draw.held, held)
        assert sorted(draw.order) == list(train)
    small = [set(draw.rows(8)) for draw in draws]
    assert small[0] != small[1] != small[2]
    # Shares of the training part, one of each ahead.
    assert all(set(TARGETS[list(rows)]) == {0, 1, 2} for rows in small)


def test_sizes_are_nested_and_rows_sorted() -> None:
    (draw, *_) = fold_draws(TARGETS, ALONE, folds=5, repeats=1, seed=1)
    few, more, all_rows = draw.rows(5), draw.rows(20), draw.rows(None)
    assert set(few) < set(more) < set(all_rows)
    assert list(more) == sorted(more)
    assert len(all_rows) == len(draw.order)
