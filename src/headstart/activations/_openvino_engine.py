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
    the bit whatever it is computed beside (docs/decisions/0003). Cuts that would not be the same
    together as alone have a graph each (0005).

    Args:
        backbone: the network.
        cuts: names of stages, without `INPUT`.
        info: its precision and number of threads are used.
    """

    def __init__(self, backbone: Backbone, cuts: Sequence[str], info: EngineInfo) -> None:
        openvino = import_openvino()
        self.info = info
        self._cuts = tuple(cuts)
        self._done: deque[tuple[int, Activations]] = deque()
        self._partly: dict[int, Activations] = {}
        together = [self._cuts] if info.one_pass else [(cut,) for cut in cuts]
        core = openvino.Core()
        self._queues = [
            self._queue(openvino, core.compile_model(
                backbone.form.graph(backbone, given_out),
                "CPU",
                {
                    "NUM_STREAMS": str(info.threads),
                    "INFERENCE_NUM_THREADS": str(info.threads),
                    "INFERENCE_PRECISION_HINT": info.precision,
                },
            ))
            for given_out in together
        ]  # fmt: skip

    def _queue(self, openvino: Any, compiled: Any) -> Any:
        # A cut's own name may hold a slash.
        outputs = [port.get_any_name().rpartition("/") for port in compiled.outputs]

        def collect(request: Any, number: int) -> None:
            found: Activations = {}
            for index, (cut, _, name) in enumerate(outputs):
                # Copied: the request writes its next photo's activations to the same place.
                array = request.get_output_tensor(index).data[0].copy()
                found.setdefault(cut, {})[name] = array
            self._done.append((number, found))

        queue = openvino.AsyncInferQueue(compiled, self.info.threads)
        queue.set_callback(collect)
        return queue

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        try:
            for number, photo in photos:
                for queue in self._queues:
                    queue.start_async({0: photo[None]}, number)  # waits for a free request
                yield from self._drain()
        finally:
            # After an interruption too: a request that ends while Python shuts down aborts it.
            for queue in self._queues:
                queue.wait_all()
        yield from self._drain()

    def _drain(self) -> Iterator[tuple[int, Activations]]:
        """The photos whose cuts are all there, each with its cuts in order."""
        while self._done:
            number, found = self._done.popleft()
            found = {**self._partly.pop(number, {}), **found}
            if len(found) < len(self._cuts):
                self._partly[number] = found
            else:
                yield number, {cut: found[cut] for cut in self._cuts}
