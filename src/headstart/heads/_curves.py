"""The curves of one task while its path of penalties is walked, and the best of each so far."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from headstart.heads._curve import Curve, Walk
from headstart.heads._lbfgs import SLICE_ELEMENTS
from headstart.heads._plan import Outer, Plan
from headstart.heads._problems import Float, probabilities

EPSILON = 1e-7
"""Probabilities are kept this far from 0 when log loss is taken to choose a penalty."""


class Curves:
    """The held-out losses of one task's heads along the penalties.

    Only what the best penalty so far needs is kept of a step: all predictions of ten penalties
    would be the largest array of a run.

    Args:
        targets: int64 ``(examples,)``; only those of positive weight are looked at.
        folds: int64 ``(repeats, examples)``, -1 for always in training.
        weights: float ``(examples,)``.
        scored: whether an example may judge a penalty, bool ``(examples,)``.
        outputs: 1 for a logistic output, else the number of classes.
        width: axes + 1.
        fallback: the step to take where a curve has no evidence.
        nested: whether the penalty of an outer fold is chosen inside its training part; else it is
            the final head's.

    Attributes:
        plan: the heads.
        held_out: predictions of the outer folds at the best step of each, float64
            ``(repeats, examples, classes)``, NaN where there is none.
        heads: weights of the same heads, float64 ``(repeats, folds, outputs, width)``.
        start: mean weights of the singles at the best step of the final head's curve.
        unconverged: how many heads ended before the tolerance.
    """

    def __init__(
        self,
        targets: NDArray[np.int64],
        folds: NDArray[np.int64],
        weights: Float,
        scored: NDArray[np.bool_],
        *,
        outputs: int,
        width: int,
        fallback: int,
        nested: bool,
    ) -> None:
        self.plan = Plan.make(targets, folds, weights, scored, nested=nested)
        self.targets = np.where(weights > 0, targets, 0)
        self.weights = weights
        self._fallback = fallback
        self._walks: dict[Outer | None, Walk] = {curve: Walk() for curve in self.plan.evidence}
        self._head_of = self.plan.singles
        self._best = dict.fromkeys(self._walks, fallback)
        repeats, count = folds.shape
        shape = (repeats, int(folds.max(initial=-1)) + 1)
        self.held_out = np.full((repeats, count, max(outputs, 2)), np.nan)
        self.heads = np.full((*shape, outputs, width), np.nan, dtype=np.float32)
        self.start = np.zeros((outputs, width), dtype=np.float32)
        self.unconverged = 0

    def running(self) -> NDArray[np.int64]:
        """The heads that some curve still needs."""
        ended = {curve: walk.ended for curve, walk in self._walks.items()}
        alive = [
            not (ended.get((repeat, one), True) and ended.get((repeat, other), True))
            or (one == other and not ended[None])
            for repeat, one, other in self.plan.keys
        ]
        return np.flatnonzero(alive)

    def add(self, step: int, axes: Float, points: Float, running: NDArray[np.int64]) -> None:
        """Add a step of the path to the curves that still run.

        Args:
            step: which.
            axes: float ``(examples, axes)``.
            points: weights of every head, float ``(heads, outputs, axes + 1)``.
            running: the heads that were solved at this step.
        """
        chances: dict[int, Float] = {}
        outer: dict[int, NDArray[np.float64]] = {}
        singles = set(self._head_of.values())
        for head, predicted in self._predictions(axes, points[running], running):
            held = self.plan.held[head]
            chances[head] = predicted[np.arange(len(held)), self.targets[held]]
            if head in singles:
                outer[head] = predicted
        for curve, walk in self._walks.items():
            if not walk.ended and self._judge(curve, walk, chances, step):
                self._best[curve] = step
                self._keep(curve, points, outer)

    @property
    def outer_heads(self) -> NDArray[np.int64]:
        """Which heads are those of outer folds."""
        return np.array(list(self._head_of.values()), dtype=np.int64)

    def best_outer(self) -> Float:
        """Weights of `outer_heads` at their best steps, ``(singles, outputs, axes + 1)``."""
        shape = (len(self._head_of), *self.heads.shape[2:])
        return np.array([self.heads[fold] for fold in self._head_of]).reshape(shape)

    def settle(self, axes: Float, points: Float) -> None:
        """Take other weights for `outer_heads`, that were solved further."""
        predicted = dict(self._predictions(axes, points, self.outer_heads))
        for (fold, head), weights in zip(self._head_of.items(), points, strict=True):
            self.heads[fold] = weights
            self.held_out[fold[0], self.plan.held[head]] = predicted[head]

    def outer_penalties(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        """Penalty chosen for each outer fold, float64 ``(repeats, folds)``, NaN without a head."""
        chosen = np.full(self.heads.shape[:2], np.nan)
        for outer in self._head_of:
            chosen[outer] = penalties[self._best.get(outer, self._best[None])]
        return chosen

    def curve(self, penalties: NDArray[np.float64]) -> Curve:
        """The curve of the final head."""
        walk = self._walks[None]
        tried = len(walk.means)
        return Curve(
            penalties=penalties[:tried],
            log_loss=np.array(walk.means),
            standard_error=np.array(walk.errors),
            chosen=float(penalties[self._best[None]]),
            pruned=len(penalties) - tried,
        )

    def _predictions(
        self, axes: Float, points: Float, running: NDArray[np.int64]
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Probabilities of the held rows of some heads, one product for many of them."""
        at_once = max(1, SLICE_ELEMENTS // max(1, len(axes) * points.shape[1]))
        for begin in range(0, len(running), at_once):
            some = running[begin : begin + at_once]
            flat = points[begin : begin + at_once].reshape(-1, points.shape[2])
            logits = flat[:, :-1] @ axes.T + flat[:, -1:]
            for head, of_head in zip(some, logits.reshape(len(some), -1, len(axes)), strict=True):
                yield int(head), probabilities(of_head[:, self.plan.held[head]].T)

    def _judge(self, curve: Outer | None, walk: Walk, chances: dict[int, Float], step: int) -> bool:
        """Add this step's held-out losses to a curve; whether it is the best so far."""
        given: list[Float] = [np.empty(0)]
        counted: list[Float] = [np.empty(0)]
        for found in self.plan.evidence[curve]:
            given.append(chances[found.head][found.places])
            counted.append(self.weights[found.examples])
        losses = -np.log(np.maximum(np.concatenate(given), EPSILON))
        walk.add(losses, np.concatenate(counted), self.plan.repeats if curve is None else 1)
        return walk.best_or(self._fallback) == step

    def _keep(
        self, curve: Outer | None, points: Float, outer: dict[int, NDArray[np.float64]]
    ) -> None:
        if curve is None and self._head_of:
            self.start = points[list(self._head_of.values())].mean(axis=0)
        # Without a nested choice, all outer folds follow the final head's curve.
        for fold, head in self._head_of.items():
            if curve == fold or (curve is None and fold not in self._walks):
                self.heads[fold] = points[head]
                self.held_out[fold[0], self.plan.held[head]] = outer[head]
