"""Is "?" random? Whether it can be told which labels are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._figures import Figure, ranked_figure
from headstart.report._overview import task_name

MOST_TASKS = 30


@dataclass(frozen=True)
class MissingRow:
    """One task.

    Attributes:
        unknown: share of its examples whose label is not known.
        told: how well it can be told which these are; None where it was not asked.
        warned: whether that is reason for a warning.
    """

    name: str
    unknown: str
    told: Figure | None
    warned: bool


@dataclass(frozen=True)
class Missing:
    """The section on unknown labels.

    Attributes:
        sentences: what was found.
        rows: tasks, those that are warned of first.
        more: how many more there are.
    """

    sentences: tuple[str, ...]
    rows: tuple[MissingRow, ...]
    more: int


def read_missing(metrics: Mapping[str, object]) -> Missing | None:
    """What was found out about unknown labels; None where that was not asked.

    Args:
        metrics: as in ``metrics.json``. Under ``"missing"`` it holds ``"sentences"`` and
            ``"tasks"``, each with ``"name"``, ``"unknown"`` (a share), ``"auroc"`` (a figure) and
            ``"warned"``.
    """
    missing = fields.mapping(metrics.get("missing"))
    sentences = tuple(form.sentence(words) for words in fields.texts(missing.get("sentences")))
    rows = [_row(task) for task in fields.mappings(missing.get("tasks"))]
    if not sentences and not rows:
        return None
    rows.sort(key=lambda row: not row.warned)
    return Missing(sentences, tuple(rows[:MOST_TASKS]), max(len(rows) - MOST_TASKS, 0))


def _row(task: Mapping[str, object]) -> MissingRow:
    unknown = fields.number(task.get("unknown"))
    auroc = task.get("auroc")
    return MissingRow(
        name=task_name(task),
        unknown=form.DASH if unknown is None else form.percent(unknown),
        told=ranked_figure(auroc, name="AUROC", start=0.5) if fields.mapping(auroc) else None,
        warned=task.get("warned") is True,
    )
