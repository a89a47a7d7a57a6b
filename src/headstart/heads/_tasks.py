"""The output layer of many tasks, each solved to its optimum on what it knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import InputError
from headstart.examples import Outputs
from headstart.heads._arithmetic import one_blas_thread, precision
from headstart.heads._axes import PrincipalAxes, principal_axes
from headstart.heads._cells import Cells
from headstart.heads._curve import Curve
from headstart.heads._layers import FinalLayer
from headstart.heads._linear import RELATIVE_PENALTIES, TOLERANCE
from headstart.heads._problems import Float
from headstart.heads._tasks_path import fit_layer, search_layers


@dataclass(frozen=True)
class TasksHead:
    """An output layer ``activations @ weights.T + bias`` with the classes of all tasks.

    Attributes:
        outputs: where each task's classes stand.
        weights: float32 ``(outputs, features)``; the two rows of a binary task are the halves of
            its logit.
        bias: float32 ``(outputs,)``.
        penalties: L2 penalty of each task, NaN where nothing was solved; float64 ``(tasks,)``.
        gradient_norm: norm of each task's gradient at the end, relative to that at zero weights;
            float64 ``(tasks,)``.
        converged: whether that is at most `TOLERANCE`; bool ``(tasks,)``.
        made: how each task's part came about, values of `Made`; int8 ``(tasks,)``.
    """

    outputs: Outputs
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    penalties: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    converged: NDArray[np.bool_]
    made: NDArray[np.int8]

    def predict(self, activations: Float) -> NDArray[np.float64]:
        """Class probabilities of all tasks, float64 ``(examples, outputs)``."""
        return self.outputs.softmax(activations.astype(np.float32) @ self.weights.T + self.bias)

    def only(self, tasks: Sequence[int]) -> TasksHead:
        """The layers of some tasks; nothing is shared, so they are what they would be alone."""
        picked, columns = list(tasks), self.outputs.columns_of(tasks)
        return TasksHead(
            outputs=Outputs(tuple(self.outputs.sizes[task] for task in picked)),
            weights=self.weights[columns],
            bias=self.bias[columns],
            penalties=self.penalties[picked],
            gradient_norm=self.gradient_norm[picked],
            converged=self.converged[picked],
            made=self.made[picked],
        )


@dataclass(frozen=True)
class TasksCrossValidated:
    """What the cross-validation of many tasks found.

    Attributes:
        probabilities: held-out predictions of every example that is in a fold, in every task,
            whether or not its label is known; NaN for examples that are always in training.
            float64 ``(repeats, examples, outputs)``.
        outer_penalties: chosen for each outer fold inside its training part, NaN where nothing
            was solved. float64 ``(repeats, folds, tasks)``.
        made: how the head of each outer fold came about, values of `Made`; int8
            ``(repeats, folds, tasks)``.
        curves: of each task's final head; ``None`` where nothing was solved.
        unconverged: how many heads of each task ended before the tolerance; int64 ``(tasks,)``.
    """

    probabilities: NDArray[np.float64]
    outer_penalties: NDArray[np.float64]
    made: NDArray[np.int8]
    curves: tuple[Curve | None, ...]
    unconverged: NDArray[np.int64]

    def only(self, tasks: Sequence[int], outputs: Outputs) -> TasksCrossValidated:
        """The same of some of the tasks, whose `outputs` are given of all."""
        picked = list(tasks)
        return TasksCrossValidated(
            probabilities=self.probabilities[..., outputs.columns_of(tasks)],
            outer_penalties=self.outer_penalties[..., picked],
            made=self.made[..., picked],
            curves=tuple(self.curves[task] for task in picked),
            unconverged=self.unconverged[picked],
        )


def solve_tasks(
    features: Float,
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    *,
    outputs: Outputs,
    weights: Float | None = None,
    uncertain: Float | None = None,
    penalties: NDArray[np.float64] | None = None,
    nested: bool = True,
    threads: int = 1,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[TasksHead, TasksCrossValidated]:
    """Choose each task's penalty by cross-validation, fit its final head, predict held out.

    The tasks share nothing but the features: each is what `solve` makes of the examples that it
    knows.

    Args:
        features: finite floats ``(examples, features)``.
        targets: int64 ``(examples, tasks)``, -1 where a label is unknown.
        folds: fold of each example in each repeat, for all tasks; -1 for always in training.
            int64 ``(repeats, examples)``.
        outputs: where each task's classes stand.
        weights: of each label, 0 leaves it out; float ``(examples, tasks)`` or ``(examples,)``.
        uncertain: chance of the second class with which an uncertain cell of a binary task is
            trained (its loss is ``-q log p1 - (1 - q) log p0``), -1 for all other cells; float
            ``(examples, tasks)``. Such a cell is -1 in `targets` and judges no penalty.
        penalties: candidates, strong to weak, times the total variance of the features;
            ``None`` takes those of `solve`.
        nested: choose the penalty of each outer fold inside its training part. Without, all folds
            have the final head's, which their labels had a say in: predictions that are a little
            better than new examples', for a third of the work.
        threads: to work on; the result does not depend on it.
        on_progress: told the share that is done.

    Returns:
        The head, and the held-out predictions, whose penalties were chosen inside their training
        parts only where `nested`. A task whose labels are all of one class, there or in the
        training part of a fold, is predicted by its smoothed prevalence; one without any label by
        equal chances. `made` names both.

    Raises:
        InputError: features that are not finite, or arrays that do not fit together.
    """
    cells = Cells.checked(targets, outputs=outputs, weights=weights, uncertain=uncertain)
    folds = np.asarray(folds)
    candidates = RELATIVE_PENALTIES if penalties is None else np.asarray(penalties, np.float64)
    _check(features, len(cells.targets), folds=folds, penalties=candidates)
    with one_blas_thread():
        axes = principal_axes(features, dtype=np.float32)
        final = axes.coordinates
        if precision(features) is np.float64:
            final = (features - axes.mean) @ axes.basis
        layer, found = search_layers(
            axes.coordinates, final, cells, folds, penalties=candidates * (axes.variance or 1.0),
            nested=nested, threads=threads, on_progress=on_progress,
        )  # fmt: skip
        head = _head(layer, axes, outputs)
        probabilities = _held_out(axes.coordinates, found.heads, folds, outputs)
    return head, TasksCrossValidated(
        probabilities=probabilities,
        outer_penalties=found.penalties,
        made=found.made,
        curves=tuple(found.curves),
        unconverged=found.unconverged,
    )


def fit_tasks(
    features: Float,
    targets: NDArray[np.int64],
    *,
    outputs: Outputs,
    penalties: NDArray[np.float64],
    weights: Float | None = None,
    uncertain: Float | None = None,
    threads: int = 1,
    tolerance: float = TOLERANCE,
) -> TasksHead:
    """Fit every task with a penalty that is given, as `fit` does for one.

    Args:
        features: finite floats ``(examples, features)``.
        targets: int64 ``(examples, tasks)``, -1 where a label is unknown.
        outputs: where each task's classes stand.
        penalties: of each task, positive; float64 ``(tasks,)``. Looked at only where there are
            labels of two classes or more.
        weights: as in `solve_tasks`.
        uncertain: as in `solve_tasks`.
        threads: to work on; the result does not depend on it.
        tolerance: relative gradient norm at which a task counts as solved.

    Raises:
        InputError: features that are not finite, or arrays that do not fit together.
    """
    cells = Cells.checked(targets, outputs=outputs, weights=weights, uncertain=uncertain)
    _check(features, len(cells.targets))
    given = np.asarray(penalties, dtype=np.float64)
    if given.shape != (outputs.tasks,):
        raise InputError(
            f"penalties have the shape {given.shape}; expected ({outputs.tasks},), one a task"
        )
    with one_blas_thread():
        axes = principal_axes(features, dtype=precision(features))
        layer = fit_layer(axes.coordinates, cells, given, threads=threads, tolerance=tolerance)
        return _head(layer, axes, outputs)


def _head(layer: FinalLayer, axes: PrincipalAxes, outputs: Outputs) -> TasksHead:
    kernel, bias = axes.to_features(layer.weights)
    return TasksHead(
        outputs=outputs,
        weights=kernel.astype(np.float32),
        bias=bias.astype(np.float32),
        penalties=layer.penalties,
        gradient_norm=layer.gradient_norm,
        converged=layer.converged,
        made=layer.made,
    )


def _held_out(
    coordinates: Float, heads: NDArray[np.float32], folds: NDArray[np.int64], outputs: Outputs
) -> NDArray[np.float64]:
    """Predictions of all examples by the head of the fold that they are in."""
    found = np.full((*folds.shape, len(outputs)), np.nan)
    for repeat, fold in np.ndindex(heads.shape[:2]):
        held = np.flatnonzero(folds[repeat] == fold)
        head = heads[repeat, fold]
        logits = coordinates[held] @ head[:, :-1].T + head[:, -1]
        found[repeat, held] = outputs.softmax(logits)
    return found


def _check(
    features: Float,
    examples: int,
    *,
    folds: NDArray[np.int64] | None = None,
    penalties: NDArray[np.float64] | None = None,
) -> None:
    faults = []
    if np.ndim(features) != 2 or len(features) != examples:
        faults.append(f"features have the shape {np.shape(features)}; expected ({examples}, width)")
    elif not np.isfinite(features).all():
        faults.append("the activations hold values that are not finite")
    if folds is not None and (folds.ndim != 2 or folds.shape[1] != examples or not len(folds)):
        faults.append(f"folds have the shape {folds.shape}; expected (repeats, {examples})")
    if penalties is not None and (
        penalties.ndim != 1 or not len(penalties) or not (penalties > 0).all()
        or (np.diff(penalties) >= 0).any()
    ):  # fmt: skip
        faults.append(f"penalties are {penalties.tolist()}; expected positive, from strong to weak")
    if faults:
        raise InputError("heads of many tasks cannot be fitted: " + "; ".join(faults))
