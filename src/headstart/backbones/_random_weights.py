"""Untrained weights for a network whose tensors are known by name and shape."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


def random_weights(table: str, seed: int) -> dict[str, NDArray[np.float32]]:
    """Weights to train from: He et al.'s for convolutions (2015), BatchNorm as the identity.

    The variance of a kernel is 2 over its fan-out, which counts one filter of a depthwise
    convolution, as in the networks' own code (Tan & Le 2019).

    Args:
        table: as of `read_legacy_weights`; its names end in ``weight``, ``bias``, ``running_mean``
            or ``running_var``.
        seed: of the numbers.
    """
    known = json.loads(files("headstart.backbones").joinpath(table).read_text("utf-8"))
    random = np.random.default_rng(seed)
    return {name: _tensor(name, tuple(shape), random) for name, shape, *_ in known["tensors"]}


def _tensor(name: str, shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float32]:
    if len(shape) == 1:
        kept = name.endswith(("weight", "running_var"))
        return np.full(shape, 1 if kept else 0, np.float32)
    depthwise = len(shape) == 4 and shape[1] == 1
    fan_out = math.prod(shape[2:]) * (1 if depthwise else shape[0])
    return random.normal(0, math.sqrt(2 / fan_out), shape).astype(np.float32)
