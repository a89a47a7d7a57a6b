"""The penalty of a linear head and its held-out predictions, from one nested cross-validation.

With folds F1..Fk, outer fold o is predicted by a head trained on the others. Its penalty must be
chosen inside those others, so they serve as the inner folds: the inner head (o, i) is trained
without Fo and Fi and judged on Fi. As (o, i) and (i, o) are the same head, k (k - 1) / 2 *pairs*
serve all outer folds; the k *singles* (trained without Fo) give the outer predictions and, judged
on Fo, the penalty of the final head. Everything runs along one path from strong to weak penalties,
each problem starting from its own previous solution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.heads._curve import Curve, Walk
from headstart.heads._lbfgs import minimize
from headstart.heads._problems import Float, Problems, probabilities

EPSILON = 1e-7
"""Probabilities are kept this far from 0 when log loss is taken to choose a penalty."""


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
    """

    curve: Curve
    outer_penalties: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    start: Float
    unconverged: int


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
    threads: int = 1,
    on_progress: Callable[[float], None] | None = None,
) -> CrossValidated:
    """Choose the penalty of one task and predict every example held out.

    Args:
        axes: features in their principal axes, float ``(examples, axes)``.
        targets: int64 ``(examples,)``; only those of positive weight are looked at.
        folds: fold of each example in each repeat, -1 for always in training.
            int64 ``(repeats, examples)``.
        weights: weight of each example, 0 where its label is unknown. float ``(examples,)``.
        outputs: 1 for a logistic output, else the number of classes.
        penalties: candidates, from strong to weak. float64 ``(candidates,)``.
        fallback: which candidate to take where no held-out loss can be had.
        tolerance: relative gradient norm at which a head counts as solved.
        threads: to work on.
        on_progress: told the share of the path that is done.
    """
    plan = _Plan.make(targets, folds, weights)
    walk, outer_walks = Walk(), {outer: Walk() for outer in plan.outers}
    predictions: list[dict[int, NDArray[np.float64]]] = []
    averages: list[Float] = []
    unconverged = 0
    points = np.zeros((len(plan), outputs, axes.shape[1] + 1), dtype=axes.dtype)
    previous = points.copy()
    for step, penalty in enumerate(penalties):
        running = plan.running(outer_walks, walk)
        if not len(running):
            break
        # Along the logarithm of the penalty weights go nearly straight on: starting from there
        # took half as many iterations as starting from the last solution.
        start = points[running] * 2 - previous[running]
        problems = plan.problems(running, targets, weights, penalty, outputs)
        found = minimize(axes, problems, start=start, tolerance=tolerance, threads=threads)
        unconverged += int((~found.converged).sum())
        previous[running], points[running] = points[running], found.weights
        predictions.append(plan.predict(axes, points, running))
        plan.judge(predictions[-1], targets, weights, outer_walks, walk)
        averages.append(points[plan.single_rows].mean(axis=0))
        if on_progress is not None:
            on_progress((step + 1) / len(penalties))

    held_out = np.full((folds.shape[0], len(targets), max(outputs, 2)), np.nan)
    outer_penalties = np.full((folds.shape[0], int(folds.max(initial=-1)) + 1), np.nan)
    for (repeat, outer), outer_walk in outer_walks.items():
        best = fallback if outer_walk.best is None else outer_walk.best
        row = plan.row_of[repeat, outer, outer]
        held_out[repeat, plan.held[row]] = predictions[best][row]
        outer_penalties[repeat, outer] = penalties[best]
    best = fallback if walk.best is None else walk.best
    tried = len(walk.means)
    return CrossValidated(
        curve=Curve(
            penalties=penalties[:tried],
            log_loss=np.array(walk.means),
            standard_error=np.array(walk.errors),
            chosen=float(penalties[best]),
            pruned=len(penalties) - tried,
        ),
        outer_penalties=outer_penalties,
        probabilities=held_out,
        start=averages[best] if averages else np.zeros(points.shape[1:], axes.dtype),
        unconverged=unconverged,
    )


