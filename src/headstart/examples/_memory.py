"""Examples that are handed over from Python: lists, arrays and data frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headstart.errors import DataError
from headstart.examples._columns import Table, file_cells
from headstart.examples._frame import group_names
from headstart.examples._rows import Rows, cell_text, printable
from headstart.examples._table import FileSource, Source
from headstart.media import encode_photo


@dataclass(frozen=True, eq=False)
class ImageSource:
    """An example that is an image in memory.

    It is encoded anew each time that its bytes are asked for, so that no array is held twice.
    """

    image: Image.Image | NDArray[np.uint8]
    name: str

    def read(self) -> bytes:
        return encode_photo(self.image, name=self.name)


def read_list(data: object, labels: object, *, groups: object = None) -> Rows:
    """Read a list of files or images, or an array of images, with its labels.

    Raises:
        DataError: it is none of these, or lengths differ.
    """
    sources = memory_sources(data)
    if labels is None:
        raise DataError(
            f"{len(sources):,} examples were given without labels; give as many labels, in order"
        )
    return Rows(
        origin="the examples given",
        task="label",
        sources=sources,
        labels=[cell_text(label) for label in one_each(labels, len(sources), "labels")],
        groups=None if groups is None else group_names(one_each(groups, len(sources), "groups")),
    )


def memory_sources(data: object, *, file_column: str | None = None) -> list[Source]:
    """The sources alone, for examples that are to be predicted."""
    table = data_frame(data)
    if table is not None:
        found = [_cell_source(c, i) for i, c in enumerate(file_cells(table, file_column))]
        blank = [i for i, source in enumerate(found) if source is None]
        if blank:
            raise DataError(f"{table.origin}: row {blank[0]} names no file; fill it in or drop it")
        return [source for source in found if source is not None]
    if isinstance(data, np.ndarray) and data.dtype != object and data.dtype.kind not in "US":
        if data.ndim != 4 or data.shape[3] != 3 or data.dtype != np.uint8:
            raise DataError(
                "an array of photos is uint8 of shape (examples, height, width, 3), RGB from 0 to "
                f"255; this one is {data.dtype} of shape {data.shape}"
            )
        return [ImageSource(image, str(i)) for i, image in enumerate(data)]
    items = _items(data)
    if items is None:
        raise DataError(
            f"{type(data).__name__} cannot be read as examples; give a folder, a table, a list of "
            "files or Pillow images, a uint8 array (examples, height, width, 3) or a data frame"
        )
    return [_source(item, i) for i, item in enumerate(items)]


def _source(item: object, index: int) -> Source:
    if isinstance(item, Image.Image) or (isinstance(item, np.ndarray) and item.ndim == 3):
        return ImageSource(item, str(index))
    if isinstance(item, bytes):
        item = os.fsdecode(item)
    if isinstance(item, (str, os.PathLike)) and os.fspath(item):
        return FileSource(Path(item), printable(os.fspath(item)))
    raise DataError(
        f"example {index} is {'blank' if item == '' else type(item).__name__}; each must be a "
        "path or a Pillow image"
    )


def _cell_source(cell: object, row: int) -> Source | None:
    if isinstance(cell, (Image.Image, np.ndarray, os.PathLike)):
        return _source(cell, row)
    text = cell_text(cell)
    return None if text is None else _source(text, row)


def _items(data: object) -> Sequence[object] | None:
    """A list, tuple, array or series of any library as a sequence; None for anything else."""
    if isinstance(data, (list, tuple)):
        return data
    if isinstance(data, np.ndarray):
        return list(data) if data.ndim == 1 else None
    import narwhals as nw

    series: Any = nw.from_native(data, series_only=True, pass_through=True)
    return series.to_list() if isinstance(series, nw.Series) else None


def one_each(data: object, count: int, what: str) -> Sequence[object]:
    """Labels or groups, one an example."""
    cells = _items(data)
    if cells is None:
        raise DataError(f"{what} must be a list, array or series; got {type(data).__name__}")
    if len(cells) != count:
        raise DataError(
            f"there are {count:,} examples but {len(cells):,} {what}; give one for each"
        )
    return cells


def data_frame(data: object) -> Table | None:
    """A pandas, polars or Arrow table, or None."""
    if isinstance(data, (list, tuple, np.ndarray)):
        return None
    import narwhals as nw

    frame: Any = nw.from_native(data, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    return Table(
        "the data frame",
        tuple(frame.columns),
        lambda names: {name: frame[name].to_list() for name in names},
        _cell_source,
        first_row=0,
    )
