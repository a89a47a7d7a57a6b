"""Penalties of linear heads and their held-out predictions, from one nested cross-validation.

Every head of `Plan`, of one task or of many over the same examples, runs along one path from strong
to weak penalties, each problem starting from where its own last solutions lead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.heads._curve import Curve
from headstart.heads._curves import Curves
from headstart.heads._lbfgs import minimize
from headstart.heads._problems import Float, Problems


@dataclass(frozen=True)
class CrossValidated:
    """What the cross-validation of one task found.

    Attributes:
        curve: for the final head, from the singles of all repeats.
        outer_penalties: chosen for each outer fold inside its training part.
            float64 ``(repeats, folds)``.
        probabilities: held-out predictions from the outer folds, NaN for examples that are never
            held out. float64 ``(repeats, examples, classes)``.
        start: mean weights of the singles at the chosen penalty, a good start for the final head;
            float ``(outputs, axes + 1)``.
        unconverged: how many of the heads ended before the tolerance.
        outer_heads: weights of each outer fold's head at its penalty, NaN where there is none.
            float32 ``(repeats, folds, outputs, axes + 1)``.
    """

    curve: Curve
    outer_penalties: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    start: Float
    unconverged: int
    outer_heads: NDArray[np.float32]


def cross_validate(
    axes: Float,
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    weights: Float,
    *,
    outputs: int,
    penalties: NDArray[np.float64],
    fallback: int,
    tolerance: float,
    polish: float | None = None,
    nested: bool = True,
    threads: int = 1,
    scored: NDArray[np.bool_] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[CrossValidated]:
    """Choose the penalty of each task and predict every example held out.

    Args:
        axes: features in their principal axes, float ``(examples, axes)``.
        targets: int64 ``(examples, tasks)``; only those of positive weight are looked at.
        folds: fold of each example in each repeat, -1 for always in training.
            int64 ``(repeats, examples)``.
        weights: weight of each example in each task, 0 where its label is unknown. float
            ``(examples, tasks)``.
        outputs: of every task: 1 for a logistic output, else the number of classes.
        penalties: candidates, from strong to weak. float64 ``(candidates,)``.
        fallback: which candidate to take where no held-out loss can be had.
        tolerance: relative gradient norm at which a head counts as solved.
        polish: to which the outer folds' heads are solved at the end, at the penalties that they
            have got; ``None`` leaves them as they are.
        nested: whether each outer fold's penalty is chosen inside its training part. Without, it
            has that of the final head, which its own labels had a say in; a third of the work.
        threads: to work on.
        scored: whether an example may judge a penalty, bool ``(examples, tasks)``; ``None``: all.
        on_progress: told the share of the path that is done.
    """
    judges = np.ones(weights.shape, dtype=bool) if scored is None else scored
    width = axes.shape[1] + 1
    tasks = [
        Curves(labels, folds, given, judge, outputs=outputs, width=width, nested=nested,
               fallback=min(fallback, len(penalties) - 1))
        for labels, given, judge in zip(targets.T, weights.T, judges.T, strict=True)
    ]  # fmt: skip
    ends = np.cumsum([len(each.plan) for each in tasks])
    points = np.zeros((int(ends[-1]), outputs, width), dtype=axes.dtype)
    parts = np.split(points, ends[:-1])  # views: one of each task
    reference = np.zeros(len(points))
    last: list[Float] = []
    for step, penalty in enumerate(penalties):
        runs = [each.running() for each in tasks]
        begins = ends - [len(each.plan) for each in tasks]
        running = np.concatenate([begin + run for begin, run in zip(begins, runs, strict=True)])
        if not len(running):
            break
        each_penalty = np.full(len(running), float(penalty))
        problems = _problems(tasks, runs, targets, penalties=each_penalty, outputs=outputs)
        start = _extrapolated([path[running] for path in last], like=points[running])
        found = minimize(
            axes, problems, start=start, tolerance=tolerance, threads=threads,
            reference=reference[running] if step else None,
        )  # fmt: skip
        points[running], reference[running] = found.weights, found.reference
        last = [points.copy(), *last[:2]]
        unconverged = np.bincount(problems.task[~found.converged], minlength=len(tasks))
        for each, part, run, missed in zip(tasks, parts, runs, unconverged, strict=True):
            each.unconverged += int(missed)
            each.add(step, axes, part, run)
        if on_progress is not None:
            on_progress((step + 1) / len(penalties))
    if polish is not None:
        _polish(axes, tasks, targets, penalties, tolerance=polish, threads=threads)
    return [
        CrossValidated(
            curve=each.curve(penalties),
            outer_penalties=each.outer_penalties(penalties),
            probabilities=each.held_out,
            start=each.start,
            unconverged=each.unconverged,
            outer_heads=each.heads,
        )
        for each in tasks
    ]


def _polish(
    axes: Float,
    tasks: Sequence[Curves],
    targets: NDArray[np.int64],
    penalties: NDArray[np.float64],
    *,
    tolerance: float,
    threads: int,
) -> None:
    """Solve the heads of the outer folds further, each at its own penalty."""
    start = np.concatenate([each.best_outer() for each in tasks])
    if not len(start):
        return
    chosen = [each.outer_penalties(penalties) for each in tasks]
    problems = _problems(
        tasks,
        [each.outer_heads for each in tasks],
        targets,
        penalties=np.concatenate([every[~np.isnan(every)] for every in chosen]),
        outputs=start.shape[1],
    )
    found = minimize(axes, problems, start=start, tolerance=tolerance, threads=threads)
    for task, each in enumerate(tasks):
        each.settle(axes, found.weights[problems.task == task])
        each.unconverged += int((~found.converged[problems.task == task]).sum())


def _problems(
    tasks: Sequence[Curves],
    runs: Sequence[NDArray[np.int64]],
    targets: NDArray[np.int64],
    *,
    penalties: NDArray[np.float64],
    outputs: int,
) -> Problems:
    """Some heads of each task, at a penalty for each."""
    kept = np.concatenate([
        np.where(each.plan.out[run], 0, each.weights)
        for each, run in zip(tasks, runs, strict=True)
    ])  # fmt: skip
    kept = kept / np.maximum(kept.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return Problems(
        targets=targets,
        task=np.repeat(np.arange(len(tasks)), [len(run) for run in runs]),
        weights=kept,
        penalties=penalties,
        outputs=outputs,
    )


def _extrapolated(last: list[Float], *, like: Float) -> Float:
    """Where weights go next along the log of the penalty, by the last solutions, newest first.

    On 400 digits of ten classes, starting there took 0.44 of the iterations that starting from
    the last solution took; 0.5 with a straight line through the last two.
    """
    match last:
        case [one, two, three]:
            return 3 * (one - two) + three
        case [one, two]:
            return 2 * one - two
        case [one]:
            return 2 * one  # before the first penalty there was no head at all
        case _:
            return np.zeros_like(like)
