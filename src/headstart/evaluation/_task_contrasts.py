"""Two candidates compared in each of several tasks, and how sure that is for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._class_spread import ClassSpread
from headstart.evaluation._contrasts import FEWEST_UNITS, ONE_DRAW
from headstart.evaluation._figure import Figure, undefined
from headstart.evaluation._intervals import student_quantile
from headstart.evaluation._sampling import Sampling, score_inflation, share_inflation
from headstart.evaluation._scores import Floats
from headstart.evaluation._simultaneous import joint_level
from headstart.evaluation._task_cells import counted_cells, task_cells
from headstart.evaluation._task_influence import TaskScore, task_influence
from headstart.examples import Outputs


@dataclass(frozen=True)
class TaskContrasts:
    """A score of one candidate less that of another, task by task.

    Attributes:
        score: which; of a log loss below 0 the first candidate is better, else above 0.
        figures: of each task, with an interval of its own.
        simultaneous: the same with intervals that hold for all tasks together: the ones to draw
            conclusions from where somebody looks at all tasks and speaks of those that stand out.
        mean: over the tasks that could be compared, each counting alike.
        known: labels that each task was compared on, int64 ``(tasks,)``.
        each_level: of a single interval, at which all of them together have the level asked for.
    """

    score: TaskScore
    figures: tuple[Figure, ...]
    simultaneous: tuple[Figure, ...]
    mean: Figure
    known: NDArray[np.int64]
    each_level: float

    @property
    def compared(self) -> int:
        """How many tasks could be compared, for which the intervals are corrected."""
        return sum(figure.value is not None for figure in self.figures)


def task_contrasts(
    targets: NDArray[np.int64],
    first: NDArray[np.floating],
    second: NDArray[np.floating] | None,
    *,
    outputs: Outputs,
    score: TaskScore = "log_loss",
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> TaskContrasts:
    """Differences of two candidates' scores, first less second, on the same held-out cells.

    What an interval covers is the difference to be expected of training parts of this size, as in
    `Scores.contrast`. ``benchmarks/task_contrast_coverage.py`` measures how often it does, and
    docs/decisions/0013 says how the intervals are corrected for the number of tasks.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        first: probabilities of the first candidate, ``(repeats, examples, outputs)``; NaN where a
            task of an example was never held out.
        second: those of the second, of the same repeats; ``None``: the figures are the first one's
            own scores, for intervals that hold for all tasks together.
        outputs: of the tasks.
        score: ``"log_loss"``, ``"auroc"`` or ``"accuracy"``.
        folds: of a cross-validation, whose repeats these are; ``None`` for one held-out part that
            models of several training draws predict.
        units: dependent examples share a unit, int64 ``(examples,)``; ``None`` where there are
            none.
        level: how often an interval is to hold the truth, or all of them together.
        seed: of the draws that tell how strongly to correct.

    Returns:
        A figure for each task; one that cannot be compared has the value ``None`` and says why.

    Raises:
        SettingError: arguments that do not fit together.
    """
    said = tuple(np.asarray(one, dtype=np.float64) for one in (first, second) if one is not None)
    labels = counted_cells(np.asarray(targets, dtype=np.int64), said, outputs=outputs)
    sampling = _sampling(len(labels), units)
    cells = task_cells(labels, sampling, outputs)
    chosen = cells.comparable
    sums = _sums(labels, said, outputs, score, sampling, chosen)
    counts = np.array([*cells.units, cells.all_units], dtype=np.float64)
    variances = _variances(sums, counts, score, folds=folds)
    if score == "accuracy":
        variances += _one_more(cells.units, chosen)
    each = joint_level(sums.totals[:, :-1][:, chosen], level=level, seed=seed)
    degrees = _degrees(sums, counts, chosen)
    makes = _Figures(sums.values.mean(axis=0), np.sqrt(variances), counts, degrees, level)
    alone = "paired Student" if len(said) > 1 else "Student"
    corrected = f"{alone}, corrected for {chosen.sum():,} tasks" if chosen.sum() > 1 else alone
    return TaskContrasts(
        score=score,
        figures=makes.of_tasks(cells.why, alone, each=level),
        simultaneous=makes.of_tasks(cells.why, corrected, each=each),
        mean=makes.figure(-1, None if chosen.any() else "no task can be compared", alone, level),
        known=cells.known,
        each_level=each,
    )


def _sampling(examples: int, units: NDArray[np.int64] | None) -> Sampling:
    given = np.arange(examples) if units is None else np.asarray(units)
    if given.shape != (examples,):
        raise SettingError(f"units have the shape {given.shape}; expected one for each example")
    names, index = np.unique(given, return_inverse=True)
    return Sampling(index.astype(np.int64), len(names))


@dataclass(frozen=True)
class _Sums:
    """Differences of the tasks and, as one column more, of their mean.

    Attributes:
        values: float64 ``(repeats, tasks + 1)``.
        totals: what each unit adds to the mean over repeats, ``(units, tasks + 1)``.
        squares: mean over repeats of the sum of the squares of what units add, ``(tasks + 1,)``.
        degrees: of freedom that an area leaves; ``None`` for other scores. ``(tasks,)``.
    """

    values: Floats
    totals: Floats
    squares: Floats
    degrees: Floats | None


def _sums(
    targets: NDArray[np.int64],
    said: tuple[Floats, ...],
    outputs: Outputs,
    score: TaskScore,
    sampling: Sampling,
    chosen: NDArray[np.bool_],
) -> _Sums:
    """One repeat after the other: what examples add to 600 tasks is larger than all else."""
    weights = chosen / max(int(chosen.sum()), 1)
    repeats = len(said[0])
    values = np.empty((repeats, outputs.tasks + 1))
    totals = np.zeros((sampling.count, outputs.tasks + 1))
    squares = np.zeros(outputs.tasks + 1)
    spread = ClassSpread(targets, sampling) if score == "auroc" else None
    for repeat in range(repeats):
        value, influence = np.zeros(outputs.tasks), np.zeros(targets.shape)
        for sign, given in zip((1, -1), said, strict=False):
            finite = np.where(np.isnan(given[repeat]), 0.5, given[repeat])
            scores, added = task_influence(targets, finite, outputs=outputs, score=score)
            value += sign * scores
            influence += sign * added
        if spread is not None:
            influence = spread.corrected(influence)
        differences = np.where(chosen, value, 0.0)
        added = sampling.totals(influence[None])[0]
        values[repeat] = [*differences, differences @ weights]
        added = np.concatenate([added, (added @ weights)[:, None]], axis=1)
        totals += added / repeats
        squares += np.square(added).sum(axis=0) / repeats
    return _Sums(values, totals, squares, None if spread is None else spread.degrees)


def _degrees(sums: _Sums, counts: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Of freedom: units less one, fewer where a class is rare; float64 ``(tasks + 1,)``."""
    if sums.degrees is None:
        return counts - 1
    return np.minimum(counts - 1, [*sums.degrees, sums.degrees[chosen].sum()])


