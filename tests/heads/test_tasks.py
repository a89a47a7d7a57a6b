"""Many tasks solved together: each is what one would be by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tests.heads.task_table import Table, make_table

from headstart import heads
from headstart.errors import InputError
from headstart.examples import Outputs
from headstart.heads import Made, TasksCrossValidated, TasksHead

ALONE = 1e-4
"""How far apart predictions may lie that were solved in other batches: both end at
`heads.TOLERANCE`, in float32."""


def solved(table: Table, **more: object) -> tuple[TasksHead, TasksCrossValidated]:
    return heads.solve_tasks(
        table.features,
        table.targets,
        table.folds,
        outputs=table.outputs,
        **more,  # type: ignore[arg-type]
    )


def assert_same(one: TasksHead, other: TasksHead) -> None:
    """To the bit."""
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(one.bias, other.bias)
    np.testing.assert_array_equal(one.penalties, other.penalties)


@pytest.mark.parametrize("classes", [2, 3])
def test_one_task_alone_is_the_head_of_solve(classes: int) -> None:
    table = make_table(classes, hidden=0.0)
    head, found = solved(table)
    single, expected = heads.solve(
        table.features, table.targets[:, 0], table.folds, classes=classes
    )
    np.testing.assert_allclose(head.weights, single.weights, atol=1e-5)
    np.testing.assert_allclose(head.bias, single.bias, atol=1e-5)
    assert head.penalties.tolist() == [single.penalty]
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=ALONE)
    np.testing.assert_array_equal(found.outer_penalties[:, :, 0], expected.outer_penalties)
    assert found.curves[0] is not None
    np.testing.assert_allclose(found.curves[0].log_loss, expected.curve.log_loss, atol=ALONE)


def test_unknown_labels_are_as_weights_of_zero_in_solve() -> None:
    table = make_table(2, 3)
    head, found = solved(table)
    for task, classes in enumerate(table.outputs.sizes):
        known = table.targets[:, task] >= 0
        single, expected = heads.solve(
            table.features,
            np.where(known, table.targets[:, task], 0),
            table.folds,
            classes=classes,
            weights=known.astype(np.float64),
        )
        columns = table.outputs.columns(task)
        assert head.penalties[task] == single.penalty
        np.testing.assert_allclose(
            head.predict(table.features)[:, columns], single.predict(table.features), atol=ALONE
        )
        np.testing.assert_allclose(
            found.probabilities[:, :, columns], expected.probabilities, atol=ALONE
        )


def test_tasks_do_not_influence_one_another() -> None:
    """Without some of the tasks, the others' heads and predictions are the same."""
    table = make_table(2, 3, 2, 2, 4)
    head, found = solved(table)
    kept = [0, 1, 4]
    fewer = replace(table, targets=table.targets[:, kept], outputs=Outputs((2, 3, 4)))
    small, less = solved(fewer)
    columns = np.concatenate([np.r_[table.outputs.columns(task)] for task in kept])
    np.testing.assert_array_equal(small.penalties, head.penalties[kept])
    np.testing.assert_allclose(
        small.predict(table.features), head.predict(table.features)[:, columns], atol=ALONE
    )
    np.testing.assert_allclose(less.probabilities, found.probabilities[:, :, columns], atol=ALONE)


def test_hidden_values_do_not_matter(random: np.random.Generator) -> None:
    """Whatever stands in a cell of weight 0, all that is found is the same to the bit."""
    table = make_table(2, 3, 2)
    weights = np.where(random.random(table.targets.shape) < 0.3, 0.0, 1.5)
    other = (table.targets + 1) % np.array(table.outputs.sizes)
    other[random.random(other.shape) < 0.5] = -1
    flipped = np.where(weights > 0, table.targets, other)
    assert (flipped != table.targets).any()
    one, first = solved(table, weights=weights)
    two, second = solved(replace(table, targets=flipped), weights=weights)
    assert_same(one, two)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    np.testing.assert_array_equal(first.outer_penalties, second.outer_penalties)


def test_weights_of_unknown_cells_may_be_anything() -> None:
    table = make_table(2, 2)
    odd = np.where(table.targets >= 0, 1.0, np.nan)
    assert_same(solved(table)[0], solved(table, weights=odd)[0])


def test_the_optimum_is_scikit_learns_on_the_known_rows() -> None:
    table = make_table(2, 3, 2)
    penalties = np.array([0.02, 0.01, 0.005])
    weights = np.random.default_rng(0).uniform(0.5, 2.0, table.targets.shape)
    head = heads.fit_tasks(
        table.features, table.targets, outputs=table.outputs, penalties=penalties, weights=weights
    )
    predicted = head.predict(table.features)
    features = table.features.astype(np.float64)
    for task, penalty in enumerate(penalties):
        known = table.targets[:, task] >= 0
        given = weights[known, task]
        peer = LogisticRegression(C=1 / (penalty * given.sum()), tol=1e-9, max_iter=2_000)
        peer.fit(features[known], table.targets[known, task], sample_weight=given)
        np.testing.assert_allclose(
            predicted[:, table.outputs.columns(task)],
            peer.predict_proba(features),
            atol=2e-5,
        )


