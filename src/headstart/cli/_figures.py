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
_OF_TASKS = {"auroc": "AUROC", "average_precision": "average precision", "f1": "F1"}

MOST_TASKS = 30
"""More are not printed; all stand in ``metrics.json`` and in the report."""

_MOST_REASONS = 3


def figures_of(metrics: dict[str, Any]) -> str:
    """The figures of a run: of its only task, or one line for each of several and their means."""
    tasks, means = metrics["tasks"], metrics.get("summary")
    if means is None:
        return figure_lines(tasks[0])
    rows = [("  task", "known", *_OF_TASKS.values())]
    for task in tasks[:MOST_TASKS]:
        figures = (with_ends(task.get(key)) for key in _OF_TASKS)
        rows.append((f"  {printable(task['name'])}", f"{task['known']:,}", *figures))
    if (more := len(tasks) - MOST_TASKS) > 0:
        rows.append((f"  and {more:,} more", "", *[""] * len(_OF_TASKS)))
    if len(tasks) > 1:
        rows.append(("  mean", "", *(_mean(means.get(key)) for key in _OF_TASKS)))
    return "\n".join([table(rows), *_reasons(tasks)])


def _mean(mean: dict[str, Any] | None) -> str:
    """A mean over tasks; of how many, where the figure is not defined for all."""
    if mean is None or mean["value"] is None or mean["defined"] == mean["of"]:
        return with_ends(mean)
    return f"{with_ends(mean)}, {mean['defined']:,} of {mean['of']:,} tasks"


def with_ends(figure: dict[str, Any] | None) -> str:
    """A figure and its interval; a dash where the task is of a kind that has none."""
    if figure is None:
        return "-"
    if figure["value"] is None:
        return "undefined"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _reasons(tasks: list[dict[str, Any]]) -> list[str]:
    """Why figures are undefined: each reason once, with the tasks that it is of."""
    found: dict[str, list[str]] = {}
    for task in tasks:
        for key in _OF_TASKS:
            figure = task.get(key)
            if figure is not None and figure["value"] is None:
                names = found.setdefault(figure["why"] or "no reason was recorded", [])
                names += [] if task["name"] in names else [task["name"]]
    lines = []
    for why, names in sorted(found.items(), key=lambda one: -len(one[1])):
        more = len(names) - _MOST_REASONS
        shown = ", ".join(map(printable, names[:_MOST_REASONS]))
        lines.append(f"  undefined: {shown}{f' and {more:,} more' if more > 0 else ''} ({why})")
    return lines


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
