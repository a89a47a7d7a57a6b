"""A model as one PyTorch module, and the files that PyTorch writes of it (extra ``train``)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from headstart.backbones import FEATURES, PHOTO
from headstart.errors import ModelError
from headstart.heads import DenseHead
from headstart.model._export_check import Run
from headstart.model._export_openvino import runner
from headstart.model._export_text import KEY, PROBABILITIES, output_names

if TYPE_CHECKING:
    from headstart.model._model import Model

OPSET = 18
"""Of ONNX: the one that PyTorch's exporter writes without converting; ONNX Runtime reads it since
1.14 (February 2023)."""


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
        self._blocks = [torch.from_numpy(columns) for _, columns in model.outputs.blocks]
        self._order = torch.cat([columns.flatten() for columns in self._blocks]).argsort()
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
        logits = self.logits(photo)
        parts = [torch.softmax(logits[:, columns], dim=2).flatten(1) for columns in self._blocks]
        # One block is all columns in their order.
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)[:, self._order]

    def logits(self, photo: Tensor) -> Tensor:
        """What the softmax is taken of: for a loss."""
        pixels = photo.permute(0, 3, 1, 2).to(self.mean.dtype)
        arrays = {FEATURES: (pixels - self.mean) / self.std}
        for stage in self.stages.values():
            arrays = stage(arrays)
        found: Tensor = self.head(arrays[FEATURES])
        return found


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


def write_program(model: Model, path: Path, text: str, batch: int | None) -> Run:
    """Write ``NAME.pt2``, a program of ``torch.export``; returns it. Arguments: `write_onnx`."""
    program = _program(model, batch)
    with _quiet():
        torch.export.save(program, path, extra_files={KEY: text})

    network = program.module()

    def run(photos: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(photos)).numpy())

    return run


def write_onnx(model: Model, path: Path, text: str, batch: int | None) -> Run:
    """Write ``NAME.onnx``.

    Args:
        model: the model.
        path: of the file.
        text: what the file says of itself.
        batch: how many photos it takes at once; ``None`` for any number.

    Returns:
        The written network, run by OpenVINO: another reader than the one who wrote it.

    Raises:
        ModelError: the network cannot be expressed so.
    """
    from onnxscript import optimizer  # 0.3 s, only for this format

    program = _program(model, batch)
    with _quiet():
        try:
            made = torch.onnx.export(
                program,
                dynamo=True,
                input_names=[PHOTO],
                output_names=[PROBABILITIES],
                dynamic_shapes={PHOTO: {0: "batch"}} if batch is None else None,
                opset_version=OPSET,
                # Its own settings leave large constants unfolded: each BatchNorm would be computed
                # into its convolution in every run.
                optimize=False,
                verbose=False,
            )
        except RuntimeError as error:
            raise _inexpressible("ONNX", error) from error
        assert made is not None
        optimizer.optimize_ir(made.model, input_size_limit=2**40, output_size_limit=2**40)
        made.model.metadata_props[KEY] = text
        made.save(path, external_data=False)
    return runner(path)


def _program(model: Model, batch: int | None) -> torch.export.ExportedProgram:
    size = model.backbone.photos.size
    # With a batch of one, the tracer would take 1 for a constant.
    photos = torch.zeros((batch or 2, size, size, 3), dtype=torch.uint8)
    free = {PHOTO: {0: torch.export.Dim("batch")}} if batch is None else None
    network = Network(model).requires_grad_(False)  # gradients would be traced too, twice the time
    with _quiet():
        try:
            return torch.export.export(network, (photos,), dynamic_shapes=free)
        except (RuntimeError, ValueError, TypeError) as error:
            raise _inexpressible("a PyTorch program", error) from error


def _inexpressible(what: str, error: Exception) -> ModelError:
    reason = str(error).strip().partition("\n")[0]
    return ModelError(
        f"the network cannot be written as {what} ({type(error).__name__}: {reason}); try another "
        "format"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Warnings of PyTorch's exporters are about their own code, not about the model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
