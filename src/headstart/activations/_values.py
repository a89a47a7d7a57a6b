"""What is stored of an array, and in how many bytes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import INPUT, Backbone

_FLOAT16_END = 65_520.0
"""From here on rounding to float16 gives infinity."""


def shorten(array: NDArray[Any]) -> NDArray[Any]:
    """Floats as float16, unless a value would not stay finite; unsigned bytes as they are."""
    if array.dtype == np.uint8:
        return array
    # Asked of the float32 values: of float16 ones NumPy tells it ten times as slowly.
    fits = array.max(initial=0) < _FLOAT16_END and array.min(initial=0) > -_FLOAT16_END
    return array.astype(np.float16) if fits else array  # NaN fits nowhere


def forecast_bytes(backbone: Backbone, cut: str, examples: int, views: int = 1) -> int:
    """About how many bytes the activations at a cut take in the store: two a value, one at
    `INPUT`.
    """
    shapes = backbone.output_shapes(cut).values()
    values = sum(math.prod(shape) for shape in shapes)
    return examples * views * values * (1 if cut == INPUT else 2)
