"""Areas of many columns at once are those of each column alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from headstart.evaluation._masked_ranking import masked_ranking
from headstart.evaluation._scores import ranking


@given(
    seed=st.integers(0, 1000),
    examples=st.integers(1, 40),
    columns=st.integers(1, 5),
    ties=st.integers(1, 20),
)
def test_each_column_is_ranked_over_its_known_cells(
    seed: int, examples: int, columns: int, ties: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, ties, (examples, columns)).astype(float)
    positive = random.random((examples, columns)) < 0.4
    known = random.random((examples, columns)) < 0.7
    areas, influence = masked_ranking(values, positive, known)
    assert np.all(influence[~known] == 0)
    for column in range(columns):
        rows = known[:, column]
        # Column 0 of `ranking` ranks class 0.
        expected, added = ranking(
            np.where(positive[rows, column], 0, 1), values[rows, column][:, None]
        )
        np.testing.assert_allclose(areas[column], expected[0], atol=1e-12)
        np.testing.assert_allclose(influence[rows, column], added[:, 0], atol=1e-12)


def test_the_area_is_scikit_learn_s() -> None:
    random = np.random.default_rng(0)
    values = np.round(random.normal(size=(200, 70)), 1)
    positive = random.random(values.shape) < 0.3
    known = random.random(values.shape) < 0.5
    areas, _ = masked_ranking(values, positive, known)
    for column, area in enumerate(areas):
        rows = known[:, column]
        assert area == pytest.approx(roc_auc_score(positive[rows, column], values[rows, column]))


def test_what_stands_in_an_unknown_cell_does_not_matter() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(50, 3))
    positive, known = random.random((2, 50, 3)) < 0.5
    other = np.where(known, values, random.normal(size=values.shape) * 9)
    flipped = np.where(known, positive, ~positive)
    for one, two in zip(
        masked_ranking(values, positive, known), masked_ranking(other, flipped, known), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_a_column_of_one_class_has_no_area() -> None:
    values = np.arange(8.0).reshape(4, 2)
    positive = np.array([[True, False], [True, True], [True, False], [True, True]])
    areas, influence = masked_ranking(values, positive, np.ones((4, 2), dtype=np.bool_))
    assert np.isnan(areas[0])
    assert areas[1] == pytest.approx(0.75)
    assert np.all(influence[:, 0] == 0)
