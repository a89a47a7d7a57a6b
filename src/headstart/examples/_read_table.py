"""A table of one task or of several, read as what it is."""

from __future__ import annotations

from collections.abc import Sequence

from headstart.errors import DataError
from headstart.examples._columns import Table, columns_of
from headstart.examples._label import read_label
from headstart.examples._memory import one_each
from headstart.examples._rows import assemble
from headstart.examples._sheet import possible_tasks, read_sheet
from headstart.examples._table import Examples
from headstart.examples._task_options import TaskOptions
from headstart.examples._task_table import find_tasks, task_examples


def read_table(
    table: Table,
    options: TaskOptions,
    labels: object,
    groups: object,
    *,
    file_column: str | None,
    label_column: str | None,
    for_training: bool,
) -> Examples:
    """Read a table of one task or several.

    Args:
        table: as it was opened.
        options: of tasks.
        labels: given beside a data frame; None where they are among its columns.
        groups: likewise.
        file_column: as of `headstart.examples.read_examples`, like the next two.
        label_column: likewise.
        for_training: likewise.

    Raises:
        DataError: the table cannot be used.
    """
    beside, given = _beside(table, labels, "labels"), _beside(table, groups, "groups")
    one = label_column is not None or beside is not None
    if one and options.asked:
        raise DataError(
            f"{table.origin}: tasks and their options cannot be given beside label_column or "
            "labels, which say that there is one task; leave one of them out"
        )
    columns = columns_of(table, file_column)
    if not one and (options.asked or len(columns.labels) > 1):
        possible = possible_tasks(table, options, file_column=file_column)
        names = options.candidates(possible, table.origin)
        sheet = read_sheet(table, names, groups=given, file_column=file_column)
        found = find_tasks(sheet, options)
        if options.asked or len(found.whole) != 1:
            return task_examples(sheet, found, options, for_training=for_training)
        (label_column,) = found.whole
    rows = read_label(
        table, labels=beside, groups=given, file_column=file_column, label_column=label_column
    )
    return assemble(rows, for_training=for_training)


def _beside(table: Table, given: object, what: str) -> Sequence[object] | None:
    """Labels or groups that were given beside a data frame, one a row."""
    if given is None:
        return None
    first = table.names[:1]
    return one_each(given, len(table.load(first)[first[0]]) if first else 0, what)
