"""L-BFGS for many linear heads at once, each with a line search and an end of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.heads._descent import Descent, dot
from headstart.heads._problems import Float, Problems

SLICE_ELEMENTS = 400_000
"""Logits (examples x problems x outputs) that are worked on together. 5,000 x 1,280 x 10 took 5.9 s
on two threads with this, 7.7 s with 250,000 (whose last slice leaves a thread idle) and 8.6 s with
800,000 (one slice)."""


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
    state = Descent(axes, problems, start)
    if reference is None:
        at_zero = Descent(axes, problems, np.zeros_like(start)) if start.any() else state
        norm = np.sqrt(dot(at_zero.gradient, at_zero.gradient))
        reference = np.where(norm > 0, norm, 1.0)
    result = start.astype(axes.dtype)
    norms = np.empty(len(problems))
    iterations = np.zeros(len(problems), dtype=np.int64)
    moved = np.ones(len(problems), dtype=bool)
    for iteration in range(max_iterations + 1):
        norm = np.sqrt(dot(state.gradient, state.gradient)) / reference[state.which]
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
