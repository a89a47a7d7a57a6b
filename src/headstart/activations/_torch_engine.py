"""The frozen part on a GPU, with PyTorch from the extra ``train``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from headstart.activations._engine import EngineInfo, Photo, Results
from headstart.backbones import Backbone

BATCH = 64


class TorchEngine:
    """A network as a PyTorch module in batches of one size.

    The last batch is filled up with black photos: kernels are chosen by shape, and a photo's
    activations must not depend on how many others came with it.

    Args:
        backbone: a network with a PyTorch form.
        cut: name of the last stage to run.
        info: ``device`` is one that PyTorch knows, such as ``"cuda"``.
    """

    def __init__(self, backbone: Backbone, cut: str, info: EngineInfo) -> None:
        self.info = info
        self._device = torch.device(info.device)
        modules = [backbone.torch_stages()[stage.name] for stage in backbone.stages_before(cut)]
        network = torch.nn.Sequential(*modules).to(self._device)
        self._network = network.to(memory_format=torch.channels_last)
        preprocessing = backbone.preprocessing
        self._size = preprocessing.size
        self._mean = torch.tensor(preprocessing.mean, device=self._device) * 255
        self._std = torch.tensor(preprocessing.std, device=self._device) * 255

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        remaining = iter(photos)
        while batch := list(islice(remaining, BATCH)):
            pixels = np.zeros((BATCH, self._size, self._size, 3), dtype=np.uint8)
            for row, (_, photo) in enumerate(batch):
                pixels[row] = photo
            outputs = self._run(pixels)
            for row, (number, _) in enumerate(batch):
                yield number, outputs[row]

    @torch.inference_mode()
    def _run(self, pixels: Photo) -> NDArray[np.float32]:
        on_device = torch.from_numpy(pixels).to(self._device, non_blocking=True).float()
        scaled = ((on_device - self._mean) / self._std).permute(0, 3, 1, 2)
        bf16 = self.info.precision == "bf16"
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=bf16):
            outputs = self._network(scaled.contiguous(memory_format=torch.channels_last))
        return np.asarray(outputs.float().cpu().numpy())
