"""Every task of a comparison in one table: what each way reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell
from headstart.report._versus import Compared
from headstart.report._ways import figure_cell


@dataclass(frozen=True)
class EveryRow:
    """One task.

    Attributes:
        known: its labels.
        others: those of all other tasks together.
        reached: AUROC by each way.
        compared: by the first contest, AUROC and log loss; may be empty.
    """

    name: str
    known: str
    others: str
    reached: tuple[Cell, ...]
    compared: tuple[Compared, ...]


@dataclass(frozen=True)
class EveryTask:
    """The table; `ways` are the names over the columns of AUROC."""

    ways: tuple[str, ...]
    rows: tuple[EveryRow, ...]


def read_every_task(
    found: Mapping[str, object], compared: Mapping[str, tuple[Compared, ...]]
) -> EveryTask:
    """All tasks in their order.

    Args:
        found: a comparison's figures.
        compared: of the first way with the second, by task.
    """
    ways = fields.mappings(found.get("ways"))
    reached = [_by_task(way) for way in ways]
    return EveryTask(
        ways=tuple(form.visible(fields.text(way.get("name"))) for way in ways),
        rows=tuple(_row(task, reached, compared) for task in fields.mappings(found.get("tasks"))),
    )


def _by_task(way: Mapping[str, object]) -> dict[str, object]:
    return {fields.text(one.get("task")): one.get("auroc")
            for one in fields.mappings(way.get("figures"))}  # fmt: skip


def _row(
    task: Mapping[str, object],
    reached: Sequence[Mapping[str, object]],
    compared: Mapping[str, tuple[Compared, ...]],
) -> EveryRow:
    name = fields.text(task.get("name"))
    known, others = (fields.whole(task.get(key)) for key in ("known", "known_of_others"))
    return EveryRow(
        name=form.visible(name),
        known=form.DASH if known is None else form.count(known),
        others=form.DASH if others is None else form.count(others),
        reached=tuple(figure_cell(way.get(name), form.decimal) for way in reached),
        compared=compared.get(name, ()),
    )
