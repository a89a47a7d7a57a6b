"""L-BFGS for many linear heads at once, each with a line search and an end of its own.

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

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.heads._problems import ABSENT, Float, Problems, residual

HISTORY = 8
"""Pairs of steps and gradient differences kept. The heads of 245 photos took 1,580 iterations
with 3, 1,452 with 8 and 1,442 with 20, which needs more time for each."""

SLICE_ELEMENTS = 400_000
"""Logits (examples x problems x outputs) that are worked on together. 5,000 x 1,280 x 10 took 5.9 s
on two threads with this, 7.7 s with 250,000 (whose last slice leaves a thread idle) and 8.6 s with
800,000 (one slice)."""

MAX_TRIALS = 20
"""Trial steps of one line search before a problem is given up as not converging further."""


@dataclass(frozen=True)
class Minimum:
    """What the solver found.

    Attributes:
        weights: float ``(problems, outputs, axes + 1)``; the last value is the intercept.
        gradient_norm: of the end, relative to that at zero weights. float64 ``(problems,)``.
        converged: whether that is at most the tolerance. bool ``(problems,)``.
        iterations: int64 ``(problems,)``.
        reference: norm of the gradient at zero weights, float64 ``(problems,)``.
    """

    weights: Float
    gradient_norm: NDArray[np.float64]
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]
    reference: NDArray[np.float64]


class _State:
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
            along[slot] = self.inverse_curvature[slot] * _dot(self.steps[slot], direction)
            direction -= _spread(along[slot], direction) * self.changes[slot]
        direction *= self.scale
        if order:
            last = self.changes[order[-1]]
            ratio = _dot(self.steps[order[-1]], last)
            ratio /= np.maximum(_dot(last, self.scale * last), np.finfo(np.float64).tiny)
            direction *= _spread(np.where(ratio > 0, ratio, 1), direction)
        for slot in order:
            back = self.inverse_curvature[slot] * _dot(self.changes[slot], direction)
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
        curvature = _dot(step, self.changes[slot])
        # A pair without curvature (a rounding error near the end) is kept with weight 0.
        usable = curvature > np.finfo(self.axes.dtype).eps * _dot(step, step) * self.penalties
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
        slopes = _dot(self.gradient, direction)
        count = len(slopes)
        length = np.ones(count)
        low, low_slope = np.zeros(count), slopes.copy()
        high, high_slope = np.full(count, np.inf), np.full(count, np.inf)
        inner = _dot(self.point[:, :, :-1], direction[:, :, :-1])
        square = _dot(direction[:, :, :-1], direction[:, :, :-1])
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
            slope = _dot(there, logits[rows])
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


def minimize(
    axes: Float,
    problems: Problems,
    *,
    start: Float,
    tolerance: float,
    reference: NDArray[np.float64] | None = None,
    max_iterations: int = 500,
    threads: int = 1,
) -> Minimum:
    """Minimise every problem of a batch.

        objective = sum_i weight_i * loss_i + penalty / 2 * ||weights without intercept||^2

    Args:
        axes: the features in their principal axes, centred. float32 or float64
            ``(examples, axes)``; the arithmetic is done in this precision.
        problems: the problems.
        start: where to start from, float ``(problems, outputs, axes + 1)``.
        tolerance: a problem stops when the norm of its gradient is at most this times the norm
            at zero weights.
        reference: that norm, where it is known from another penalty: it depends on none.
        max_iterations: problems that need more end unconverged, and the result says so.
        threads: work on so many slices of the batch at once. The slices do not depend on it, so
            neither does the result. BLAS should run on one thread meanwhile.

    References:
        Liu & Nocedal, *On the limited memory BFGS method for large scale optimization* (1989).
    """
    size = max(1, SLICE_ELEMENTS // (len(axes) * problems.outputs))
    slices = [
        np.arange(begin, min(begin + size, len(problems)))
        for begin in range(0, len(problems), size)
    ]

    def solve(rows: NDArray[np.int64]) -> Minimum:
        known = None if reference is None else reference[rows]
        return _minimize_slice(
            axes, problems.select(rows), start[rows], known,
            tolerance=tolerance, max_iterations=max_iterations,
        )  # fmt: skip

    if len(slices) == 1 or threads == 1:
        found = [solve(rows) for rows in slices]
    else:
        with ThreadPoolExecutor(threads) as executor:
            found = list(executor.map(solve, slices))
    return Minimum(
        *(
            np.concatenate([getattr(one, name) for one in found])
            for name in ("weights", "gradient_norm", "converged", "iterations", "reference")
        )
    )


def _minimize_slice(
    axes: Float,
    problems: Problems,
    start: Float,
    reference: NDArray[np.float64] | None,
    *,
    tolerance: float,
    max_iterations: int,
) -> Minimum:
    state = _State(axes, problems, start)
    if reference is None:
        at_zero = _State(axes, problems, np.zeros_like(start)) if start.any() else state
        norm = np.sqrt(_dot(at_zero.gradient, at_zero.gradient))
        reference = np.where(norm > 0, norm, 1.0)
    result = start.astype(axes.dtype)
    norms = np.empty(len(problems))
    iterations = np.zeros(len(problems), dtype=np.int64)
    moved = np.ones(len(problems), dtype=bool)
    for iteration in range(max_iterations + 1):
        norm = np.sqrt(_dot(state.gradient, state.gradient)) / reference[state.which]
        running = (norm > tolerance) & moved & (iteration < max_iterations)
        if not running.all():
            ended = state.which[~running]
            result[ended] = state.point[~running]
            norms[ended] = norm[~running]
            iterations[ended] = iteration
            if not running.any():
                break
            state.compress(running)
        moved = state.advance(state.direction(iteration), iteration)
    return Minimum(result, norms, norms <= tolerance, iterations, reference)


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


def _dot(one: Float, other: Float) -> NDArray[np.float64]:
    """Inner product of each problem's values, float64 ``(problems,)``."""
    return np.asarray(np.einsum("pka,pka->p", one, other), dtype=np.float64)


def _spread(values: NDArray[np.float64], like: Float) -> Float:
    """One value for each problem, to be multiplied with an array over problems."""
    return values.astype(like.dtype)[:, None, None]
