"""Output layers as arrays: one, or several with hidden units before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart.heads._linear import LinearHead, fit
from headstart.heads._objective import Objective
from headstart.heads._problems import Float, probabilities

if TYPE_CHECKING:
    from headstart.heads._tasks import TasksHead

START_TOLERANCE = 1e-3
"""Relative gradient norm at which an output layer on random hidden units is solved: it is where
training starts, and no result."""


@dataclass(frozen=True)
class Layer:
    """``features @ weights.T + bias``: weights float32 ``(outputs, inputs)``, bias
    ``(outputs,)``.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, features: Float) -> NDArray[np.float32]:
        return np.asarray(features.astype(np.float32) @ self.weights.T + self.bias)


@dataclass(frozen=True)
class DenseHead:
    """What stands on the pooled features: hidden layers with ReLU between them, then the output.

    Attributes:
        layers: in order; the last gives a logit for each class.
        origin: how it was made, for ``model.json``.
        penalty: L2, on the weights of the output layer, ``penalty / 2 * ||W||^2`` beside the loss,
            with which it is at its optimum; training keeps it. One for all outputs, or one for
            each, float64 ``(outputs,)``.
    """

    layers: tuple[Layer, ...]
    origin: Mapping[str, Any] = field(default_factory=dict)
    penalty: float | NDArray[np.float64] = 0.0

    @classmethod
    def of(cls, head: LinearHead) -> DenseHead:
        """A solved output layer."""
        origin = {
            "by": "solver",
            "penalty": head.penalty,
            "converged": head.converged,
            "relative_gradient_norm": head.gradient_norm,
            "iterations": head.iterations,
        }
        # Of two classes the solver penalises the difference of the rows, which are its halves.
        penalty = head.penalty * (2 if len(head.bias) == 2 else 1)
        return cls((Layer(head.weights, head.bias),), origin, penalty)

    @classmethod
    def of_tasks(cls, head: TasksHead, objective: Objective) -> DenseHead:
        """The solved output layers of several tasks, side by side.

        Each is at the optimum of its own mean loss; in the objective that mean weighs ``c_j``, and
        so does its penalty.
        """
        solved = ~np.isnan(head.penalties)
        origin = {
            "by": "solver",
            "tasks": len(solved),
            "solved": int(solved.sum()),
            "converged": int(head.converged[solved].sum()),
        }
        penalties = np.where(solved, head.penalties, 0.0) * objective.constants
        # As in `of`, the rows of two classes are halves of what is penalised.
        penalties = penalties * np.where(np.array(head.outputs.sizes) == 2, 2, 1)
        layer = Layer(head.weights, head.bias)
        return cls((layer,), origin, penalties[head.outputs.task_of])

    @property
    def classes(self) -> int:
        return len(self.layers[-1].bias)

    @property
    def features(self) -> int:
        """Width of what it reads."""
        return int(self.layers[0].weights.shape[1])

    @property
    def parameters(self) -> int:
        """Numbers in it."""
        return sum(layer.weights.size + layer.bias.size for layer in self.layers)

    def logits(self, features: Float) -> NDArray[np.float32]:
        """Of pooled features, float32 ``(examples, outputs)``."""
        return self.layers[-1](self._hidden(features))

    def predict(self, features: Float) -> NDArray[np.float64]:
        """Class probabilities of one task from pooled features, float64 ``(examples, classes)``."""
        return probabilities(self.logits(features))

    def _hidden(self, features: Float) -> Float:
        for layer in self.layers[:-1]:
            features = np.maximum(layer(features), 0)
        return features

    def tempered(self, temperature: float | NDArray[np.float64]) -> DenseHead:
        """The same head with its logits divided by a temperature, or by one for each output."""
        if np.all(np.equal(temperature, 1.0)):
            return self
        output = self.layers[-1]
        divisor = np.broadcast_to(np.float32(temperature), len(output.bias))
        cooled = Layer(output.weights / divisor[:, None], output.bias / divisor)
        origin = {**self.origin, "temperature": np.asarray(temperature).tolist()}
        return DenseHead((*self.layers[:-1], cooled), origin)

    def with_solved_output(
        self,
        features: Float,
        targets: NDArray[np.int64],
        *,
        penalty: float,
        weights: Float | None = None,
    ) -> DenseHead:
        """The same hidden layers with an output layer that is solved on what they give.

        Args:
            features: pooled, float ``(examples, features)``.
            targets: int64 ``(examples,)``.
            penalty: L2, relative to the total variance of what the output layer reads.
            weights: of each example, float ``(examples,)``.
        """
        hidden = self._hidden(features)
        solved = fit(
            hidden, targets, classes=self.classes, penalty=penalty * _scale(hidden), weights=weights
        )
        return self._under(DenseHead.of(solved))

    def with_solved_tasks(
        self,
        features: Float,
        targets: NDArray[np.int64],
        objective: Objective,
        *,
        penalty: float,
        uncertain: NDArray[np.float32] | None = None,
    ) -> DenseHead:
        """`with_solved_output` for several tasks.

        Args:
            features: pooled, float ``(examples, features)``.
            targets: int64 ``(examples, tasks)``.
            objective: that training goes on with.
            penalty: L2, relative to the total variance of what the output layer reads.
            uncertain: as of `Examples`.
        """
        from headstart.heads._tasks import fit_tasks  # a head of one task does without

        hidden = self._hidden(features)
        penalties = np.full(objective.outputs.tasks, penalty * _scale(hidden))
        solved = fit_tasks(
            hidden, targets, outputs=objective.outputs, penalties=penalties,
            weights=objective.cell_weights(targets, uncertain), uncertain=uncertain,
            tolerance=START_TOLERANCE,
        )  # fmt: skip
        return self._under(DenseHead.of_tasks(solved, objective))

    def _under(self, output: DenseHead) -> DenseHead:
        """The same hidden layers below another output layer, which is a start only.

        Its penalty is not kept: hidden layers that learn need another one. On 12 related tasks of
        400 labels and 32 hidden units the least loss was 0.356 without it and 0.361 with it.
        """
        return replace(output, layers=(*self.layers[:-1], *output.layers), penalty=0.0)


def _scale(hidden: Float) -> float:
    return float(hidden.var(axis=0, dtype=np.float64).sum()) or 1.0


def random_head(features: Float, *, hidden: Sequence[int], classes: int, seed: int) -> DenseHead:
    """New layers with random weights (He et al. 2015), for features of any offset and scale.

    Features after a ReLU are far from mean 0: mean and mean variance of the training features are
    folded into the first layer, so that its units see what the formula assumes. Without hidden
    layers the output layer starts a hundred times smaller, near equal probabilities.

    Args:
        features: of the training examples, float ``(examples, features)``.
        hidden: width of each hidden layer.
        classes: number of classes.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = float(np.sqrt(features.var(axis=0, dtype=np.float64).mean())) or 1.0
    widths = [features.shape[1], *hidden, classes]
    layers = []
    for number, (entering, leaving) in enumerate(pairwise(widths)):
        last = number == len(widths) - 2
        spread = np.sqrt(2 / entering) * (0.01 if last else 1.0)
        weights = rng.normal(0, spread, (leaving, entering))
        bias = np.zeros(leaving)
        if number == 0:
            weights /= deviation
            bias = -weights @ mean
        layers.append(Layer(weights.astype(np.float32), bias.astype(np.float32)))
    return DenseHead(tuple(layers), {"by": "random weights", "seed": seed})
