"""What few examples of a class mean for the spread of an area under the ROC curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._sampling import Sampling
from headstart.evaluation._scores import Floats


class ClassSpread:
    """Corrects the influence on areas for small classes, and counts the degrees of freedom.

    An area varies with the members of each class separately, each around a mean of their own. As
    one sample of all examples the five members of a rare class would count for thirty: intervals
    for 12 tasks with 5 to 10 members of the rarer class then held all truths in 90 to 95 % of
    draws, with this in 95 to 99 %, and with large classes nothing changes.

    Args:
        targets: class of each example in each task, -1 where unknown; int64 ``(examples, tasks)``.
        sampling: how the examples depend on one another.

    References:
        DeLong, DeLong and Clarke-Pearson, *Comparing the areas under two or more correlated
        receiver operating characteristic curves* (1988), equation 5 and those before it.
        Welch, *The generalization of Student's problem when several different population
        variances are involved* (1947).
    """

    def __init__(self, targets: NDArray[np.int64], sampling: Sampling) -> None:
        self._targets, self._sampling = targets, sampling
        classes = range(int(targets.max(initial=1)) + 1)
        self._units = np.stack([self._present(targets == place) for place in classes])
        self._squares = np.zeros(self._units.shape)
        known = self._present(targets >= 0)
        single = self._units / np.maximum(self._units - 1, 1)
        # Less what the correction for a sample of all units makes of it.
        self._scale = np.sqrt(single * np.maximum(known - 1, 1) / np.maximum(known, 1))

    def corrected(self, influence: Floats) -> Floats:
        """As if from samples of each class; float64 ``(examples, tasks)``."""
        found = np.zeros(influence.shape)
        for place, scale in enumerate(self._scale):
            part = np.where(self._targets == place, influence * scale, 0.0)
            self._squares[place] += np.square(self._sampling.totals(part[None])[0]).sum(axis=0)
            found += part
        return found

    @property
    def degrees(self) -> Floats:
        """Of freedom, of all influences corrected so far; float64 ``(tasks,)``, 1 or more."""
        shares = self._squares / np.maximum(self._squares.sum(axis=0), 1e-300)
        lost = (np.square(shares) / np.maximum(self._units - 1, 1)).sum(axis=0)
        return np.asarray(np.where(lost > 0, 1 / np.where(lost > 0, lost, 1.0), np.inf))

    def _present(self, cells: NDArray[np.bool_]) -> Floats:
        """How many units have such a cell, ``(tasks,)``."""
        found = self._sampling.totals(cells[None].astype(np.float64))[0] > 0
        return np.asarray(found.sum(axis=0), dtype=np.float64)
