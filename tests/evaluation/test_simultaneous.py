"""How strongly several intervals are corrected: by how much their errors have in common."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.evaluation._simultaneous import joint_level


def totals(copies: int, *, units: int = 400, apart: int = 1) -> NDArray[np.float64]:
    """`apart` independent columns, each `copies` times."""
    random = np.random.default_rng(0)
    return np.repeat(random.normal(size=(units, apart)), copies, axis=1)


def test_one_figure_needs_no_correction() -> None:
    assert joint_level(totals(1), level=0.9) == 0.9


def test_copies_of_one_figure_need_none() -> None:
    assert joint_level(totals(50), level=0.95) == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("apart", [2, 5, 20])
def test_independent_figures_need_sidak_s(apart: int) -> None:
    found = joint_level(totals(1, apart=apart, units=20_000), level=0.95)
    assert 1 - found == pytest.approx(1 - 0.95 ** (1 / apart), rel=0.1)


def test_pairs_of_copies_need_that_of_half_as_many() -> None:
    found = joint_level(totals(2, apart=4, units=20_000), level=0.95)
    assert 1 - found == pytest.approx(1 - 0.95 ** (1 / 4), rel=0.1)


@pytest.mark.parametrize("apart", [2, 30])
def test_it_is_never_stricter_than_bonferroni_nor_laxer_than_one_interval(apart: int) -> None:
    for seed in range(5):
        found = joint_level(totals(1, apart=apart, units=50), level=0.95, seed=seed)
        assert 0.95 <= found <= 1 - 0.05 / apart


def test_figures_that_never_varied_count_as_independent() -> None:
    without = np.zeros((400, 10))
    assert 1 - joint_level(without, level=0.95) == pytest.approx(1 - 0.95**0.1, rel=0.1)


def test_the_seed_gives_the_same_again() -> None:
    given = totals(1, apart=6)
    assert joint_level(given, level=0.95, seed=3) == joint_level(given, level=0.95, seed=3)
