"""The two figures that candidates are listed with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._estimates import Estimator
from headstart.evaluation._figure import Figure
from headstart.evaluation._held_out import Design, held_out


@dataclass(frozen=True)
class Headline:
    """Log loss and accuracy of held-out predictions, as in `TaskFigures`."""

    log_loss: Figure
    accuracy: Figure


def headline(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    classes: int,
    design: Design,
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
    level: float = 0.95,
) -> Headline:
    """What `task_figures` says of log loss and accuracy, at a fraction of its cost.

    Args:
        targets: class of each example, -1 where unknown; int64 ``(examples,)``.
        probabilities: ``(repeats, examples, classes)``; rows of NaN where never held out.
        classes: number of classes.
        design: how examples came to be held out.
        folds: number of folds; needed for cross-validation, else not allowed.
        units: dependent examples share a unit.
        level: how often an interval is to hold the truth.

    Raises:
        SettingError: arguments that do not fit together.
    """
    names = [str(number) for number in range(classes)]
    held = held_out(
        targets, probabilities, classes=names, design=design, folds=folds, units=units, level=level
    )
    estimate = Estimator(held, level=level)
    return Headline(log_loss=estimate.log_loss(), accuracy=estimate.accuracy())
