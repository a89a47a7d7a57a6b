"""Several candidates, scored by log loss on the same held-out examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._figure import Figure, undefined
from headstart.evaluation._held_out import Design, held_out, sampling_of
from headstart.evaluation._intervals import skewed_mean_interval, student_quantile
from headstart.evaluation._paired import PairedDifference, from_differences, standard_errors
from headstart.evaluation._sampling import Sampling
from headstart.evaluation._scores import Floats, example_losses

FEWEST_UNITS = 30
"""Below these an interval is marked approximate."""


@dataclass(frozen=True)
class SeveralLosses:
    """Log losses of several candidates on the same held-out examples.

    Attributes:
        losses: float64 ``(repeats, examples, candidates)``, of the examples that count.
        rows: which of the examples given these are, int64 ``(examples,)``.
        sampling: how they depend on one another.
        design: how they came to be held out.
    """

    losses: Floats
    rows: NDArray[np.int64]
    sampling: Sampling
    design: Design

    @property
    def examples(self) -> int:
        return len(self.rows)

    @property
    def means(self) -> Floats:
        """Mean log loss of each candidate, of at least one example."""
        return np.asarray(self.losses.mean(axis=(0, 1)))

    @property
    def standard_errors(self) -> Floats:
        """Of each candidate's mean log loss."""
        return standard_errors(self.losses, self.sampling)

    def difference_errors(self, reference: int) -> Floats:
        """Standard error of each candidate's mean paired difference to one of them."""
        differences = self.losses - self.losses[:, :, reference, None]
        return standard_errors(differences, self.sampling)

    def difference(self, one: int, other: int, *, level: float = 0.95) -> PairedDifference:
        """Mean log loss of one candidate less that of the other, as in `paired_comparison`."""
        if not self.examples:
            why = "no example with a known label was held out"
            return PairedDifference(undefined(why, level=level), None)
        differences = self.losses[:, :, one] - self.losses[:, :, other]
        return from_differences(differences, self.sampling, design=self.design, level=level)

    def figure(self, place: int, *, level: float = 0.95) -> Figure:
        """Mean log loss of one candidate, with Student's interval corrected for skewness."""
        if not self.examples:
            return undefined("no example with a known label was held out", level=level)
        values = self.losses[:, :, place]
        value, error = float(values.mean()), float(self.standard_errors[place])
        if self.sampling.count < 2:
            why = "one example or group has no spread"
            return Figure(value, None, None, level, None, why=why)
        influence = (values - values.mean(axis=1, keepdims=True)).mean(axis=0) / self.examples
        totals = self.sampling.totals(influence[None, :, None])
        squares = float(np.square(totals).sum())
        skewness = float((totals**3).sum()) / squares**1.5 if squares > 1e-200 else 0.0
        low, high = skewed_mean_interval(
            value, error, skewness, quantile=student_quantile(level, self.sampling.count - 1)
        )
        few = self.sampling.count < FEWEST_UNITS
        return Figure(value, max(low, 0.0), high, level, "Student, corrected for skewness",
                      approximate=few)  # fmt: skip

    def keep(self, kept: NDArray[np.bool_]) -> SeveralLosses:
        """Those of some examples only, in every repeat; bool ``(examples given,)``."""
        chosen = kept[self.rows]
        names, units = np.unique(self.sampling.units[chosen], return_inverse=True)
        sampling = replace(self.sampling, units=units.astype(np.int64), count=len(names))
        return replace(
            self, losses=self.losses[:, chosen], rows=self.rows[chosen], sampling=sampling
        )


def several_losses(
    targets: NDArray[np.int64],
    candidates: Sequence[NDArray[np.floating]],
    *,
    classes: int,
    design: Design,
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
) -> SeveralLosses:
    """Score candidates on the examples that were held out and have a known label.

    Args:
        targets: class of each example, -1 where unknown; int64 ``(examples,)``.
        candidates: probabilities of each, ``(repeats, examples, classes)``; rows of NaN where an
            example was never held out.
        classes: number of classes.
        design: how examples came to be held out.
        folds: number of folds; needed for cross-validation, else not allowed.
        units: dependent examples share a unit, as in `task_figures`.

    Raises:
        SettingError: arguments that do not fit together, or candidates with predictions for
            different examples.
    """
    names = [str(number) for number in range(classes)]
    found, kept = [], []
    for given in candidates:
        held = held_out(
            targets, given, classes=names, design=design, folds=folds, units=units, level=0.95
        )
        found.append(example_losses(held.targets, held.probabilities))
        predicted = ~np.isnan(np.asarray(given)).any(axis=(0, 2))
        kept.append(np.flatnonzero((np.asarray(targets) >= 0) & predicted))
    if not found:
        raise SettingError("there is no candidate; expected at least one, such as the head only")
    for losses, rows in zip(found, kept, strict=True):
        if losses.shape != found[0].shape or not np.array_equal(rows, kept[0]):
            raise SettingError(
                f"one candidate has {len(found[0])} x {len(kept[0])} held-out predictions and "
                f"another {len(losses)} x {len(rows)}, or for other examples; expected the same "
                "examples and repeats for all, from the same folds"
            )
    return SeveralLosses(np.stack(found, axis=2), kept[0], held.sampling, design)


def several_sums(
    losses: Sequence[Floats],
    *,
    design: Design,
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
) -> SeveralLosses:
    """Compare candidates by losses of examples that are sums over several tasks.

    Args:
        losses: of each candidate, float64 ``(repeats, examples)``; NaN where an example was never
            held out, or none of its labels is known.
        design: as in `several_losses`, like the rest.
        folds: likewise.
        units: likewise.

    Raises:
        SettingError: candidates with losses of different examples.
    """
    if not losses:
        raise SettingError("there is no candidate; expected at least one, such as the head only")
    counted = [~np.isnan(given).any(axis=0) for given in losses]
    if any(not np.array_equal(kept, counted[0]) for kept in counted):
        raise SettingError(
            "the candidates predicted different examples; expected the same examples and repeats "
            "for all, from the same folds"
        )
    rows = np.flatnonzero(counted[0])
    sampling = sampling_of(rows, units, folds=folds, repeats=len(losses[0]))
    return SeveralLosses(np.stack([given[:, rows] for given in losses], axis=2), rows, sampling,
                         design)  # fmt: skip
