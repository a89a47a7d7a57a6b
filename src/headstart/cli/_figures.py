"""Figures as lines of text."""

from __future__ import annotations

from typing import Any

from headstart.cli._console import table

_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "ece": "calibration error",
}


def figure_lines(task: dict[str, Any]) -> str:
    """The figures of a task, one a line, with their intervals."""
    rows = [(f"  {name}", *_cells(task[key])) for key, name in _FIGURES.items()]
    return table(rows)


def _cells(figure: dict[str, Any]) -> tuple[str, str]:
    if figure["value"] is None:
        return "undefined", figure["why"] or ""
    interval = ""
    if figure["low"] is not None:
        interval = f"{figure['level']:.0%} interval {figure['low']:.3f} to {figure['high']:.3f}"
    return f"{figure['value']:.3f}", interval + (" (approximate)" if figure["approximate"] else "")
