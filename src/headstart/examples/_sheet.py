"""A table's examples and its columns that may be tasks, before any is taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.examples._cells import Coded, coded
from headstart.examples._columns import Table, columns_of, listed
from headstart.examples._frame import read_frame
from headstart.examples._table import Part, Source
from headstart.examples._task_options import TaskOptions


@dataclass(frozen=True, eq=False)
class Sheet:
    """Examples with several columns of which each may be a task.

    Attributes:
        origin: what was read, as the user named it; begins messages.
        sources: one a row.
        columns: those that may be tasks, in the order of the table.
        groups: one a row, or None where there are no groups.
        parts: one a row, or None where there is no split.
        notes: what the user should know, a sentence each.
        listed: all columns of the table, for messages.
        patients: whether the groups are but patients' folders in the paths.
    """

    origin: str
    sources: Sequence[Source]
    columns: Mapping[str, Coded]
    groups: tuple[str, ...] | None = None
    parts: Sequence[Part] | None = None
    notes: Sequence[str] = ()
    listed: str = ""
    patients: bool = False


def possible_tasks(
    table: Table, options: TaskOptions, *, file_column: str | None = None
) -> list[str]:
    """Names of the columns of a table that may be tasks, whatever they hold.

    One that is called label, class, target or category stands for all, unless tasks are spoken of;
    and that of a split or of groups is none, unless it is named.
    """
    roles = columns_of(table, file_column)
    found = roles.others if options.asked else roles.labels
    return [*found, *(n for n in (roles.split, roles.group) if n and n in (options.tasks or ()))]


def read_sheet(
    table: Table,
    names: Sequence[str],
    *,
    groups: Sequence[object] | None = None,
    file_column: str | None = None,
) -> Sheet:
    """Read a table's files, groups, split and the columns that may be tasks.

    Args:
        table: where the cells come from.
        names: of the columns that may be tasks.
        groups: groups that were given beside the table.
        file_column: the file column's name, where it has an unusual one.

    Raises:
        DataError: columns are missing, or cells make no sense; every such fault is named.
    """
    roles = columns_of(table, file_column)
    split = None if roles.split in names else roles.split
    group = None if roles.group in names else roles.group
    cells = table.load([name for name in (roles.file, split, group, *names) if name])
    frame = read_frame(
        table,
        cells[roles.file],
        split=None if split is None else cells[split],
        groups=groups if groups is not None or group is None else cells[group],
        column=roles.file,
    )
    frame.refuse()
    whole = len(frame.kept) == len(cells[roles.file])
    columns = {
        name: coded(cells[name] if whole else [cells[name][i] for i in frame.kept])
        for name in names
    }
    return Sheet(
        origin=table.origin,
        sources=frame.sources,
        columns=columns,
        groups=frame.groups,
        parts=frame.parts,
        notes=frame.notes,
        listed=listed(table),
        patients=frame.patients,
    )
