"""AdamW with a learning rate that falls from the head down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from headstart.training._settings import FineTuning

BETAS = 0.9, 0.999
EPSILON = 1e-8


def rate_factor(step: int, steps: int, warmup: float) -> float:
    """Share of the highest learning rate at a step: up in a line, down along a cosine.

    Args:
        step: from 0.
        steps: of the whole fit.
        warmup: share of them.
    """
    rising = math.ceil(warmup * steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1)))


@dataclass
class _Group:
    """Parameters that share learning rate and weight decay, with the state of each."""

    rate: float
    weight_decay: float
    names: list[str] = field(default_factory=list)
    parameters: list[Tensor] = field(default_factory=list)
    means: list[Tensor] = field(default_factory=list)
    squares: list[Tensor] = field(default_factory=list)
    steps: list[Tensor] = field(default_factory=list)


class AdamW:
    """Loshchilov and Hutter's *Decoupled weight decay regularization* (2019).

    PyTorch's function for the arithmetic, without its optimiser classes: to make one imports
    PyTorch's compiler, 2 s of a run that may take 10.

    Args:
        parameters: to be trained, by name.
        depth: of each name: stages between it and the head.
        settings: of the fit.
    """

    def __init__(
        self, parameters: Mapping[str, Tensor], depth: Mapping[str, int], settings: FineTuning
    ) -> None:
        groups: dict[tuple[float, bool], _Group] = {}
        for name, parameter in parameters.items():
            decays = parameter.ndim > 1  # the others are biases and norms
            rate = settings.learning_rate * settings.layer_decay ** depth[name]
            # By rate, not by depth: without a decay over the layers one call moves them all.
            group = groups.setdefault(
                (rate, decays), _Group(rate, settings.weight_decay if decays else 0.0)
            )
            group.names.append(name)
            group.parameters.append(parameter)
            group.means.append(torch.zeros_like(parameter, requires_grad=False))
            group.squares.append(torch.zeros_like(parameter, requires_grad=False))
            group.steps.append(torch.zeros((), device=parameter.device))
        self._groups = list(groups.values())
        self._limit = settings.gradient_norm

    @torch.no_grad()
    def step(self, factor: float, resting: Mapping[str, Tensor] = MappingProxyType({})) -> None:
        """Move along the gradients, with learning rates times `factor`, and drop them.

        Args:
            factor: on the learning rates.
            resting: rows of parameters that stay as they are, by name, int64: without a gradient
                momentum and weight decay would still move them.
        """
        before = self._rows(resting)
        self._move(factor)
        for tensor, rows, values in before:
            tensor[rows] = values

    def _rows(self, resting: Mapping[str, Tensor]) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Copies of some rows of parameters and of their state."""
        return [
            (tensor, resting[name], tensor[resting[name]])
            for group in self._groups
            for place, name in enumerate(group.names)
            if name in resting
            for tensor in (group.parameters[place], group.means[place], group.squares[place])
        ]

    def _move(self, factor: float) -> None:
        everything = [parameter for group in self._groups for parameter in group.parameters]
        torch.nn.utils.clip_grad_norm_(everything, self._limit)
        for group in self._groups:
            used = [n for n, one in enumerate(group.parameters) if one.grad is not None]
            adamw(
                [group.parameters[n] for n in used],
                [gradient for one in group.parameters if (gradient := one.grad) is not None],
                [group.means[n] for n in used],
                [group.squares[n] for n in used],
                [],
                [group.steps[n] for n in used],
                fused=True,  # one pass over memory; the plain loop took 3 to 7 times as long
                amsgrad=False,
                beta1=BETAS[0],
                beta2=BETAS[1],
                lr=group.rate * factor,
                weight_decay=group.weight_decay,
                eps=EPSILON,
                maximize=False,
            )
        for parameter in everything:
            parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """Live tensors that, with the parameters, decide how it goes on."""
        return {
            f"{kind}/{name}": tensor
            for group in self._groups
            for kind, tensors in (
                ("mean", group.means),
                ("square", group.squares),
                ("steps", group.steps),
            )
            for name, tensor in zip(group.names, tensors, strict=True)
        }
