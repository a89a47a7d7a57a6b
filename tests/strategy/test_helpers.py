"""Related tasks are found by what they have in common with the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples import Outputs
from headstart.strategy import rank_helpers
from headstart.strategy._helpers import FEWEST_TASKS, _profiles, _squared_correlations

Floats = NDArray[np.float64]


def said(tasks: int, families: int, *, examples: int = 2000, seed: int = 0) -> Floats:
    """Yes/no tasks; those of one family look at the same four features, weighed at random."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(examples, 4 * families))
    weights = np.zeros((4 * families, tasks))
    for task in range(tasks):
        first = 4 * (task % families)
        weights[first : first + 4, task] = random.normal(size=4)
    weights += random.normal(0, 0.2, weights.shape)
    of_one = 1 / (1 + np.exp(-inputs @ weights))
    return np.stack([1 - of_one, of_one], axis=-1).reshape(examples, -1)


@pytest.mark.parametrize("focus", [0, 7, 29])
def test_the_related_ones_come_first(focus: int) -> None:
    found = rank_helpers(said(30, 3), Outputs((2,) * 30), focus)
    assert sorted([focus, *found.order]) == list(range(30))
    related = [task % 3 == focus % 3 for task in found.order]
    assert sum(related[:9]) >= 8
    assert list(found.strengths) == sorted(found.strengths, reverse=True)


def test_a_task_that_says_the_opposite_is_as_related() -> None:
    predictions = said(30, 3)
    before = rank_helpers(predictions, Outputs((2,) * 30), 4)
    for task in (1, 4, 10):
        columns = [2 * task, 2 * task + 1]
        predictions[:, columns] = predictions[:, columns[::-1]]
    after = rank_helpers(predictions, Outputs((2,) * 30), 4)
    assert after.order == before.order
    assert after.strengths == pytest.approx(before.strengths)


def test_profiles_are_correlations_over_third_tasks() -> None:
    random = np.random.default_rng(0)
    alike = random.random((12, 12))
    alike = alike + alike.T
    found = _profiles(alike)
    for one, other in np.ndindex(12, 12):
        if one != other:
            third = [place for place in range(12) if place not in {one, other}]
            expected = np.corrcoef(alike[one, third], alike[other, third])[0, 1]
            assert found[one, other] == pytest.approx(expected)


def test_correlations_of_tasks_with_several_classes_are_means() -> None:
    random = np.random.default_rng(0)
    outputs = Outputs((2, 3))
    predictions = outputs.softmax(random.normal(size=(100, 5)))
    found = _squared_correlations(predictions, outputs)
    logits = np.log(predictions)
    one = logits[:, 1] - logits[:, 0]
    several = [logits[:, column] - logits[:, 2] for column in (3, 4)]
    expected = np.mean([np.corrcoef(one, other)[0, 1] ** 2 for other in several])
    assert found[0, 1] == found[1, 0] == pytest.approx(expected)
    assert found[0, 0] == pytest.approx(1)


def test_few_tasks_are_compared_directly() -> None:
    tasks = FEWEST_TASKS - 1
    predictions = said(tasks, 2)
    logits = np.log(predictions[:, 1::2] / predictions[:, ::2])
    direct = np.square(np.corrcoef(logits.T)[0])
    found = rank_helpers(predictions, Outputs((2,) * tasks), 0)
    assert found.order == tuple(1 + np.argsort(-direct[1:]))


def test_rows_that_were_never_held_out_are_left_out() -> None:
    predictions = said(10, 2)
    wanted = rank_helpers(predictions[5:], Outputs((2,) * 10), 0)
    predictions[:5, 3] = np.nan
    assert rank_helpers(predictions, Outputs((2,) * 10), 0) == wanted


def test_a_task_that_says_the_same_of_all_is_related_to_none() -> None:
    predictions = said(10, 2)
    predictions[:, :2] = 0.5
    found = rank_helpers(predictions, Outputs((2,) * 10), 0)
    assert found.strengths == (0.0,) * 9
    predictions[:, 2:4] = [0.0, 1.0]
    assert np.isfinite(rank_helpers(predictions, Outputs((2,) * 10), 5).strengths).all()


def test_sets_grow_along_the_order() -> None:
    found = rank_helpers(said(10, 2), Outputs((2,) * 10), 0)
    sets = found.sets([0, 3, 30, 9, 1])
    assert [len(each) for each in sets] == [0, 1, 3, 9]
    assert set(sets[1]) < set(sets[2]) < set(sets[3]) == set(range(1, 10))


def test_arguments_that_do_not_fit() -> None:
    with pytest.raises(SettingError, match=r"\(2000, 20\) and the focus is task 10; expected"):
        rank_helpers(said(10, 2), Outputs((2,) * 10), 10)
    with pytest.raises(SettingError, match=r"expected \(examples, 22\) and 0 to 10"):
        rank_helpers(said(10, 2), Outputs((2,) * 11), 0)
