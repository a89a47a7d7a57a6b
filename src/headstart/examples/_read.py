"""The one door through which examples come in, whatever they come as."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from headstart.errors import DataError
from headstart.examples._annotations import annotated_examples, find_annotations
from headstart.examples._folders import list_photos, read_folder
from headstart.examples._rows import assemble, printable
from headstart.examples._table import Examples, FileSource, Source
from headstart.examples._task_options import TaskOptions

# A folder of photos needs no reader of tables, lists or vectors: each is imported where it is used.
if TYPE_CHECKING:
    from headstart.examples._columns import Table
    from headstart.examples._vectors import Features


def read_examples(
    data: object,
    labels: object = None,
    *,
    groups: object = None,
    file_column: str | None = None,
    label_column: str | None = None,
    tasks: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    task_kinds: Mapping[str, Literal["binary", "category"]] | None = None,
    uncertain: str | float | Mapping[str, str | float] = "ignore",
    annotated: Sequence[str] | Literal["all"] = (),
    features: Features | None = None,
    for_training: bool = True,
) -> Examples:
    """Read labelled examples.

    A table without a column that is called label, class, target or category, of whose other
    columns several hold classes, is a table of tasks. In it a blank cell, ``?``, ``NA``, ``N/A``,
    ``nan``, ``null`` and ``None`` in any case are unknown; ``u``, and -1 beside 0 or 1, are
    uncertain. A column of two words for no and yes, such as 0 and 1, is a binary task, every
    other one a category. What each column was read as stands in the notes.

    Annotations of objects, PASCAL VOC's or COCO's, are read as presence: a binary task of each
    class. They say what is there, not what is absent.

    Args:
        data: a folder of class folders, with or without ``train``, ``val`` (``valid``,
            ``validation``) and ``test`` above them; a CSV, TSV, Parquet or JSON Lines table with a
            file column, one or several columns of labels and optionally ``split`` and ``group``;
            a folder with PASCAL VOC's XML files in it, or in its folder ``annotations``, or with a
            JSON file of COCO's, or that file; a list of files or Pillow images; a uint8 array
            ``(examples, height, width, 3)``; a pandas or polars data frame with a file column; a
            list of tables, which are joined on their files: a label that one of them knows is
            known, and one in which they contradict one another is unknown.
        labels: one an example, for lists, arrays and data frames; None, NaN and blanks are
            unknown.
        groups: one an example, for the same: examples of one group are never split. A table of
            which every path has a folder such as ``patient08465`` needs none.
        file_column: name of the file column where it is none of file_name, file, path, image,
            filename.
        label_column: name of the label column where it is none of label, class, target,
            category, nor the only other one that holds classes.
        tasks: names, or patterns such as ``"NR-*"``, of the columns that are tasks; one is enough.
            All that hold classes where None.
        exclude: names or patterns of columns that are no tasks.
        task_kinds: ``"binary"`` or ``"category"`` for columns, by name or pattern, that would be
            read otherwise. Of two other words the second in natural order is yes.
        uncertain: what is done with uncertain labels of binary tasks, for all or by name or
            pattern: ``"ignore"`` leaves them out; ``"positive"`` and ``"negative"`` train them as
            such; ``"soft"`` trains them as 70 % positive, in the middle of the range of Pham et
            al. (2021); so does a number from 0 to 1 with its chance. They are never scored.
        annotated: classes, by name or pattern, that annotators looked for in every photo, or
            ``"all"``: what is not drawn is absent. It is unknown for the others, except where COCO
            files list absent classes (``neg_category_ids``).
        features: feature vectors of a table's rows, which then needs no files: a ``.npy``,
            ``.npz``, Parquet or CSV file, an array ``(rows, width)``, a data frame, or names or
            patterns of the table's own columns of numbers. A table of features that has the
            column that names the rows of `data` (its file column, or ``id``, ``mol_id`` and the
            like) is joined on it, all others stand in the same order.
        for_training: also ask for two classes and a training part; False to evaluate.

    Returns:
        The examples: with one task of kind ``"category"`` whose classes are in natural order, or
        those of a table of tasks in the order of its columns. Tasks of which the training part
        does not know two classes are left out. Files that are missing or damaged are among the
        examples: only reading their bytes shows which.

    Raises:
        DataError: the data as a whole cannot be used.
        SettingError: options that mean nothing.

    References:
        Irvin et al., *CheXpert* (2019): policies for uncertain labels. Pham et al., *Interpreting
        chest X-rays via CNNs that exploit hierarchical disease dependencies and uncertainty
        labels* (2021).
    """
    options = TaskOptions.checked(
        tasks=tasks, exclude=exclude, task_kinds=task_kinds, uncertain=uncertain
    )
    if labels is None and (paths := _several_tables(data)):
        from headstart.examples._join import read_joined

        if label_column is not None or groups is not None or features is not None or annotated:
            raise DataError(
                "label_column, groups, features and annotated are for one table; of several that "
                "are joined every column of classes is a task, chosen with tasks and exclude"
            )
        return read_joined(paths, options, file_column=file_column, for_training=for_training)
    path = Path(data) if isinstance(data, (str, os.PathLike)) else None
    if path is not None:
        if labels is not None or groups is not None:
            raise DataError(
                f"{printable(path)}: labels and groups cannot be given beside a folder or table, "
                "which holds its own; give a list of files instead"
            )
        is_folder(path)
        if (drawn := find_annotations(path, asked=bool(annotated))) is not None:
            if features is not None or label_column is not None:
                raise DataError(
                    f"{drawn.origin}: features and label_column are for tables, and this holds "
                    "annotations of objects; leave them out"
                )
            return annotated_examples(drawn, annotated, options, for_training=for_training)
    if annotated:
        raise DataError("annotated is for annotations of objects; there are none: leave it out")
    table = _table(data, path)
    if table is not None:
        from headstart.examples._read_table import read_table

        vectors = None
        if features is not None:
            from headstart.examples._vector_table import ROW, with_vectors

            vectors = with_vectors(table, features, file_column=file_column, options=options)
            table, file_column = vectors.table, ROW
        found = read_table(
            table, options, labels, groups,
            file_column=file_column, label_column=label_column, for_training=for_training,
        )  # fmt: skip
        return found if vectors is None else vectors.examples(found)
    if features is not None:
        raise DataError("features belong to the rows of a table; give one of labels")
    if options.asked or exclude:
        raise DataError("tasks and their options are for tables; this is none: leave them out")
    if path is not None:
        return assemble(read_folder(path), for_training=for_training)
    from headstart.examples._memory import read_list

    return assemble(read_list(data, labels, groups=groups), for_training=for_training)


def read_sources(
    data: object,
    *,
    file_column: str | None = None,
    features: Features | None = None,
    vector_names: Sequence[str] | None = None,
) -> tuple[Source, ...]:
    """Read examples without labels, to be predicted.

    Args:
        data: a photo, a folder (every photo below it), a table with a file column, or any of the
            Python objects that `read_examples` takes.
        file_column: as for `read_examples`.
        features: likewise.
        vector_names: of the numbers that a model reads: the examples are feature vectors, and
            these are found by name, in this order. Without `features` they are columns of `data`,
            or `data` is a file or array of them.

    Raises:
        DataError: the data as a whole cannot be used.
    """
    if features is not None or vector_names is not None:
        from headstart.examples._vector_sources import vector_sources

        return vector_sources(data, features, vector_names, file_column=file_column)
    if not isinstance(data, (str, os.PathLike)):
        from headstart.examples._memory import memory_sources

        return tuple(memory_sources(data, file_column=file_column))
    path = Path(data)
    if is_folder(path):
        return tuple(list_photos(path))
    if path.suffix.lower() == ".json":
        from headstart.examples._coco import coco_files, load_coco

        if (content := load_coco(path)) is not None:
            return coco_files(path, content)
    from headstart.examples._tables import is_table, list_table_files

    if is_table(path):
        return tuple(list_table_files(path, file_column=file_column))
    return (FileSource(path, printable(path)),)


def is_folder(path: Path) -> bool:
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


def _table(data: object, path: Path | None) -> Table | None:
    """The table that was given; None where it is a folder, a list or an array."""
    if path is None:
        from headstart.examples._memory import data_frame

        return data_frame(data)
    if path.is_dir():
        return None
    from headstart.examples._tables import open_table

    return open_table(path)


def _several_tables(data: object) -> list[Path]:
    """The tables of a list of nothing else; an empty list for all other data."""
    if not isinstance(data, list | tuple) or len(data) < 2:
        return []
    from headstart.examples._tables import is_table

    paths = [Path(each) for each in data if isinstance(each, str | os.PathLike)]
    return paths if len(paths) == len(data) and all(map(is_table, paths)) else []
