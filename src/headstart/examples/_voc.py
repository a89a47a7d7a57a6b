"""PASCAL VOC annotations: one XML file a photo, with what was drawn in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from headstart.errors import DataError
from headstart.examples._drawn import Drawn, presence
from headstart.examples._rows import counted, first_few, natural_order, printable
from headstart.examples._table import FileSource
from headstart.media import PHOTO_SUFFIXES

_PHOTO_FOLDERS = ("images", "jpegimages", "")


@dataclass
class _Annotation:
    """What one file says, gathered while it is parsed."""

    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    file: str = ""
    root: str = ""

    def start(self, tag: str, _: dict[str, str]) -> None:
        self.root = self.root or tag
        self.path.append(tag)
        self.text.clear()

    def end(self, _: str) -> None:
        text = "".join(self.text).strip()
        # Parts of an object (a head, a hand) have names too, one level down.
        if self.path[1:] == ["object", "name"] and text:
            self.names.append(text)
        elif self.path[1:] == ["filename"]:
            self.file = text
        self.path.pop()
        self.text.clear()


def read_voc(folder: Path, files: Sequence[Path]) -> Drawn:
    """Read annotations that lie in a folder, or in one of its folders, beside their photos.

    A photo is looked for by the name that its annotation gives, then by that name with another
    ending, then by the annotation's own name. Objects that are marked difficult count: they are
    there.

    Args:
        folder: what the user named.
        files: the annotations.

    Raises:
        DataError: a file is no annotation, or declares entities; every such file is named.
    """
    photos = _photos(folder, files)
    by_name = {path.name: path for path in photos}
    by_stem = {path.stem: path for path in reversed(photos)}
    sources, objects, faults, renamed = [], [], [], []
    for path in files:
        try:
            annotation = _parse(path)
        except DataError as error:
            faults.append(f"{printable(path.name)} {error}")
            continue
        named = annotation.file.replace("\\", "/").rpartition("/")[2]
        found = by_name.get(named) or by_stem.get(Path(named).stem) or by_stem.get(path.stem)
        if found is not None and named and found.name != named:
            renamed.append(f"{printable(found.name)} for {printable(named)}")
        found = found or folder / (named or path.with_suffix(".jpg").name)
        sources.append(FileSource(found, printable(os.path.relpath(found, folder))))
        objects.append(annotation.names)
    if faults:
        raise DataError(
            f"{printable(folder)}: {counted(len(faults), 'annotation')} cannot be used: "
            f"{first_few(faults)}"
        )
    notes = []
    if renamed:
        notes.append(
            f"{counted(len(renamed), 'photo')} found under another name than the annotation "
            f"gives: {first_few(renamed)}."
        )
    spare = set(photos) - {source.path for source in sources}
    if spare:
        names = natural_order(printable(path.name) for path in spare)
        notes.append(
            f"{counted(len(spare), 'photo')} without an annotation left out: {first_few(names)}."
        )
    return presence(printable(folder), sources, objects, notes)


def _photos(folder: Path, files: Sequence[Path]) -> list[Path]:
    """The photos of the first folder that may hold them and does."""
    beside = files[0].parent
    for place in (folder, beside.parent, beside):
        for child in sorted(place.iterdir()):
            if child.is_dir() and child.name.lower() in _PHOTO_FOLDERS:
                found = _photos_in(child)
                if found:
                    return found
    return _photos_in(folder) or _photos_in(beside)


def _photos_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = natural_order(entry.name for entry in entries)
    return [folder / name for name in names if Path(name).suffix.lower() in PHOTO_SUFFIXES]


def _parse(path: Path) -> _Annotation:
    """Read one annotation.

    Raises:
        DataError: with what is wrong, without the file's name.
    """
    found = _Annotation()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text.append
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise DataError(f"is no XML: {error}") from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"is in an encoding that is not known: {error}") from None
    if found.root != "annotation":
        raise DataError(
            f"is no PASCAL VOC annotation, for it begins with <{printable(found.root)}>"
        )
    return found


def _refuse(*_: object) -> None:
    raise DataError(
        "has a document type or entities, with which a small file can fill the memory or fetch "
        "others; remove them"
    )
