"""An encoded photo becomes pixels of one fixed size: the only such way, in training and after."""

from __future__ import annotations

import threading

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from headstart.errors import SettingError, UnreadableFileError
from headstart.media._augmentation import Augmentation
from headstart.media._framing import Centre, Framing, Seeded
from headstart.media._orientation import jpeg_orientation
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


def load_photo(
    data: bytes,
    name: str,
    *,
    resize: int,
    size: int,
    view: int = 0,
    augmentation: Augmentation | None = None,
    seed_text: str = "",
) -> NDArray[np.uint8]:
    """Decode a photo: shorter side to `resize` pixels, then the centre square of `size`.

    Bicubic with antialiasing; resizing and cropping are one step, whose centre is exact where
    the usual two steps round it to whole pixels. EXIF orientation is honoured, transparency is
    laid over white, of several frames the first is taken. JPEG files are scaled down while they
    are decoded where both sides can be halved at least and the shorter one stays at or above
    `resize`. Safe to call from many threads; the interpreter lock is free while it works.

    A view other than 0 is a random crop of the photo, brought to `size` and changed in colour.

    Args:
        data: the bytes of an encoded photo.
        name: how the user named it, for the error.
        resize: length of the shorter side before the crop, in pixels; at least `size`.
        size: side of the square that is cut out, in pixels.
        view: 0 for the photo as it is; others differ from it and from each other.
        augmentation: how far they differ; `Augmentation()` where ``None``.
        seed_text: views are the same for the same text and number; by convention the SHA-256 of
            `data`.

    Returns:
        uint8 ``(size, size, 3)``, RGB, writable and contiguous.

    Raises:
        UnreadableFileError: this is no photo, a damaged or cut-off one, or larger than
            `PIXEL_LIMIT`.
        SettingError: `size` is not between 1 and `resize`, or `view` is below 0.
    """
    if not 1 <= size <= resize:
        raise SettingError(
            f"a crop of {size} px does not fit into a shorter side of {resize} px: "
            "give a size from 1 up to the resize"
        )
    if view < 0:
        raise SettingError(f"view {view}: views are numbered from 0")
    framing: Framing = Centre(resize, size)
    if view:
        framing = Seeded(size, (augmentation or Augmentation()).view(seed_text, view))
    cropped = _load_jpeg(data, name, framing) if data.startswith(b"\xff\xd8\xff") else None
    if cropped is None:
        cropped = _load_other(data, name, framing)
    return np.array(cropped)


def augment(
    pixels: NDArray[np.uint8],
    *,
    size: int,
    view: int,
    augmentation: Augmentation,
    seed_text: str,
) -> NDArray[np.uint8]:
    """A view of a photo that is decoded: as of `load_photo`, but cut out of these pixels.

    Args:
        pixels: uint8 ``(height, width, 3)``, RGB, contiguous.
        size: side of the view, in pixels.
        view: 1 or more.
        augmentation: how far views differ.
        seed_text: views are the same for the same text and number.

    Returns:
        uint8 ``(size, size, 3)``; not writable.
    """
    height, width, _ = pixels.shape
    image = Image.frombuffer("RGB", (width, height), pixels, "raw", "RGB", 0, 1)
    return np.asarray(Seeded(size, augmentation.view(seed_text, view)).cut(image, 1))


def _load_jpeg(data: bytes, name: str, framing: Framing) -> Image.Image | None:
    """The crop through libjpeg-turbo, or None where Pillow has to look at the file."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    check_pixels(width, height, name)
    if colours not in {"YCbCr", "Gray", "RGB"}:
        return None
    orientation = jpeg_orientation(data)
    needed = framing.shorter_side((width, height), orientation)
    try:
        pixels = _decode_jpeg(data, needed)
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
            pixels = _decode_jpeg(data + b"\xff\xd9", needed)
        except ValueError:
            raise UnreadableFileError(name, CUT_SHORT) from None
    shape = (pixels.shape[1], pixels.shape[0])
    image = Image.frombuffer("RGB", shape, pixels, "raw", "RGB", 0, 1)
    return framing.cut(image, orientation)


def _decode_jpeg(data: bytes, needed: int) -> NDArray[np.uint8]:
    """Pixels of a JPEG file, uint8 ``(height, width, 3)``, valid until this thread's next call.

    Both sides are of `needed` pixels at least, unless the photo itself is smaller.

    A factor under 2 is not used: libjpeg-turbo's 4/8 and smaller are exact and fast, but 7/8 is
    slower than no scaling and moved pixels by 3.4 of 255 on 500 px photos (0.04 with factors
    from 2). One buffer per thread saves the page faults of fresh memory, up to 0.5 ms a photo.
    """
    shrink = {"min_height": needed, "min_width": needed, "min_factor": 2.0}
    height, width, _, _ = simplejpeg.decode_jpeg_header(data, **shrink)
    length = height * width * 3
    buffer = getattr(_scratch, "buffer", None)
    if buffer is None or buffer.size < length:
        buffer = np.empty(length, np.uint8)
        if length <= _KEPT_SCRATCH:
            _scratch.buffer = buffer
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "RGB", buffer=buffer, **shrink)
    return pixels


def _load_other(data: bytes, name: str, framing: Framing) -> Image.Image:
    """The crop through Pillow, for whatever libjpeg-turbo is not for."""
    try:
        image, orientation = open_photo(data, name)
        if image.format == "JPEG":
            needed = framing.shorter_side(image.size, orientation)
            image.draft(None, (needed, needed))
        return framing.cut(flatten(image, name), orientation)
    except UnreadableFileError:
        raise
    except PILLOW_FAILURES as error:
        raise UnreadableFileError(name, plain_reason(error)) from None
