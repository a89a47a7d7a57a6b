"""Which reader a file needs, told from its first bytes and never from its name."""

from __future__ import annotations

import io
import warnings
from importlib import import_module

from PIL import ImageFile

from headstart.errors import UnreadableFileError

_READERS = (
    (b"\xff\xd8\xff", "PIL.JpegImagePlugin", "JpegImageFile"),
    (b"\x89PNG\r\n\x1a\n", "PIL.PngImagePlugin", "PngImageFile"),
    (b"GIF87a", "PIL.GifImagePlugin", "GifImageFile"),
    (b"GIF89a", "PIL.GifImagePlugin", "GifImageFile"),
    (b"II*\0", "PIL.TiffImagePlugin", "TiffImageFile"),
    (b"MM\0*", "PIL.TiffImagePlugin", "TiffImageFile"),
    (b"II+\0", "PIL.TiffImagePlugin", "TiffImageFile"),
    (b"MM\0+", "PIL.TiffImagePlugin", "TiffImageFile"),
    (b"BM", "PIL.BmpImagePlugin", "BmpImageFile"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    (b"\xff\x4f\xff\x51", "PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    *((b"P%d" % kind, "PIL.PpmImagePlugin", "PpmImageFile") for kind in range(1, 7)),
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def open_by_magic(data: bytes, name: str) -> ImageFile.ImageFile:
    """Open an encoded photo with the one reader that its first bytes name.

    ``Image.open`` is not used: it warns about large photos on the user's screen before our own
    limit can speak, and would try readers that run other programs (EPS).

    Raises:
        UnreadableFileError: the bytes are no photo in a known format.
    """
    place = _reader(data)
    if place is None:
        raise UnreadableFileError(name, _what_it_is(data))
    module, reader = place
    if module == "PIL.TiffImagePlugin":
        # It warns of every odd tag, from decode threads, onto the user's screen; whether the
        # photo can be read is said by our error. Set each time: catch_warnings may undo it.
        warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")
    # Imported when the first such file comes: pillow-heif alone takes 40 ms.
    image: ImageFile.ImageFile = getattr(import_module(module), reader)(io.BytesIO(data), "")
    return image


def _reader(data: bytes) -> tuple[str, str] | None:
    """Module and class of the reader for these bytes."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "PIL.WebPImagePlugin", "WebPImageFile"
    if data[4:8] == b"ftyp":  # an ISO media file: AVIF and HEIC list different brands
        length = int.from_bytes(data[:4], "big")
        brands = {data[start : start + 4] for start in (8, *range(16, min(length, 256), 4))}
        if brands & _AVIF_BRANDS:
            return "PIL.AvifImagePlugin", "AvifImageFile"
        return ("pillow_heif", "HeifImageFile") if brands & _HEIC_BRANDS else None
    for magic, module, reader in _READERS:
        if data.startswith(magic):
            return module, reader
    return None


def _what_it_is(data: bytes) -> str:
    """A guess at what else the bytes are, for the message."""
    head = data[:512].lstrip().lower()
    guesses = (
        (not data, "is empty (0 bytes); copy or download it again"),
        (not data.strip(b"\0"), "holds nothing but zeros; copy or download it again"),
        (data[4:8] == b"ftyp", "is a video or other media file; give a photo, JPEG or PNG"),
        (
            head.startswith((b"<html", b"<!doctype html")),
            "is a web page under a photo's name; download the photo itself",
        ),
        (b"<svg" in head, "is a drawing (SVG), not a photo; export it as PNG"),
        (head.startswith(b"%pdf"), "is a PDF document, not a photo; export its pages as PNG"),
        (
            all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:64]),
            "is not a photo that can be read: it begins with text; give a JPEG or PNG",
        ),
    )
    for holds, guess in guesses:
        if holds:
            return guess
    return (
        f"is not a photo in a known format (it begins with the bytes {data[:4].hex(' ')}); "
        "save it as JPEG or PNG"
    )
