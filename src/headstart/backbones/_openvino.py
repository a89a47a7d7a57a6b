"""The one place where OpenVINO is imported, and what every graph begins and ends with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from headstart.backbones._backbone import PhotoPreprocessing

PHOTO, VECTOR = "photo", "vector"
"""Names of a graph's input."""


def import_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry.

    On import, ``openvino_telemetry`` looks up a statistics host. ``None`` in `sys.modules` makes
    its import fail, which OpenVINO handles by going without it.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # 0.2 s, and only after telemetry is blocked

    return openvino  # type: ignore[no-any-return]


def operators() -> Any:
    """OpenVINO's operators, of one fixed set."""
    import_openvino()
    from openvino import opset13  # telemetry is blocked first

    return opset13


def photo_input(preprocessing: PhotoPreprocessing, *, batch: int = 1) -> tuple[Any, Any]:
    """A graph's input, uint8 ``(batch, size, size, 3)``, and the scaled photo in it, float32
    ``(batch, 3, size, size)``.
    """
    make = operators()
    shape = [batch, preprocessing.size, preprocessing.size, 3]
    photo = make.parameter(shape, np.uint8, name=PHOTO)
    photo.output(0).get_tensor().set_names({PHOTO})
    mean = np.array(preprocessing.mean, np.float32).reshape(1, 3, 1, 1) * 255
    std = np.array(preprocessing.std, np.float32).reshape(1, 3, 1, 1) * 255
    node = make.transpose(make.convert(photo, "f32"), np.array([0, 3, 1, 2]))
    return photo, make.multiply(make.subtract(node, mean), 1 / std)


def vector_input(width: int) -> Any:
    """A graph's input, float32 ``(1, width)``."""
    vector = operators().parameter([1, width], np.float32, name=VECTOR)
    vector.output(0).get_tensor().set_names({VECTOR})
    return vector


def finished_graph(given: Any, outputs: Mapping[str, Any], name: str) -> Any:
    """The model from its input to its named outputs."""
    openvino, make = import_openvino(), operators()
    results = []
    for key, node in outputs.items():
        result = make.result(node)
        result.output(0).get_tensor().set_names({key})
        results.append(result)
    return openvino.Model(results, [given], name)
