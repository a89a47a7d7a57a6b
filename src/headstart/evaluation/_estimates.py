"""Each figure with its interval."""

from __future__ import annotations

import math

import numpy as np

from headstart.evaluation._area import area, area_interval
from headstart.evaluation._calibration import calibration_error, corrected_calibration_error
from headstart.evaluation._figure import Figure, undefined, within
from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._intervals import (
    normal_quantile,
    skewed_mean_interval,
    student_quantile,
    wilson,
)
from headstart.evaluation._scores import EPSILON, Floats, class_shares, example_losses
from headstart.evaluation._trust import Trust


class Estimator:
    """Figures of one task's held-out predictions.

    Args:
        held: the predictions.
        level: how often an interval is to hold the truth.

    Attributes:
        influences: what each example adds to the figures that were asked for, by name; float64
            ``(repeats, examples)``.
    """

    def __init__(self, held: HeldOut, *, level: float) -> None:
        self._held = held
        self._level = level
        self._trust = Trust(held)
        self.influences: dict[str, Floats] = {}
        # One unit says nothing about others; one degree of freedom gives nearly the whole range.
        self._student = student_quantile(level, max(held.sampling.count - 1, 1))
        independent = held.sampling.independent
        self._share_quantile = normal_quantile(level) if independent else self._student
        counts = np.bincount(held.targets, minlength=len(held.classes))
        self._known = counts.astype(np.float64)
        self._why_nothing = None if held.examples else "no example with a known label was held out"
        self._why_no_contrast = self._why_nothing
        if held.examples and np.count_nonzero(counts) < 2:
            self._why_no_contrast = "only one class in the held-out part"

    def accuracy(self) -> Figure:
        """Share of right answers."""
        if self._why_nothing:
            return undefined(self._why_nothing, level=self._level)
        correct = self._held.correct.astype(np.float64)
        shares, count = correct.mean(keepdims=True)[0], float(self._held.examples)
        influence = (correct - correct.mean(axis=1, keepdims=True))[:, :, None] / count
        self.influences["accuracy"] = influence[:, :, 0]
        return self._shares(shares, np.array([count]), influence)[0]

    def recall(self) -> list[Figure]:
        """Share of each class's examples that are predicted as it."""
        found = class_shares(
            self._held.predicted, self._held.targets, len(self._held.classes), of="known"
        )
        return self._per_class(found, "no example of this class was held out")

    def precision(self) -> list[Figure]:
        """Share of each class among the examples that are predicted as it."""
        found = class_shares(
            self._held.predicted, self._held.targets, len(self._held.classes), of="predicted"
        )
        return self._per_class(found, "never predicted")

    def balanced_accuracy(self) -> Figure:
        """Mean recall over the classes that have examples."""
        if self._why_no_contrast:
            return undefined(self._why_no_contrast, level=self._level)
        here = self._known > 0
        shares, counts, influence = class_shares(
            self._held.predicted, self._held.targets, len(self._held.classes), of="known"
        )
        # As many examples as would make a plain share as uncertain as the mean of the recalls.
        equivalent = here.sum() ** 2 / (1 / counts[here]).sum(keepdims=True)
        value = shares[here].mean(keepdims=True)
        mean_influence = influence[:, :, here].mean(axis=2)
        self.influences["balanced_accuracy"] = mean_influence
        low, high = self._wilson(value, equivalent, mean_influence[:, :, None])
        return self._figure(
            float(value[0]),
            (float(low[0]), float(high[0])),
            "Wilson, classes weighted equally",
            approximate=self._trust.doubts_balanced_accuracy(self._known[here]),
            why=self._left_out(),
        )

    def log_loss(self) -> Figure:
        """Mean of minus the log of the true class's probability."""
        if self._why_nothing:
            return undefined(self._why_nothing, level=self._level)
        held = self._held
        losses = example_losses(held.targets, held.probabilities)
        influence = (losses - losses.mean(axis=1, keepdims=True))[:, :, None] / held.examples
        self.influences["log_loss"] = influence[:, :, 0]
        variance = float(held.sampling.variance(influence)[0]) * held.sampling.score_inflation
        ends = (0.0, math.inf)
        if math.isfinite(variance):
            totals = held.sampling.totals(influence.mean(axis=0, keepdims=True))
            squares = float(np.square(totals).sum())
            skewness = float((totals**3).sum()) / squares**1.5 if squares > 1e-200 else 0.0
            ends = skewed_mean_interval(
                float(losses.mean()), math.sqrt(variance), skewness, quantile=self._student
            )
        return self._figure(
            float(losses.mean()),
            ends,
            "Student, corrected for skewness",
            approximate=self._trust.doubts_log_loss(),
            largest=-math.log(EPSILON),
        )

    def auroc(self) -> Figure:
        """Area under the ROC curve."""
        if self._why_no_contrast:
            return undefined(self._why_no_contrast, level=self._level)
        found = area(self._held)
        self.influences["auroc"] = found.influence
        return self._figure(
            found.value,
            area_interval(found, self._held, quantile=self._student),
            "score interval, DeLong and Hanley-McNeil",
            approximate=self._trust.doubts_auroc(found.members),
            why=self._left_out(),
        )

    def ece(self) -> Figure:
        """Calibration error of the top probability, corrected for its bias."""
        if self._why_nothing:
            return undefined(self._why_nothing, level=self._level)
        held = self._held
        pairs = list(zip(held.confidence, held.top_correct, strict=True))
        influence = np.stack([calibration_error(*pair)[1] for pair in pairs])[:, :, None]
        self.influences["ece"] = influence[:, :, 0]
        effect = float(held.sampling.design_effect(influence)[0])
        inflation = held.sampling.share_inflation
        corrected = [
            corrected_calibration_error(*pair, effect=effect, inflation=inflation) for pair in pairs
        ]
        value = float(np.mean([error.value for error in corrected]))
        error = math.sqrt(float(held.sampling.variance(influence)[0]) * inflation)
        by_chance = 2 * sum(error.by_chance for error in corrected) >= len(corrected)
        return self._figure(
            value,
            (0.0 if by_chance else value - self._student * error, value + self._student * error),
            "Student, corrected for bias",
            approximate=self._trust.doubts_ece(),
        )

    def _left_out(self) -> str | None:
        absent = [
            name for name, known in zip(self._held.classes, self._known, strict=True) if not known
        ]
        if not absent:
            return None
        named = ", ".join(absent[:3]) + (" and others" if len(absent) > 3 else "")
        return f"leaves out {named}: no example was held out"

    def _per_class(self, found: tuple[Floats, Floats, Floats], why: str) -> list[Figure]:
        values, counts, influence = found
        defined = np.flatnonzero(~np.isnan(values))
        figures = [undefined(self._why_nothing or why, level=self._level)] * len(values)
        shares = self._shares(values[defined], counts[defined], influence[:, :, defined])
        for row, figure in zip(defined, shares, strict=True):
            figures[row] = figure
        return figures

    def _shares(self, values: Floats, counts: Floats, influence: Floats) -> list[Figure]:
        lows, highs = self._wilson(values, counts, influence)
        return [
            self._figure(
                float(value),
                (float(low), float(high)),
                "Wilson",
                approximate=self._trust.doubts_share(float(count)),
            )
            for value, low, high, count in zip(values, lows, highs, counts, strict=True)
        ]

    def _wilson(self, values: Floats, counts: Floats, influence: Floats) -> tuple[Floats, Floats]:
        sampling = self._held.sampling
        effect = sampling.design_effect(influence) * sampling.share_inflation
        return wilson(values, counts / effect, quantile=self._share_quantile)

    def _figure(
        self,
        value: float,
        ends: tuple[float, float],
        method: str,
        *,
        approximate: bool,
        largest: float = 1.0,
        why: str | None = None,
    ) -> Figure:
        return within(
            value,
            ends,
            level=self._level,
            method=method,
            approximate=approximate,
            largest=largest,
            why=why,
        )