def test_the_smallest_case_by_hand() -> None:
    """One feature of -1 and 1, two known labels each way round: the slope solves an equation.

    With examples (-1, no) and (1, yes) and no intercept by symmetry, the loss is
    ``log(1 + exp(-w)) + penalty / 2 * w^2``, least where ``1 / (1 + exp(w)) = penalty * w``; for
    w = 1 that is a penalty of 0.26894. The second task is the first turned round, with two
    examples that only the first task knows.
    """
    features = np.array([[-1.0], [1.0], [-1.0], [1.0]])
    targets = np.array([[0, 1], [1, 0], [0, -1], [1, -1]])
    penalties = np.full(2, 1 / (1 + np.e))
    head = heads.fit_tasks(features, targets, outputs=Outputs((2, 2)), penalties=penalties)
    np.testing.assert_allclose(head.weights[:, 0], [-0.5, 0.5, 0.5, -0.5], atol=1e-5)
    np.testing.assert_allclose(head.bias, 0, atol=1e-5)
    np.testing.assert_allclose(head.predict(np.array([[1.0]]))[0, 1], 1 / (1 + np.exp(-1)))


def test_every_held_out_example_is_predicted_in_every_task() -> None:
    table = make_table(2, 3, 2)
    table.folds[:, :5] = -1
    _, found = solved(table)
    assert found.probabilities.shape == (2, 90, 7)
    assert np.isnan(found.probabilities[:, :5]).all()
    sums = np.add.reduceat(found.probabilities[:, 5:], table.outputs.starts, axis=2)
    np.testing.assert_allclose(sums, 1)


def test_an_unknown_example_is_predicted_by_the_head_of_its_fold() -> None:
    table = make_table(2, repeats=1)
    _, found = solved(table)
    for fold in range(4):
        held = table.folds[0] == fold
        head = heads.fit_tasks(
            table.features,
            np.where(held[:, None], -1, table.targets),
            outputs=table.outputs,
            penalties=found.outer_penalties[0, fold],
        )
        np.testing.assert_allclose(
            found.probabilities[0, held], head.predict(table.features[held]), atol=ALONE
        )


