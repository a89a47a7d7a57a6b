"""Losses of many linear heads at once, as functions of their logits.

A *problem* is one head to be fitted: a task, a weight for each example (0: held out or unknown)
and a penalty. All problems of a batch have the same number of outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating]

ABSENT = -1e30
"""Logit of a class without a training example: its probability is 0 and its gradient too.
Finite, so that no NaN comes of ``0 * inf``."""


@dataclass(frozen=True)
class Problems:
    """A batch of convex problems over the same examples.

    Attributes:
        targets: class of each example in each task; what stands where the weight is 0 does not
            matter. int64 ``(examples, tasks)``.
        task: which column of `targets` each problem fits. int64 ``(problems,)``.
        weights: weight of each example in each problem, 0 where it is held out or its label is
            unknown; each problem's weights sum to 1. float ``(problems, examples)``.
        penalties: L2 penalty of each problem. float64 ``(problems,)``.
        outputs: 1 for a logistic output (two classes), else the classes of a softmax.
    """

    targets: NDArray[np.int64]
    task: NDArray[np.int64]
    weights: Float
    penalties: NDArray[np.float64]
    outputs: int

    def __len__(self) -> int:
        return len(self.task)

    def select(self, which: NDArray[np.int64]) -> Problems:
        """The problems at `which`."""
        return Problems(
            self.targets,
            self.task[which],
            self.weights[which],
            self.penalties[which],
            self.outputs,
        )

    def present(self) -> NDArray[np.bool_]:
        """Classes with a training example, bool ``(problems, outputs)``.

        A softmax leaves the others out: their unpenalised intercept would run to minus infinity.
        """
        if self.outputs == 1:
            return np.ones((len(self), 1), dtype=bool)
        seen = np.zeros((len(self), self.outputs), dtype=bool)
        for problem, (task, weights) in enumerate(zip(self.task, self.weights, strict=True)):
            seen[problem, np.unique(self.targets[weights > 0, task])] = True
        return seen

    def problem_targets(self) -> NDArray[np.int64]:
        """Targets of each problem, int64 ``(problems, examples)``, 0 where the weight is 0."""
        return np.where(self.weights > 0, self.targets.T[self.task], 0)


def loss_and_residual(
    logits: Float, targets: NDArray[np.int64], weights: Float
) -> tuple[NDArray[np.float64], Float]:
    """Weighted log loss of every problem and its gradient with respect to the logits.

    Examples come last in every array, so that each step runs over long contiguous rows.

    Args:
        logits: float ``(problems, outputs, examples)``; not changed.
        targets: int64 ``(problems, examples)``.
        weights: float ``(problems, examples)``; examples of weight 0 count for nothing.

    Returns:
        The loss, float64 ``(problems,)``, and the residual ``weight * (probability - target)``,
        of the shape and dtype of `logits`.
    """
    if logits.shape[1] == 1:
        return _logistic(logits, targets, weights)
    return _softmax(logits, targets, weights)


def _logistic(
    logits: Float, targets: NDArray[np.int64], weights: Float
) -> tuple[NDArray[np.float64], Float]:
    # log(1 + exp(-m)) with m the margin, written so that exp never overflows.
    sign = (2 * targets - 1).astype(logits.dtype)
    margin = logits[:, 0] * sign
    decay = np.exp(-np.abs(margin))
    losses = np.log1p(decay) + np.maximum(-margin, 0)
    wrong = np.where(margin >= 0, decay, 1) / (1 + decay)  # 1 - probability of the true class
    return _total(losses, weights), (-weights * sign * wrong)[:, None]


def _softmax(
    logits: Float, targets: NDArray[np.int64], weights: Float
) -> tuple[NDArray[np.float64], Float]:
    place = targets[:, None]
    shifted = logits - logits.max(axis=1, keepdims=True)
    true_logit = np.take_along_axis(shifted, place, axis=1)[:, 0]
    np.exp(shifted, out=shifted)
    total = shifted.sum(axis=1)
    losses = np.log(total) - true_logit
    shifted *= (weights / total)[:, None]
    picked = np.take_along_axis(shifted, place, axis=1)
    np.put_along_axis(shifted, place, picked - weights[:, None], axis=1)
    return _total(losses, weights), shifted


def _total(losses: Float, weights: Float) -> NDArray[np.float64]:
    # Where the weight is 0 the loss may be anything (a target whose class is absent).
    counted = np.where(weights > 0, losses, 0)
    return np.asarray(np.einsum("pn,pn->p", counted, weights, dtype=np.float64))


def probabilities(logits: Float) -> NDArray[np.float64]:
    """Class probabilities from logits.

    Args:
        logits: float ``(..., outputs)``; one output is a logistic.

    Returns:
        float64 ``(..., classes)``, two classes for one output; each row sums to 1.
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.shape[-1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
