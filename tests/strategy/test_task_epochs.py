"""Epochs of several tasks together and a temperature for each, chosen on the other folds."""

from __future__ import annotations

import numpy as np
import pytest

from headstart.examples import UNKNOWN, Outputs
from headstart.heads import Objective
from headstart.strategy import honest_epochs
from headstart.strategy._task_epochs import _sums, choose_epochs
from headstart.strategy._temperature import TEMPERATURES, tempered

EXAMPLES, EPOCHS = 200, 4
OUTPUTS = Outputs((2, 2))


def labels(seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    targets = random.integers(0, 2, (EXAMPLES, 2))
    targets[random.random(targets.shape) < 0.2] = UNKNOWN
    return targets


def said(targets: np.ndarray, strength: np.ndarray, seed: int = 1) -> np.ndarray:
    """Predictions whose logits point to the truth, as sure as `strength` of each task says."""
    random = np.random.default_rng(seed)
    truth = np.where(targets == UNKNOWN, 0, 2 * targets - 1)
    logits = strength * (truth * 0.8 + random.normal(0, 1, targets.shape))
    both = np.stack([-logits / 2, logits / 2], axis=2).reshape(len(targets), -1)
    return OUTPUTS.softmax(both)


def folds(repeats: int = 1) -> np.ndarray:
    random = np.random.default_rng(3)
    return np.stack([random.permutation(np.arange(EXAMPLES) % 5) for _ in range(repeats)])


def by_epoch(targets: np.ndarray, repeats: int = 1) -> list[np.ndarray]:
    """The third epoch knows most; the second task is far too sure of itself."""
    strengths = [[0.5, 0.5], [0.8, 4.0], [1.6, 8.0], [1.6, 8.0], [1.6, 8.0]]
    curves = [said(targets, np.array(one), seed=10) for one in strengths]
    curves[4] = said(targets, np.array([0.2, 0.2]), seed=11)
    return [np.stack([curve] * repeats) for curve in curves]


def test_each_task_has_the_temperature_that_suits_it() -> None:
    targets = labels()
    found = choose_epochs(by_epoch(targets), targets, folds(), Objective.of(OUTPUTS, targets))
    assert found.epochs in (2, 3)
    assert found.temperatures[0] < 1.6
    assert found.temperatures[1] >= 4.0


def test_before_training_nothing_is_cooled() -> None:
    targets = labels()
    alone = by_epoch(targets)[1:2]
    found = choose_epochs(alone, targets, folds(), Objective.of(OUTPUTS, targets))
    assert found.epochs == 0
    assert found.temperatures.tolist() == [1.0, 1.0]
    np.testing.assert_array_equal(found.probabilities, alone[0])


@pytest.mark.parametrize("repeats", [1, 2])
def test_a_fold_is_predicted_without_its_labels(repeats: int) -> None:
    targets, given = labels(), folds(repeats)
    objective = Objective.of(OUTPUTS, targets)
    found = choose_epochs(by_epoch(targets, repeats), targets, given, objective)
    inside = given[0] == 2
    other = targets.copy()
    other[inside] = np.where(other[inside] == UNKNOWN, UNKNOWN, 1 - other[inside])
    again = choose_epochs(by_epoch(targets, repeats), other, given, objective)
    np.testing.assert_array_equal(found.probabilities[0, inside], again.probabilities[0, inside])
    assert found.per_fold[0, 2] == again.per_fold[0, 2]


def test_what_nobody_knows_chooses_nothing() -> None:
    targets = labels()
    targets[:, 1] = UNKNOWN
    found = choose_epochs(by_epoch(targets), targets, folds(), Objective.of(OUTPUTS, targets))
    alone = Objective.of(Outputs((2,)), targets[:, :1])
    of_one = choose_epochs(
        [each[..., :2] for each in by_epoch(targets)], targets[:, :1], folds(), alone
    )
    assert found.epochs == of_one.epochs
    assert found.temperatures[0] == of_one.temperatures[0]
    assert np.isfinite(found.probabilities).all()


def test_examples_that_are_never_held_out_stay_without_a_prediction() -> None:
    targets, given = labels(), folds()
    given[0, :20] = -1
    curves = {
        (0, fold): np.stack(by_epoch(targets))[:, 0, given[0] == fold] for fold in range(5)
    }  # fmt: skip
    found = honest_epochs(curves, targets, given, Objective.of(OUTPUTS, targets))
    assert np.isnan(found.probabilities[0, :20]).all()
    assert not np.isnan(found.probabilities[0, 20:]).any()
    assert isinstance(found.temperature, tuple)
    assert len(found.temperature) == 2


def test_sums_are_those_of_the_tempered_chances() -> None:
    """Against the plain way: cool every probability, look up every true class."""
    outputs, random = Outputs((2, 3, 2)), np.random.default_rng(6)
    targets = np.stack([random.integers(-1, size, 50) for size in outputs.sizes], axis=1)
    curve = outputs.softmax(random.normal(0, 6, (3, 2, 50, len(outputs))))
    curve[1, 0, :5] = np.where(curve[1, 0, :5] < 0.5, 0.0, 1.0)
    groups = random.integers(-1, 4, (2, 50))
    found = _sums(list(curve), targets, groups, Objective.of(outputs, targets))
    assert found.shape == (3, len(TEMPERATURES), 2, 4, 3)
    for epoch, place, repeat in np.ndindex(found.shape[:3]):
        if epoch == 0 and place:
            assert (found[epoch, place] > 1e100).all()
            continue
        cooled = tempered(curve[epoch, repeat], TEMPERATURES[place], outputs)
        losses = -np.log(np.maximum(outputs.chances(cooled, targets), 1e-15))
        for group in range(4):
            expected = losses[groups[repeat] == group].sum(axis=0)
            np.testing.assert_allclose(found[epoch, place, repeat, group], expected, rtol=1e-9)
