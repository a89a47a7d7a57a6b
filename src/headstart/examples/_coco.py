"""COCO annotations: one JSON file for all photos, with what was drawn in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._drawn import Drawn
from headstart.examples._rows import natural_order, printable
from headstart.examples._table import FileSource

_LOOKED_AT = 100
"""So many photos tell in which folder all of them lie."""


def load_coco(path: Path) -> Mapping[str, Any] | None:
    """The content of a file of COCO annotations; None where it is something else."""
    try:
        with path.open("rb") as file:
            if file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
                return None
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):  # JSON Lines, or nothing that is JSON
        return None
    lists = ("images", "annotations", "categories")
    if not isinstance(found, dict) or not all(isinstance(found.get(key), list) for key in lists):
        return None
    return found


def read_coco(path: Path, content: Mapping[str, Any]) -> Drawn:
    """Read what was drawn, and the lists of LVIS where there are any.

    Of LVIS's lists ``neg_category_ids`` of a photo names classes that are absent, and
    ``not_exhaustive_category_ids`` those of which not all were drawn. Crowds count: they are there.

    Args:
        path: the file.
        content: what `load_coco` found in it.

    Raises:
        DataError: it contradicts itself.

    References:
        Gupta, Dollar and Girshick, *LVIS: a dataset for large vocabulary instance segmentation*
        (2019), section 3.
    """
    origin = printable(path)
    try:
        names = {each["id"]: str(each["name"]) for each in content["categories"]}
        rows = {each["id"]: row for row, each in enumerate(content["images"])}
        files = [str(each["file_name"]) for each in content["images"]]
        classes = natural_order(set(names.values()))
        number = {name: place for place, name in enumerate(classes)}
        column = {identity: number[name] for identity, name in names.items()}
        pairs = [(rows[a["image_id"]], column[a["category_id"]]) for a in content["annotations"]]
        absent = _listed(content["images"], "neg_category_ids", column)
        partial = _listed(content["images"], "not_exhaustive_category_ids", column)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{origin}: these COCO annotations contradict themselves: {error!r} is missing or of "
            "no use; write them anew"
        ) from None
    if not files:
        raise DataError(f"{origin}: the annotations name no photo")
    folder = _folder(path, files)
    drawn = np.zeros((len(files), len(classes)), bool)
    drawn[tuple(np.array(pairs, np.int64).reshape(-1, 2).T)] = True
    return Drawn(
        origin,
        tuple(FileSource(folder / file, printable(file)) for file in files),
        tuple(classes),
        drawn,
        absent if absent is not None else np.zeros_like(drawn),
        partial if partial is not None else np.zeros_like(drawn),
    )


def coco_files(path: Path, content: Mapping[str, Any]) -> tuple[FileSource, ...]:
    """The photos alone, to be predicted."""
    return read_coco(path, content).sources


def _listed(
    images: Sequence[Mapping[str, Any]], key: str, column: Mapping[Any, int]
) -> NDArray[np.bool_] | None:
    """Classes that each photo lists under a key, bool ``(photos, classes)``."""
    if not any(key in each for each in images):
        return None
    found = np.zeros((len(images), len(set(column.values()))), bool)
    for row, each in enumerate(images):
        found[row, [column[identity] for identity in each.get(key) or ()]] = True
    return found


def _folder(path: Path, files: Sequence[str]) -> Path:
    """The folder, among those near the file, that holds most of the photos."""
    beside, above = path.parent, path.absolute().parent.parent
    named = [child for child in sorted(above.iterdir()) if child.is_dir()]
    near = [
        beside, beside / "images", above, above / "images",
        *(child for child in named if child.name in path.stem),
    ]  # fmt: skip
    return max(near, key=lambda place: sum((place / f).exists() for f in files[:_LOOKED_AT]))
