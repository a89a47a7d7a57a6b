"""Folds and orders of examples with several tasks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from headstart.examples import (
    UNKNOWN,
    Task,
    fold_draws,
    lacking,
    part_draws,
    stratified_folds,
)

Integers = NDArray[np.int64]


def yes_no(count: int) -> list[Task]:
    return [Task(f"t{place}", "binary", ("no", "yes")) for place in range(count)]


def drawn(random: np.random.Generator, examples: int, rates: list[float]) -> Integers:
    """Yes/no tasks of given shares of yes, half of the cells unknown."""
    table = (random.random((examples, len(rates))) < rates).astype(np.int64)
    table[random.random(table.shape) < 0.5] = UNKNOWN
    return table


def reach(targets: Integers, units: Integers, folds: Integers) -> list[tuple[int, int]]:
    """For each class of each task that occurs: folds that hold it, and units that do."""
    found = []
    for column in targets.T:
        for label in np.unique(column[column != UNKNOWN]):
            rows = column == label
            found.append((len(np.unique(folds[rows])), len(np.unique(units[rows]))))
    return found


@given(st.integers(0, 2**31), st.integers(4, 60), st.integers(2, 6), st.integers(2, 7))
def test_units_stay_together_and_every_example_is_held_out_once(
    seed: int, count: int, tasks: int, folds: int
) -> None:
    random = np.random.default_rng(seed)
    targets = random.integers(UNKNOWN, 3, (count, tasks))
    units = random.integers(0, count // 2, count)
    found = stratified_folds(targets, units, folds=folds, seed=seed)
    for unit in np.unique(units):
        assert len(np.unique(found[units == unit])) == 1
    expected = min(folds, len(np.unique(units)))
    if expected >= 2:
        assert np.unique(found).tolist() == list(range(expected))
    else:
        assert (found == -1).all()


def test_shares_of_each_class_of_each_task_are_kept(random: np.random.Generator) -> None:
    targets = drawn(random, 600, [0.5, 0.3, 0.1, 0.02])
    found = stratified_folds(targets, np.arange(600), folds=5, seed=1)
    assert np.ptp(np.bincount(found)) <= 1
    for column in targets.T:
        for label in (0, 1):
            counts = np.bincount(found[column == label], minlength=5)
            assert np.ptp(counts) <= max(2, 0.1 * counts.sum() / 5)


def test_rare_classes_reach_every_fold_that_they_can(random: np.random.Generator) -> None:
    for seed in range(30):
        targets = drawn(random, 200, [0.5, *random.uniform(0.02, 0.15, 12)])
        units = random.permutation(200) // 2
        found = stratified_folds(targets, units, folds=5, seed=seed)
        assert all(folds == min(5, carriers) for folds, carriers in reach(targets, units, found))


def test_both_halves_hold_both_classes_nearly_wherever_they_can() -> None:
    """Against every division of eight examples into halves: no better one is missed often."""
    short = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        targets = random.integers(UNKNOWN, 2, (8, 4))
        found = stratified_folds(targets, np.arange(8), folds=2, seed=seed)
        divisions = [np.array((0, *rest)) for rest in product((0, 1), repeat=7) if any(rest)]
        best = max(sum(n for n, _ in reach(targets, np.arange(8), d)) for d in divisions)
        short += best - sum(n for n, _ in reach(targets, np.arange(8), found))
    assert short <= 2


def test_one_task_is_divided_as_ever() -> None:
    random = np.random.default_rng(5)
    targets, units = random.integers(UNKNOWN, 3, 40), random.integers(0, 25, 40)
    one = stratified_folds(targets, units, folds=4, seed=9)
    np.testing.assert_array_equal(stratified_folds(targets[:, None], units, folds=4, seed=9), one)
    # As of the version before there were several tasks.
    assert one.tolist() == [
        2,
        3,
        2,
        2,
        2,
        0,
        3,
        1,
        2,
        2,
        1,
        0,
        0,
        0,
        3,
        2,
        2,
        0,
        3,
        1,
        1,
        2,
        1,
        1,
        1,
        3,
        0,
        0,
        2,
        0,
        3,
        0,
        3,
        2,
        1,
        3,
        3,
        1,
        3,
        2,
    ]


def test_hidden_values_do_not_matter(random: np.random.Generator) -> None:
    targets = drawn(random, 100, [0.3, 0.6])
    units = np.arange(100)
    one = stratified_folds(targets, units, folds=3, seed=4)
    again = stratified_folds(targets.copy(), units * 7 + 3, folds=3, seed=4)
    other = stratified_folds(targets, units, folds=3, seed=5)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_examples_without_a_label_are_divided_too() -> None:
    targets = np.full((9, 2), UNKNOWN)
    found = stratified_folds(targets, np.arange(9), folds=3, seed=0)
    assert np.bincount(found).tolist() == [3, 3, 3]


def test_what_is_lacking_is_named() -> None:
    targets = np.array([
        [0, 0, UNKNOWN, 0],
        [1, 0, UNKNOWN, 1],
        [0, 1, UNKNOWN, 2],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [1, 0, 0, 2],
    ])  # fmt: skip
    folds = np.array([0, 0, 0, 1, 1, 1])
    tasks = [*yes_no(3), Task("view", "category", ("a", "b", "c"))]
    assert lacking(targets, folds, tasks) == [
        "'t1': 1 example is known to be 'yes', and 1 of 2 held-out parts and 1 of 2 training "
        "parts have none",
        "'t2': 3 examples are known to be 'no', and 1 of 2 held-out parts and 1 of 2 training "
        "parts have none; no example is known to be 'yes'",
    ]
    # What is always trained on teaches, but is never judged.
    always = np.array([0, 0, -1, 1, 1, 1])
    assert lacking(targets[:, 1], always, yes_no(1)) == [
        "'t0': 1 example is known to be 'yes', and 2 of 2 held-out parts have none"
    ]
    assert lacking(targets[:, :1], folds, yes_no(1)) == []
    assert lacking(targets, np.full(6, -1), tasks) == []


@pytest.mark.parametrize("tasks", [2, 5])
def test_draws_of_several_tasks(random: np.random.Generator, tasks: int) -> None:
    targets = drawn(random, 400, [0.5, 0.2, 0.4, 0.3, 0.1][:tasks])
    units = np.arange(400) // 2
    draws = fold_draws(targets, units, folds=4, repeats=2, seed=3)
    assert len(draws) == 8
    for draw in draws:
        whole = np.sort(np.concatenate([draw.order, draw.held]))
        np.testing.assert_array_equal(whole, np.arange(400))
        assert not set(units[draw.order]) & set(units[draw.held])
        assert (units[draw.order][::2] == units[draw.order][1::2]).all()
        quarter, rest = targets[draw.rows(75)], targets[draw.order]
        for column, full in zip(quarter.T, rest.T, strict=True):
            for label in (0, 1):
                share = (full == label).sum() / 4
                assert abs((column == label).sum() - share) <= 2 + 0.1 * share
    train, held = draws[0].order, draws[0].held
    again = part_draws(targets, units, train, held, draws=2, seed=1)
    assert not np.array_equal(again[0].order, again[1].order)
    np.testing.assert_array_equal(np.sort(again[0].order), np.sort(train))
