"""Which tasks are solved together: those that know about the same examples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.heads._lbfgs import SLICE_ELEMENTS

WASTE = 1.2
"""A batch works on so many times the cells that its tasks know, at most."""


def batches(
    trained: NDArray[np.bool_], outputs: NDArray[np.int64], *, heads: int
) -> list[NDArray[np.int64]]:
    """Tasks in batches of one slice of the solver each.

    A matrix product over all examples would waste what a task does not know (71 % of ToxCast), one
    over each task's own examples is too thin to be fast. Tasks of one laboratory know about the
    same examples, so batches of alike tasks waste little and have wide products.

    Args:
        trained: whether a cell takes part in training, bool ``(examples, tasks)``.
        outputs: logits of each task, 0 for a task that needs no solver; int64 ``(tasks,)``.
        heads: problems of each task.

    Returns:
        The tasks of each batch, int64, largest tasks first; every batch has one number of outputs.
    """
    counts = trained.sum(axis=0)
    shared = _intersections(trained)
    left = [int(task) for task in np.argsort(-counts, kind="stable") if outputs[task]]
    found = []
    while left:
        first = left[0]
        alike = shared[first, left] / max(int(counts[first]), 1)  # the largest that is left
        room = max(1, SLICE_ELEMENTS // max(1, heads * int(outputs[first]) * int(counts[first])))
        members, union, total = [first], trained[:, first], int(counts[first])
        for place in np.argsort(-alike[1:], kind="stable") + 1:
            if len(members) >= room:
                break
            task = left[place]
            both = union | trained[:, task]
            within = both.sum() * (len(members) + 1) <= WASTE * (total + counts[task])
            if outputs[task] == outputs[first] and within:
                members, union, total = [*members, task], both, total + int(counts[task])
        found.append(np.array(members, dtype=np.int64))
        left = [task for task in left if task not in set(members)]
    return found


def _intersections(trained: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many examples each two tasks share, float64 ``(tasks, tasks)``."""
    total = np.zeros((trained.shape[1], trained.shape[1]))
    for begin in range(0, len(trained), 1024):
        part = trained[begin : begin + 1024].astype(np.float32)
        total += part.T @ part
    return total
