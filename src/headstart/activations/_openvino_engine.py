"""The frozen part on a processor, with OpenVINO."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations._engine import EngineInfo, Photo, Results
from headstart.backbones import Backbone, build_graph, import_openvino


class OpenVinoEngine:
    """A compiled network that works on one photo a thread.

    One photo a request, as many requests at once as threads: on two cores this was as fast as any
    batch, and a photo's activations depend on nothing but that photo, so that they are the same to
    the bit whatever it is computed beside (docs/decisions/0003).
    """

    def __init__(self, backbone: Backbone, cut: str, info: EngineInfo) -> None:
        openvino = import_openvino()
        self.info = info
        self._queue = openvino.AsyncInferQueue(
            openvino.Core().compile_model(
                build_graph(backbone, cut),
                "CPU",
                {
                    "NUM_STREAMS": str(info.threads),
                    "INFERENCE_NUM_THREADS": str(info.threads),
                    "INFERENCE_PRECISION_HINT": info.precision,
                },
            ),
            info.threads,
        )
        self._done: deque[tuple[int, NDArray[np.float32]]] = deque()
        self._queue.set_callback(self._collect)

    def _collect(self, request: Any, number: int) -> None:
        self._done.append((number, request.get_output_tensor().data[0].copy()))

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        try:
            for number, photo in photos:
                self._queue.start_async({0: photo[None]}, number)  # waits for a free request
                yield from self._drain()
        finally:
            # After an interruption too: a request that ends while Python shuts down aborts it.
            self._queue.wait_all()
        yield from self._drain()

    def _drain(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        while self._done:
            yield self._done.popleft()
