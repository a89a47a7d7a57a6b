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

    def labels(self, dtype: np.dtype[np.floating]) -> Labels:
        """What the residual needs of the targets and weights."""
        weights = self.weights.astype(dtype)
        targets = np.where(self.weights > 0, self.targets.T[self.task], 0)
        if self.outputs > 1:
            return Labels(weights, targets)
        return Labels(weights, (2 * targets - 1).astype(dtype))


@dataclass(frozen=True)
class Labels:
    """Targets of a batch in the form that its residual is made from.

    Attributes:
        weights: float ``(problems, examples)``; examples of weight 0 count for nothing.
        targets: of a softmax the class, int64 ``(problems, examples)``; of a logistic output -1 or
            1, of the dtype of `weights`.
    """

    weights: Float
    targets: NDArray[np.int64] | Float

    def __getitem__(self, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Labels:
        return Labels(self.weights[rows], self.targets[rows])


def residual(logits: Float, labels: Labels) -> Float:
    """Gradient of every problem's weighted log loss with respect to the logits.

    Examples come last in every array, so that each step runs over long contiguous rows. The loss
    itself is never needed: the line search compares derivatives.

    Args:
        logits: float ``(problems, outputs, examples)``; not changed.
        labels: of the same problems.

    Returns:
        ``weight * (probability - target)``, of the shape and dtype of `logits`.
    """
    if logits.shape[1] == 1:
        return _logistic(logits, labels)
    return _softmax(logits, labels)


def _logistic(logits: Float, labels: Labels) -> Float:
    # The chance of the wrong class is 1 / (1 + exp(m)) with m the margin, so that exp never
    # overflows; in place, because five temporary arrays took half of the time.
    margin = logits[:, 0] * labels.targets
    right = margin >= 0
    np.abs(margin, out=margin)
    np.negative(margin, out=margin)
    decay = np.exp(margin, out=margin)
    wrong = np.where(right, decay, 1)
    decay += 1
    wrong /= decay
    wrong *= -labels.weights * labels.targets
    return np.asarray(wrong[:, None])


def _softmax(logits: Float, labels: Labels) -> Float:
    place = labels.targets.astype(np.int64, copy=False)[:, None]
    shifted: Float = logits - logits.max(axis=1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted *= (labels.weights / shifted.sum(axis=1))[:, None]
    picked = np.take_along_axis(shifted, place, axis=1)
    np.put_along_axis(shifted, place, picked - labels.weights[:, None], axis=1)
    return shifted


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
