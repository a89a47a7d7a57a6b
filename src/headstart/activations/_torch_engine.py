"""The frozen part on a GPU, with PyTorch from the extra ``train``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import torch

from headstart.activations._engine import Activations, EngineInfo, Photo, Results
from headstart.backbones import FEATURES, Backbone

BATCH = 64


class TorchEngine:
    """A network's stages as PyTorch modules, in batches of one size.

    The last batch is filled up with black photos: kernels are chosen by shape, and a photo's
    activations must not depend on how many others came with it.

    Args:
        backbone: a network with a PyTorch form.
        cuts: names of stages, without `INPUT`.
        info: ``device`` is one that PyTorch knows, such as ``"cuda"``.
    """

    def __init__(self, backbone: Backbone, cuts: Sequence[str], info: EngineInfo) -> None:
        self.info = info
        self._cuts = frozenset(cuts)
        self._device = torch.device(info.device)
        last = max(cuts, key=lambda cut: len(backbone.stages_before(cut)))
        modules = backbone.torch_stages()
        self._stages = {
            stage.name: modules[stage.name]
            .to(self._device)
            .to(memory_format=torch.channels_last)
            .requires_grad_(False)
            for stage in backbone.stages_before(last)
        }
        preprocessing = backbone.photos
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
                yield (
                    number,
                    {
                        cut: {name: array[row] for name, array in arrays.items()}
                        for cut, arrays in outputs.items()
                    },
                )

    @torch.inference_mode()
    def _run(self, pixels: Photo) -> Activations:
        """As the activations of one photo, with a batch axis."""
        on_device = torch.from_numpy(pixels).to(self._device, non_blocking=True).float()
        scaled = ((on_device - self._mean) / self._std).permute(0, 3, 1, 2)
        arrays = {FEATURES: scaled.contiguous(memory_format=torch.channels_last)}
        found: Activations = {}
        bf16 = self.info.precision == "bf16"
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=bf16):
            for name, stage in self._stages.items():
                arrays = stage(arrays)
                if name in self._cuts:
                    # A copy at once: the next stage may begin with an operation in place.
                    found[name] = {
                        key: np.ascontiguousarray(array.to("cpu", torch.float32, copy=True).numpy())
                        for key, array in arrays.items()
                    }
        return found
