"""Small pictures of photos, ready to stand inside a page."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headstart.errors import UnreadableFileError
from headstart.report import _fields as fields
from headstart.report._heat import data_uri
from headstart.report._predictions import Example

SIDE = 224
"""Side of a thumbnail in pixels; shown at about 170, so that it stays sharp on dense screens."""

MOST_BYTES = 64_000_000
"""Larger files are not shown: a report is made after each training and must stay quick."""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, or why there is none.

    Attributes:
        uri: a ``data:`` URI of a JPEG, or empty.
        missing: why there is no picture, in a few words; empty where there is one.
        content: SHA-256 of the file; empty where there is no picture.
        pixels: of the photo as it enters the network, uint8 ``(size, size, 3)``; ``None`` where
            there is no picture or it is not known how it enters.
    """

    uri: str
    missing: str
    content: str = ""
    pixels: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)


def make_thumbnails(
    photos: Sequence[Example],
    *,
    roots: Sequence[Path],
    preprocessing: Mapping[str, object] | None = None,
) -> list[Thumbnail]:
    """Make a small picture of each photo, cut out as the network saw it.

    Args:
        photos: the photos; where one's hash is known, only a file with that hash is shown, so
            a picture can never be of another photo that has taken its name.
        roots: folders in which relative paths are looked up, best first.
        preprocessing: as in ``model.json``; how much of a photo is seen.
    """
    if not photos:
        return []
    size = fields.whole((preprocessing or {}).get("size")) or 1
    resize = fields.whole((preprocessing or {}).get("resize")) or 1
    with ThreadPoolExecutor(min(len(photos), os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda photo: _make(photo, roots, resize, size), photos))


def _make(photo: Example, roots: Sequence[Path], resize: int, size: int) -> Thumbnail:
    from headstart.media import load_photo  # needed only where there are photos to show

    data, why = _find(photo, roots)
    if data is None:
        return Thumbnail("", why)
    shorter = round(SIDE * min(max(resize / max(size, 1), 1.0), 4.0))
    entering = None
    try:
        pixels = load_photo(data, photo.file, resize=shorter, size=SIDE)
        if (resize, size) == (shorter, SIDE):
            entering = pixels
        elif 1 < size <= resize:
            entering = load_photo(data, photo.file, resize=resize, size=size)
    except UnreadableFileError:
        return Thumbnail("", "cannot be shown")
    return Thumbnail(data_uri(pixels), "", hashlib.sha256(data).hexdigest(), entering)


def _find(photo: Example, roots: Sequence[Path]) -> tuple[bytes | None, str]:
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
    # The data was moved as a whole: the last folders and the name below a root.
    for length in (3, 2, 1):
        if len(path.parts) > length:
            yield from (root.joinpath(*path.parts[-length:]) for root in roots)
