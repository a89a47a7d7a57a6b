"""Photos with values laid over them as colour."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
Pixels = NDArray[np.uint8]

Levels = NDArray[np.int32]

FOR = (38, 120, 200)
AGAINST = (226, 94, 24)
GLOW = (255, 176, 32)
"""Blue, orange and amber: apart for colour-blind eyes too, and alike in light and dark, as the
photo under them is grey in both."""

_MOST = 0.8
"""Share of the strongest colour; the rest is the photo."""


def two_sided(photo: Pixels, values: Values) -> Pixels:
    """A grey photo, blue where values are positive and orange where they are negative.

    Args:
        photo: uint8 ``(side, side, 3)``.
        values: of the places that the photo is divided into, ``(rows, columns)``.

    Returns:
        uint8 ``(side, side, 3)``; the largest value in size has the strongest colour.
    """
    spread = enlarged(values, len(photo)) * (_MOST / (np.abs(values).max() or 1.0))
    speaks_for = spread >= 0
    colours = [np.where(speaks_for, *pair) for pair in zip(FOR, AGAINST, strict=True)]
    return _mixed(_grey(photo, 70, 235), colours, np.abs(spread))


def dimmed(photo: Pixels) -> Levels:
    """A photo in dark grey, to be lit up by `one_sided`: int32 ``(side, side)``."""
    return _grey(photo, 12, 150)


def one_sided(dark: Levels, values: Values) -> Pixels:
    """A dark photo that glows where values are large.

    Args:
        dark: as of `dimmed`.
        values: in [0, 1], ``(rows, columns)``.

    Returns:
        uint8 ``(side, side, 3)``.
    """
    strength = 0.95 * np.clip(enlarged(values, len(dark)), 0, 1)
    return _mixed(dark, GLOW, strength)


def enlarged(values: Values, side: int) -> NDArray[np.float32]:
    """Values of places as values of pixels, ``(side, side)``, linear between their centres; where
    there are more places than pixels, their mean.
    """
    rows, columns = (_weights(count, side) for count in values.shape)
    return np.asarray(rows @ values.astype(np.float32) @ columns.T)


def data_uri(pixels: Pixels, *, quality: int = 82) -> str:
    """A JPEG that stands in the page itself."""
    import simplejpeg  # only where there is something to show

    jpeg = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels), quality=quality, colorsubsampling="420"
    )
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def smaller(photo: Pixels, side: int) -> Pixels:
    """The photo at another size."""
    if len(photo) == side:
        return photo
    weights = _weights(len(photo), side)
    rows = np.tensordot(weights, photo.astype(np.float32), axes=1)
    return np.asarray(np.einsum("sc,rcd->rsd", weights, rows, optimize=True).round(), np.uint8)


@cache
def _weights(count: int, side: int) -> NDArray[np.float32]:
    """How much each of `count` places in a row says about each of `side` pixels."""
    centres = (np.arange(side) + 0.5) * count / side - 0.5
    reach = max(count / side, 1.0)
    apart = np.abs(np.clip(centres, 0, count - 1)[:, None] - np.arange(count))
    weights = np.maximum(1 - apart / reach, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def _grey(photo: Pixels, darkest: int, lightest: int) -> Levels:
    """Brightness between two levels, ``(side, side)``, so that colours stay to be seen.

    In whole numbers: a report shows a hundred such pictures, and floats took three times as long.
    """
    red, green, blue = (photo[..., channel].astype(np.int32) for channel in range(3))
    brightness = (77 * red + 150 * green + 29 * blue) >> 8
    return np.asarray(darkest + ((brightness * (lightest - darkest + 1)) >> 8), dtype=np.int32)


def _mixed(grey: Levels, colours: Sequence[Levels | int], strength: NDArray[np.float32]) -> Pixels:
    share = (strength * 256).astype(np.int32)
    mixed = np.empty((*grey.shape, 3), dtype=np.uint8)
    for channel, colour in enumerate(colours):
        mixed[..., channel] = grey + (((colour - grey) * share) >> 8)
    return mixed
