"""A model as one PyTorch module (extra ``train``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from headstart.backbones import FEATURES
from headstart.examples import Outputs
from headstart.heads import DenseHead
from headstart.model._export_text import output_names

if TYPE_CHECKING:
    from headstart.model._model import Model


class Network(nn.Module):
    """Photos to class probabilities: scaling, the backbone's stages, the output layers.

    It is in evaluation mode and has weights of its own, all of them trainable. To train it on, take
    `logits`; in training mode BatchNorm moves its statistics.

    Attributes:
        classes: names of the classes, in the order of the outputs; of several tasks
            ``task=class``.
        stages: each stage under its name, with ``_`` for a dot: ``network.stages.blocks_6``.
        head: the output layers.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: Model) -> None:
        super().__init__()
        preprocessing = model.backbone.photos
        self.classes = output_names(model.tasks)
        self._softmax = _Softmax.of(model.outputs)
        self.register_buffer("mean", _of_pixels(preprocessing.mean))
        self.register_buffer("std", _of_pixels(preprocessing.std))
        self.stages = nn.ModuleDict()
        for name, stage in model.backbone.torch_stages().items():
            self.stages[_attribute(name, self.stages)] = stage
        self.head = _layers(model.head)
        self.eval()

    def forward(self, photo: Tensor) -> Tensor:
        """Probabilities, float32 ``(batch, outputs)``, of photos, uint8 ``(batch, size, size, 3)``,
        as `headstart.media.load_photo` gives them.
        """
        return self._softmax(self.logits(photo))

    def logits(self, photo: Tensor) -> Tensor:
        """What the softmax is taken of: for a loss."""
        pixels = photo.permute(0, 3, 1, 2).to(self.mean.dtype)
        arrays = {FEATURES: (pixels - self.mean) / self.std}
        for stage in self.stages.values():
            arrays = stage(arrays)
        found: Tensor = self.head(arrays[FEATURES])
        return found


class VectorNetwork(nn.Module):
    """Feature vectors to class probabilities: the hidden layers, if any, and the output layer.

    It has weights of its own, all of them trainable. To train it on, take `logits`.

    Attributes:
        names: of the numbers of a vector, in their order.
        classes: as of `Network`.
        head: the layers.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.names = tuple(model.backbone.preprocessing.as_dict()["names"])
        self.classes = output_names(model.tasks)
        self._softmax = _Softmax.of(model.outputs)
        self.head = _layers(model.head)
        self.eval()

    def forward(self, vector: Tensor) -> Tensor:
        """Probabilities, float32 ``(batch, outputs)``, of vectors, float32 ``(batch, width)``, as
        they are: nothing is to be scaled before.
        """
        return self._softmax(self.logits(vector))

    def logits(self, vector: Tensor) -> Tensor:
        """What the softmax is taken of: for a loss."""
        found: Tensor = self.head(vector)
        return found


def network_of(model: Model) -> Network | VectorNetwork:
    """The module that reads what the model reads."""
    return VectorNetwork(model) if model.backbone.input_kind == "vector" else Network(model)


@dataclass(frozen=True)
class _Softmax:
    """A softmax within each task's columns.

    Attributes:
        blocks: columns of the tasks of one number of classes, each int64 ``(tasks, classes)``.
        order: where a column stands in the blocks one after the other, int64 ``(outputs,)``.
    """

    blocks: tuple[Tensor, ...]
    order: Tensor

    @classmethod
    def of(cls, outputs: Outputs) -> _Softmax:
        blocks = tuple(torch.from_numpy(columns) for _, columns in outputs.blocks)
        return cls(blocks, torch.cat([columns.flatten() for columns in blocks]).argsort())

    def __call__(self, logits: Tensor) -> Tensor:
        parts = [torch.softmax(logits[:, columns], dim=2).flatten(1) for columns in self.blocks]
        # One block is all columns in their order.
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)[:, self.order]


def _of_pixels(values: tuple[float, ...]) -> Tensor:
    """On the scale 0 to 255, ``(1, channels, 1, 1)``."""
    return torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1) * 255


def _attribute(name: str, stages: nn.ModuleDict) -> str:
    key = name.replace(".", "_")
    while hasattr(stages, key):  # taken, or a method of every module
        key += "_"
    return key


def _layers(head: DenseHead) -> nn.Sequential:
    modules: list[nn.Module] = []
    for number, layer in enumerate(head.layers):
        outputs, inputs = layer.weights.shape
        linear = nn.Linear(inputs, outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.array(layer.weights)))
            linear.bias.copy_(torch.from_numpy(np.array(layer.bias)))
        modules += [nn.ReLU(), linear] if number else [linear]
    return nn.Sequential(*modules)
