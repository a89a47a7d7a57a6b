"""Tasks, folds and examples that know little or nothing: no crash, and named for what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.heads.task_table import make_table

from headstart import heads
from headstart.examples import Outputs
from headstart.heads import Made


def test_a_task_of_one_class_is_its_smoothed_prevalence() -> None:
    """Six labels, all yes: (6 + 1) / (6 + 2), also where a fold holds three of them."""
    table = make_table(2, 2, repeats=1)
    table.targets[:, 1] = -1
    table.targets[:6, 1] = 1
    table.folds[0, :6] = [0, 0, 0, 1, 1, 2]
    head, found = heads.solve_tasks(
        table.features, table.targets, table.folds, outputs=table.outputs
    )
    assert head.made.tolist() == [Made.SOLVED, Made.PREVALENCE]
    assert np.isnan(head.penalties[1])
    np.testing.assert_allclose(head.predict(table.features)[:, 3], 7 / 8, rtol=1e-6)
    expected = np.array([4 / 5, 5 / 6, 6 / 7, 7 / 8])[table.folds[0]]
    np.testing.assert_allclose(found.probabilities[0, :, 3], expected, rtol=1e-6)
    assert (found.made[0, :, 1] == Made.PREVALENCE).all()
    assert np.isnan(found.outer_penalties[0, :, 1]).all()
    assert found.curves[1] is None


def test_a_task_without_labels_has_equal_chances() -> None:
    table = make_table(2, 4)
    table.targets[:, 1] = -1
    head, found = heads.solve_tasks(
        table.features, table.targets, table.folds, outputs=table.outputs
    )
    assert head.made.tolist() == [Made.SOLVED, Made.UNIFORM]
    np.testing.assert_array_equal(head.predict(table.features)[:, 2:], 0.25)
    np.testing.assert_array_equal(found.probabilities[:, :, 2:], 0.25)
    assert not head.weights[2:].any()


def test_a_fold_that_a_task_does_not_know_is_predicted_by_its_final_head() -> None:
    table = make_table(2, 2, repeats=1)
    fold = table.folds[0] == 2
    table.targets[fold, 1] = -1
    head, found = heads.solve_tasks(
        table.features, table.targets, table.folds, outputs=table.outputs
    )
    np.testing.assert_allclose(
        found.probabilities[0, fold, 2:], head.predict(table.features[fold])[:, 2:], atol=1e-5
    )
    assert found.outer_penalties[0, 2, 1] == head.penalties[1]
    assert found.made[0, 2, 1] == Made.SOLVED


def test_a_training_part_of_one_class_predicts_its_prevalence() -> None:
    """All yes in one fold: what is left to train on is all no."""
    table = make_table(2, hidden=0.0, repeats=1)
    table.targets[:, 0] = table.folds[0] == 1
    head, found = heads.solve_tasks(
        table.features, table.targets, table.folds, outputs=table.outputs
    )
    rest = int((table.folds[0] != 1).sum())
    assert found.made[0, :, 0].tolist() == [0, Made.PREVALENCE, 0, 0]
    np.testing.assert_allclose(
        found.probabilities[0, table.folds[0] == 1, 1], 1 / (rest + 2), rtol=1e-6
    )
    assert head.made.tolist() == [Made.SOLVED]


def test_examples_that_no_task_knows_change_nothing_but_the_scale() -> None:
    """They stand in the features, so penalties relative to these move; heads at given ones do
    not.
    """
    table = make_table(2, 3)
    penalties = np.full(2, 0.01)
    more = np.random.default_rng(0).normal(size=(40, 12)).astype(np.float32)
    plain = heads.fit_tasks(
        table.features, table.targets, outputs=table.outputs, penalties=penalties
    )
    padded = heads.fit_tasks(
        np.concatenate([table.features, more]),
        np.concatenate([table.targets, np.full((40, 2), -1)]),
        outputs=table.outputs,
        penalties=penalties,
    )
    np.testing.assert_allclose(padded.weights, plain.weights, atol=1e-4)


def test_nothing_known_at_all() -> None:
    table = make_table(2, 3, hidden=1.0)
    head, found = heads.solve_tasks(
        table.features, table.targets, table.folds, outputs=table.outputs
    )
    np.testing.assert_array_equal(head.made, Made.UNIFORM)
    np.testing.assert_allclose(found.probabilities[0, 0], [1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3])


def test_no_folds_at_all_gives_heads_and_no_predictions() -> None:
    table = make_table(2, 3)
    folds = np.full_like(table.folds, -1)
    head, found = heads.solve_tasks(table.features, table.targets, folds, outputs=table.outputs)
    assert (head.made == Made.SOLVED).all()
    assert np.isnan(found.probabilities).all()
    assert found.curves[0] is not None
    assert len(found.curves[0].penalties) == 0


def test_an_uncertain_cell_counts_in_parts() -> None:
    """Two labels of no, and one cell that is yes with a chance of 1."""
    features = np.arange(8.0)[:, None]
    targets = np.full((8, 2), -1)
    targets[:2] = 0
    uncertain = np.full((8, 2), -1.0)
    uncertain[2, 0] = 1.0
    uncertain[2, 1] = 0.0
    head = heads.fit_tasks(
        features, targets, outputs=Outputs((2, 2)), penalties=np.ones(2), uncertain=uncertain
    )
    assert head.made.tolist() == [Made.SOLVED, Made.PREVALENCE]
    np.testing.assert_allclose(head.predict(features)[:, 2], 4 / 5, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(2, 4), min_size=1, max_size=4),
    st.integers(2, 9),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_whatever_is_known_there_are_predictions(
    sizes: list[int], examples: int, hidden: float, seed: int
) -> None:
    """The smallest tables, any share unknown: finite heads, and chances that sum to 1."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, sizes, (examples, len(sizes)))
    targets[random.random(targets.shape) < hidden] = -1
    folds = random.integers(-1, 3, (2, examples))
    outputs = Outputs(tuple(sizes))
    head, found = heads.solve_tasks(
        random.normal(size=(examples, 5)), targets, folds, outputs=outputs
    )
    assert np.isfinite(head.weights).all()
    assert np.isfinite(head.bias).all()
    sums = np.add.reduceat(found.probabilities, outputs.starts, axis=2)
    np.testing.assert_allclose(sums[folds >= 0], 1)
    assert np.isnan(sums[folds < 0]).all()


def test_tasks_that_know_other_examples_are_solved_apart() -> None:
    """Two laboratories, each with its own examples: the same as each by itself."""
    table = make_table(2, 2, 2, hidden=0.0, repeats=1)
    table.targets[:45, 0] = -1
    table.targets[45:, 1:] = -1
    both, _ = heads.solve_tasks(table.features, table.targets, table.folds, outputs=table.outputs)
    first = replace(table, targets=table.targets[:, :1], outputs=Outputs((2,)))
    alone, _ = heads.solve_tasks(first.features, first.targets, first.folds, outputs=first.outputs)
    assert both.penalties[0] == pytest.approx(alone.penalties[0])
    np.testing.assert_array_equal(both.weights[:2], alone.weights)
