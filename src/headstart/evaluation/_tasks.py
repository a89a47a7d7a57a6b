"""Figures of many tasks from one array of held-out predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._held_out import Design, held_out, sampling_of
from headstart.evaluation._sampling import Sampling
from headstart.evaluation._scores import Floats
from headstart.evaluation._task import TaskFigures, figures_of
from headstart.evaluation._thresholds import MIDDLE, Thresholds
from headstart.examples import UNKNOWN, Outputs, Task


@dataclass(frozen=True)
class TasksFigures(Sequence[TaskFigures]):
    """The figures of each task in their order, and what is needed to average them.

    Attributes:
        each: of every task.
        influences: what each example adds to the sum over the tasks of a figure, by its name;
            float64 ``(repeats, examples)``.
        sampling: how the examples depend on one another: those of which a label of some task is
            known.
        level: of the intervals.
    """

    each: tuple[TaskFigures, ...]
    influences: Mapping[str, Floats]
    sampling: Sampling
    level: float

    @overload
    def __getitem__(self, index: int) -> TaskFigures: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TaskFigures, ...]: ...
    def __getitem__(self, index: int | slice) -> TaskFigures | tuple[TaskFigures, ...]:
        return self.each[index]

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[TaskFigures]:
        return iter(self.each)


def tasks_figures(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    tasks: Sequence[Task],
    design: Design,
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
    thresholds: Thresholds | None = None,
    level: float = 0.95,
) -> TasksFigures:
    """What `task_figures` says of each task, from the cells whose label is known.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        probabilities: ``(repeats, examples, outputs)``, the classes of all tasks side by side as in
            `Outputs`; NaN where never held out.
        tasks: the tasks.
        design: how examples came to be held out.
        folds: number of folds; needed for cross-validation, else not allowed.
        units: dependent examples share a unit, as in `task_figures`; int64 ``(examples,)``.
        thresholds: of the yes/no tasks, from `choose_thresholds`; ``None`` takes 0.5.
        level: how often an interval is to hold the truth.

    Raises:
        SettingError: arguments that do not fit together.
    """
    outputs, given = Outputs.of(tasks), np.asarray(probabilities)
    _check(targets, given, outputs, units, thresholds)
    repeats = len(given)
    rows = np.flatnonzero((targets != UNKNOWN).any(axis=1) & ~np.isnan(given).all(axis=(0, 2)))
    place = np.full(len(targets), -1)
    place[rows] = np.arange(len(rows))
    sums: dict[str, Floats] = {}
    each = []
    for number, task in enumerate(tasks):
        known = np.flatnonzero(targets[:, number] != UNKNOWN)
        held = held_out(
            targets[known, number],
            given[:, known, outputs.columns(number)],
            classes=task.classes,
            design=design,
            folds=folds,
            units=None if units is None else np.asarray(units)[known],
            level=level,
        )
        counted = known[held.rows]
        threshold, applied = _threshold(thresholds, number, task, counted)
        figures, influences = figures_of(
            held, folds=folds, threshold=threshold, applied=applied, level=level
        )
        for name, influence in influences.items():
            total = sums.setdefault(name, np.zeros((repeats, len(rows))))
            total[:, place[counted]] += influence
        each.append(figures)
    sampling = sampling_of(rows, units, folds=folds, repeats=repeats)
    return TasksFigures(tuple(each), sums, sampling, level)


def _threshold(
    thresholds: Thresholds | None, number: int, task: Task, rows: NDArray[np.int64]
) -> tuple[float | None, Floats | None]:
    """The threshold of a task and those of its held-out examples."""
    if task.kind != "binary":
        return None, None
    if thresholds is None:
        return MIDDLE, None
    applied = None if thresholds.applied is None else thresholds.applied[:, rows, number]
    return float(thresholds.chosen[number]), applied


def _check(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    outputs: Outputs,
    units: NDArray[np.int64] | None,
    thresholds: Thresholds | None,
) -> None:
    faults = []
    if targets.ndim != 2 or targets.shape[1] != outputs.tasks:
        faults.append(f"targets have the shape {targets.shape}; "
                      f"expected (examples, {outputs.tasks})")  # fmt: skip
    if probabilities.ndim != 3 or probabilities.shape[1:] != (len(targets), len(outputs)):
        faults.append(f"probabilities have the shape {probabilities.shape}; expected "
                      f"(repeats, {len(targets)}, {len(outputs)})")  # fmt: skip
    if units is not None and np.shape(units) != (len(targets),):
        faults.append(f"units have the shape {np.shape(units)}; expected ({len(targets)},)")
    if thresholds is not None and thresholds.chosen.shape != (outputs.tasks,):
        faults.append(f"there are {len(thresholds.chosen)} thresholds for {outputs.tasks} tasks")
    if faults:
        raise SettingError("; ".join(faults))