@dataclass(frozen=True)
class _Plan:
    """The heads of a nested cross-validation: ``(repeat, one fold, other fold)``.

    A single has the same fold twice. `held` are the rows without either fold that are predicted:
    the whole fold for a single, both folds for a pair (each judges the other's outer fold).
    """

    keys: list[tuple[int, int, int]]
    row_of: dict[tuple[int, int, int], int]
    out: NDArray[np.bool_]
    held: list[NDArray[np.int64]]
    folds: NDArray[np.int64]

    @classmethod
    def make(cls, targets: NDArray[np.int64], folds: NDArray[np.int64], weights: Float) -> _Plan:
        keys, out = [], []
        for repeat, row in enumerate(folds):
            used = np.unique(row[(row >= 0) & (weights > 0)])
            for one, other in combinations_with_replacement(used, 2):
                left_out = (row == one) | (row == other)
                # A head needs two classes to be a problem at all.
                if len(np.unique(targets[~left_out & (weights > 0)])) > 1:
                    keys.append((repeat, int(one), int(other)))
                    out.append(left_out)
        return cls(
            keys=keys,
            row_of={key: index for index, key in enumerate(keys)},
            out=np.array(out, dtype=bool).reshape(len(keys), folds.shape[1]),
            held=[np.flatnonzero(row) for row in out],
            folds=folds,
        )

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def outers(self) -> list[tuple[int, int]]:
        return [(repeat, one) for repeat, one, other in self.keys if one == other]

    @property
    def single_rows(self) -> list[int]:
        return [row for row, (_, one, other) in enumerate(self.keys) if one == other]

    def running(self, outer_walks: dict[tuple[int, int], Walk], walk: Walk) -> NDArray[np.int64]:
        """Rows of the heads that some curve still needs."""
        rows = []
        for row, (repeat, one, other) in enumerate(self.keys):
            needed = not (outer_walks[repeat, one].ended and outer_walks[repeat, other].ended)
            if needed or (one == other and not walk.ended):
                rows.append(row)
        return np.array(rows, dtype=np.int64)

    def problems(
        self,
        running: NDArray[np.int64],
        targets: NDArray[np.int64],
        weights: Float,
        penalty: float,
        outputs: int,
    ) -> Problems:
        kept = np.where(self.out[running], 0, weights)
        kept = kept / np.maximum(kept.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        return Problems(
            targets=targets[:, None],
            task=np.zeros(len(running), dtype=np.int64),
            weights=kept,
            penalties=np.full(len(running), float(penalty)),
            outputs=outputs,
        )

    def predict(
        self, axes: Float, points: Float, running: NDArray[np.int64]
    ) -> dict[int, NDArray[np.float64]]:
        """Probabilities of the held rows of each running head."""
        return {
            int(row): probabilities(
                axes[self.held[row]] @ points[row, :, :-1].T + points[row, :, -1]
            )
            for row in running
        }

    def judge(
        self,
        predicted: dict[int, NDArray[np.float64]],
        targets: NDArray[np.int64],
        weights: Float,
        outer_walks: dict[tuple[int, int], Walk],
        walk: Walk,
    ) -> None:
        """Add this step's held-out losses to the curves that still run."""
        losses: dict[tuple[int, int], list[NDArray[np.int64]]] = {key: [] for key in outer_walks}
        values: dict[tuple[int, int], list[NDArray[np.float64]]] = {key: [] for key in outer_walks}
        all_rows: list[NDArray[np.int64]] = []
        all_values: list[NDArray[np.float64]] = []
        for row, probability in predicted.items():
            repeat, one, other = self.keys[row]
            held = self.held[row]
            fold = self.folds[repeat, held]
            # A class that this head has never seen says nothing about its penalty.
            seen = np.unique(targets[~self.out[row] & (weights > 0)])
            usable = (weights[held] > 0) & np.isin(targets[held], seen)
            true = np.where(usable, targets[held], 0)
            loss = -np.log(np.maximum(probability[np.arange(len(held)), true], EPSILON))
            if one == other:
                all_rows.append(held[usable])
                all_values.append(loss[usable])
                continue
            for outer, inner in ((one, other), (other, one)):
                if (repeat, outer) in outer_walks:
                    picked = usable & (fold == inner)
                    losses[repeat, outer].append(held[picked])
                    values[repeat, outer].append(loss[picked])
        for key, outer_walk in outer_walks.items():
            if not outer_walk.ended:
                rows = _joined(losses[key], np.int64)
                outer_walk.add(_joined(values[key], np.float64), weights[rows], 1)
        if not walk.ended:
            rows = _joined(all_rows, np.int64)
            walk.add(_joined(all_values, np.float64), weights[rows], self.folds.shape[0])


def _joined(parts: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype, copy=False)
