"""Pretrained networks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import _efficientnet_lite0
from headstart.backbones._backbone import Backbone
from headstart.errors import SettingError

DEFAULT = _efficientnet_lite0.NAME

_REGISTRY: dict[str, Callable[[Mapping[str, NDArray[np.float32]] | None], Backbone]] = {
    _efficientnet_lite0.NAME: _efficientnet_lite0.efficientnet_lite0,
}


def names() -> tuple[str, ...]:
    """The networks that can be asked for by name."""
    return tuple(_REGISTRY)


def load_backbone(
    name: str = DEFAULT, weights: Mapping[str, NDArray[np.float32]] | None = None
) -> Backbone:
    """A pretrained network.

    Args:
        name: one of `names()`.
        weights: its tensors by name, from a saved model; its pretrained ones where ``None``.

    Raises:
        SettingError: no such network.
        BackboneError: the weights are not what they should be.
    """
    if name not in _REGISTRY:
        raise SettingError(
            f"no pretrained network is named {name!r}; there is {', '.join(names())}"
        )
    return _REGISTRY[name](weights)


def build_graph(backbone: Backbone, cut: str) -> Any:
    """The stages up to `cut` as an OpenVINO model for one photo.

    Its input is uint8 ``(1, size, size, 3)``; scaling by mean and deviation is part of the graph.
    Its output is float32 ``(1, *output_shape)`` of the stage at the cut.
    """
    from headstart.backbones._openvino import import_openvino

    openvino = import_openvino()
    from openvino import opset13 as operators  # telemetry is blocked first

    preprocessing = backbone.preprocessing
    shape = [1, preprocessing.size, preprocessing.size, 3]
    photo = operators.parameter(shape, np.uint8, name="photo")
    mean = np.array(preprocessing.mean, np.float32).reshape(1, 3, 1, 1) * 255
    std = np.array(preprocessing.std, np.float32).reshape(1, 3, 1, 1) * 255
    node = operators.transpose(operators.convert(photo, "f32"), np.array([0, 3, 1, 2]))
    node = operators.multiply(operators.subtract(node, mean), 1 / std)
    for stage in backbone.stages_before(cut):
        node = stage.build(backbone.weights, node)
    return openvino.Model([operators.result(node)], [photo], backbone.name)
