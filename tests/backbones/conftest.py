"""Networks run by OpenVINO and by PyTorch, on the same pixels."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import Backbone, import_openvino

Arrays = dict[str, NDArray[Any]]
Run = Callable[[Backbone, Sequence[str], NDArray[np.uint8]], Arrays]
Pixels = Callable[[Backbone], NDArray[np.uint8]]

SHARED_WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "weights"


@pytest.fixture(scope="session")
def run_graph() -> Run:
    """Every output of a backbone's graph for one photo, by name, in float32."""

    def run(backbone: Backbone, cuts: Sequence[str], pixels: NDArray[np.uint8]) -> Arrays:
        graph = backbone.form.graph(backbone, tuple(cuts))
        assert all(port.get_partial_shape().is_static for port in graph.outputs)
        core = import_openvino().Core()
        compiled = core.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        found = compiled({"photo": pixels}).values()
        names = [port.get_any_name() for port in compiled.outputs]
        return dict(zip(names, (array.copy() for array in found), strict=True))

    return run


@pytest.fixture(scope="session")
def run_torch() -> Run:
    """The same of its PyTorch stages, under the same names."""
    torch = pytest.importorskip("torch")

    def run(backbone: Backbone, cuts: Sequence[str], pixels: NDArray[np.uint8]) -> Arrays:
        mean, std = backbone.photos.mean, backbone.photos.std
        scaled = (pixels / 255 - mean) / std
        arrays = {"features": torch.from_numpy(scaled).float().permute(0, 3, 1, 2)}
        found: Arrays = {}
        with torch.inference_mode():
            for name, stage in backbone.torch_stages().items():
                arrays = stage(arrays)
                if name in cuts:
                    for key, array in arrays.items():
                        found[f"{name}/{key}"] = array.float().numpy().copy()
        return found

    return run


@pytest.fixture
def pixels(random: np.random.Generator) -> Pixels:
    """One photo of noise, of a network's size."""

    def make(backbone: Backbone) -> NDArray[np.uint8]:
        side = backbone.photos.size
        return random.integers(0, 256, (1, side, side, 3), dtype=np.uint8)

    return make


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever looks up a host or opens a connection fails the test."""

    def refuse(*arguments: object, **settings: object) -> None:
        raise AssertionError(f"a connection was tried: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    constants = pytest.importorskip("huggingface_hub").constants
    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def shared_weights() -> Path:
    """Two MobileNetV2 networks, where they are there."""
    if not SHARED_WEIGHTS.is_dir():
        pytest.skip("needs ../shared/weights, which is not part of the project")
    return SHARED_WEIGHTS
