"""A folder of class folders, with or without train, val and test above them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from headstart.errors import DataError
from headstart.examples._rows import PART_NAMES, Rows, counted, first_few, natural_order, printable
from headstart.examples._table import FileSource, Part
from headstart.media import PHOTO_SUFFIXES

_SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "@eadir"})
_PART_FOLDERS = frozenset({"train", "val", "valid", "validation", "test"})


@dataclass(frozen=True)
class _Walk:
    """What is met on the way through a folder: lists that grow as it goes."""

    root: Path
    photos: list[FileSource] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def name(self, path: str) -> str:
        return printable(os.path.relpath(path, self.root))


def read_folder(folder: Path) -> Rows:
    """Read a folder of class folders.

    Folders inside a class folder belong to the class. Hidden files and those that systems leave
    behind are passed over silently, other files without a photo's ending with a note. Links to
    folders are followed, each folder once. A folder with a photo's ending inside a class folder,
    or a dead link, is an example: it is set aside when it cannot be read.

    Raises:
        DataError: the folder holds no photos in class folders.
    """
    walk = _Walk(folder)
    labels: list[str] = []
    parts: list[Part] = []
    split = _part_folders(walk)
    for part, place in split or [("train", str(folder))]:
        for entry in _children(walk, place):
            if not entry.is_dir() or _looks_like_photo(entry.name):
                (walk.strays if _looks_like_photo(entry.name) else walk.ignored).append(
                    walk.name(entry.path)
                )
                continue
            found = _take_photos(walk, entry.path)
            labels += [printable(entry.name)] * found
            parts += [part] * found
            if not found:
                walk.empty.append(walk.name(entry.path))
    if not walk.photos:
        raise DataError(_nothing_found(walk, split=bool(split)))
    return Rows(
        origin=printable(folder),
        task="label",
        sources=walk.photos,
        labels=labels,
        parts=parts if split else None,
        notes=_notes(walk),
    )


def list_photos(folder: Path) -> list[FileSource]:
    """Every photo below a folder, whatever its folders are called.

    Raises:
        DataError: there is none.
    """
    walk = _Walk(folder)
    if not _take_photos(walk, str(folder)):
        raise DataError(_nothing_found(walk, split=False))
    return walk.photos


def _part_folders(walk: _Walk) -> list[tuple[Part, str]]:
    """Folders of the parts of a split; none where ``train`` is but the name of a class."""
    folders = [
        entry
        for entry in _children(walk, str(walk.root))
        if entry.is_dir() and not _looks_like_photo(entry.name)
    ]
    named = [entry for entry in folders if entry.name.lower() in _PART_FOLDERS]
    parts: list[tuple[Part, str]] = [(PART_NAMES[e.name.lower()], e.path) for e in named]
    # Beside other folders (annotations/) only those that hold folders themselves are parts:
    # a class may well be called "train".
    if len(named) < len(folders):
        if len({part for part, _ in parts}) < 2:
            return []
        if not all(any(child.is_dir() for child in _children(walk, e.path)) for e in named):
            return []
        walk.ignored.extend(f"{walk.name(e.path)}{os.sep}" for e in folders if e not in named)
    return parts


def _children(walk: _Walk, folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, in natural order, without hidden files."""
    try:
        with os.scandir(folder) as entries:
            named = {entry.name: entry for entry in entries}
    except OSError:
        walk.closed.append(walk.name(folder))
        return []
    return [
        named[name]
        for name in natural_order(named)
        if not name.startswith(".") and name.lower() not in _SYSTEM_NAMES
    ]


def _take_photos(walk: _Walk, folder: str) -> int:
    """Add the photos of a folder and the folders below it to the walk; returns how many."""
    status = os.stat(folder)  # noqa: PTH116  (a string, for speed: 100,000 files)
    identity = (status.st_dev, status.st_ino)
    if identity in walk.seen:  # a link back up, or a second link to the same folder
        return 0
    walk.seen.add(identity)
    before = len(walk.photos)
    for entry in _children(walk, folder):
        if _looks_like_photo(entry.name):
            walk.photos.append(FileSource(Path(entry.path), walk.name(entry.path)))
        elif entry.is_dir():
            _take_photos(walk, entry.path)
        else:
            walk.ignored.append(walk.name(entry.path))
    return len(walk.photos) - before


def _looks_like_photo(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES  # noqa: PTH122  (speed)


def _notes(walk: _Walk) -> list[str]:
    notes = []
    if walk.strays:
        notes.append(
            f"{counted(len(walk.strays), 'photo')} beside the class folders left out, for no "
            f"folder says their class: {first_few(walk.strays)}."
        )
    if walk.ignored:
        notes.append(
            f"{counted(len(walk.ignored), 'file')} without a photo's ending left out: "
            f"{first_few(natural_order(walk.ignored))}."
        )
    if walk.empty:
        notes.append(f"No photos in the folder {first_few(walk.empty)}: it is no class.")
    if walk.closed:
        notes.append(f"The folder {first_few(walk.closed)} may not be opened and is left out.")
    return notes


def _nothing_found(walk: _Walk, *, split: bool) -> str:
    """Why there are no examples, and how to arrange them."""
    folder = printable(walk.root)
    place = f"{folder}/train" if split else folder
    arrange = (
        f"put the photos of each class into a folder of its own, such as {place}/cat/ and "
        f"{place}/dog/"
    )
    if walk.closed:
        return f"{folder}: the folder {first_few(walk.closed)} may not be opened; allow reading it"
    if walk.strays:
        return (
            f"{folder}: the {counted(len(walk.strays), 'photo')} in it lie in no class folder; "
            f"{arrange}"
        )
    if walk.ignored:
        return (
            f"{folder}: none of its files has a photo's ending such as .jpg or .png, only "
            f"{first_few(walk.ignored)}; {arrange}"
        )
    return f"{folder}: the folder is empty; {arrange}"
