"""The network behind the cut, of which only what is to move can move."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from headstart.backbones import FEATURES, INPUT, Backbone, PhotoPreprocessing
from headstart.errors import BackboneError, SettingError
from headstart.heads import DenseHead, Layer
from headstart.training._lowered import arithmetic
from headstart.training._settings import FineTuning

SMALL_MAP = 49
"""Feature maps of up to so many places at the cut (7 x 7) are trained in PyTorch's own memory
format, larger ones in `channels_last`: the gradient of the pooling arrives in the former and is
copied. Photos a second of one core behind `blocks.6`, `.5`, `.4` of the built-in network, own and
`channels_last`: 810 and 640, 221 and 212, 45 and 54; all of it 8.5 and 10.5."""

HEAD = "headstart.head."
"""Start of the names of the head's tensors, which no backbone uses."""

Tensors = dict[str, NDArray[Any]]


class Tail(nn.Module):
    """The stages behind a cut and the head on them.

    Freezing takes three things, and each of them alone is not enough: no gradient for what is
    frozen; no batch statistics, which move in the forward pass without any gradient; and nothing
    frozen in the optimiser, whose weight decay needs no gradient either. `moving` is the one list
    of what may move; `fixed_sha256` shows that nothing else did.

    Args:
        backbone: whose weights are copied.
        cut: name of the last stage before the tail.
        settings: which stages are trained, and how.
        head: where the head starts.

    Raises:
        SettingError: a stage to be trained is none, lies before the cut, or owns no weights; or the
            head does not fit.
    """

    def __init__(self, backbone: Backbone, cut: str, settings: FineTuning, head: DenseHead) -> None:
        super().__init__()
        _check(backbone, cut, settings, head)
        self._backbone = backbone
        self._behind = backbone.stages_after(cut)
        # Not of the whole network: a frozen stage may be one that only its graph is left of.
        made = replace(backbone, stages=self._behind).torch_stages() if self._behind else {}
        self._stages = {stage.name: made[stage.name] for stage in self._behind}
        self._owned = nn.ModuleList(self._stages.values())
        self._trained = settings.trainable
        self._learned = settings.statistics == "learned"
        self._precision = settings.precision
        self._format = _memory_format(backbone, cut)
        self._pixels = _Pixels(backbone.photos) if cut == INPUT else None
        self.classes = head.classes
        self._head_origin, self.head_penalty = head.origin, head.penalty
        self._head = _layers(head, settings.dropout)
        self.to(memory_format=self._format)
        self.requires_grad_(False)
        self.depth: dict[str, int] = {}
        """Name of each parameter that moves: how many stages with weights from the head, 0 for the
        head's own."""
        self._choose_what_moves()

    def _choose_what_moves(self) -> None:
        weighted = [stage.name for stage in reversed(self._backbone.weighted_stages)]
        live = self._live()
        for stage in self._behind:
            if stage.name in self._trained:
                depth = weighted.index(stage.name) + 1
                self.depth.update(dict.fromkeys(stage.parameters, depth))
        self.depth.update(dict.fromkeys((name for name in live if name.startswith(HEAD)), 0))
        for name in self.depth:
            live[name].requires_grad_()

    def forward(self, arrays: dict[str, Tensor]) -> Tensor:
        """Logits, float32 ``(batch, classes)``.

        The head is computed in float32 in any case, as in the finished model.
        """
        if self._pixels is not None:
            arrays = {**arrays, FEATURES: self._pixels(arrays[FEATURES])}
        elif arrays[FEATURES].ndim == 4:
            features = arrays[FEATURES].contiguous(memory_format=self._format)
            arrays = {**arrays, FEATURES: features}
        with arithmetic(arrays[FEATURES].device, self._precision):
            for module in self._stages.values():
                arrays = module(arrays)
        logits: Tensor = self._head(arrays[FEATURES].float())
        return logits

    def penalty(self, strength: Tensor) -> Tensor:
        """L2 penalty of the output layer, the one that the solved head is at its optimum with.

        Without it the solved weights only grow from the first step on. On 100 flowers the last
        three stages ended at a log loss of 1.86 with it and 2.04 without (head alone 1.23).

        Args:
            strength: of each output, ``(outputs,)``.
        """
        output = self._head[-1]
        assert isinstance(output, nn.Linear)
        return (output.weight.square().sum(dim=1) * strength).sum() / 2

    @property
    def output_layer(self) -> tuple[str, str]:
        """Names of its weights and bias, whose rows are the outputs."""
        start = f"{HEAD}{len(self._head) - 1}"
        return f"{start}.weight", f"{start}.bias"

    def prepare(self, *, training: bool, examples: int = 0) -> None:
        """Switch dropout and the learning of statistics on or off.

        A batch of one teaches no statistics: its own deviation would be 0.
        """
        self._head.train(training)
        if self._learned:
            for name in self._trained:
                self._stages[name].learn_statistics(training and examples > 1)

    def moving(self) -> dict[str, Tensor]:
        """What training may move, live: the parameters in `depth` and learned statistics."""
        live = self._live()
        names = list(self.depth)
        if self._learned:
            names += [
                name
                for stage in self._behind
                if stage.name in self._trained
                for name in stage.tensors
                if name not in self.depth
            ]
        return {name: live[name] for name in names}

    def copy(self) -> Tensors:
        """What may move, as it is now."""
        return {name: as_array(tensor) for name, tensor in self.moving().items()}

    def restore(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Put a copy back."""
        with torch.no_grad():
            for name, tensor in self.moving().items():
                tensor.copy_(torch.from_numpy(tensors[name]))

    def result(self, tensors: Tensors) -> tuple[Tensors, DenseHead]:
        """A copy as the backbone's tensors and a head."""
        own = {name: array for name, array in tensors.items() if not name.startswith(HEAD)}
        layers = tuple(
            Layer(tensors[f"{HEAD}{number}.weight"], tensors[f"{HEAD}{number}.bias"])
            for number, module in enumerate(self._head)
            if isinstance(module, nn.Linear)
        )
        origin = {"by": "gradient descent", "started_from": dict(self._head_origin)}
        return own, DenseHead(layers, origin, self.head_penalty)

    def fixed_sha256(self) -> str:
        """Hash of all that must not move, taken from the live modules: parameters and buffers."""
        moving = self.moving()
        digest = hashlib.sha256()
        for name, tensor in self._live().items():
            if name not in moving:
                array = as_array(tensor)
                digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
                digest.update(array.data)
        return digest.hexdigest()

    def frozen_sha256(self) -> str:
        """The backbone's hash of its stages that are not trained, with the live tensors."""
        live = {
            name: as_array(tensor)
            for name, tensor in self._live().items()
            if not name.startswith(HEAD)
        }
        trained = replace(self._backbone, weights={**self._backbone.weights, **live})
        return trained.frozen_sha256(
            stage.name for stage in trained.stages if stage.name not in self._trained
        )

    def assert_fixed(self, before: str) -> None:
        """Raise where something moved that must not.

        Raises:
            BackboneError: a frozen tensor is not what it was.
        """
        if self.fixed_sha256() != before:
            raise BackboneError(
                f"{self._backbone.name}: tensors of frozen stages changed during training, so the "
                "result is thrown away; a module that changes its own buffers in its forward pass, "
                "or shares a tensor with a trained stage, cannot be frozen"
            )

    def _live(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for module in self._stages.values():
            found.update(module.tensors())
        head = self._head.state_dict(prefix=HEAD, keep_vars=True)
        return {**found, **head}


def as_array(tensor: Tensor) -> NDArray[Any]:
    """A copy in rows, whatever the tensor's memory format."""
    return np.array(tensor.detach().cpu().numpy(), order="C")


class _Pixels(nn.Module):
    """Uint8 ``(batch, height, width, 3)`` to scaled float32 ``(batch, 3, height, width)``.

    What comes out is in `channels_last` as it is.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, preprocessing: PhotoPreprocessing) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(preprocessing.mean) * 255)
        self.register_buffer("std", torch.tensor(preprocessing.std) * 255)

    def forward(self, pixels: Tensor) -> Tensor:
        return ((pixels.float() - self.mean) / self.std).permute(0, 3, 1, 2)


def _memory_format(backbone: Backbone, cut: str) -> torch.memory_format:
    shape = backbone.output_shapes(cut)[FEATURES]
    small = cut != INPUT and (len(shape) != 3 or shape[1] * shape[2] <= SMALL_MAP)
    return torch.contiguous_format if small else torch.channels_last


def _layers(head: DenseHead, dropout: float) -> nn.Sequential:
    modules: list[nn.Module] = []
    for number, layer in enumerate(head.layers):
        if number:
            modules.append(nn.ReLU())
        if dropout:
            modules.append(nn.Dropout(dropout))
        linear = nn.Linear(layer.weights.shape[1], layer.weights.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.array(layer.weights)))
            linear.bias.copy_(torch.from_numpy(np.array(layer.bias)))
        modules.append(linear)
    return nn.Sequential(*modules)


def _check(backbone: Backbone, cut: str, settings: FineTuning, head: DenseHead) -> None:
    behind = {stage.name for stage in backbone.stages_after(cut)}
    weighted = {stage.name for stage in backbone.weighted_stages}
    faults = []
    for name in sorted(settings.trainable):
        if name not in {stage.name for stage in backbone.stages}:
            known = ", ".join(stage.name for stage in backbone.weighted_stages)
            faults.append(f"{backbone.name} has no stage {name!r}; those with weights are {known}")
        elif name not in weighted:
            faults.append(f"stage {name!r} owns no weights that could be trained")
        elif name not in behind:
            faults.append(f"stage {name!r} is to be trained but lies before the cut {cut!r}")
    width = backbone.output_shapes(backbone.last_cut)[FEATURES]
    if width != (head.features,):
        faults.append(
            f"the head reads {head.features} features but {backbone.name} ends in shape {width}"
        )
    if faults:
        raise SettingError("; ".join(faults))
