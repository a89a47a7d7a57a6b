"""Exported files, run as a user of each runtime runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import import_openvino

FORMATS = ("openvino", "torch", "onnx")

Run = Callable[[NDArray[Any]], NDArray[Any]]


def needs(format_: str) -> None:
    for name in {"onnx": ("torch", "onnxscript", "onnxruntime"), "torch": ("torch",)}.get(
        format_, ()
    ):
        if find_spec(name) is None:
            pytest.skip(f"needs {name}")


def run_file(path: Path) -> tuple[Run, dict[str, Any]]:
    """The network and what it says of itself."""
    if path.suffix == ".xml":
        openvino = import_openvino()
        network = openvino.Core().read_model(path)
        compiled = openvino.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        described = json.loads(network.get_rt_info(["headstart"]).value)
        name = described["input"]["name"]
        return lambda inputs: np.array(compiled({name: inputs})["probabilities"]), described
    if path.suffix == ".onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(path)
        described = json.loads(session.get_modelmeta().custom_metadata_map["headstart"])
        name = described["input"]["name"]
        return lambda inputs: session.run(["probabilities"], {name: inputs})[0], described
    import torch

    files: dict[str, Any] = {"headstart": ""}
    program = torch.export.load(path, extra_files=files).module()
    described = json.loads(files["headstart"])
    return lambda inputs: program(torch.from_numpy(inputs)).numpy(force=True), described
