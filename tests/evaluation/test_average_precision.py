"""Average precision: hand-worked, scikit-learn's, and an influence that is its derivative."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from headstart.evaluation import task_figures
from headstart.evaluation._average_precision import average_precision


def test_by_hand() -> None:
    """Ranks 1 and 3 are positive: (1/1 + 2/3) / 2."""
    value, _ = average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.3]))
    assert value == pytest.approx(5 / 6)


def test_examples_of_one_score_are_taken_together() -> None:
    """All alike: whatever the order, the precision is the prevalence."""
    value, _ = average_precision(np.array([True, False, False, False]), np.full(4, 0.5))
    assert value == pytest.approx(1 / 4)


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 999))
def test_is_scikit_learns(examples: int, digits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    positive = random.random(examples) < 0.4
    positive[0] = True
    scores = np.round(random.random(examples), digits)
    value, influence = average_precision(positive, scores)
    assert value == pytest.approx(metrics.average_precision_score(positive, scores))
    assert influence.sum() == pytest.approx(0, abs=1e-12)


def test_influence_is_the_derivative_by_an_examples_weight() -> None:
    random = np.random.default_rng(2)
    positive = random.random(30) < 0.4
    scores = np.round(random.random(30) + 0.3 * positive.astype(np.float64), 1)
    _, influence = average_precision(positive, scores)
    step = 1e-6
    for row in range(30):
        weights = np.ones(30)
        weights[row] += step
        moved = metrics.average_precision_score(positive, scores, sample_weight=weights)
        weights[row] -= 2 * step
        back = metrics.average_precision_score(positive, scores, sample_weight=weights)
        assert influence[row] == pytest.approx((moved - back) / (2 * step), abs=1e-6)


def test_a_perfect_ranking_is_not_certain() -> None:
    targets = np.arange(40) % 4 == 0
    chances = np.where(targets, 0.9, 0.1)
    figures = task_figures(
        targets.astype(np.int64), np.stack([1 - chances, chances], axis=1)[None],
        classes=["no", "yes"], design="test", threshold=0.5,
    )  # fmt: skip
    figure = figures.average_precision
    assert figure is not None
    assert figure.value == figure.high == 1
    assert figure.low is not None
    assert 0.6 < figure.low < 0.95


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        ([0, 0, 0], "no example of yes was held out"),
        ([1, 1, 1], "only one class in the held-out part"),
        ([-1, -1, -1], "no example with a known label was held out"),
    ],
)
def test_undefined_says_why(targets: list[int], why: str) -> None:
    figures = task_figures(
        np.array(targets), np.full((1, 3, 2), 0.5), classes=["no", "yes"], design="test",
        threshold=0.5,
    )  # fmt: skip
    assert figures.average_precision is not None
    assert figures.average_precision.value is None
    assert figures.average_precision.why == why
