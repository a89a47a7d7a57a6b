import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.evaluation._sampling import Sampling, score_inflation, share_inflation


def influence(values: list[float]) -> NDArray[np.float64]:
    given = np.array(values)
    return np.asarray((given - given.mean()) / len(given))[None, :, None]


def test_variance_of_a_mean_is_the_textbooks() -> None:
    values = [1.0, 4.0, 2.0, 8.0]
    found = Sampling(np.arange(4), 4).variance(influence(values))
    assert found[0] == pytest.approx(np.var(values, ddof=1) / 4)


def test_units_are_summed_before_they_are_squared() -> None:
    units = np.array([0, 1, 0, 1])
    found = Sampling(units, 2).variance(influence([1.0, 3.0, 1.0, 3.0]))
    assert found[0] == pytest.approx(np.var([1.0, 3.0], ddof=1) / 2)


def test_one_unit_has_no_variance_to_measure() -> None:
    sampling = Sampling(np.zeros(3, dtype=np.int64), 1)
    assert np.isinf(sampling.variance(influence([1.0, 2.0, 3.0]))).all()
    assert sampling.design_effect(influence([1.0, 2.0, 3.0])) == pytest.approx([3.0])


def test_design_effect_of_copies_is_their_number() -> None:
    random = np.random.default_rng(0)
    values = np.repeat(random.normal(size=200), 5)
    sampling = Sampling(np.repeat(np.arange(200), 5), 200)
    assert sampling.largest_effect == 5
    assert sampling.design_effect(influence(list(values))) == pytest.approx([5.0], rel=0.02)


def test_design_effect_is_never_below_one() -> None:
    sampling = Sampling(np.repeat(np.arange(50), 2), 50)
    assert sampling.design_effect(influence([0.0, 1.0] * 50)) == pytest.approx([1.0])


def test_no_spread_counts_as_all_alike() -> None:
    sampling = Sampling(np.repeat(np.arange(10), 3), 10)
    assert sampling.design_effect(influence([1.0] * 30)) == pytest.approx([3.0])


def test_score_inflation_is_nadeau_and_bengios() -> None:
    # Their factor on the variance of fold scores, 1 / J + test / train, with J = 15 fold scores
    # of n / 5 examples each, is this factor on the variance of one example over n.
    assert score_inflation(folds=5, repeats=3) / 5 == pytest.approx(1 / 15 + 0.2 / 0.8)


def test_more_repeats_help_up_to_a_limit() -> None:
    for factor in (share_inflation, score_inflation):
        values = [factor(folds=5, repeats=repeats) for repeats in (1, 2, 10, 1000)]
        assert values == sorted(values, reverse=True)
        assert values[-1] == pytest.approx(1.25, abs=0.01)
