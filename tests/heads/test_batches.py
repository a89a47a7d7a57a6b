"""Which tasks are solved together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from headstart.heads._batches import WASTE, batches
from headstart.heads._lbfgs import SLICE_ELEMENTS


def sets(random: np.random.Generator, examples: int, tasks: int) -> NDArray[np.bool_]:
    """Each task knows about what one of three laboratories knows."""
    laboratories = random.random((examples, 3)) < 0.5
    of_task = laboratories[:, random.integers(0, 3, tasks)]
    return np.asarray(of_task & (random.random((examples, tasks)) < 0.95))


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 99))
def test_every_task_that_needs_the_solver_is_in_one_batch(
    examples: int, tasks: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    trained, outputs = sets(random, examples, tasks), random.choice([0, 1, 1, 3], tasks)
    found = batches(trained, outputs, heads=15)
    np.testing.assert_array_equal(
        np.sort(np.concatenate([np.empty(0, int), *found])), np.flatnonzero(outputs)
    )
    for batch in found:
        assert len(set(outputs[batch])) == 1


@settings(deadline=None)
@given(st.integers(10, 60), st.integers(1, 30), st.integers(0, 99))
def test_a_batch_wastes_little(examples: int, tasks: int, seed: int) -> None:
    trained = sets(np.random.default_rng(seed), examples, tasks)
    for batch in batches(trained, np.ones(tasks, int), heads=15):
        part = trained[:, batch]
        assert part.any(axis=1).sum() * len(batch) <= WASTE * max(part.sum(), 1)


def test_tasks_of_one_laboratory_are_solved_together() -> None:
    trained = np.zeros((100, 6), dtype=bool)
    trained[:60, ::2] = True
    trained[60:, 1::2] = True
    found = batches(trained, np.ones(6, int), heads=15)
    assert sorted(sorted(batch.tolist()) for batch in found) == [[0, 2, 4], [1, 3, 5]]


def test_a_batch_is_one_slice_of_the_solver() -> None:
    trained = np.ones((SLICE_ELEMENTS // 40, 20), dtype=bool)
    found = batches(trained, np.ones(20, int), heads=10)
    assert [len(batch) for batch in found] == [4] * 5
