"""What an exported file says of itself, and how it is run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.backbones import PHOTO, PhotoPreprocessing
from headstart.examples import Task

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
    backbone, size = model.backbone, model.backbone.photos.size
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
        "input": {"name": PHOTO, "dtype": "uint8", "shape": [rows, size, size, 3]},
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


def _steps(backbone: Any) -> list[str]:
    scaling: PhotoPreprocessing = backbone.photos
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


_LOAD_PHOTO = """\
import json, numpy, {runtime}
from PIL import Image, ImageOps
photo = ImageOps.exif_transpose(Image.open("new.jpg")).convert("RGB")
photo = ImageOps.fit(photo, {size}, Image.Resampling.{interpolation}, bleed={border!r})
photo = numpy.array(photo)[None]
"""

_RUN = {
    "onnx": """\
session = onnxruntime.InferenceSession({path!r})
found = session.run(None, {{"photo": photo}})[0][0]
described = session.get_modelmeta().custom_metadata_map["headstart"]
""",
    # Without the hint OpenVINO computes in bfloat16 on processors that can.
    "openvino": """\
network = openvino.Core().read_model({path!r})
run = openvino.compile_model(network, "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})
found = run({{"photo": photo}})["probabilities"][0]
described = network.get_rt_info(["headstart"]).value
""",
    "torch": """\
files = {{"headstart": ""}}
network = torch.export.load({path!r}, extra_files=files).module()
found = network(torch.from_numpy(photo))[0].tolist()
described = files["headstart"]
""",
}

_PRINT = """\
print(dict(zip(json.loads(described)["classes"], found)))
"""

_RUNTIMES = {"onnx": "onnxruntime", "openvino": "openvino", "torch": "torch"}


def snippet(preprocessing: PhotoPreprocessing, format_: str, path: Path) -> str:
    """Python that runs an exported file on ``new.jpg``, with nothing of headstart's."""
    # `bleed` is the border that is left out on each side; resizing and cropping are one step.
    border = (1 - preprocessing.size / preprocessing.resize) / 2
    return _LOAD_PHOTO.format(
        runtime=_RUNTIMES[format_],
        size=(preprocessing.size, preprocessing.size),
        interpolation=preprocessing.interpolation.upper(),
        border=border,
    ) + _RUN[format_].format(path=str(path)) + _PRINT  # fmt: skip
