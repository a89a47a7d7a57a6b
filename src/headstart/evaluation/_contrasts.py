"""Scores of several candidates trained on several numbers of examples, and differences of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._figure import Figure
from headstart.evaluation._intervals import skewed_mean_interval, student_quantile, wilson
from headstart.evaluation._sampling import Sampling, score_inflation, share_inflation
from headstart.evaluation._scores import Floats, example_losses

Score = Literal["accuracy", "log_loss"]
Cell = tuple[int, int]
"""Place of a candidate and of a size."""

FEWEST_UNITS = 30
"""Below these an interval is marked approximate."""

ONE_DRAW = 1.25
"""Factor on the variance where one training part was drawn: nothing tells how much models of
others differ. With it 95 % intervals held the truth in 95 % of cases, without it in 93 %."""


@dataclass(frozen=True)
class Scores:
    """What each candidate scored on each held-out example, at each size of the training part.

    Attributes:
        values: by score, float64 ``(candidates, sizes, repeats, examples)``; NaN where a candidate
            was not trained on so many.
        sampling: how the held-out examples depend on one another.
        parts: fold of each example in each repeat, int64 ``(repeats, examples)``, for choices that
            must not see what they are judged on.
        drawn: whether a repeat is another draw of the training part for one held-out part; else
            it is another cross-validation.
    """

    values: Mapping[Score, Floats]
    sampling: Sampling
    parts: NDArray[np.int64]
    drawn: bool

    def figure(self, cell: Cell, score: Score, *, level: float = 0.95) -> Figure:
        """A candidate's mean score with its interval, as of `headstart.evaluation.task_figures`.

        Wilson's for accuracy, else Student's with Hall's correction for skewness.
        """
        values = self.values[score][cell]
        value, variance = float(values.mean()), self._variance(values, score)
        if not math.isfinite(variance):
            return self._without_spread(value, level)
        if score == "log_loss":
            error = math.sqrt(variance)
            low, high = skewed_mean_interval(
                value, error, self._skewness(values), quantile=self._quantile(level)
            )
            return Figure(value, max(low, 0.0), high, level, "Student, corrected for skewness",
                          approximate=self._few)  # fmt: skip
        single = value * (1 - value)
        # As many independent examples as would make a share as uncertain. Where nothing varies
        # nothing can be measured, and dependent examples count as one.
        count = self.sampling.count / self.sampling.share_inflation
        if variance > 0 and single > 0:
            count = min(single / variance, float(values.shape[1]))
        share = wilson(value, count, quantile=self._quantile(level))
        return Figure(value, float(share[0]), float(share[1]), level, "Wilson",
                      approximate=self._few)  # fmt: skip

    def contrast(
        self, weights: Mapping[Cell, float], score: Score = "accuracy", *, level: float = 0.95
    ) -> Figure:
        """A weighted sum of mean scores, such as the difference of two, example by example.

        Two candidates fail on the same hard examples, so that their difference varies less than
        either. What the interval covers is the difference to be expected of training parts of
        this size; ``benchmarks/contrast_coverage.py`` measures how often it does.

        Args:
            weights: of each cell; those that are not named weigh 0.
            score: ``"accuracy"`` or ``"log_loss"``.
            level: how often the interval is to hold the truth.

        References:
            Agresti and Min, *Effects and non-effects of paired identical observations in comparing
            proportions with binary matched-pairs data* (2005).
        """
        total = sum(weight * self.values[score][cell] for cell, weight in weights.items())
        values = np.asarray(total)
        value, variance = float(values.mean()), self._variance(values, score)
        if not math.isfinite(variance):
            return self._without_spread(value, level)
        if score == "accuracy":
            # As if one example more differed: that two candidates were right of the same few
            # examples does not show that they always are.
            variance += 1 / self.sampling.count**2
        half = self._quantile(level) * math.sqrt(variance)
        low, high = value - half, value + half
        if score == "accuracy":  # no sum of shares goes further
            low = max(low, sum(min(weight, 0.0) for weight in weights.values()))
            high = min(high, sum(max(weight, 0.0) for weight in weights.values()))
        return Figure(value, low, high, level, "paired Student", approximate=self._few)

    def with_chosen(self, candidates: Sequence[int]) -> Scores:
        """With one candidate more: whichever of some does best on the other parts of the data.

        The best of several looks better than it is. So each part is scored with the candidate that
        has the least log loss on the other parts, at each size. What is left of the flattery in a
        cross-validation, whose models of the other parts were trained on this one (0.3 standard
        errors of three equal candidates of 60 examples), the larger inflation allows for.
        """
        losses = self.values["log_loss"]
        chosen = {score: np.full(values.shape[1:], np.nan) for score, values in self.values.items()}
        for size in range(losses.shape[1]):
            for repeat, row in enumerate(self.parts):
                for part in np.unique(row):
                    inside = row == part
                    # Of all repeats: a candidate is chosen, not the luck of one training part.
                    seen = losses[list(candidates), size][:, :, ~inside].sum(axis=(1, 2))
                    best = candidates[int(np.argmin(np.where(np.isnan(seen), np.inf, seen)))]
                    for score, values in chosen.items():
                        values[size, repeat, inside] = self.values[score][
                            best, size, repeat, inside
                        ]
        joined = {
            score: np.concatenate([given, chosen[score][None]])
            for score, given in self.values.items()
        }
        careful = replace(self.sampling, share_inflation=self.sampling.score_inflation)
        return replace(self, values=joined, sampling=careful)

    @property
    def _few(self) -> bool:
        return self.sampling.count < FEWEST_UNITS

    def _quantile(self, level: float) -> float:
        return student_quantile(level, max(self.sampling.count - 1, 1))

    def _variance(self, values: Floats, score: Score) -> float:
        """Of the mean of ``(repeats, examples)``, over examples and over training parts."""
        if self.drawn:
            return self._drawn_variance(values)
        sampling = self.sampling
        shares = score == "accuracy"
        inflation = sampling.share_inflation if shares else sampling.score_inflation
        return self._example_variance(values) * inflation

    def _drawn_variance(self, values: Floats) -> float:
        """Examples vary, and so do the models that several training parts give."""
        examples = self._example_variance(values.mean(axis=0, keepdims=True))
        means = values.mean(axis=1)
        if np.ptp(means) == 0:  # one draw, or the same one each time: all there is
            return examples * ONE_DRAW
        return examples + float(means.var(ddof=1)) / len(means)

    def _example_variance(self, values: Floats) -> float:
        return float(self.sampling.variance(_influence(values)[:, :, None])[0])

    def _skewness(self, values: Floats) -> float:
        """Third standardised moment of the mean of ``(repeats, examples)``."""
        totals = self.sampling.totals(_influence(values.mean(axis=0, keepdims=True))[:, :, None])
        squares = float(np.square(totals).sum())
        return float((totals**3).sum()) / squares**1.5 if squares > 1e-200 else 0.0

    def _without_spread(self, value: float, level: float) -> Figure:
        return Figure(value, None, None, level, None, why="one example or group has no spread")


def _influence(values: Floats) -> Floats:
    """What each example adds to the mean of its repeat, ``(repeats, examples)``."""
    return np.asarray((values - values.mean(axis=1, keepdims=True)) / values.shape[1])


def scores(
    targets: NDArray[np.int64],
    probabilities: Sequence[Sequence[NDArray[np.float64]]],
    *,
    parts: NDArray[np.int64],
    folds: int | None,
    units: NDArray[np.int64] | None = None,
) -> Scores:
    """Score held-out predictions.

    Args:
        targets: class of each held-out example, all known. int64 ``(examples,)``.
        probabilities: of each candidate at each size, float64 ``(repeats, examples, classes)``.
        parts: as of `Scores`.
        folds: of the cross-validation; ``None`` for one held-out part that models of several
            training draws predict.
        units: dependent examples share a unit; ``None`` where there are none.

    Raises:
        SettingError: predictions that are not of the same examples and repeats.
    """
    shape = (*parts.shape, int(probabilities[0][0].shape[-1]))
    wrong = [array.shape for row in probabilities for array in row if array.shape != shape]
    if wrong or parts.shape[1] != len(targets):
        raise SettingError(
            f"predictions of the shape {wrong[0] if wrong else parts.shape}; expected {shape}: "
            "repeats, examples, classes, the same for all candidates and sizes"
        )
    given = np.arange(len(targets)) if units is None else np.asarray(units)
    names, index = np.unique(given, return_inverse=True)
    sampling = Sampling(index.astype(np.int64), len(names))
    if folds is not None:
        sampling = replace(
            sampling,
            share_inflation=share_inflation(folds=folds, repeats=len(parts)),
            score_inflation=score_inflation(folds=folds, repeats=len(parts)),
        )
    right = [[(array.argmax(axis=2) == targets).astype(np.float64) for array in row]
             for row in probabilities]  # fmt: skip
    losses = [[example_losses(targets, array) for array in row] for row in probabilities]
    return Scores(
        {"accuracy": np.array(right), "log_loss": np.array(losses)}, sampling, parts, folds is None
    )
