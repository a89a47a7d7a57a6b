"""Bytes to arrays: encoded photos become pixels of one fixed size."""

from headstart.media._augmentation import Augmentation
from headstart.media._memory import encode_photo
from headstart.media._photos import augment, load_photo
from headstart.media._pillow import PIXEL_LIMIT
from headstart.media._versions import decoder_versions

# fmt: off
PHOTO_SUFFIXES = frozenset({
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".j2k", ".jfif",
    ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm",
    ".tif", ".tiff", ".webp",
})
# fmt: on
"""Endings, in lower case, of the files that are taken for photos in a folder."""

__all__ = [
    "PHOTO_SUFFIXES",
    "PIXEL_LIMIT",
    "Augmentation",
    "augment",
    "decoder_versions",
    "encode_photo",
    "load_photo",
]
