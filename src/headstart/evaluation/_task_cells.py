"""Which cells of a table of tasks count in a comparison, and which tasks have enough of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._sampling import Sampling
from headstart.evaluation._scores import Floats
from headstart.examples import UNKNOWN, Outputs

FEWEST_KNOWN = 10
"""Held-out examples or groups below which nothing is said of a task."""

FEWEST_OTHERS = 5
"""Likewise of labels that are not of its most frequent class."""


def counted_cells(
    targets: NDArray[np.int64], predictions: tuple[Floats, ...], *, outputs: Outputs
) -> NDArray[np.int64]:
    """The targets, -1 too where a prediction is missing; int64 ``(examples, tasks)``.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        predictions: of each candidate, float64 ``(repeats, examples, outputs)``, NaN where a task
            of an example was never held out.
        outputs: of the tasks.

    Raises:
        SettingError: arrays that do not fit together.
    """
    _check(targets, predictions, outputs)
    missing = []
    for given in predictions:
        of_task = np.add.reduceat(np.isnan(given), outputs.starts, axis=2) > 0
        always = of_task.all(axis=0)
        if (of_task.any(axis=0) & ~always).any():
            raise SettingError(
                "probabilities are NaN for a task of an example in some repeats only; expected "
                "each to be held out in every repeat or in none"
            )
        missing.append(always)
    if any((other != missing[0]).any() for other in missing):
        raise SettingError(
            "the candidates predicted different examples; expected the same for both, from the "
            "same folds"
        )
    return np.where(missing[0], UNKNOWN, targets)


def _check(targets: NDArray[np.int64], predictions: tuple[Floats, ...], outputs: Outputs) -> None:
    faults = []
    if targets.ndim != 2 or targets.shape[1] != outputs.tasks:
        faults.append(
            f"targets have the shape {targets.shape}; expected (examples, {outputs.tasks})"
        )
    elif ((targets < UNKNOWN) | (targets >= np.array(outputs.sizes))).any():
        faults.append("targets are not all -1 (unknown) or a class of their task")
    expected = (len(predictions[0]), len(targets), len(outputs))
    faults += [
        f"probabilities have the shape {given.shape}; expected (repeats, {len(targets)}, "
        f"{len(outputs)}), the same for all candidates"
        for given in predictions
        if given.shape != expected or not len(given)
    ]
    if not faults and any(((given < 0) | (given > 1 + 1e-6)).any() for given in predictions):
        faults.append("probabilities lie outside 0 to 1; expected softmax outputs of each task")
    if faults:
        raise SettingError("; ".join(faults))


@dataclass(frozen=True)
class TaskCells:
    """What each task has to be judged on.

    Attributes:
        known: labels, int64 ``(tasks,)``.
        units: examples or groups that these belong to, int64 ``(tasks,)``.
        all_units: that have a label in any task.
        why: a task cannot be compared; ``None`` where it can.
    """

    known: NDArray[np.int64]
    units: NDArray[np.int64]
    all_units: int
    why: tuple[str | None, ...]

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """Bool ``(tasks,)``."""
        return np.array([why is None for why in self.why], dtype=np.bool_)


def task_cells(targets: NDArray[np.int64], sampling: Sampling, outputs: Outputs) -> TaskCells:
    """Count them; targets as of `counted_cells`."""
    known = targets != UNKNOWN
    present = sampling.totals(known[None].astype(np.float64))[0] > 0
    of_class = np.stack([(targets == place).sum(axis=0) for place in range(max(outputs.sizes))])
    labels, units = known.sum(axis=0), present.sum(axis=0)
    others = labels - of_class.max(axis=0)
    why = tuple(
        _why(int(count), int(several), "labels" if sampling.independent else "groups with labels")
        for count, several in zip(units, others, strict=True)
    )
    return TaskCells(labels, units, int(present.any(axis=1).sum()), why)


def _why(units: int, others: int, what: str) -> str | None:
    if not units:
        return "no example with a known label was held out"
    if units < FEWEST_KNOWN:
        return f"only {units} {what} were held out; at least {FEWEST_KNOWN} are needed"
    if not others:
        return "only one class in the held-out part"
    if others < FEWEST_OTHERS:
        return (
            f"only {others} held-out labels are not of its most frequent class; at least "
            f"{FEWEST_OTHERS} are needed"
        )
    return None
