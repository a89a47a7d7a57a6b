"""The loss of several tasks: constants of the training set, unknown labels left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import Objective

YES_NO = Outputs((2, 2, 2))

TARGETS = np.array([[1, 0, UNKNOWN], [0, UNKNOWN, UNKNOWN], [1, 1, 0], [UNKNOWN, 0, UNKNOWN]])
"""Four examples, three tasks; task 0 and 1 know three labels, task 2 one."""

YES = np.array([[0.8, 0.4, 0.9], [0.3, 0.5, 0.5], [0.6, 0.7, 0.2], [0.5, 0.1, 0.5]])


def rows(yes: np.ndarray) -> np.ndarray:
    """Probabilities of no and yes side by side."""
    return np.stack([1 - yes, yes], axis=2).reshape(len(yes), -1)


def test_the_formula_agrees_with_a_hand_worked_case_of_four_examples_and_three_tasks() -> None:
    objective = Objective.of(YES_NO, TARGETS)
    # J = 1/m * sum over examples, sum over known tasks of L: here the inner sums, by hand.
    expected = [
        -np.log(0.8) - np.log(0.6),
        -np.log(0.7),
        -np.log(0.6) - np.log(0.7) - np.log(0.8),
        -np.log(0.9),
    ]
    found = objective.example_losses(rows(YES), TARGETS)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert objective.constants.tolist() == [3 / 4, 3 / 4, 1 / 4]
    assert objective.factors.tolist() == [1, 1, 1]


def test_equal_weights_are_the_mean_loss_of_each_task_added_up() -> None:
    objective = Objective.of(YES_NO, TARGETS, task_weights="equal")
    means = [
        np.mean([-np.log(0.8), -np.log(0.7), -np.log(0.6)]),
        np.mean([-np.log(0.6), -np.log(0.7), -np.log(0.9)]),
        -np.log(0.8),
    ]
    found = objective.example_losses(rows(YES), TARGETS).mean()
    assert found == pytest.approx(sum(means), rel=1e-12)


def test_a_power_lies_between_the_formula_and_equal_weights() -> None:
    half = Objective.of(YES_NO, TARGETS, task_weights=0.5)
    np.testing.assert_allclose(half.constants, np.sqrt([3 / 4, 3 / 4, 1 / 4]))
    for name, alpha in (("formula", 1.0), ("equal", 0.0)):
        named = Objective.of(YES_NO, TARGETS, task_weights=name)
        power = Objective.of(YES_NO, TARGETS, task_weights=alpha)
        np.testing.assert_array_equal(named.factors, power.factors)


def test_weights_by_name() -> None:
    given_weights = {"b": 2.0, "c": 0.0}
    names = ("a", "b", "c")
    objective = Objective.of(YES_NO, TARGETS, task_weights=given_weights, names=names)
    assert objective.constants.tolist() == [1, 2, 0]
    assert objective.cell_weights(TARGETS)[:, 2].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"x": 1.0}, "weights of x: there are no such tasks"),
        ({"a": -1.0}, "weights of a must be finite numbers, 0 or more"),
        ("sum", "'sum' are neither 'formula' nor 'equal' nor a power from 0 to 1"),
        (1.5, "1.5 are neither"),
    ],
)
def test_weights_that_are_none(weights: object, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Objective.of(YES_NO, TARGETS, task_weights=weights, names=("a", "b", "c"))  # type: ignore[arg-type]


def test_a_task_without_a_known_label_weighs_nothing() -> None:
    targets = TARGETS.copy()
    targets[:, 2] = UNKNOWN
    for weights in ("formula", "equal", 0.5):
        objective = Objective.of(YES_NO, targets, task_weights=weights)
        assert objective.factors[2] == objective.constants[2] == 0
        assert np.isfinite(objective.cell_weights(targets)).all()


def test_an_example_of_which_nothing_is_known_has_no_loss() -> None:
    targets = np.vstack([TARGETS, np.full((1, 3), UNKNOWN)])
    objective = Objective.of(YES_NO, targets)
    # It does not count among the m examples either.
    np.testing.assert_array_equal(objective.factors, Objective.of(YES_NO, TARGETS).factors)
    assert objective.cell_weights(targets)[4].tolist() == [0, 0, 0]
    assert np.isnan(objective.example_losses(rows(np.vstack([YES, YES[:1]])), targets)[4])


def test_balanced_classes_come_from_known_labels_only() -> None:
    objective = Objective.of(YES_NO, TARGETS, balanced=True)
    # Task 0: no once, yes twice; task 1: no twice, yes once; task 2: no once only.
    np.testing.assert_allclose(objective.class_weights, [1.5, 0.75, 0.75, 1.5, 1, 1])
    weights = objective.cell_weights(TARGETS)
    np.testing.assert_allclose(weights.sum(axis=0), (TARGETS != UNKNOWN).sum(axis=0))


def test_an_uncertain_label_counts_as_known_and_weighs_as_its_chances() -> None:
    uncertain = np.full(TARGETS.shape, -1, np.float32)
    uncertain[1, 2] = 0.75
    objective = Objective.of(YES_NO, TARGETS, uncertain=uncertain)
    assert objective.constants.tolist() == [3 / 4, 3 / 4, 2 / 4]
    weights = objective.cell_weights(TARGETS, uncertain)
    assert weights[1].tolist() == [1, 0, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_flipping_hidden_values_changes_nothing(seed: int) -> None:
    """What the model says where the label is unknown enters no loss."""
    random = np.random.default_rng(seed)
    outputs = Outputs((2, 3, 2))
    sizes = np.array(outputs.sizes)
    targets = random.integers(0, sizes, (12, 3))
    targets[random.random(targets.shape) < 0.4] = UNKNOWN
    objective = Objective.of(outputs, targets)
    said = outputs.softmax(random.normal(size=(12, len(outputs))))
    other = outputs.softmax(random.normal(size=(12, len(outputs))))
    hidden = (targets == UNKNOWN)[:, outputs.task_of]
    changed = np.where(hidden, other, said)
    np.testing.assert_array_equal(
        objective.example_losses(said, targets), objective.example_losses(changed, targets)
    )
