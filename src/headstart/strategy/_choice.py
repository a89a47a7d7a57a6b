"""Which of the candidates that were tried is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import (
    Figure,
    PairedDifference,
    SeveralLosses,
    headline,
)
from headstart.strategy._candidate import Candidate, Question, Standing, fold_count, scored
from headstart.strategy._honest import cheapest_of_the_best, honest, least, parts_of
from headstart.strategy._sentence import sentence


@dataclass(frozen=True)
class Choice:
    """What was chosen, and on what evidence.

    Attributes:
        candidates: in the order given.
        standings: how each does, in the same order.
        index: which was chosen.
        best: which has the least log loss.
        probabilities: what may be reported of the choice, as of `honest_predictions`.
        per_fold: which candidate predicted each fold there, int64 ``(repeats, folds)``.
        log_loss: of `probabilities`.
        gain: log loss of the first candidate less that of `probabilities`; ``None`` where there is
            only one candidate.
        sentence: the choice in words, no stronger than the intervals.
    """

    candidates: tuple[Candidate, ...]
    standings: tuple[Standing, ...]
    index: int
    best: int
    probabilities: NDArray[np.float64]
    per_fold: NDArray[np.int64]
    log_loss: Figure
    gain: Figure | None
    sentence: str

    @property
    def chosen(self) -> Candidate:
        return self.candidates[self.index]

    @property
    def differences(self) -> tuple[Figure, ...]:
        """Log loss of each candidate less that of the best."""
        return tuple(standing.difference for standing in self.standings)

    def as_dict(self) -> dict[str, object]:
        """The choice as it stands in ``metrics.json``."""
        return {
            "chosen": self.chosen.rung.key,
            "best": self.candidates[self.best].rung.key,
            "rule": "the cheapest within one standard error of the least log loss",
            "sentence": self.sentence,
            "log_loss": self.log_loss.as_dict(),
            "gain": self.gain.as_dict() if self.gain else None,
            "per_fold": [
                [self.candidates[place].rung.key if place >= 0 else None for place in repeat]
                for repeat in self.per_fold
            ],
            "candidates": [
                candidate.as_dict(standing)
                for candidate, standing in zip(self.candidates, self.standings, strict=True)
            ],
        }


def choose(
    candidates: Sequence[Candidate],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
    level: float = 0.95,
) -> Choice:
    """Take the cheapest candidate that is within one standard error of the best.

    The standard error is that of the paired difference to the candidate with the least log loss,
    corrected for overlapping training parts.

    Args:
        candidates: in order of cost, fitted on the same folds; the first is what the sentence
            compares with.
        targets: int64 ``(examples,)`` or ``(examples, tasks)``, -1 where unknown.
        folds: of each example in each repeat, int64 ``(repeats, examples)``, -1 where never held
            out; ``None`` for one held-out part that no candidate was trained on.
        units: dependent examples share a unit; ``None`` where there are none.
        question: number of classes, or what several tasks are trained for.
        level: of the intervals.

    Raises:
        SettingError: arguments that do not fit together.
    """
    candidates = tuple(candidates)
    given = [candidate.probabilities for candidate in candidates]
    losses = scored(given, targets, folds, units, question)
    index, best = cheapest_of_the_best(losses), least(losses)
    probabilities, per_fold = honest(
        given, losses, parts_of(folds, units, len(targets)), pick=cheapest_of_the_best
    )
    judge = _Judge(targets, folds, units, question, level)
    standings = tuple(
        judge.standing(losses, place, best, candidate) for place, candidate in enumerate(candidates)
    )
    log_loss, gain = judge.log_loss(probabilities), None
    if len(candidates) > 1:
        gain = judge.difference(candidates[0].probabilities, probabilities).figure
    words = sentence(
        [candidate.rung for candidate in candidates],
        standings,
        index=index,
        best=best,
        reported=log_loss,
        gain=gain,
    )
    return Choice(
        candidates, standings, index, best, probabilities, per_fold, log_loss, gain, words
    )


@dataclass(frozen=True)
class _Judge:
    """What all figures of one choice have in common."""

    targets: NDArray[np.int64]
    folds: NDArray[np.int64] | None
    units: NDArray[np.int64] | None
    question: Question
    level: float

    def standing(
        self, losses: SeveralLosses, place: int, best: int, candidate: Candidate
    ) -> Standing:
        compared = losses.difference(place, best, level=self.level)
        found = compared.figure, compared.standard_error
        if isinstance(self.question, int):
            figures = headline(self.targets, candidate.probabilities, **self._design())
            return Standing(figures.log_loss, figures.accuracy, *found)
        return Standing(losses.figure(place, level=self.level), None, *found)

    def log_loss(self, probabilities: NDArray[np.float64]) -> Figure:
        if isinstance(self.question, int):
            return headline(self.targets, probabilities, **self._design()).log_loss
        return self._scored([probabilities]).figure(0, level=self.level)

    def difference(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> PairedDifference:
        return self._scored([one, other]).difference(0, 1, level=self.level)

    def _scored(self, given: Sequence[NDArray[np.float64]]) -> SeveralLosses:
        return scored(given, self.targets, self.folds, self.units, self.question)

    def _design(self) -> Any:
        return {
            "classes": self.question,
            "design": "validation" if self.folds is None else "cross-validation",
            "folds": fold_count(self.folds),
            "units": self.units,
            "level": self.level,
        }
