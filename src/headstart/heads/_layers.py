"""Heads of all tasks side by side, in the principal axes, while batches of tasks are solved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Outputs
from headstart.heads._cells import Cells
from headstart.heads._curve import Curve
from headstart.heads._lbfgs import Minimum
from headstart.heads._made import Made, constant_logits
from headstart.heads._path import CrossValidated
from headstart.heads._problems import Float


@dataclass
class FinalLayer:
    """The final heads of all tasks side by side, in the principal axes; batches fill it in.

    Attributes:
        weights: float64 ``(outputs, axes + 1)``.
        penalties: float64 ``(tasks,)``, NaN where nothing was solved.
        gradient_norm: float64 ``(tasks,)``.
        converged: bool ``(tasks,)``.
        made: values of `Made`, int8 ``(tasks,)``.
    """

    weights: NDArray[np.float64]
    penalties: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    converged: NDArray[np.bool_]
    made: NDArray[np.int8]

    @classmethod
    def constant(cls, counts: NDArray[np.float64], outputs: Outputs, *, width: int) -> FinalLayer:
        """Before anything is solved: prevalences, whatever the input."""
        weights = np.zeros((len(outputs), width))
        weights[:, -1], made = constant_logits(counts, outputs)
        tasks = outputs.tasks
        return cls(weights, np.full(tasks, np.nan), np.zeros(tasks), np.ones(tasks, bool), made)

    def put(
        self, tasks: NDArray[np.int64], found: Minimum, penalties: Float, outputs: Outputs
    ) -> None:
        """Add the solved heads of a batch."""
        for task, weights in zip(tasks, found.weights, strict=True):
            self.weights[outputs.columns(task)] = _rows_of_classes(weights)
        self.penalties[tasks] = penalties
        self.gradient_norm[tasks] = found.gradient_norm
        self.converged[tasks] = found.converged
        self.made[tasks] = Made.SOLVED


@dataclass
class OuterLayers:
    """The heads of the outer folds, side by side; batches fill it in.

    Attributes:
        heads: float32 ``(repeats, folds, outputs, axes + 1)``.
        penalties: float64 ``(repeats, folds, tasks)``, NaN where nothing was solved.
        made: values of `Made`, int8 ``(repeats, folds, tasks)``.
        unconverged: heads of each task that ended before the tolerance, int64 ``(tasks,)``.
        curves: of each task's final head.
    """

    heads: NDArray[np.float32]
    penalties: NDArray[np.float64]
    made: NDArray[np.int8]
    unconverged: NDArray[np.int64]
    curves: list[Curve | None]

    @classmethod
    def empty(cls, folds: NDArray[np.int64], outputs: Outputs, *, width: int) -> OuterLayers:
        shape = (len(folds), int(folds.max(initial=-1)) + 1)
        tasks = outputs.tasks
        return cls(
            heads=np.full((*shape, len(outputs), width), np.nan, dtype=np.float32),
            penalties=np.full((*shape, tasks), np.nan),
            made=np.full((*shape, tasks), Made.SOLVED, dtype=np.int8),
            unconverged=np.zeros(tasks, dtype=np.int64),
            curves=[None] * tasks,
        )

    def put(self, task: int, found: CrossValidated, outputs: Outputs) -> None:
        """Add what the cross-validation of a task found."""
        used = found.outer_heads.shape[1]  # the last folds may have nothing that the task knows
        self.heads[:, :used, outputs.columns(task)] = _rows_of_classes(found.outer_heads)
        self.penalties[:, :used, task] = found.outer_penalties
        self.unconverged[task] = found.unconverged
        self.curves[task] = found.curve

    def fill(self, cells: Cells, folds: NDArray[np.int64], final: FinalLayer) -> None:
        """Give the folds that have no head of their own one that has not seen their labels.

        A fold where a task knows nothing is predicted by its final head, whose training part it
        is; one whose training part has labels of one class or none, by their prevalence.
        """
        outputs = cells.outputs
        everything = cells.class_counts(np.ones(folds.shape[1], dtype=bool))
        for repeat, fold in np.ndindex(self.heads.shape[:2]):
            missing = np.isnan(self.heads[repeat, fold, outputs.starts, 0])
            if not missing.any():
                continue
            held = cells.class_counts(folds[repeat] == fold)
            unlabelled = np.add.reduceat(held, outputs.starts) == 0
            constant = FinalLayer.constant(everything - held, outputs, width=self.heads.shape[-1])
            for layer, tasks in (final, missing & unlabelled), (constant, missing & ~unlabelled):
                columns = tasks[outputs.task_of]
                self.heads[repeat, fold, columns] = layer.weights[columns]
                self.penalties[repeat, fold, tasks] = layer.penalties[tasks]
                self.made[repeat, fold, tasks] = layer.made[tasks]


def _rows_of_classes(weights: Float) -> Float:
    """A row for each class: a logistic is a softmax of two outputs that differ by its logit."""
    if weights.shape[-2] > 1:
        return weights
    return np.concatenate([-weights, weights], axis=-2) / 2