def test_the_result_does_not_depend_on_threads() -> None:
    table = make_table(2, 3, 2, 2, 4, 5, 2)
    one, first = solved(table, threads=1)
    two, second = solved(table, threads=2)
    assert_same(one, two)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    solved(make_table(2, 3, 2), on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_penalties_may_be_given() -> None:
    table = make_table(2, 3)
    given = np.array([1e-1, 1e-2])
    head, _ = solved(table, penalties=given)
    variance = table.features.astype(np.float64).var(axis=0).sum()
    assert np.isclose(head.penalties[:, None], given * variance).any(axis=1).all()


def test_without_a_nested_choice_all_folds_have_the_final_heads_penalty() -> None:
    table = make_table(2, 3, repeats=1)
    head, found = solved(table, nested=False)
    nested, _ = solved(table)
    np.testing.assert_array_equal(head.penalties, nested.penalties)
    np.testing.assert_array_equal(found.outer_penalties[0], np.tile(head.penalties, (4, 1)))
    for fold in range(4):
        held = table.folds[0] == fold
        rest = heads.fit_tasks(
            table.features,
            np.where(held[:, None], -1, table.targets),
            outputs=table.outputs,
            penalties=head.penalties,
        )
        np.testing.assert_allclose(
            found.probabilities[0, held], rest.predict(table.features[held]), atol=ALONE
        )


def uncertain_table() -> tuple[Table, NDArray[np.float32]]:
    """Two binary tasks; some cells of the first are uncertain."""
    table = make_table(2, 2, hidden=0.2)
    chance = np.full(table.targets.shape, -1, dtype=np.float32)
    chance[::5, 0] = 0.7
    chance[1::10, 0] = 0.0
    table.targets[chance >= 0] = -1
    return table, chance


def test_an_uncertain_cell_is_trained_with_its_chance() -> None:
    """As two examples, one of each class, weighted by their chances."""
    table, chance = uncertain_table()
    head = heads.fit_tasks(
        table.features,
        table.targets,
        outputs=table.outputs,
        penalties=np.full(2, 0.01),
        uncertain=chance,
    )
    known, half, none = table.targets[:, 0] >= 0, chance[:, 0] > 0, chance[:, 0] == 0
    rows = [np.flatnonzero(each) for each in (known, half, half, none)]
    labels = [table.targets[known, 0], np.ones(half.sum()), np.zeros(half.sum()),
              np.zeros(none.sum())]  # fmt: skip
    weights = [np.ones(known.sum()), np.full(half.sum(), 0.7), np.full(half.sum(), 0.3),
               np.ones(none.sum())]  # fmt: skip
    single = heads.fit(
        table.features[np.concatenate(rows)],
        np.concatenate(labels).astype(np.int64),
        classes=2,
        penalty=0.01,
        weights=np.concatenate(weights),
    )
    np.testing.assert_allclose(
        head.predict(table.features)[:, :2], single.predict(table.features), atol=1e-5
    )


def test_an_uncertain_cell_judges_no_penalty() -> None:
    """The curve is of the known cells only: their losses by heads that saw the uncertain ones."""
    table, chance = uncertain_table()
    _, found = solved(replace(table, folds=table.folds[:1]), uncertain=chance)
    curve = found.curves[0]
    assert curve is not None
    losses = []
    for fold in range(4):
        held = table.folds[0] == fold
        head = heads.fit_tasks(
            table.features,
            np.where(held[:, None], -1, table.targets),
            outputs=table.outputs,
            penalties=np.full(2, curve.penalties[2]),
            uncertain=np.where(held[:, None], -1, chance),
        )
        judged = held & (table.targets[:, 0] >= 0)
        given = head.predict(table.features[judged])[:, :2]
        losses.append(-np.log(given[np.arange(judged.sum()), table.targets[judged, 0]]))
    assert curve.log_loss[2] == pytest.approx(np.concatenate(losses).mean(), abs=1e-3)


def test_positive_class_weights_are_per_label() -> None:
    """A label of weight 2 is as two labels."""
    table = make_table(2, 2)
    weights = np.where(table.targets == 1, 2.0, 1.0)
    once = heads.fit_tasks(
        table.features, table.targets, outputs=table.outputs, penalties=np.full(2, 0.01),
        weights=weights,
    )  # fmt: skip
    again = np.where(table.targets == 1, 1, -1)
    twice = heads.fit_tasks(
        np.concatenate([table.features, table.features]),
        np.concatenate([table.targets, again]),
        outputs=table.outputs,
        penalties=np.full(2, 0.01),
    )
    np.testing.assert_allclose(
        once.predict(table.features), twice.predict(table.features), atol=1e-5
    )


def test_views_have_one_weight_for_all_tasks() -> None:
    table = make_table(2, 3)
    views = np.random.default_rng(1).uniform(0.5, 1.0, 90)
    each = np.broadcast_to(views[:, None], table.targets.shape)
    one, two = solved(table, weights=views)[0], solved(table, weights=each)[0]
    assert_same(one, two)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": np.zeros((90, 3), int)}, r"targets have the shape \(90, 3\); expected"),
        ({"targets": np.full((90, 2), 2)}, "task 0 range from 2 to 2; expected -1 .* to 1"),
        ({"weights": np.ones((90, 5))}, r"weights have the shape \(90, 5\)"),
        ({"weights": np.full(90, -1.0)}, "weights of known labels are negative"),
        ({"folds": np.zeros((2, 7), int)}, r"folds have the shape \(2, 7\)"),
        ({"features": np.full((90, 2), np.inf)}, "not finite"),
        ({"penalties": np.array([0.1, 0.2])}, "from strong to weak"),
        ({"uncertain": np.full((90, 2), 0.5)}, "cells that have a target"),
        ({"uncertain": np.full((90, 2), 3.0)}, "neither -1 nor a chance"),
        (
            {"targets": np.zeros((90, 3), int), "weights": np.ones((9, 2))},
            r"targets have the shape \(90, 3\).*; weights have",
        ),
    ],
)
def test_arguments_that_do_not_fit(change: dict[str, object], message: str) -> None:
    table = make_table(2, 2, hidden=0.0)
    arguments: dict[str, object] = {
        "features": table.features,
        "targets": table.targets,
        "folds": table.folds,
        "outputs": table.outputs,
    }
    with pytest.raises(InputError, match=message):
        heads.solve_tasks(**(arguments | change))  # type: ignore[arg-type]


def test_uncertain_cells_of_more_than_two_classes_are_refused() -> None:
    table = make_table(3, hidden=1.0)
    with pytest.raises(InputError, match="more than two classes"):
        solved(table, uncertain=np.full((90, 1), 0.5))


def test_one_penalty_for_each_task_is_asked_for() -> None:
    table = make_table(2, 2)
    with pytest.raises(InputError, match=r"shape \(3,\); expected \(2,\)"):
        heads.fit_tasks(table.features, table.targets, outputs=table.outputs, penalties=np.ones(3))


def test_how_heads_were_made_has_names() -> None:
    assert [each.name for each in Made] == ["SOLVED", "PREVALENCE", "UNIFORM"]
