"""Everything that is not plain JPEG: opened and made RGB or grey through Pillow."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from PIL import Image, ImageFile

from headstart.errors import UnreadableFileError
from headstart.media._formats import open_by_magic
from headstart.media._orientation import exif_orientation

PIXEL_LIMIT = 178_956_970
"""Photos of more pixels are refused before they are decoded: where Pillow too calls a file a
decompression bomb (twice ``Image.MAX_IMAGE_PIXELS`` as it comes)."""

CUT_SHORT = "is cut short: the file ends before the picture does; copy or download it again"

PILLOW_FAILURES = (
    ArithmeticError, AssertionError, AttributeError, EOFError, Image.DecompressionBombError,
    LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's readers raise on damaged bytes, over its history: nearly everything."""


def check_pixels(width: int, height: int, name: str) -> None:
    """Raise UnreadableFileError where a photo is too large to be decoded safely."""
    if width * height > PIXEL_LIMIT:
        raise UnreadableFileError(
            name,
            f"has {width:,} x {height:,} pixels, more than the {PIXEL_LIMIT // 10**6} million that "
            "are decoded safely; scale it down first",
        )


def open_photo(data: bytes, name: str) -> tuple[ImageFile.ImageFile, int]:
    """Open an encoded photo without decoding it.

    Returns:
        The image and its EXIF orientation, 1 to 8, still to be applied.

    Raises:
        UnreadableFileError: no known format, or too many pixels.
    """
    image = open_by_magic(data, name)
    check_pixels(image.width, image.height, name)
    # Pillow turns TIFF files itself while it loads them, and pillow-heif HEIC ones.
    if image.format in {"TIFF", "HEIF"}:
        return image, 1
    block = image.info.get("exif", b"")
    return image, exif_orientation(block) if isinstance(block, bytes) else 1


def flatten(image: Image.Image, name: str) -> Image.Image:
    """The image as RGB or, where it is grey, as L: eight bits, transparency over white."""
    if image.mode in {"RGB", "L"} and "transparency" not in image.info:
        image.load()
        # Some readers (GIF, ICO) learn their mode and transparency only while loading.
        if image.mode in {"RGB", "L"} and "transparency" not in image.info:
            return image
    image.load()
    if image.mode == "I" or image.mode.startswith("I;16"):
        return _from_sixteen_bits(image, name)
    if image.mode == "F":
        raise UnreadableFileError(
            name,
            "holds floating-point values, whose black and white are not known; "
            "save it with 8 or 16 bits",
        )
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        return _over_white(image.convert("RGBA"))
    return image.convert("L" if image.mode == "1" else "RGB")


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def _from_sixteen_bits(image: Image.Image, name: str) -> Image.Image:
    """Pillow's own conversion clips at 255, so that a 16-bit photo comes out white."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65_535:
        raise UnreadableFileError(
            name,
            "holds 32-bit values, whose black and white are not known; save it with 8 or 16 bits",
        )
    # 257 = 65,535 / 255: full 16-bit white becomes full 8-bit white.
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def plain_reason(error: BaseException) -> str:
    """What a failure of Pillow means, in words that say what to do."""
    text = str(error).lower()
    if isinstance(error, MemoryError):
        return "does not fit into memory; scale it down first"
    if isinstance(error, Image.DecompressionBombError):
        return "decodes to far more pixels than is safe; scale it down first"
    if isinstance(error, EOFError) or "truncat" in text or "not enough" in text:
        return CUT_SHORT
    return "is damaged and cannot be decoded; copy or download it again"
