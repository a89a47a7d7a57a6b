"""Several tasks' classes side by side in one row of outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples._table import UNKNOWN, Task


@dataclass(frozen=True)
class Outputs:
    """Where each task's classes stand in a row of a network's outputs.

    A task with two classes has two outputs like any other, so that one task of K classes and 600
    yes/no tasks are the same thing to all that reads a row: a softmax within each task's own
    columns.

    Attributes:
        sizes: number of classes of each task, 2 or more.
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 2:
            raise SettingError(
                f"tasks have {', '.join(map(str, self.sizes)) or 'no'} classes; each needs two"
            )

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> Outputs:
        """The outputs of some tasks, in their order."""
        return cls(tuple(len(task.classes) for task in tasks))

    def __len__(self) -> int:
        """How many outputs there are."""
        return sum(self.sizes)

    @property
    def tasks(self) -> int:
        return len(self.sizes)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First column of each task, int64 ``(tasks,)``."""
        return np.cumsum([0, *self.sizes[:-1]])

    @cached_property
    def task_of(self) -> NDArray[np.int64]:
        """Task of each column, int64 ``(outputs,)``."""
        return np.repeat(np.arange(self.tasks), self.sizes)

    def columns(self, task: int) -> slice:
        """Where a task's classes stand."""
        start = int(self.starts[task])
        return slice(start, start + self.sizes[task])

    def columns_of(self, tasks: Sequence[int]) -> NDArray[np.int64]:
        """Where the classes of some tasks stand, one after the other, int64 ``(columns,)``."""
        found = [np.arange(len(self))[self.columns(task)] for task in tasks]
        return np.concatenate(found)

    @cached_property
    def blocks(self) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
        """Tasks of the same number of classes together, for arithmetic without a loop over tasks.

        For each number of classes the tasks, int64 ``(some,)``, and their columns, int64
        ``(some, classes)``.
        """
        sizes = np.array(self.sizes)
        found = []
        for size in np.unique(sizes):
            tasks = np.flatnonzero(sizes == size)
            found.append((tasks, self.starts[tasks][:, None] + np.arange(size)))
        return tuple(found)

    def softmax(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities within each task, float64 ``(..., outputs)`` of finite logits."""
        found = np.asarray(logits, dtype=np.float64)
        result = np.empty_like(found)
        for _, columns in self.blocks:
            part = found[..., columns]
            part = np.exp(part - part.max(axis=-1, keepdims=True))
            result[..., columns] = part / part.sum(axis=-1, keepdims=True)
        return result

    def chances(
        self, probabilities: NDArray[np.floating], targets: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """What was said of the true class of each known cell; 1 where the cell is unknown.

        Args:
            probabilities: ``(..., examples, outputs)``.
            targets: int64 ``(examples, tasks)``.

        Returns:
            float64 ``(..., examples, tasks)``.
        """
        known = targets != UNKNOWN
        columns = np.where(known, targets, 0) + self.starts
        index = np.broadcast_to(columns, (*probabilities.shape[:-2], *columns.shape))
        return np.where(known, np.take_along_axis(probabilities, index, axis=-1), 1.0)
