"""Any score as one where more is better, with the interval that it has elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.evaluation import TaskScore, gains, scores, task_contrasts
from headstart.examples import Outputs

LESS = {(0, 0): 1.0, (1, 0): -1.0}


def candidates(repeats: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, 90)
    of_one = np.clip(random.random((2, repeats, 90)) * 0.8 + 0.2 * targets, 0.01, 0.99)
    return targets, np.stack([1 - of_one, of_one], axis=-1)


@pytest.mark.parametrize("folds", [5, None])
def test_a_log_loss_is_that_of_a_comparison_with_its_sign_turned(folds: int | None) -> None:
    targets, said = candidates(2)
    units = np.arange(90) // 2
    parts = np.zeros((2, 90), np.int64)
    found = gains(targets, [[said[0]], [said[1]]], folds=folds, units=units).contrast(LESS)
    expected = scores(
        targets, [[said[0]], [said[1]]], parts=parts, folds=folds, units=units
    ).contrast(LESS, "log_loss")
    assert expected.value is not None
    assert expected.low is not None
    assert (found.value, found.high) == pytest.approx((-expected.value, -expected.low))


@pytest.mark.parametrize("folds", [5, None])
def test_an_area_has_delong_s_interval(folds: int | None) -> None:
    targets, said = candidates(1)
    found = gains(targets, [[said[0]], [said[1]]], score="auroc", folds=folds).contrast(LESS)
    (expected,) = task_contrasts(
        targets[:, None], *said, outputs=Outputs((2,)), score="auroc", folds=folds
    ).figures
    assert found.value == pytest.approx(expected.value)
    # The same variance; the degrees of freedom of two classes are hardly fewer than of one sample.
    assert found.low == pytest.approx(expected.low, rel=0.01)
    assert found.high == pytest.approx(expected.high, rel=0.01)


@pytest.mark.parametrize("score", ["log_loss", "auroc", "accuracy"])
def test_more_is_better(score: TaskScore) -> None:
    targets, said = candidates(2)
    right = np.stack([1 - targets, targets], axis=-1) * 0.9 + 0.05
    better = np.broadcast_to(right, said[0].shape)
    found = gains(targets, [[better], [said[0]]], score=score, folds=5).contrast(LESS)
    assert found.low is not None
    assert found.low > 0


def test_a_size_that_was_not_trained_on_is_left_out() -> None:
    targets, said = candidates(1)
    found = gains(targets, [[said[0], said[1]], [None, said[1]]])
    assert found.contrast({(0, 1): 1.0, (1, 1): -1.0}).value == 0
    assert np.isnan(found.scores.values["log_loss"][1, 0]).all()
