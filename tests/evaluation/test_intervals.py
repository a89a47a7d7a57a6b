import math

import numpy as np
import pytest
from scipy import stats

from headstart.evaluation._intervals import (
    normal_quantile,
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


def test_log_scale_stays_positive() -> None:
    low, high = on_log_scale(0.1, 0.01, quantile=2.0)
    assert 0 < low < 0.1 < high
    assert low * high == pytest.approx(0.01)


def test_logit_scale_stays_inside() -> None:
    low, high = on_logit_scale(0.97, 0.002, quantile=2.0)
    assert 0 < low < 0.97 < high < 1


def test_wilson_takes_arrays() -> None:
    low, high = wilson(np.array([0.0, 1.0]), np.array([3.0, 5.5]), quantile=1.96)
    assert low[0] == 0
    assert high[1] == 1
    assert low[1] > 0.5
