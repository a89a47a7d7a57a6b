"""Differences between two ways to learn several tasks, as numbers and as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._depth import Cell

SCORES = ("auroc", "log_loss")

KINDS: Mapping[str, tuple[str, str]] = {
    "helps": ("helps", "▲"),
    "harms": ("harms", "▼"),
    "no gain": ("same", "="),
    "cannot tell": ("open", "?"),
}
"""Class and sign of each word: nothing is told by colour alone."""


@dataclass(frozen=True)
class Difference:
    """A score of one way less that of another.

    Attributes:
        value: the figure.
        low: lower end of its interval.
        high: upper end.
    """

    value: float
    low: float
    high: float


def difference_of(figure: object) -> Difference | None:
    """A difference with its interval; None where one of the three numbers is missing."""
    known = fields.mapping(figure)
    value, low, high = (fields.number(known.get(key)) for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return None
    return Difference(value, low, high)


def difference_cell(score: str, figure: object) -> Cell:
    """A difference in numbers: points of AUROC, or log loss."""
    known = fields.mapping(figure)
    value, low, high = (fields.number(known.get(key)) for key in ("value", "low", "high"))
    if value is None:
        why = form.visible(fields.text(known.get("why"))) or "no reason was recorded"
        return Cell(form.DASH, why=why)
    between = "" if low is None or high is None else f"{_signed(score, low)} to "
    if high is not None and between:
        between += _signed(score, high)
    return Cell(_signed(score, value), between)


def _signed(score: str, value: float) -> str:
    number, digits = (100 * value, 1) if score == "auroc" else (value, 3)
    # Adding 0 makes of -0.0 a 0.0.
    return f"{round(number, digits) + 0.0:+.{digits}f}".replace("-", form.MINUS)
