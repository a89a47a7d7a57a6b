import math

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from headstart.evaluation._intervals import (
    normal_quantile,
    score_interval,
    skewed_mean_interval,
    student_quantile,
    wilson,
)


@pytest.mark.parametrize("hits", [0, 1, 7, 19, 20])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_scipys(hits: int, level: float) -> None:
    expected = stats.binomtest(hits, 20).proportion_ci(level, method="wilson")
    low, high = wilson(hits / 20, 20, quantile=normal_quantile(level))
    assert float(low) == pytest.approx(expected.low, abs=1e-9)
    assert float(high) == pytest.approx(expected.high, abs=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 19, 300])
def test_student_quantile_is_scipys(degrees: int) -> None:
    expected = stats.t.ppf(0.975, degrees)
    assert student_quantile(0.95, degrees) == pytest.approx(expected, rel=2e-3)


def test_no_degrees_of_freedom_is_no_knowledge() -> None:
    assert student_quantile(0.95, 0) == math.inf


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95, 1.0])
def test_score_interval_of_a_binomial_variance_is_wilsons(share: float) -> None:
    low, high = wilson(share, 25, quantile=1.96)
    found = score_interval(share, lambda truth: truth * (1 - truth) / 25, quantile=1.96)
    assert found == pytest.approx((float(low), float(high)), abs=1e-9)


def test_skewness_lengthens_the_upper_end() -> None:
    plain = skewed_mean_interval(0.5, 0.1, 0.0, quantile=2.0)
    skewed = skewed_mean_interval(0.5, 0.1, 0.6, quantile=2.0)
    assert plain == pytest.approx((0.3, 0.7))
    assert skewed[1] > plain[1] + 0.05
    assert plain[0] < skewed[0] < 0.5


def test_wilson_takes_arrays() -> None:
    low, high = wilson(np.array([0.0, 1.0]), np.array([3.0, 5.5]), quantile=1.96)
    assert low[0] == 0
    assert high[1] == 1
    assert low[1] > 0.5
