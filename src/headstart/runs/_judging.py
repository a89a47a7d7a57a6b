"""What the held-out predictions of a run say: figures of every task, thresholds, a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from headstart.evaluation import TaskFigures, task_figures
from headstart.runs._outcome import Outcome
from headstart.strategy import verdict


def judged(outcome: Outcome, *, seed: int) -> Outcome:
    """The outcome with its figures; those of the first held-out part are the headline.

    Args:
        outcome: with the predictions.
        seed: of the intervals' draws.
    """
    return _several_tasks(outcome) if outcome.prepared.several else _one_task(outcome, seed)


def _one_task(outcome: Outcome, seed: int) -> Outcome:
    prepared = outcome.prepared
    task, units = prepared.task, prepared.units
    figures: dict[str, Sequence[TaskFigures]] = {
        part: (
            task_figures(
                prepared.targets[rows],
                outcome.held_out[part][None],
                classes=task.classes,
                design=part,
                units=units[rows],
                seed=seed,
            ),
        )
        for part, rows in prepared.held_out.items()
    }
    if not figures:
        crossed = task_figures(
            prepared.train_targets, outcome.cross_validated, classes=task.classes, seed=seed,
            **_crossed(outcome),
        )  # fmt: skip
        figures = {"cross-validation": (crossed,)}
    (first,) = next(iter(figures.values()))
    said = verdict(first, task.classes, prepared.train_targets)
    return replace(outcome, figures=figures, verdict=said)


def _several_tasks(outcome: Outcome) -> Outcome:
    from headstart.evaluation import Thresholds, choose_thresholds, tasks_figures
    from headstart.strategy import tasks_verdict

    prepared = outcome.prepared
    tasks = prepared.tasks
    # The same threshold serves the saved model; where cross-validation gives the figures, each fold
    # is judged with the one that the other folds choose.
    thresholds = choose_thresholds(
        prepared.train_labels, outcome.cross_validated, tasks=tasks, folds=outcome.folds
    )
    figures: dict[str, Sequence[TaskFigures]] = {
        part: tasks_figures(
            prepared.labels[rows],
            outcome.held_out[part][None],
            tasks=tasks,
            design=part,
            units=prepared.units[rows],
            thresholds=Thresholds(thresholds.chosen),
        )
        for part, rows in prepared.held_out.items()
    }
    if not figures:
        crossed = tasks_figures(
            prepared.train_labels, outcome.cross_validated, tasks=tasks, thresholds=thresholds,
            **_crossed(outcome),
        )  # fmt: skip
        figures = {"cross-validation": crossed}
    chosen = {
        task.name: float(threshold)
        for task, threshold in zip(tasks, thresholds.chosen, strict=True)
        if not np.isnan(threshold)
    }
    said = tasks_verdict(next(iter(figures.values())), tasks, shared=outcome.shared)
    return replace(outcome, figures=figures, verdict=said, thresholds=chosen)


def _crossed(outcome: Outcome) -> dict[str, Any]:
    prepared = outcome.prepared
    return {
        "design": "cross-validation",
        "folds": max(int(outcome.folds.max()) + 1, 2),
        "units": prepared.units[prepared.train],
    }
