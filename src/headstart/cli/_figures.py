"""Figures as lines of text."""

from __future__ import annotations

from typing import Any

from headstart.cli._console import table
from headstart.cli._text import printable

_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "ece": "calibration error",
}


_SHOWN = {"auroc": "AUROC", "average_precision": "average precision", "f1": "F1"}
MOST_TASKS = 30
"""More are not printed; all stand in ``metrics.json`` and in the report."""


def figures_of(metrics: dict[str, Any]) -> str:
    """The figures of a run: of its only task, or one line for each of several."""
    tasks = metrics["tasks"]
    if metrics.get("summary") is None:
        return figure_lines(tasks[0])
    rows = [("  task", "known", *_SHOWN.values())]
    for task in tasks[:MOST_TASKS]:
        figures = (with_ends(task.get(name)) for name in _SHOWN)
        rows.append((f"  {printable(task['name'])}", f"{task['known']:,}", *figures))
    more = len(tasks) - MOST_TASKS
    return table(rows) + (f"\n  and {more} more tasks" if more > 0 else "")


def with_ends(figure: dict[str, Any] | None) -> str:
    """A figure with its interval in brackets."""
    if figure is None or figure["value"] is None:
        return "undefined"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


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
