"""How the head of a task came about, and what stands in where nothing can be solved."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Outputs


class Made(IntEnum):
    """How a task's head came about.

    Attributes:
        SOLVED: to its optimum, from labels of two classes or more.
        PREVALENCE: labels of one class only: ``(known of the class + 1) / (known + classes)``,
            whatever the input.
        UNIFORM: no label at all: every class is as likely as any other.
    """

    SOLVED = 0
    PREVALENCE = 1
    UNIFORM = 2


def constant_logits(
    counts: NDArray[np.float64], outputs: Outputs
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Logits that do not depend on the input, for every task.

    Args:
        counts: labels of each class, float64 ``(outputs,)``.
        outputs: where the tasks' classes stand.

    Returns:
        Logits of the smoothed prevalences, mean 0 in each task, float64 ``(outputs,)``; and
        `Made` of each task if it has them, int8 ``(tasks,)``.
    """
    logits = np.log(np.maximum(counts, 0) + 1)
    sizes = np.array(outputs.sizes)
    mean = np.add.reduceat(logits, outputs.starts) / sizes
    known = np.add.reduceat(counts, outputs.starts)
    made = np.where(known > 0, Made.PREVALENCE, Made.UNIFORM).astype(np.int8)
    return logits - mean[outputs.task_of], made


def solvable(counts: NDArray[np.float64], outputs: Outputs) -> NDArray[np.bool_]:
    """Whether a task has labels of two classes or more, bool ``(tasks,)``."""
    return np.asarray(np.add.reduceat(counts > 0, outputs.starts, dtype=np.int64) >= 2)
