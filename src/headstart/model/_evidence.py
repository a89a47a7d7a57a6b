"""Which part of a photo decided, where that can be told exactly.

An output layer that reads the mean over all places of a feature map gives the mean of what it
would give for each place alone: ``W mean(A) + b = mean(W A(x, y) + b)``. So a logit splits over the
places without remainder (Zhou et al. 2016, *Learning deep features for discriminative
localization*, equation 2, with the bias in each place instead of beside them), and no gradient is
needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import FEATURES, Backbone
from headstart.errors import SettingError
from headstart.model._model import Model

_MOST_APART = 0.02
"""A mean of feature maps may differ so much from the pooled features, relative to their norm:
bfloat16 rounds by 0.4 % at most, and twice; taking one token instead differs by far more."""


def places_cut(model: Model) -> str:
    """The cut at which the model's logits split over places.

    Raises:
        SettingError: they do not; says why.
    """
    if len(model.head.layers) > 1:
        raise SettingError(
            "the head has hidden layers, so what it says of the whole photo is not the mean of "
            "what it says of each place"
        )
    return pooled_cut(model.backbone)


def pooled_cut(backbone: Backbone) -> str:
    """The cut whose map of places the last stage takes the mean of, as far as shapes tell.

    Raises:
        SettingError: there is none; says why.
    """
    *_, before, last = (None, *backbone.stages)
    if before is None:
        raise SettingError("the network has one stage only")
    if last.tensors:
        raise SettingError(
            f"the last stage, {last.name}, has weights of its own behind the mean over all places"
        )
    shape = before.output_shape
    if len(shape) == 2 and _side(shape) is None:
        raise SettingError(
            f"the stage {before.name} gives {shape[0]} tokens, which do not divide a photo evenly "
            "into places"
        )
    if set(before.outputs) != {FEATURES} or _side(shape) is None:
        raise SettingError(f"the stage {before.name} gives no map of places")
    return before.name


def place_logits(
    model: Model, maps: Mapping[str, NDArray[np.floating]], pooled: NDArray[np.floating]
) -> NDArray[np.float32]:
    """What the head would say if the whole photo looked like each of its places.

    Args:
        model: one for which `places_cut` names a cut.
        maps: the arrays at that cut for one photo.
        pooled: the features that the head reads, ``(features,)``.

    Returns:
        float32 ``(classes, rows, columns)``; the mean over all places is the photo's logits.

    Raises:
        SettingError: the features are not the mean over all places.
    """
    array = np.asarray(maps[FEATURES], dtype=np.float32)
    if array.ndim == 2:  # tokens in the order of the places, row by row
        array = array.T
    flat = array.reshape(len(array), -1)
    apart = np.linalg.norm(flat.mean(axis=1) - pooled.astype(np.float32))
    if apart > _MOST_APART * np.linalg.norm(pooled.astype(np.float32)):
        raise SettingError(
            "the features are not the mean over all places (a class token, or another pooling)"
        )
    side = _side(maps[FEATURES].shape)
    assert side is not None  # places_cut saw to it
    layer = model.head.layers[0]
    logits = layer.weights @ flat + layer.bias[:, None]
    return np.asarray(logits.reshape(len(logits), *side), dtype=np.float32)


def _side(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Rows and columns of a map ``(channels, rows, columns)`` or of tokens ``(places, width)``."""
    if len(shape) == 3:
        return shape[1], shape[2]
    if len(shape) == 2 and math.isqrt(shape[0]) ** 2 == shape[0]:
        return math.isqrt(shape[0]), math.isqrt(shape[0])
    return None
