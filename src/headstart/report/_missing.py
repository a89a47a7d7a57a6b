"""Is "?" random? Whether it can be told which labels are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._figures import Figure, ranked_figure

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
            ``"warned"``; or as of `headstart.strategy`'s ``Missingness.as_dict``.
    """
    missing = fields.mapping(metrics.get("missing"))
    sentences = tuple(form.sentence(words) for words in fields.texts(missing.get("sentences")))
    rows = [_row(task) for task in fields.mappings(missing.get("tasks"))]
    if not sentences and not rows:
        return None
    rows.sort(key=lambda row: not row.warned)
    return Missing(sentences, tuple(rows[:MOST_TASKS]), max(len(rows) - MOST_TASKS, 0))


def _row(task: Mapping[str, object]) -> MissingRow:
    auroc = _strongest(fields.mapping(task.get("auroc")))
    unknown = _unknown(task)
    name = form.visible(fields.text(task.get("name")) or fields.text(task.get("task")))
    return MissingRow(
        name=name or "label",
        unknown=form.DASH if unknown is None else form.percent(unknown),
        told=ranked_figure(auroc, name="AUROC", start=0.5) if auroc else None,
        warned=task.get("warned") is True or bool(fields.text(task.get("warning"))),
    )


def _unknown(task: Mapping[str, object]) -> float | None:
    """Share of the examples whose label is unknown, given as such or as two numbers."""
    unknown, known = fields.number(task.get("unknown")), fields.number(task.get("known"))
    if unknown is None or known is None:
        return unknown
    return unknown / (known + unknown) if known + unknown > 0 else None


def _strongest(auroc: Mapping[str, object]) -> Mapping[str, object]:
    """A figure, or of those by clue the largest."""
    if "value" in auroc:
        return auroc
    figures = [fields.mapping(figure) for figure in auroc.values()]
    return max(
        (figure for figure in figures if figure),
        key=lambda figure: fields.number(figure.get("value")) or 0.0,
        default={},
    )
