"""A model as an OpenVINO graph; needs nothing beyond what predicting needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import FEATURES, finished_graph, import_openvino, operators
from headstart.errors import ModelError
from headstart.examples import Outputs
from headstart.model._export_check import Run
from headstart.model._export_text import KEY, PROBABILITIES

if TYPE_CHECKING:
    from headstart.model._model import Model


def write(model: Model, path: Path, text: str, batch: int | None) -> Run:
    """Write ``NAME.xml`` and ``NAME.bin``.

    Args:
        model: the model.
        path: of the ``.xml`` file.
        text: what the file says of itself.
        batch: how many examples it takes at once; ``None`` for any number.

    Returns:
        The written network.

    Raises:
        ModelError: the network has a number of examples written into it, or cannot be written.
    """
    graph = _graph(model)
    if batch is None:
        _take_any_number(graph)
    graph.set_rt_info(text, [KEY])
    try:
        import_openvino().save_model(graph, str(path), compress_to_fp16=False)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelError(f"{path.name}: cannot be written ({reason})") from error
    return runner(path)


def runner(path: Path) -> Run:
    """An ``.xml`` or ``.onnx`` file, run by OpenVINO at float32."""
    openvino = import_openvino()
    try:
        compiled = openvino.Core().compile_model(
            openvino.Core().read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelError(f"{path.name}: what was written cannot be read ({reason})") from error

    def run(inputs: NDArray[Any]) -> NDArray[np.floating[Any]]:
        return np.array(compiled([inputs])[PROBABILITIES])

    return run


def _graph(model: Model) -> Any:
    """The network with its head, for one example."""
    make, cut = operators(), model.backbone.last_cut
    graph = model.backbone.form.graph(model.backbone, (cut,))
    node = graph.output(f"{cut}/{FEATURES}").get_node().input_value(0)
    for number, layer in enumerate(model.head.layers):
        node = make.relu(node) if number else node
        weights = make.constant(np.ascontiguousarray(layer.weights))
        node = make.matmul(node, weights, transpose_a=False, transpose_b=True)
        node = make.add(node, make.constant(layer.bias[None]))
    node = _softmax(make, node, model.outputs)
    return finished_graph(graph.get_parameters()[0], {PROBABILITIES: node}, model.backbone.name)


def _softmax(make: Any, logits: Any, outputs: Outputs) -> Any:
    """Within each task's columns, for any number of rows."""
    blocks = outputs.blocks
    parts = []
    for _, columns in blocks:
        part = make.gather(logits, make.constant(columns.ravel()), make.constant(np.int64(1)))
        part = make.reshape(part, make.constant(np.array([0, *columns.shape])), special_zero=True)
        part = make.softmax(part, 2)
        wide = make.constant(np.array([0, columns.size]))
        parts.append(make.reshape(part, wide, special_zero=True))
    if len(blocks) == 1:  # all columns, in their order
        return parts[0]
    order = np.argsort(np.concatenate([columns.ravel() for _, columns in blocks]))
    return make.gather(make.concat(parts, 1), make.constant(order), make.constant(np.int64(1)))


def _take_any_number(graph: Any) -> None:
    _, *shape = graph.input().get_partial_shape()
    classes = graph.output(PROBABILITIES).get_partial_shape()[1]
    try:
        graph.reshape(import_openvino().PartialShape([-1, *shape]))
    except RuntimeError as error:
        raise ModelError("the network takes one example at a time") from error
    found = graph.output(PROBABILITIES).get_partial_shape()
    if not found[0].is_dynamic or found[1] != classes:
        raise ModelError("the network takes one example at a time")
