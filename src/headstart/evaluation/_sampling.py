"""How the examples were drawn and used: dependent units, and repeated cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sampling:
    """What stands between per-example scores and the variance of their mean.

    Attributes:
        units: unit of each example, 0 ... `count` - 1, int64 ``(examples,)``. Examples of one unit
            (a patient, byte-identical copies) depend on one another; units do not.
        count: number of units.
        share_inflation: factor on the variance of a share (accuracy) over one repeat.
        score_inflation: factor on the variance of a score (log loss) over one repeat. Both are 1
            on a held-out part, and larger for cross-validation.
    """

    units: NDArray[np.int64]
    count: int
    share_inflation: float = 1.0
    score_inflation: float = 1.0

    @property
    def independent(self) -> bool:
        """Whether every example is a unit of its own."""
        return self.count == len(self.units)

    def totals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums over the examples of each unit.

        Args:
            values: float64 ``(repeats, examples, figures)``.

        Returns:
            float64 ``(repeats, units, figures)``.
        """
        if self.independent:
            return values
        order = np.argsort(self.units, kind="stable")
        starts = np.searchsorted(self.units[order], np.arange(self.count))
        return np.add.reduceat(values[:, order], starts, axis=1)

    @property
    def largest_effect(self) -> float:
        """Design effect if the examples of each unit were all alike (Kish)."""
        sizes = np.bincount(self.units, minlength=self.count)
        return float(np.square(sizes).sum() / max(sizes.sum(), 1))

    def variance(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Variance of figures over new units, for a model that is given.

        Args:
            influence: what each example adds to each figure, less what it is expected to add, so
                that the sum over examples is about 0; float64 ``(repeats, examples, figures)``.

        Returns:
            float64 ``(figures,)``, not inflated; infinite where there is one unit only.
        """
        if self.count < 2:
            return np.full(influence.shape[2], np.inf)
        squares = np.square(self.totals(influence)).sum(axis=1).mean(axis=0)
        return np.asarray(squares * self.count / (self.count - 1))

    def design_effect(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many times the variance grows because examples of one unit are alike.

        Args:
            influence: as in `variance`.

        Returns:
            float64 ``(figures,)``, from 1 to the largest effect, which is also taken where no
            example differs from another, so that nothing can be measured.
        """
        figures = influence.shape[2]
        if self.independent:
            return np.ones(figures)
        largest = np.full(figures, self.largest_effect)
        if self.count < 2:
            return largest
        single = np.square(influence).sum(axis=1).mean(axis=0)
        measured = np.divide(self.variance(influence), single, out=largest, where=single > 0)
        return np.asarray(np.clip(measured, 1.0, self.largest_effect))


def share_inflation(*, folds: int, repeats: int) -> float:
    """Variance factor of a share (accuracy, recall, precision) from repeated cross-validation.

    ``1 + (1 + 1 / repeats) / (folds - 1)``: less than `score_inflation`, which covers too much
    for shares; see docs/decisions/0004-intervals.md.
    """
    return 1 + (1 + 1 / repeats) / (folds - 1)


def score_inflation(*, folds: int, repeats: int) -> float:
    """Variance factor of a score (log loss, AUROC) from repeated K-fold cross-validation.

    Nadeau and Bengio's correction of the fold-level variance, ``1 / (folds * repeats) +
    test / train``, written for the variance of single examples: the training parts overlap, so
    more repeats cannot make the second term smaller.

    References:
        Nadeau and Bengio, *Inference for the generalization error* (2003), equation 7.
    """
    return 1 / repeats + folds / (folds - 1)
