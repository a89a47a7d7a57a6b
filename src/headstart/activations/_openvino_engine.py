"""The frozen part on a processor, with OpenVINO."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from headstart.activations._engine import Activations, EngineInfo, Photo, Results
from headstart.backbones import Backbone, import_openvino


class OpenVinoEngine:
    """A compiled network that works on one photo a thread.

    One photo a request, as many requests at once as threads: on two cores this was as fast as any
    batch, and a photo's activations depend on nothing but that photo, so that they are the same to
    the bit whatever it is computed beside (docs/decisions/0003).

    Args:
        backbone: the network.
        cuts: names of stages, without `INPUT`.
        info: its precision and number of threads are used.
    """

    def __init__(self, backbone: Backbone, cuts: Sequence[str], info: EngineInfo) -> None:
        openvino = import_openvino()
        self.info = info
        compiled = openvino.Core().compile_model(
            backbone.form.graph(backbone, cuts),
            "CPU",
            {
                "NUM_STREAMS": str(info.threads),
                "INFERENCE_NUM_THREADS": str(info.threads),
                "INFERENCE_PRECISION_HINT": info.precision,
            },
        )
        # A cut's own name may hold a slash.
        self._outputs = [port.get_any_name().rpartition("/") for port in compiled.outputs]
        self._queue = openvino.AsyncInferQueue(compiled, info.threads)
        self._done: deque[tuple[int, Activations]] = deque()
        self._queue.set_callback(self._collect)

    def _collect(self, request: Any, number: int) -> None:
        found: Activations = {}
        for index, (cut, _, name) in enumerate(self._outputs):
            # Copied: the request writes its next photo's activations to the same place.
            found.setdefault(cut, {})[name] = request.get_output_tensor(index).data[0].copy()
        self._done.append((number, found))

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        try:
            for number, photo in photos:
                self._queue.start_async({0: photo[None]}, number)  # waits for a free request
                yield from self._drain()
        finally:
            # After an interruption too: a request that ends while Python shuts down aborts it.
            self._queue.wait_all()
        yield from self._drain()

    def _drain(self) -> Iterator[tuple[int, Activations]]:
        while self._done:
            yield self._done.popleft()
