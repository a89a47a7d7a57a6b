"""Labels as training takes them: of one task or of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import Objective
from headstart.training._examples import Examples

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """What is known of every example, and what it weighs.

    Attributes:
        outputs: where the tasks' classes stand.
        targets: int64 ``(examples, tasks)``.
        uncertain: as of `headstart.examples.Examples`.
        weights: 0 where a label is unknown, float64 ``(examples, tasks)``.
        judged: the same in the held-out loss, where uncertain labels count for nothing.
    """

    outputs: Outputs
    targets: Integers
    uncertain: NDArray[np.float32] | None
    weights: NDArray[np.float64]
    judged: NDArray[np.float64]


def one_task(
    targets: Integers, weights: NDArray[np.floating] | None, classes: int, train: Integers
) -> Labels:
    """Labels of one task with a weight for each example, of which only the ratios matter.

    Raises:
        SettingError: weights or targets that make no sense.
    """
    given = np.ones(len(targets)) if weights is None else np.asarray(weights, np.float64)
    faults = []
    if given.shape != targets.shape or not np.isfinite(given).all() or (given < 0).any():
        faults.append("weights must be finite, 0 or more, and one for each example")
    if targets.max(initial=-1) >= classes:
        faults.append(f"targets go up to {targets.max()} but the head has {classes} classes")
    if faults:
        raise SettingError("; ".join(faults))
    usable = (targets != UNKNOWN) & (given > 0)
    trained = given[train[usable[train]]]
    relative = np.where(usable, given / (trained.mean() if len(trained) else 1.0), 0.0)
    judged = usable.astype(np.float64)
    return Labels(Outputs((classes,)), targets[:, None], None, relative[:, None], judged[:, None])


def several_tasks(
    targets: Integers,
    uncertain: NDArray[np.float32] | None,
    objective: Objective,
    judge: Objective,
    outputs: int,
) -> Labels:
    """Labels of several tasks, weighing what the objective says; held out, what `judge` says.

    Raises:
        SettingError: targets that do not fit the objective, or a head that does not.
    """
    sizes = np.array(objective.outputs.sizes)
    if len(objective.outputs) != outputs:
        raise SettingError(
            f"the head has {outputs} outputs but the tasks have {len(objective.outputs)} classes"
        )
    if targets.ndim != 2 or targets.shape[1] != len(sizes) or (targets >= sizes).any():
        raise SettingError(
            f"targets of the shape {targets.shape}, up to {targets.max(initial=-1)}, do not fit "
            f"{len(sizes)} tasks of {sizes.min()} to {sizes.max()} classes"
        )
    return Labels(
        outputs=objective.outputs,
        targets=targets,
        uncertain=uncertain,
        weights=objective.cell_weights(targets, uncertain),
        judged=np.where(targets != UNKNOWN, judge.factors, 0.0),
    )


def examples_of(labels: Labels, train: Integers, held_out: Integers, views: int) -> Examples:
    """What is trained on and what is held out.

    Raises:
        SettingError: nothing is left to train on.
    """
    if views < 1:
        raise SettingError(f"views is {views} but must be 1 or more")
    train = train[(labels.weights[train] > 0).any(axis=1)]
    if len(train) == 0:
        raise SettingError("no example with a known class and a weight is left to train on")
    targets = labels.targets[held_out]
    # A class that training never saw says nothing about when to stop.
    columns = np.where(targets != UNKNOWN, targets, 0) + labels.outputs.starts
    seen = _classes_in(labels, train)[columns] & (targets != UNKNOWN)
    return Examples(
        outputs=labels.outputs,
        targets=labels.targets,
        uncertain=labels.uncertain,
        weights=labels.weights.astype(np.float32),
        train=train,
        held_out=held_out,
        judged=np.where(seen, labels.judged[held_out], 0.0),
        views=views,
    )


def _classes_in(labels: Labels, rows: Integers) -> NDArray[np.bool_]:
    """Which classes some examples have labels of, bool ``(outputs,)``."""
    targets = labels.targets[rows]
    known = (targets != UNKNOWN) & (labels.weights[rows] > 0)
    found = np.zeros(len(labels.outputs), dtype=bool)
    found[(np.where(known, targets, 0) + labels.outputs.starts)[known]] = True
    return found
