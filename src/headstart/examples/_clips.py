"""Clips of sound in a folder: which there are, and about how long they are."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterable
from pathlib import Path

from headstart.examples._rows import PART_NAMES, printable
from headstart.examples._table import FileSource, Source

SOUND_SUFFIXES = frozenset({
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma",
})  # fmt: skip

_TIMED = 1000
"""The lengths of so many clips are read; the others are taken to be as long."""


def clips_in(folder: Path) -> list[tuple[str, FileSource]]:
    """The sounds below a folder, each with the name of its class folder, or an empty one."""
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        inside = Path(place).relative_to(folder).parts
        if inside and inside[0].lower() in PART_NAMES:
            inside = inside[1:]
        label = printable(inside[0]) if inside else ""
        found += [(label, FileSource(Path(place, name), printable(name)))
                  for name in sorted(names) if is_sound(name)]  # fmt: skip
    return found


def is_sound(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SOUND_SUFFIXES  # noqa: PTH122  (speed)


def seconds_of(sources: Iterable[Source]) -> float | None:
    """Of all clips, from the lengths of the first; only those of WAV files are told quickly."""
    files = [source for source in sources if isinstance(source, FileSource)]
    lengths = [length for source in files[:_TIMED]
               if (length := _length(source.path)) is not None]  # fmt: skip
    if not lengths or 2 * len(lengths) < len(files[:_TIMED]):
        return None
    return sum(lengths) / len(lengths) * len(files)


def _length(path: Path) -> float | None:
    try:
        with wave.open(str(path), "rb") as clip:
            return clip.getnframes() / clip.getframerate()
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        return None
