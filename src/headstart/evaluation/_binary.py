"""Figures that only a yes/no task has: how well its yes are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headstart.evaluation._average_precision import average_precision, average_precision_interval
from headstart.evaluation._f1 import f1_interval, f1_score
from headstart.evaluation._figure import Figure, undefined, within
from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._intervals import normal_quantile, student_quantile, wilson
from headstart.evaluation._scores import Floats
from headstart.evaluation._trust import Trust


@dataclass(frozen=True)
class BinaryFigures:
    """Figures of the second class of a yes/no task.

    Attributes:
        average_precision: mean precision at the chance of each example of the class.
        f1: harmonic mean of precision and recall at the threshold.
        prevalence: share of the class among the held-out examples whose label is known.
    """

    average_precision: Figure
    f1: Figure
    prevalence: Figure


def binary_figures(held: HeldOut, *, level: float) -> tuple[BinaryFigures, dict[str, Floats]]:
    """The figures of a task of two classes, and what each example adds to them.

    Args:
        held: the predictions, with thresholds.
        level: how often an interval is to hold the truth.
    """
    estimate = _Estimate(held, level=level)
    figures = BinaryFigures(
        average_precision=estimate.average_precision(),
        f1=estimate.f1(),
        prevalence=estimate.prevalence(),
    )
    return figures, estimate.influences


class _Estimate:
    def __init__(self, held: HeldOut, *, level: float) -> None:
        self._held = held
        self._level = level
        self._trust = Trust(held)
        self._positive = held.targets == 1
        self._student = student_quantile(level, max(held.sampling.count - 1, 1))
        independent = held.sampling.independent
        self._share_quantile = normal_quantile(level) if independent else self._student
        self._why = None
        if not held.examples:
            self._why = "no example with a known label was held out"
        elif not self._positive.any():
            self._why = f"no example of {held.classes[1]} was held out"
        self.influences: dict[str, Floats] = {}

    def average_precision(self) -> Figure:
        held = self._held
        why = self._why
        if why is None and self._positive.all():
            why = "only one class in the held-out part"
        if why is not None:
            return undefined(why, level=self._level)
        found = [average_precision(self._positive, row) for row in held.probabilities[:, :, 1]]
        value = float(np.mean([each for each, _ in found]))
        influence = np.stack([each for _, each in found])
        self.influences["average_precision"] = influence
        return within(
            value,
            average_precision_interval(value, influence, held, quantile=self._student),
            level=self._level,
            method="score interval, binomial and infinitesimal jackknife",
            approximate=self._trust.doubts_average_precision(float(self._positive.sum())),
        )

    def f1(self) -> Figure:
        held = self._held
        if self._why is not None:
            return undefined(self._why, level=self._level)
        said = held.predicted == 1
        found = [f1_score(self._positive, row) for row in said]
        value = float(np.mean([each for each, _ in found]))
        influence = np.stack([each for _, each in found])
        concerned = float((said | self._positive).sum(axis=1).mean())
        self.influences["f1"] = influence
        return within(
            value,
            f1_interval(value, concerned, influence, held, quantile=self._share_quantile),
            level=self._level,
            method="Wilson, of the Jaccard index",
            approximate=self._trust.doubts_f1(float(self._positive.sum())),
        )

    def prevalence(self) -> Figure:
        """No figure of the model: how often it was trained makes it no less certain."""
        held = self._held
        if not held.examples:
            return undefined("no example with a known label was held out", level=self._level)
        share = float(self._positive.mean())
        influence = np.tile((self._positive - share) / held.examples, (held.repeats, 1))
        effect = float(held.sampling.design_effect(influence[:, :, None])[0])
        low, high = wilson(share, held.examples / effect, quantile=self._share_quantile)
        self.influences["prevalence"] = influence
        return within(
            share,
            (float(low), float(high)),
            level=self._level,
            method="Wilson",
            approximate=self._trust.doubts_prevalence(),
        )
