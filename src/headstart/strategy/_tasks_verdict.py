"""How good a model of several tasks is, in a few sentences no stronger than its figures."""

from __future__ import annotations

from collections.abc import Sequence

from headstart.evaluation import TaskFigures
from headstart.examples import Task

NAMED = 4
"""So many tasks are named one by one."""


def tasks_verdict(figures: Sequence[TaskFigures], tasks: Sequence[Task], *, shared: bool) -> str:
    """What held-out predictions say of each task, and whether anything was shared.

    Args:
        figures: of each task.
        tasks: the same tasks.
        shared: whether layers that all tasks read were trained.
    """
    held = max((each.examples for each in figures), default=0)
    defined = [
        (task.name, each.auroc)
        for task, each in zip(tasks, figures, strict=True)
        if each.auroc.value is not None
    ]
    if not defined:
        return f"Cannot tell how good this model is: {figures[0].auroc.why} (in every task)."
    above = [name for name, auroc in defined if auroc.low is not None and auroc.low > 0.5]
    of_all = f"{len(above)} of {len(tasks)} tasks"
    words = (
        f"Better than chance in {of_all} on up to {held:,} examples that the judging model had not "
        f"seen: mean AUROC {sum(auroc.value or 0 for _, auroc in defined) / len(defined):.3f}"
    )
    if len(defined) < len(tasks):
        words += f" ({len(defined)} of {len(tasks)} defined)"
    if len(tasks) <= NAMED:
        named = [f"{name} {auroc.value:.3f} ({_ends(auroc.low, auroc.high)})"
                 for name, auroc in defined]  # fmt: skip
        words += f"; {', '.join(named)}"
    return f"{words}. {_sharing(shared)}"


def _ends(low: float | None, high: float | None) -> str:
    return "no interval" if low is None else f"95 % {low:.3f} to {high:.3f}"


def _sharing(shared: bool) -> str:
    if shared:
        return "The tasks share layers that were trained for all of them together."
    return (
        "The tasks share nothing that was trained: with new output layers only, joint and "
        "separate training are the same thing."
    )
