"""Photos that are in memory already, as bytes that take the same way as a file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headstart.errors import DataError, UnreadableFileError
from headstart.media._orientation import TRANSPOSITIONS, exif_orientation
from headstart.media._pillow import PILLOW_FAILURES, check_pixels, flatten, plain_reason


def encode_photo(image: Image.Image | NDArray[np.uint8], *, name: str = "the image") -> bytes:
    """Encode an image without loss and at little cost, so that `load_photo` can take it.

    Args:
        image: a Pillow image of any mode, or RGB pixels, uint8 ``(height, width, 3)``.
        name: how the user named it, for the error.

    Returns:
        The bytes of a binary PPM file (P6), or PGM (P5) where the image is grey.

    Raises:
        DataError: the array has another shape or dtype, or no pixels.
        UnreadableFileError: the Pillow image's file is damaged or too large, or its mode has no
            fixed white.
    """
    if isinstance(image, Image.Image):
        return _encode_pillow(image, name)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise DataError(
            f"{name}: a photo as an array is uint8 of shape (height, width, 3), RGB from 0 to 255; "
            f"this one is {image.dtype} of shape {image.shape}"
        )
    height, width, _ = image.shape
    return b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(image).tobytes()


def _encode_pillow(image: Image.Image, name: str) -> bytes:
    check_pixels(image.width, image.height, name)
    try:
        flat = flatten(image, name)
    except UnreadableFileError:
        raise
    except PILLOW_FAILURES as error:
        raise UnreadableFileError(name, plain_reason(error)) from None
    block = image.info.get("exif", b"")
    turn = TRANSPOSITIONS.get(exif_orientation(block) if isinstance(block, bytes) else 1)
    upright = flat if turn is None else flat.transpose(turn)
    kind = b"P5" if upright.mode == "L" else b"P6"
    return b"%b %d %d 255\n" % (kind, *upright.size) + upright.tobytes()
