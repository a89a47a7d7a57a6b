import numpy as np
import pytest

from headstart.evaluation._calibration import (
    calibration_error,
    corrected_calibration_error,
    reliability,
)

CONFIDENCE = np.array([0.55, 0.6, 0.95, 0.95, 1.0])
CORRECT = np.array([True, False, True, True, False])


def test_calibration_error_is_hand_worked() -> None:
    # (0.5, 0.6]: mean confidence 0.575, accuracy 0.5; (0.9, 1.0]: 0.9667 and 0.6667.
    value, influence = calibration_error(CONFIDENCE, CORRECT)
    assert value == pytest.approx((2 * 0.075 + 3 * 0.3) / 5)
    assert influence.sum() == pytest.approx(0)


def test_reliability_leaves_out_empty_bins() -> None:
    first, second = reliability(CONFIDENCE, CORRECT)
    assert (first.low, first.high, first.count) == (0.5, 0.6, 2)
    assert first.confidence == pytest.approx(0.575)
    assert first.accuracy == pytest.approx(0.5)
    assert (second.low, second.high, second.count) == (0.9, 1.0, 3)


@pytest.mark.parametrize("examples", [30, 300])
def test_correction_takes_out_most_of_what_chance_adds(examples: int) -> None:
    random = np.random.default_rng(0)
    plain, corrected, by_chance = [], [], []
    for _ in range(200):
        confidence = random.uniform(0.5, 1.0, examples)
        correct = random.random(examples) < confidence
        found = corrected_calibration_error(confidence, correct, effect=1.0, inflation=1.0)
        plain.append(calibration_error(confidence, correct)[0])
        corrected.append(found.value)
        by_chance.append(found.by_chance)
    assert np.mean(corrected) < 0.5 * np.mean(plain)
    assert np.mean(by_chance) > 0.93


def test_correction_leaves_a_real_error() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.9, 1.0, 2000)
    correct = random.random(2000) < confidence - 0.3
    found = corrected_calibration_error(confidence, correct, effect=1.0, inflation=1.0)
    assert found.value == pytest.approx(0.3, abs=0.03)
    assert not found.by_chance


def test_dependent_examples_leave_more_to_chance() -> None:
    confidence = np.full(60, 0.8)
    correct = np.arange(60) < 41
    values = [
        corrected_calibration_error(confidence, correct, effect=effect, inflation=1.0).value
        for effect in (1.0, 2.0, 4.0)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]
