"""An encoded photo becomes pixels of one fixed size: the only such way, in training and after."""

from __future__ import annotations

import threading

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from headstart.errors import SettingError, UnreadableFileError
from headstart.media._orientation import TRANSPOSITIONS, jpeg_orientation
from headstart.media._pillow import (
    CUT_SHORT,
    PILLOW_FAILURES,
    check_pixels,
    flatten,
    open_photo,
    plain_reason,
)

_KEPT_SCRATCH = 16 * 2**20
_scratch = threading.local()


def load_photo(data: bytes, name: str, *, resize: int, size: int) -> NDArray[np.uint8]:
    """Decode a photo: shorter side to `resize` pixels, then the centre square of `size`.

    Bicubic with antialiasing; resizing and cropping are one step, whose centre is exact where
    the usual two steps round it to whole pixels. EXIF orientation is honoured, transparency is
    laid over white, of several frames the first is taken. JPEG files are scaled down while they
    are decoded where both sides can be halved at least and the shorter one stays at or above
    `resize`. Safe to call from many threads; the interpreter lock is free while it works.

    Args:
        data: the bytes of an encoded photo.
        name: how the user named it, for the error.
        resize: length of the shorter side before the crop, in pixels; at least `size`.
        size: side of the square that is cut out, in pixels.

    Returns:
        uint8 ``(size, size, 3)``, RGB, writable and contiguous.

    Raises:
        UnreadableFileError: this is no photo, a damaged or cut-off one, or larger than
            `PIXEL_LIMIT`.
        SettingError: `size` is not between 1 and `resize`.
    """
    if not 1 <= size <= resize:
        raise SettingError(
            f"a crop of {size} px does not fit into a shorter side of {resize} px: "
            "give a size from 1 up to the resize"
        )
    cropped = _load_jpeg(data, name, resize, size) if data.startswith(b"\xff\xd8\xff") else None
    if cropped is None:
        cropped = _load_other(data, name, resize, size)
    return np.array(cropped)


def _load_jpeg(data: bytes, name: str, resize: int, size: int) -> Image.Image | None:
    """The crop through libjpeg-turbo, or None where Pillow has to look at the file."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    check_pixels(width, height, name)
    if colours not in {"YCbCr", "Gray", "RGB"}:
        return None
    try:
        pixels = _decode_jpeg(data, resize)
    except ValueError as error:
        fault = str(error)
        # libjpeg calls stray bytes between segments corrupt too, but loses no pixel to them.
        if "Corrupt JPEG data" in fault and "extraneous bytes" not in fault:
            raise UnreadableFileError(
                name, "is damaged: parts of the picture are lost; copy or download it again"
            ) from None
        if "Premature end" not in fault:
            return None
        try:
            # A missing end mark after a complete picture is harmless. With the mark put back,
            # libjpeg complains only where something before it is missing too.
            pixels = _decode_jpeg(data + b"\xff\xd9", resize)
        except ValueError:
            raise UnreadableFileError(name, CUT_SHORT) from None
    shape = (pixels.shape[1], pixels.shape[0])
    image = Image.frombuffer("RGB", shape, pixels, "raw", "RGB", 0, 1)
    return _upright(_centre(image, resize, size), jpeg_orientation(data))


def _decode_jpeg(data: bytes, resize: int) -> NDArray[np.uint8]:
    """Pixels of a JPEG file, uint8 ``(height, width, 3)``, valid until this thread's next call.

    A factor under 2 is not used: libjpeg-turbo's 4/8 and smaller are exact and fast, but 7/8 is
    slower than no scaling and moved pixels by 3.4 of 255 on 500 px photos (0.04 with factors
    from 2). One buffer per thread saves the page faults of fresh memory, up to 0.5 ms a photo.
    """
    shrink = {"min_height": resize, "min_width": resize, "min_factor": 2.0}
    height, width, _, _ = simplejpeg.decode_jpeg_header(data, **shrink)
    needed = height * width * 3
    buffer = getattr(_scratch, "buffer", None)
    if buffer is None or buffer.size < needed:
        buffer = np.empty(needed, np.uint8)
        if needed <= _KEPT_SCRATCH:
            _scratch.buffer = buffer
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "RGB", buffer=buffer, **shrink)
    return pixels


def _load_other(data: bytes, name: str, resize: int, size: int) -> Image.Image:
    """The crop through Pillow, for whatever libjpeg-turbo is not for."""
    try:
        image, orientation = open_photo(data, name)
        if image.format == "JPEG":
            image.draft(None, (resize, resize))
        return _upright(_centre(flatten(image, name), resize, size), orientation)
    except UnreadableFileError:
        raise
    except PILLOW_FAILURES as error:
        raise UnreadableFileError(name, plain_reason(error)) from None


def _centre(image: Image.Image, resize: int, size: int) -> Image.Image:
    """The centre square of an RGB or L image, RGB, `size` pixels wide."""
    half = min(image.size) * size / resize / 2
    across, down = image.width / 2, image.height / 2
    box = (across - half, down - half, across + half, down + half)
    # Pillow computes only what the box needs, so a 20,000 x 10 photo costs no 500,000 x 256 one.
    square = image.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return square if square.mode == "RGB" else square.convert("RGB")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """The centre of a turned photo is the turned centre, so only the small crop is turned."""
    turn = TRANSPOSITIONS.get(orientation)
    return image if turn is None else image.transpose(turn)
