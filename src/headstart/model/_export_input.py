"""What goes into an exported network, and inputs to try it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import PHOTO, VECTOR, Backbone, VectorPreprocessing
from headstart.heads import Layer

if TYPE_CHECKING:
    from headstart.model._model import Model

_CELLS = (7, 31)
"""Of the test pictures' noise, on each side: coarse and fine."""

_WEAK = 1e-3
"""Directions that a layer weighs so much less than its strongest one are left out: a long way along
them would change little but the rounding errors."""


@dataclass(frozen=True)
class NetworkInput:
    """The only input of a network.

    Attributes:
        name: of the input.
        dtype: of its numbers.
        shape: of one example.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


def network_input(backbone: Backbone) -> NetworkInput:
    """What a backbone reads."""
    if isinstance(backbone.preprocessing, VectorPreprocessing):
        return NetworkInput(VECTOR, "float32", (len(backbone.preprocessing.names),))
    size = backbone.photos.size
    return NetworkInput(PHOTO, "uint8", (size, size, 3))


def trial_inputs(model: Model) -> NDArray[Any]:
    """Two examples of noise that the model answers differently, ``(2, *shape)``."""
    if model.backbone.input_kind == "vector":
        return _vectors(model.head.layers[0])
    return _pictures(model.backbone.photos.size)


def _pictures(size: int) -> NDArray[np.uint8]:
    """Noise, uint8 ``(pictures, size, size, 3)``."""
    random = np.random.default_rng(0)
    pictures = []
    for cells in _CELLS:
        noise = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        places = np.arange(size) * cells // size
        pictures.append(noise[places][:, places])
    return np.stack(pictures)


def _vectors(first: Layer) -> NDArray[np.float32]:
    """Noise, float32 ``(2, width)``.

    Nobody knows here in which ranges the user's numbers lie, but the first layer was fitted to
    them: the noise lies about the vector of which it makes nothing, and each number moves what it
    gives as much as any other, by about one all together.
    """
    weights = first.weights.astype(np.float64)
    typical = np.sqrt((weights**2).mean(axis=0))
    typical[typical == 0] = 1.0
    middle = np.linalg.lstsq(weights / typical, -first.bias.astype(np.float64), rcond=_WEAK)[0]
    noise = np.random.default_rng(0).normal(0, 1 / np.sqrt(len(middle)), (2, len(middle)))
    return np.asarray((middle + noise) / typical, np.float32)
