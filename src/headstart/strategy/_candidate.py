"""One row of evidence: a rung that was fitted, and what it said of examples held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import Design, Figure, SeveralLosses, several_losses, several_sums
from headstart.heads import Objective
from headstart.strategy._rungs import Rung

Question = int | Objective
"""What is asked: one task of so many classes (targets ``(examples,)``), or what several tasks are
trained for (targets ``(examples, tasks)``)."""


@dataclass(frozen=True)
class Standing:
    """How a candidate does among those that were tried.

    The figures are those that the choice looks at. The one that was chosen looks better here than
    it is; `honest_predictions` gives what may be reported of it.

    Attributes:
        log_loss: of its held-out predictions.
        accuracy: likewise; ``None`` for several tasks, each of which has its own.
        difference: its log loss less that of the best candidate, paired.
        standard_error: of the difference; ``None`` where it cannot be known.
    """

    log_loss: Figure
    accuracy: Figure | None
    difference: Figure
    standard_error: float | None

    def as_dict(self) -> dict[str, object]:
        return {
            "log_loss": self.log_loss.as_dict(),
            "accuracy": None if self.accuracy is None else self.accuracy.as_dict(),
            "difference_to_best": {
                **self.difference.as_dict(),
                "standard_error": self.standard_error,
            },
        }


@dataclass(frozen=True)
class Candidate:
    """A rung that was fitted on the folds.

    Attributes:
        rung: what was retrained.
        probabilities: of the examples by models that had not seen them, float64
            ``(repeats, examples, outputs)``; rows of NaN where never held out.
        seconds: that all its fits took.
        trainable_parameters: numbers that were fitted, head included.
        epochs: of training; 0 where the head was solved.
        temperature: by which the logits are divided; one for each of several tasks.
        epochs_run: by all its fits together, of which the best may be an early one; 0 where nothing
            was trained.
    """

    rung: Rung
    probabilities: NDArray[np.float64]
    seconds: float
    trainable_parameters: int
    epochs: int = 0
    temperature: float | tuple[float, ...] = 1.0
    epochs_run: int = 0

    def as_dict(self, standing: Standing | None = None) -> dict[str, object]:
        """The row as it stands in ``metrics.json``."""
        return {
            "name": self.rung.name,
            "hidden": list(self.rung.hidden),
            "what": str(self.rung),
            **(standing.as_dict() if standing else {}),
            "seconds": round(self.seconds, 3),
            "trainable_parameters": self.trainable_parameters,
            "epochs": self.epochs,
            "temperature": self.temperature,
        }


def scored(
    predictions: Sequence[NDArray[np.float64]],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
) -> SeveralLosses:
    """The log losses of candidates on the examples that were held out."""
    design: Design = "cross-validation" if folds is not None else "validation"
    count = fold_count(folds)
    if isinstance(question, int):
        return several_losses(
            targets, predictions, classes=question, design=design, folds=count, units=units
        )
    losses = [question.example_losses(given, targets) for given in predictions]
    return several_sums(losses, design=design, folds=count, units=units)


def labelled(targets: NDArray[np.int64]) -> int:
    """How many examples have a known label."""
    return int((targets >= 0).reshape(len(targets), -1).any(axis=1).sum())


def classes_of(question: Question) -> int:
    """How many classes a label tells apart; of several tasks, what most of them tell."""
    return question if isinstance(question, int) else int(np.median(question.outputs.sizes))


def outputs_of(question: Question) -> int:
    """How many outputs a network has for it."""
    return question if isinstance(question, int) else len(question.outputs)


def fold_count(folds: NDArray[np.int64] | None) -> int | None:
    """How many folds there are; ``None`` for one part that was held out."""
    return None if folds is None else max(int(folds.max(initial=-1)) + 1, 2)
