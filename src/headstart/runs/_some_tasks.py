"""Some of the tasks of a run on their own, on the same examples and folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.examples import Outputs
from headstart.heads import Objective, TaskWeights
from headstart.runs._fitting import Fitting


def some_tasks(
    fitting: Fitting,
    tasks: Sequence[int],
    *,
    task_weights: TaskWeights = "formula",
    judged_by: int | None = None,
) -> Fitting:
    """Fit some of the tasks as if the others were not there.

    The examples are the same, of which those without a label of these tasks are not trained on; so
    are folds, activations and the solved heads, which share nothing.

    Args:
        fitting: of all tasks.
        tasks: which of them, by place.
        task_weights: what each counts, as of `Objective.of`.
        judged_by: the place among all tasks of the only one that epochs are chosen for.
    """
    assert isinstance(fitting.head, heads.TasksHead)
    assert isinstance(fitting.solved, heads.TasksCrossValidated)
    picked, everything = list(tasks), fitting.head.outputs
    outputs = Outputs(tuple(everything.sizes[task] for task in picked))
    labels = fitting.targets[:, picked]
    uncertain = _columns(fitting.fits.uncertain, picked)
    chosen = tuple(fitting.prepared.tasks[task] for task in picked)
    objective = Objective.of(
        outputs,
        labels,
        uncertain=uncertain,
        task_weights=task_weights,
        names=[task.name for task in chosen],
        balanced=fitting.settings.class_weight == "balanced",
    )
    judge = None
    if judged_by is not None:
        only = np.array([task == judged_by for task in picked])
        judge = replace(objective, factors=np.where(only, objective.factors, 0.0))
    prepared = replace(
        fitting.prepared,
        tasks=chosen,
        labels=fitting.prepared.labels[:, picked],
        uncertain=_columns(fitting.prepared.uncertain, picked),
    )
    return replace(
        fitting,
        prepared=prepared,
        fits=replace(
            fitting.fits, targets=labels, objective=objective, judge=judge, uncertain=uncertain
        ),
        solved=fitting.solved.only(picked, everything),
        head=fitting.head.only(picked),
    )


def _columns(array: NDArray[np.float32] | None, picked: list[int]) -> NDArray[np.float32] | None:
    return None if array is None else array[:, picked]
