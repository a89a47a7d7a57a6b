"""Small pictures of photos, ready to stand inside a page."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.report._predictions import Mistake

if TYPE_CHECKING:
    from PIL import Image

SIDE = 224
"""Longest side of a thumbnail in pixels; shown at about 160, so it stays sharp on dense screens."""

MOST_BYTES = 64_000_000
MOST_PIXELS = 60_000_000
"""Larger photos are not shown: a report is made after each training and must stay quick."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, or why there is none.

    Attributes:
        uri: a ``data:`` URI of a JPEG, or empty.
        missing: why there is no picture, in a few words; empty where there is one.
    """

    uri: str
    missing: str


def make_thumbnails(photos: Sequence[Mistake], *, roots: Sequence[Path]) -> list[Thumbnail]:
    """Make a small picture of each photo.

    Args:
        photos: the photos; where one's hash is known, only a file with that hash is shown, so
            a picture can never be of another photo that has taken its name.
        roots: folders in which relative paths are looked up, best first.
    """
    if not photos:
        return []
    workers = min(len(photos), os.cpu_count() or 1)
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        # Pillow warns of large pictures; ours are measured against MOST_PIXELS before decoding.
        warnings.simplefilter("ignore")
        return list(pool.map(lambda photo: _make(photo, roots), photos))


def _make(photo: Mistake, roots: Sequence[Path]) -> Thumbnail:
    data, why = _find(photo, roots)
    if data is None:
        return Thumbnail("", why)
    from PIL import Image  # noqa: PLC0415 -- costs time

    try:
        jpeg = _shrink(data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Thumbnail("", "cannot be shown")  # what Pillow raises for damaged files
    if jpeg is None:
        return Thumbnail("", "too large to show")
    return Thumbnail(f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}", "")


def _find(photo: Mistake, roots: Sequence[Path]) -> tuple[bytes | None, str]:
    """The photo's bytes, or None and the reason."""
    why = "no longer there"
    for path in _places(photo.file, roots):
        try:
            # Only regular files: reading from a pipe or a device may never end.
            if not path.is_file():
                continue
            if path.stat().st_size > MOST_BYTES:
                why = "too large to show"
                continue
            data = path.read_bytes()
        except (OSError, ValueError):  # ValueError: a null byte in the name
            continue
        if photo.sha256 and hashlib.sha256(data).hexdigest() != photo.sha256:
            why = "changed since training"
            continue
        return data, ""
    return None, why


def _places(file: str, roots: Sequence[Path]) -> Iterator[Path]:
    """Where the photo may lie: below each root, then as given, then by the end of its path."""
    path = Path(file)
    if not path.is_absolute():
        yield from (root / path for root in roots)
    yield path
    # The data was moved as a whole: class/name.jpg below a root, then name.jpg.
    for length in (3, 2, 1):
        if len(path.parts) > length:
            yield from (root.joinpath(*path.parts[-length:]) for root in roots)


def _shrink(data: bytes) -> bytes | None:
    """A small upright JPEG of the encoded photo, or None where it is too large to decode."""
    from PIL import Image, ImageOps  # noqa: PLC0415 -- costs time

    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        import pillow_heif  # noqa: PLC0415 -- costs time, rarely needed

        pillow_heif.register_heif_opener()
    with Image.open(io.BytesIO(data)) as photo:
        if photo.width * photo.height > MOST_PIXELS:
            return None
        # libjpeg decodes at 1/2, 1/4 or 1/8 of the size; twice the goal leaves it sharp.
        photo.draft("RGB", (2 * SIDE, 2 * SIDE))
        small = _eight_bit(photo)
        small.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
        upright = ImageOps.exif_transpose(small)
    flat = Image.new("RGB", upright.size, (255, 255, 255))
    if "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA"):
        upright = upright.convert("RGBA")
        flat.paste(upright, mask=upright.getchannel("A"))
    else:
        flat.paste(upright.convert("RGB"))
    stream = io.BytesIO()
    flat.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _eight_bit(photo: Image.Image) -> Image.Image:
    """`photo` with eight bits a channel, without a palette."""
    if photo.mode == "P":
        return photo.convert("RGBA" if "transparency" in photo.info else "RGB")
    if not photo.mode.startswith(("I", "F")):
        photo.load()
        return photo
    import numpy as np  # noqa: PLC0415 -- rarely needed
    from PIL import Image  # noqa: PLC0415 -- costs time

    values = np.asarray(photo, dtype=np.float64)
    top = 65535.0 if photo.mode.startswith("I;16") else max(float(values.max(initial=0.0)), 1.0)
    return Image.fromarray(np.clip(values / top * 255.0, 0, 255).astype(np.uint8))
