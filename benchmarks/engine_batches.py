"""OpenVINO: how many photos a request, how many requests at once; and whether bits depend on it.

Measures photos/s of the built-in network alone for batches of 1 to 32 and one stream or as many as
threads, each relative to what headstart uses (one photo a request, a stream for each thread), the
median of several rounds that go through all settings in turn. And whether a photo's activations are
the same to the bit whatever batch it comes in.

    python benchmarks/engine_batches.py [--rounds 5]

Printed on 2026-11-21: see RESULTS.md and docs/decisions/0003-one-photo-a-request.md.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import available_threads
from headstart.backbones import import_openvino, load_backbone

PHOTOS = 96


class Setting:
    """A compiled network with a batch size and a number of streams."""

    def __init__(self, batch: int, streams: int, threads: int) -> None:
        openvino = import_openvino()
        backbone = load_backbone()
        model = backbone.form.graph(backbone, (backbone.last_cut,))
        model.reshape([batch, 224, 224, 3])
        settings = {
            "NUM_STREAMS": str(streams),
            "INFERENCE_NUM_THREADS": str(threads),
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.batch, self.streams = batch, streams
        self._queue = openvino.AsyncInferQueue(
            openvino.Core().compile_model(model, "CPU", settings), streams
        )
        self._queue.set_callback(self._collect)
        self.outputs = np.empty((PHOTOS, 1280), np.float32)

    def _collect(self, request: Any, begin: int) -> None:
        self.outputs[begin : begin + self.batch] = request.get_output_tensor().data

    def run(self, photos: NDArray[np.uint8]) -> float:
        """Photos per second."""
        started = time.perf_counter()
        for begin in range(0, PHOTOS, self.batch):
            self._queue.start_async({0: photos[begin : begin + self.batch]}, begin)
        self._queue.wait_all()
        return PHOTOS / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    threads = available_threads()
    photos = np.random.default_rng(0).integers(0, 256, (PHOTOS, 224, 224, 3), dtype=np.uint8)
    streams = sorted({1, threads})
    settings = [Setting(batch, each, threads) for batch in (1, 2, 4, 8, 16, 32) for each in streams]
    rates = np.array([[setting.run(photos) for setting in settings] for _ in range(rounds + 1)])
    medians = np.median(rates[1:], axis=0)  # the first round warms up
    ours = next(n for n, s in enumerate(settings) if s.batch == 1 and s.streams == threads)
    for setting, rate in zip(settings, medians, strict=True):
        same = np.array_equal(setting.outputs, settings[ours].outputs)
        print(
            f"batch {setting.batch:2}, {setting.streams} streams: {rate:6.1f} photos/s, "
            f"{rate / medians[ours]:.2f} of ours, bits {'the same' if same else 'differ'}"
        )


if __name__ == "__main__":
    main()
