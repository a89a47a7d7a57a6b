"""What an exported file says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from headstart.backbones import Backbone, VectorPreprocessing
from headstart.examples import Task
from headstart.model._export_input import network_input

if TYPE_CHECKING:
    from headstart.model._model import Model

KEY = "headstart"
"""Under which the description stands in a file."""

MARK = "headstart-export"
"""Stands in every file that was exported, so that a later export may replace it."""

PROBABILITIES = "probabilities"


def output_names(tasks: Sequence[Task]) -> tuple[str, ...]:
    """Of a row of probabilities: the classes; ``task=class`` where there are several tasks."""
    if len(tasks) == 1:
        return tasks[0].classes
    return tuple(f"{task.name}={name}" for task in tasks for name in task.classes)


def described(model: Model, batch: int | None) -> dict[str, Any]:
    """Whatever somebody needs who has nothing but the file; for JSON."""
    backbone, given = model.backbone, network_input(model.backbone)
    rows = "any number" if batch is None else batch
    classes = output_names(model.tasks)
    return {
        "format": MARK,
        "format_version": 2,
        "headstart": version("headstart"),
        "created": model.description.get("created"),
        "tasks": [
            {
                "name": task.name,
                "kind": task.kind,
                "classes": list(task.classes),
                "threshold": model.thresholds.get(task.name),
            }
            for task in model.tasks
        ],
        "classes": list(classes),
        "input": {"name": given.name, "dtype": given.dtype, "shape": [rows, *given.shape]},
        "output": {"name": PROBABILITIES, "dtype": "float32", "shape": [rows, len(classes)]},
        "preprocessing": {**backbone.preprocessing.as_dict(), "steps": _steps(backbone)},
        "backbone": {
            "name": backbone.name,
            "architecture": backbone.architecture,
            "origin": backbone.origin,
            "fingerprint": backbone.fingerprint,
            "stages": [stage.name for stage in backbone.stages],
            "retrained": list(model.retrained),
        },
        "head": {
            "layers": [list(layer.weights.shape) for layer in model.head.layers],
            "origin": dict(model.head.origin),
        },
    }


def _steps(backbone: Backbone) -> list[str]:
    if isinstance(backbone.preprocessing, VectorPreprocessing):
        return [
            f"give the network {len(backbone.preprocessing.names)} numbers in the order of "
            "`names`, float32, none of them missing",
            "give them as they are: where training centred or scaled them, that is part of the "
            "first layer's weights",
        ]
    scaling = backbone.photos
    return [
        "decode the photo to 8-bit RGB, turned upright as its EXIF orientation says, transparency "
        "over white; of several frames the first",
        f"resize it so that its shorter side is {scaling.resize} pixels, {scaling.interpolation} "
        "with antialiasing",
        f"cut out the square of {scaling.size} x {scaling.size} pixels in its centre",
        "give these pixels to the network as they are, uint8, rows x columns x (red, green, blue)",
        "inside the network: each value is divided by 255, `mean` is subtracted and the result is "
        "divided by `std`",
    ]
