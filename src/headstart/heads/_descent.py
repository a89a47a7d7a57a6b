"""Where a batch of linear heads stands on its way down: L-BFGS steps, each with a line search.

Three properties of the problem make this much faster than a general minimiser:

- Logits are linear in the weights, so once the logits of a direction are known, a line search
  costs no matrix product: an iteration is one product forward and one back, for all problems
  together.
- In the principal axes of the features the Hessian is nearly diagonal: ``h * variance + penalty``,
  `h` the mean curvature of the loss. Scaling each axis by its root leaves a well-conditioned
  problem (Böhning 1992 bounds the softmax Hessian by such a matrix).
- Problems that have converged leave the batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.heads._problems import ABSENT, Float, Problems, residual

HISTORY = 8
"""Pairs of steps and gradient differences kept. The heads of 245 photos took 1,580 iterations
with 3, 1,452 with 8 and 1,442 with 20, which needs more time for each."""

MAX_TRIALS = 20
"""Trial steps of one line search before a problem is given up as not converging further."""


class Descent:
    """Arrays over the problems that still run; `compress` drops the finished ones together.

    Points, gradients and steps are ``(problems, outputs, axes + 1)``, logits
    ``(problems, outputs, examples)``: a product is one matrix product without any transposition.
    """

    def __init__(self, axes: Float, problems: Problems, start: Float) -> None:
        self.axes = axes
        self.which = np.arange(len(problems))
        self.present = problems.present()
        self.labels = problems.labels(axes.dtype)
        self.penalties = problems.penalties.copy()
        self.point = start.astype(axes.dtype) * self.present[:, :, None]
        self.logits = self.product(self.point)
        if not self.present.all():
            self.logits += np.where(self.present, 0, ABSENT).astype(axes.dtype)[:, :, None]
        there = residual(self.logits, self.labels)
        self.scale = self._scale(there)
        self.gradient = self.gradient_of(there)
        shape = (HISTORY, *self.point.shape)
        self.steps = np.zeros(shape, axes.dtype)
        self.changes = np.zeros(shape, axes.dtype)
        self.inverse_curvature = np.zeros((HISTORY, len(problems)), np.float64)

    def product(self, weights: Float) -> Float:
        """Logits of `weights`, in one matrix product."""
        count, outputs, width = weights.shape
        flat = weights.reshape(count * outputs, width)
        logits = flat[:, :-1] @ self.axes.T
        logits += flat[:, -1:]
        return logits.reshape(count, outputs, -1)

    def gradient_of(self, at: Float) -> Float:
        """Gradient at the current point, from the residual of its logits."""
        count, outputs, width = self.point.shape
        flat = at.reshape(count * outputs, -1)
        gradient = np.empty((count * outputs, width), self.axes.dtype)
        gradient[:, :-1] = flat @ self.axes
        gradient[:, -1] = flat.sum(axis=1)
        shaped = gradient.reshape(count, outputs, width)
        shaped[:, :, :-1] += _spread(self.penalties, shaped) * self.point[:, :, :-1]
        return shaped

    def _scale(self, at: Float) -> Float:
        """Inverse of the diagonal approximation of the Hessian, ``(problems, 1, axes + 1)``."""
        given = self.labels.weights
        weights = np.maximum(given, np.finfo(self.axes.dtype).tiny)[:, None]
        wrong = np.abs(at / weights)
        # |p - y| (1 - |p - y|) is p (1 - p): the curvature of each output at each example.
        curvature = np.einsum("pkn,pn->p", wrong * (1 - wrong), given)
        curvature = np.maximum(curvature / self.point.shape[1], 1e-4)
        variance = np.append((self.axes**2).mean(axis=0, dtype=np.float64), 1.0)
        penalty = np.tile(self.penalties[:, None], len(variance))
        penalty[:, -1] = 0  # the intercept is not penalised
        diagonal = curvature[:, None] * variance + penalty
        return np.asarray((1 / diagonal)[:, None], dtype=self.axes.dtype)

    def compress(self, keep: NDArray[np.bool_]) -> None:
        """Drop the problems where `keep` is false."""
        for name in ("which", "labels", "penalties", "point", "logits", "scale", "gradient"):
            setattr(self, name, getattr(self, name)[keep])
        for name in ("steps", "changes", "inverse_curvature"):
            setattr(self, name, getattr(self, name)[:, keep])

    def direction(self, iteration: int) -> Float:
        """The L-BFGS direction (Nocedal & Wright 2006, algorithm 7.4), all problems at once."""
        direction = self.gradient.copy()
        order = [age % HISTORY for age in range(max(0, iteration - HISTORY), iteration)]
        along: dict[int, NDArray[np.float64]] = {}
        for slot in reversed(order):
            along[slot] = self.inverse_curvature[slot] * dot(self.steps[slot], direction)
            direction -= _spread(along[slot], direction) * self.changes[slot]
        direction *= self.scale
        if order:
            last = self.changes[order[-1]]
            ratio = dot(self.steps[order[-1]], last)
            ratio /= np.maximum(dot(last, self.scale * last), np.finfo(np.float64).tiny)
            direction *= _spread(np.where(ratio > 0, ratio, 1), direction)
        for slot in order:
            back = self.inverse_curvature[slot] * dot(self.changes[slot], direction)
            direction += _spread(along[slot] - back, direction) * self.steps[slot]
        return -direction

    def advance(self, direction: Float, iteration: int) -> NDArray[np.bool_]:
        """Step along `direction`; returns which problems found a step."""
        logits = self.product(direction)
        length, moved, there = self._line_search(direction, logits)
        step = _spread(length, direction) * direction
        self.point += step
        logits *= _spread(length, logits)
        self.logits += logits
        before = self.gradient
        self.gradient = self.gradient_of(there)
        slot = iteration % HISTORY
        self.steps[slot] = step
        self.changes[slot] = self.gradient - before
        curvature = dot(step, self.changes[slot])
        # A pair without curvature (a rounding error near the end) is kept with weight 0.
        usable = curvature > np.finfo(self.axes.dtype).eps * dot(step, step) * self.penalties
        self.inverse_curvature[slot] = np.where(usable, 1 / np.where(usable, curvature, 1), 0)
        return moved

    def _line_search(
        self, direction: Float, logits: Float
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], Float]:
        """Step lengths at which the slope has fallen to half or less: bracket, then secant.

        Returns them, which problems found one, and the residuals there.

        Only derivatives are compared: near the minimum the values differ by less than their
        rounding error (Hager & Zhang 2005, "approximate Wolfe"). On a convex function this
        cannot go wrong.
        """
        slopes = dot(self.gradient, direction)
        count = len(slopes)
        length = np.ones(count)
        low, low_slope = np.zeros(count), slopes.copy()
        high, high_slope = np.full(count, np.inf), np.full(count, np.inf)
        inner = dot(self.point[:, :, :-1], direction[:, :, :-1])
        square = dot(direction[:, :, :-1], direction[:, :, :-1])
        moved = slopes < 0
        length[~moved] = 0
        found = np.empty_like(logits)
        open_ = np.arange(count)
        for trials in range(MAX_TRIALS + 1):
            if trials == MAX_TRIALS:  # the left end still goes downhill all the way to it
                length[open_] = low[open_]
                moved[open_] = low[open_] > 0
            rows = slice(None) if len(open_) == count else open_
            trial = self.logits[rows] + _spread(length[rows], logits) * logits[rows]
            there = residual(trial, self.labels[rows])
            found[rows] = there
            slope = dot(there, logits[rows])
            slope += self.penalties[open_] * (inner[open_] + length[open_] * square[open_])
            left, right = open_[slope < 0], open_[slope >= 0]
            low[left], low_slope[left] = length[left], slope[slope < 0]
            high[right], high_slope[right] = length[right], slope[slope >= 0]
            open_ = open_[moved[open_] & (np.abs(slope) > -0.5 * slopes[open_])]
            if not len(open_) or trials == MAX_TRIALS:
                break
            length[open_] = _next_trial(
                low[open_], low_slope[open_], high[open_], high_slope[open_]
            )
        return length, moved, found


def _next_trial(
    low: NDArray[np.float64],
    low_slope: NDArray[np.float64],
    high: NDArray[np.float64],
    high_slope: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Double until the minimum is bracketed, then the secant, kept off the bracket's ends."""
    bracketed = np.isfinite(high)
    width = np.where(bracketed, high, 2 * low) - low
    rise = np.where(bracketed, high_slope - low_slope, 1.0)
    share = np.clip(-low_slope / np.where(rise > 0, rise, 1.0), 0.1, 0.9)
    return np.where(bracketed, low + share * width, 2 * np.maximum(low, 0.5))


def dot(one: Float, other: Float) -> NDArray[np.float64]:
    """Inner product of each problem's values, float64 ``(problems,)``."""
    return np.asarray(np.einsum("pka,pka->p", one, other), dtype=np.float64)


def _spread(values: NDArray[np.float64], like: Float) -> Float:
    """One value for each problem, to be multiplied with an array over problems."""
    return values.astype(like.dtype)[:, None, None]
