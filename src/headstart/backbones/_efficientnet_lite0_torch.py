"""The built-in network as a PyTorch module with the same stages (extra ``train``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray

from headstart.backbones._efficientnet_lite0 import NAME, TIMM_ARGUMENTS


def torch_stages(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, torch.nn.Module]:
    """Each stage as a module, in order, in evaluation mode.

    Args:
        weights: float32 tensors by timm's names; those of the original output layer may be absent.
    """
    model: Any = timm.create_model(NAME, pretrained=False, **TIMM_ARGUMENTS)
    state = {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    absent = [name for name in missing if not name.endswith("num_batches_tracked")]
    absent = [name for name in absent if not name.startswith("classifier.")]
    assert not absent, absent
    assert not unexpected, unexpected
    model.eval()
    stages: dict[str, torch.nn.Module] = {"stem": torch.nn.Sequential(model.conv_stem, model.bn1)}
    for number, block in enumerate(model.blocks):
        stages[f"blocks.{number}"] = block
    pool = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    stages["features"] = torch.nn.Sequential(model.conv_head, model.bn2, pool)
    return stages
