"""A backbone that is computed by modules of PyTorch (extra ``train``)."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from headstart.backbones._backbone import FEATURES, Backbone, Stage, Weights
from headstart.backbones._openvino import finished_graph, import_openvino, operators, photo_input
from headstart.backbones._torch_stage import TorchStage


@dataclass(frozen=True)
class TorchForm:
    """The form of a network of PyTorch.

    Attributes:
        modules: the computation of each stage; only ever copied.
        described: what a model directory keeps, for `restore_backbone`.
    """

    modules: Mapping[str, nn.Module]
    described: Mapping[str, Any]

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        last = max(cuts, key=lambda cut: len(backbone.stages_before(cut)))
        before = backbone.stages_before(last)
        chain = _Chain(self.torch_stages(replace(backbone, stages=before)), frozenset(cuts))
        names = [
            f"{stage.name}/{array}"
            for stage in before
            if stage.name in cuts
            for array in stage.outputs
        ]
        return _converted(chain.eval().requires_grad_(False), names, backbone)

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        return {
            stage.name: _with_weights(self.modules[stage.name], stage, backbone.weights)
            for stage in backbone.stages
        }

    def describe(self) -> dict[str, Any]:
        return dict(self.described)


def _with_weights(template: nn.Module, stage: Stage, weights: Weights) -> TorchStage:
    made = TorchStage(copy.deepcopy(template).requires_grad_(True))
    tensors = made.tensors()
    with torch.no_grad():
        for name in stage.tensors:
            # A saved scalar comes back as a vector of one.
            array = torch.from_numpy(np.array(weights[name]))
            tensors[name].copy_(array.reshape(tensors[name].shape))
    return made


class _Chain(nn.Module):
    """Scaled photos to every array at every cut, as float32."""

    def __init__(self, stages: Mapping[str, TorchStage], cuts: frozenset[str]) -> None:
        super().__init__()
        self._cuts = [name in cuts for name in stages]
        self.stages = nn.ModuleList(stages.values())

    def forward(self, photo: Tensor) -> tuple[Tensor, ...]:
        arrays, found = {FEATURES: photo}, []
        for stage, is_cut in zip(self.stages, self._cuts, strict=True):
            arrays = stage(arrays)
            if is_cut:
                found += [array.float() for array in arrays.values()]
        return tuple(found)


def _converted(chain: nn.Module, names: Sequence[str], backbone: Backbone) -> Any:
    """The OpenVINO graph of a chain, with scaling before it."""
    make = operators()
    photo, scaled = photo_input(backbone.photos)
    example = torch.zeros(1, 3, backbone.photos.size, backbone.photos.size)

    def network(pixels: Tensor) -> Any:
        return chain(pixels)

    with warnings.catch_warnings(), torch.no_grad():
        # The tracer warns of every size that becomes a constant, which is what is wanted; and from
        # version to version of being replaced by torch.export.
        warnings.simplefilter("ignore")
        # OpenVINO would trace too, but check the trace by running the network twice more; and as a
        # function, not as a module, of which the tracer would make a copy: 1.2 s instead of 2.5 s.
        traced = torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
        graph = import_openvino().convert_model(
            traced, example_input=example, input=list(example.shape)
        )
    for node in graph.get_ops():  # PyTorch's names of values; an output would keep both
        for port in node.outputs():
            port.get_tensor().set_names(set())
    graph.get_parameters()[0].output(0).replace(scaled.output(0))
    outputs: dict[str, Any] = {}
    for name, port in zip(names, graph.outputs, strict=True):
        node = port.get_node().input_value(0)
        # A stage that changes nothing has the node of the one before; each output needs its own.
        outputs[name] = make.add(node, np.float32(0)).output(0)
    return finished_graph(photo, outputs, backbone.name)
