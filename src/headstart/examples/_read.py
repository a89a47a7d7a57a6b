"""The one door through which examples come in, whatever they come as."""

from __future__ import annotations

import os
from pathlib import Path

from headstart.errors import DataError
from headstart.examples._folders import list_photos, read_folder
from headstart.examples._memory import memory_sources, read_memory
from headstart.examples._rows import assemble, printable
from headstart.examples._table import Examples, FileSource, Source
from headstart.examples._tables import TABLE_SUFFIXES, list_table_files, read_table_file


def read_examples(
    data: object,
    labels: object = None,
    *,
    groups: object = None,
    file_column: str | None = None,
    label_column: str | None = None,
    for_training: bool = True,
) -> Examples:
    """Read labelled examples.

    Args:
        data: a folder of class folders, with or without ``train``, ``val`` (``valid``,
            ``validation``) and ``test`` above them; a CSV, TSV, Parquet or JSON Lines table with a
            file column, a label column and optionally ``split`` and ``group``; a list of files or
            Pillow images; a uint8 array ``(examples, height, width, 3)``; a pandas or polars data
            frame with a file column.
        labels: one an example, for lists, arrays and data frames; None, NaN and blanks are
            unknown.
        groups: one an example, for the same: examples of one group are never split.
        file_column: name of the file column where it is none of file_name, file, path, image,
            filename.
        label_column: name of the label column where it is none of label, class, target,
            category, nor the only other one.
        for_training: also ask for two classes and a training part; False to evaluate.

    Returns:
        The examples, with one task of kind ``"category"`` whose classes are in natural order.
        Files that are missing or damaged are among them: only reading their bytes shows which.

    Raises:
        DataError: the data as a whole cannot be used.
    """
    if not isinstance(data, (str, os.PathLike)):
        rows = read_memory(
            data, labels, groups=groups, file_column=file_column, label_column=label_column
        )
        return assemble(rows, for_training=for_training)
    path = Path(data)
    if labels is not None or groups is not None:
        raise DataError(
            f"{printable(path)}: labels and groups cannot be given beside a folder or table, which "
            "holds its own; give a list of files instead"
        )
    if _is_folder(path):
        rows = read_folder(path)
    else:
        rows = read_table_file(path, file_column=file_column, label_column=label_column)
    return assemble(rows, for_training=for_training)


def read_sources(data: object, *, file_column: str | None = None) -> tuple[Source, ...]:
    """Read examples without labels, to be predicted.

    Args:
        data: a photo, a folder (every photo below it), a table with a file column, or any of the
            Python objects that `read_examples` takes.
        file_column: as for `read_examples`.

    Raises:
        DataError: the data as a whole cannot be used.
    """
    if not isinstance(data, (str, os.PathLike)):
        return tuple(memory_sources(data, file_column=file_column))
    path = Path(data)
    if _is_folder(path):
        return tuple(list_photos(path))
    if path.suffix.lower() in TABLE_SUFFIXES:
        return tuple(list_table_files(path, file_column=file_column))
    return (FileSource(path, printable(path)),)


def _is_folder(path: Path) -> bool:
    """Whether it is a folder; raises DataError where there is nothing at all."""
    try:
        if path.exists():
            return path.is_dir()
        reason = "is a dead link" if path.is_symlink() else "does not exist"
    except PermissionError:
        reason = "may not be read: permission denied"
    except (OSError, ValueError):
        reason = "is not a path"
    raise DataError(
        f"{printable(path)}: {reason}; give a folder of class folders, or a table of files"
    )
