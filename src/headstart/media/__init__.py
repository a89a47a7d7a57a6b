"""Bytes to arrays: encoded photos become pixels of one fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

# fmt: off
PHOTO_SUFFIXES = frozenset({
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".j2k", ".jfif",
    ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm",
    ".tif", ".tiff", ".webp",
})
# fmt: on
"""Endings, in lower case, of the files that are taken for photos in a folder."""

if TYPE_CHECKING:
    from headstart.media._augmentation import Augmentation as Augmentation
    from headstart.media._memory import encode_photo as encode_photo
    from headstart.media._photos import augment as augment
    from headstart.media._photos import load_photo as load_photo
    from headstart.media._pillow import PIXEL_LIMIT as PIXEL_LIMIT
    from headstart.media._versions import decoder_versions as decoder_versions
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_augmentation": ("Augmentation",),
            "_memory": ("encode_photo",),
            "_photos": ("augment", "load_photo"),
            "_pillow": ("PIXEL_LIMIT",),
            "_versions": ("decoder_versions",),
        },
        own=("PHOTO_SUFFIXES",),
    )