def _variances(sums: _Sums, counts: Floats, score: TaskScore, *, folds: int | None) -> Floats:
    """Over examples and over training parts, as of `Scores`; float64 ``(tasks + 1,)``."""
    correction = counts / np.maximum(counts - 1, 1)
    repeats = len(sums.values)
    if folds is not None:
        inflation = share_inflation if score == "accuracy" else score_inflation
        return np.asarray(sums.squares * correction * inflation(folds=folds, repeats=repeats))
    examples = np.square(sums.totals).sum(axis=0) * correction
    same = np.ptp(sums.values, axis=0) == 0  # one draw, or the same one each time
    between = sums.values.var(axis=0, ddof=min(repeats - 1, 1)) / repeats
    return np.asarray(np.where(same, examples * ONE_DRAW, examples + between))


def _one_more(units: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Floats:
    """As if one example more differed in each task, as of `Scores.contrast`; ``(tasks + 1,)``."""
    each = np.where(chosen, 1 / np.square(np.maximum(units, 1)), 0.0)
    return np.array([*each, each.sum() / max(int(chosen.sum()), 1) ** 2])


@dataclass(frozen=True)
class _Figures:
    """Values, standard errors, units and degrees of freedom of the tasks and of their mean."""

    values: Floats
    errors: Floats
    units: Floats
    degrees: Floats
    level: float

    def of_tasks(
        self, why: tuple[str | None, ...], method: str, *, each: float
    ) -> tuple[Figure, ...]:
        return tuple(self.figure(task, reason, method, each) for task, reason in enumerate(why))

    def figure(self, place: int, why: str | None, method: str, each: float) -> Figure:
        if why is not None:
            return undefined(why, level=self.level)
        value, units = float(self.values[place]), int(self.units[place])
        half = student_quantile(each, int(self.degrees[place])) * float(self.errors[place])
        return Figure(value, value - half, value + half, self.level, method,
                      approximate=units < FEWEST_UNITS)  # fmt: skip
