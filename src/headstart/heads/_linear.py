"""A new output layer, solved to its optimum on frozen activations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from headstart.errors import InputError
from headstart.heads._arithmetic import one_blas_thread, precision
from headstart.heads._axes import PrincipalAxes, principal_axes
from headstart.heads._lbfgs import Minimum, minimize
from headstart.heads._path import CrossValidated, cross_validate
from headstart.heads._problems import Float, Problems, probabilities

TOLERANCE = 1e-6
"""Relative gradient norm at which a head counts as solved, in the cross-validation too. Of
60 separable examples single held-out probabilities were off by 0.04 at 1e-5, by 0.007 at 3e-6 and
by 0.004 at 1e-6, which took no more time. docs/decisions/0006 has more."""

RELATIVE_PENALTIES = 10.0 ** -np.arange(1.5, 6.5, 0.5)
"""Candidates, strong to weak, times the total variance of the features."""

FALLBACK_PENALTY = 2
"""Which candidate is taken where no example can be held out."""


@dataclass(frozen=True)
class LinearHead:
    """An output layer ``activations @ weights.T + bias``.

    Attributes:
        weights: float32 ``(classes, features)``.
        bias: float32 ``(classes,)``.
        penalty: L2 penalty it was fitted with.
        gradient_norm: norm of the gradient at the end, relative to that at zero weights.
        converged: whether that is at most `TOLERANCE`.
        iterations: of the solver.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    penalty: float
    gradient_norm: float
    converged: bool
    iterations: int

    def predict(self, activations: Float) -> NDArray[np.float64]:
        """Class probabilities, float64 ``(examples, classes)``."""
        return probabilities(activations.astype(np.float32) @ self.weights.T + self.bias)


def fit(
    features: Float,
    targets: NDArray[np.int64],
    *,
    classes: int,
    penalty: float,
    weights: Float | None = None,
) -> LinearHead:
    """Fit a softmax (logistic for two classes) with an L2 penalty to its optimum.

        minimise  sum_i w_i * loss_i / sum_i w_i  +  penalty / 2 * ||W||^2

    The intercept is not penalised. For two classes `W` is the difference of the two classes'
    weights, as in scikit-learn, whose ``C`` is ``1 / (penalty * sum_i w_i)``.

    Args:
        features: finite floats ``(examples, features)``.
        targets: int64 ``(examples,)``.
        classes: number of classes, 2 or more.
        penalty: positive.
        weights: weight of each example, 0 where its label is unknown. float ``(examples,)``.

    Raises:
        InputError: features are not finite, or fewer than two classes have an example.
    """
    weights = _checked_weights(features, targets, weights)
    with one_blas_thread():
        axes = principal_axes(features, dtype=precision(features))
        start = np.zeros((_outputs(classes), axes.coordinates.shape[1] + 1))
        return _finish(axes, targets, weights, classes=classes, penalty=penalty, start=start)


def solve(
    features: Float,
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    *,
    classes: int,
    weights: Float | None = None,
    threads: int = 1,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[LinearHead, CrossValidated]:
    """Choose the penalty by cross-validation, fit the final head on everything, predict held out.

    Args:
        features: finite floats ``(examples, features)``.
        targets: int64 ``(examples,)``.
        folds: fold of each example in each repeat, -1 for always in training.
            int64 ``(repeats, examples)``.
        classes: number of classes, 2 or more.
        weights: weight of each example, 0 where its label is unknown. float ``(examples,)``.
        threads: to work on; the result does not depend on it.
        on_progress: told the share that is done.

    Returns:
        The head, and the curve and held-out predictions, whose penalties were chosen inside their
        training parts only.
    """
    weights = _checked_weights(features, targets, weights)
    with one_blas_thread():
        axes = principal_axes(features, dtype=np.float32)
        [found] = cross_validate(
            axes.coordinates,
            targets[:, None],
            folds,
            weights[:, None],
            outputs=_outputs(classes),
            penalties=RELATIVE_PENALTIES * (axes.variance or 1.0),
            fallback=FALLBACK_PENALTY,
            tolerance=TOLERANCE,
            threads=threads,
            on_progress=on_progress,
        )
        if precision(features) is np.float64:
            coordinates = (features - axes.mean) @ axes.basis
            axes = replace(axes, coordinates=coordinates)
        penalty = found.curve.chosen
        head = _finish(axes, targets, weights, classes=classes, penalty=penalty, start=found.start)
    return head, found


def _finish(
    axes: PrincipalAxes,
    targets: NDArray[np.int64],
    weights: Float,
    *,
    classes: int,
    penalty: float,
    start: Float,
) -> LinearHead:
    problems = Problems(
        targets=targets[:, None],
        task=np.zeros(1, dtype=np.int64),
        weights=(weights / weights.sum())[None],
        penalties=np.array([float(penalty)]),
        outputs=_outputs(classes),
    )
    found: Minimum = minimize(axes.coordinates, problems, start=start[None], tolerance=TOLERANCE)
    kernel, bias = axes.to_features(found.weights[0])
    if len(kernel) == 1:  # a logistic is a softmax of two outputs that differ by its logit
        kernel, bias = np.concatenate([-kernel, kernel]) / 2, np.concatenate([-bias, bias]) / 2
    return LinearHead(
        weights=kernel.astype(np.float32),
        bias=bias.astype(np.float32),
        penalty=float(penalty),
        gradient_norm=float(found.gradient_norm[0]),
        converged=bool(found.converged[0]),
        iterations=int(found.iterations[0]),
    )


def _outputs(classes: int) -> int:
    return 1 if classes == 2 else classes


def _checked_weights(features: Float, targets: NDArray[np.int64], weights: Float | None) -> Float:
    if not np.isfinite(features).all():
        raise InputError("the activations hold values that are not finite; a head cannot be fitted")
    weights = np.ones(len(targets)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(np.unique(targets[weights > 0])) < 2:
        raise InputError("a head needs labelled examples of two classes or more")
    return weights
