"""A table with one column of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.errors import DataError
from headstart.examples._columns import Columns, Table, columns_of, listed, must_be_there
from headstart.examples._frame import read_frame
from headstart.examples._rows import Rows, cell_text, first_few, printable


@dataclass(frozen=True)
class _Roles:
    """Names of the columns that matter."""

    file: str
    label: str | None
    split: str | None
    group: str | None
    passed_over: tuple[str, ...]


def read_label(
    table: Table,
    *,
    labels: Sequence[object] | None = None,
    groups: Sequence[object] | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
) -> Rows:
    """Read a table with a file column, a label column and perhaps ``split`` and ``group``.

    Args:
        table: where the cells come from.
        labels: labels that were given beside the table; then it needs no label column.
        groups: groups that were given beside the table.
        file_column: the file column's name, where it has an unusual one.
        label_column: the label column's name, likewise.

    Raises:
        DataError: columns are missing, or cells make no sense; every such fault is named.
    """
    roles = _roles(table, columns_of(table, file_column), label_column, labelled=labels is not None)
    wanted = [name for name in (roles.file, roles.label, roles.split, roles.group) if name]
    cells = table.load(wanted)
    if roles.group is not None and groups is None:
        groups = cells[roles.group]
    split = None if roles.split is None else cells[roles.split]
    frame = read_frame(table, cells[roles.file], split=split, groups=groups, column=roles.file)
    label_cells = labels if roles.label is None else cells[roles.label]
    assert label_cells is not None
    texts = [cell_text(label_cells[i]) for i in frame.kept]
    frame.check_text([(text, i) for text, i in zip(texts, frame.kept, strict=True) if text])
    frame.refuse()
    notes = list(frame.notes)
    if roles.passed_over:
        quoted = [f"'{printable(name)}'" for name in roles.passed_over]
        notes.append(
            f"{table.origin}: '{roles.label}' is taken for the label; not used: "
            f"{first_few(quoted, 5)}."
        )
    if {text for text in texts if text is not None} == {"-1", "0", "1"}:
        notes.append(
            f"{table.origin}: -1, 0 and 1 in '{roles.label}' are three classes; where -1 means "
            "uncertain, name the column with tasks."
        )
    return Rows(
        origin=table.origin,
        task=roles.label or "label",
        sources=frame.sources,
        labels=[None if text is None else printable(text) for text in texts],
        groups=frame.groups,
        parts=frame.parts,
        notes=notes,
    )


def _roles(table: Table, columns: Columns, label_column: str | None, *, labelled: bool) -> _Roles:
    """Find the columns, or raise DataError that lists those which are there."""
    file, split, group = columns.file, columns.split, columns.group
    if labelled:
        return _Roles(file, None, split, group, ())
    if label_column is not None:
        must_be_there(table, label_column)
        label = label_column
    else:
        if len(columns.labels) != 1:
            raise DataError(
                f"{table.origin}: no column is named 'label'"
                + (" and several could be meant" if columns.labels else "")
                + f"; name one so or give label_column (columns: {listed(table)})"
            )
        label = columns.labels[0]
    return _Roles(
        file,
        label,
        None if split == label else split,
        None if group == label else group,
        tuple(name for name in columns.others if name != label),
    )
