"""Versions of whatever decides what pixels a file decodes to."""

from __future__ import annotations

from functools import cache

# To be raised whenever a change in this room changes pixels, so that no stored activation of the
# old pixels is ever taken for one of the new.
_PATH = "1"


def decoder_versions() -> dict[str, str]:
    """Versions of the decoders and of the path through them, for a store's key.

    simplejpeg and Pillow carry their own copies of libjpeg-turbo, pillow-heif that of libheif, so
    their versions stand for the libraries' too.

    Returns:
        Version of each package by its name, and of this room's own code as ``"media"``.
    """
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    """Asked for with each key; reading them from the disk takes 2 ms."""
    from importlib.metadata import version

    return {name: version(name) for name in ("pillow", "simplejpeg", "pillow-heif")} | {
        "media": _PATH
    }
