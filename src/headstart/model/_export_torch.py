"""The files that PyTorch writes of a model (extra ``train``)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from headstart.errors import ModelError
from headstart.model._export_check import Run
from headstart.model._export_input import network_input
from headstart.model._export_openvino import runner
from headstart.model._export_text import KEY, PROBABILITIES
from headstart.model._torch_network import network_of

if TYPE_CHECKING:
    from headstart.model._model import Model

OPSET = 18
"""Of ONNX: the one that PyTorch's exporter writes without converting; ONNX Runtime reads it since
1.14 (February 2023)."""


def write_program(model: Model, path: Path, text: str, batch: int | None) -> Run:
    """Write ``NAME.pt2``, a program of ``torch.export``; returns it. Arguments: `write_onnx`."""
    program = _program(model, batch)
    with _quiet():
        torch.export.save(program, path, extra_files={KEY: text})

    network = program.module()

    def run(inputs: NDArray[Any]) -> NDArray[np.floating[Any]]:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(inputs)).numpy())

    return run


def write_onnx(model: Model, path: Path, text: str, batch: int | None) -> Run:
    """Write ``NAME.onnx``.

    Args:
        model: the model.
        path: of the file.
        text: what the file says of itself.
        batch: how many examples it takes at once; ``None`` for any number.

    Returns:
        The written network, run by OpenVINO: another reader than the one who wrote it.

    Raises:
        ModelError: the network cannot be expressed so.
    """
    from onnxscript import optimizer  # 0.3 s, only for this format

    program, name = _program(model, batch), network_input(model.backbone).name
    with _quiet():
        try:
            made = torch.onnx.export(
                program,
                dynamo=True,
                input_names=[name],
                output_names=[PROBABILITIES],
                dynamic_shapes={name: {0: "batch"}} if batch is None else None,
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
    given = network_input(model.backbone)
    # With a batch of one, the tracer would take 1 for a constant.
    inputs = torch.from_numpy(np.zeros((batch or 2, *given.shape), given.dtype))
    free = {given.name: {0: torch.export.Dim("batch")}} if batch is None else None
    network = network_of(model).requires_grad_(
        False
    )  # gradients would be traced too, twice the time
    with _quiet():
        try:
            return torch.export.export(network, (inputs,), dynamic_shapes=free)
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
