"""A folder or file of annotations, told from a folder of class folders."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import DataError
from headstart.examples._frame import there
from headstart.examples._rows import counted, first_few, natural_order, printable
from headstart.examples._table import Examples
from headstart.examples._task_options import TaskOptions

if TYPE_CHECKING:
    from headstart.examples._drawn import Annotated, Drawn

_BESIDE = frozenset({
    "annotations", "images", "jpegimages", "imagesets", "segmentationclass", "segmentationobject",
})  # fmt: skip
"""Folders that a set of annotations has; where there are others, these are classes."""


def find_annotations(data: Path, *, asked: bool = False) -> Drawn | None:
    """Annotations in a folder, in its folder ``annotations``, or a file of COCO's.

    Args:
        data: a folder or file.
        asked: whether the user says that there are some, though other folders are there too.

    Raises:
        DataError: there are several files of COCO's, or a file that cannot be used.
    """
    if data.is_file():
        from headstart.examples._coco import load_coco, read_coco

        content = load_coco(data) if data.suffix.lower() == ".json" else None
        return None if content is None else read_coco(data, content)
    with os.scandir(data) as entries:
        folders = {entry.name.lower(): entry.path for entry in entries if entry.is_dir()}
    if not asked and any(name not in _BESIDE and name[:1] != "." for name in folders):
        return None
    return _in_folder(data, folders.get("annotations"))


def _in_folder(data: Path, annotations: str | None) -> Drawn | None:
    """Annotations in a folder, looked for in its folder ``annotations`` first."""
    from headstart.examples._coco import load_coco, read_coco

    for place in (annotations, data):
        if place is None:
            continue
        with os.scandir(place) as entries:
            names = natural_order(entry.name for entry in entries if not entry.name.startswith("."))
        if files := [Path(place, name) for name in names if name.lower().endswith(".xml")]:
            from headstart.examples._voc import read_voc

            return read_voc(data, files)
        found = {
            name: content
            for name in names
            if name.lower().endswith(".json") and (content := load_coco(Path(place, name)))
        }
        if len(found) > 1:
            raise DataError(
                f"{printable(data)}: {counted(len(found), 'file')} of COCO annotations "
                f"({first_few(list(found))}); give the one that is meant instead of the folder"
            )
        for name, content in found.items():
            return read_coco(Path(place, name), content)
    return None


def annotated_examples(
    found: Drawn, annotated: Annotated, options: TaskOptions, *, for_training: bool
) -> Examples:
    """Examples of what was drawn; photos that are not there stay in, with a note.

    Raises:
        DataError: not one photo is there, or nothing can be learnt.
    """
    if options.kinds or any(chance is not None for chance in options.uncertain.values()):
        raise DataError(
            f"{found.origin}: annotations give binary tasks without uncertain labels; leave "
            "task_kinds and uncertain out"
        )
    missing = [source.name for source in found.sources if not there(source.path)]
    if len(missing) == len(found.sources):
        raise DataError(
            f"{found.origin}: none of the {counted(len(missing), 'photo')} that are annotated is "
            f"there: {first_few(missing)}; put them into the folder 'images' beside the annotations"
        )
    from headstart.examples._drawn import drawn_examples  # with the readers of tables

    examples = drawn_examples(found, annotated, options, for_training=for_training)
    if not missing:
        return examples
    note = (
        f"{found.origin}: {counted(len(missing), 'photo')} annotated but not there: "
        f"{first_few(missing)}."
    )
    return replace(examples, notes=(note, *examples.notes))
