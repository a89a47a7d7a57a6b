"""One row of evidence: a rung that was fitted, and what it said of examples held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import Figure, SeveralLosses, several_losses
from headstart.strategy._rungs import Rung


@dataclass(frozen=True)
class Standing:
    """How a candidate does among those that were tried.

    The figures are those that the choice looks at. The one that was chosen looks better here than
    it is; `honest_predictions` gives what may be reported of it.

    Attributes:
        log_loss: of its held-out predictions.
        accuracy: likewise.
        difference: its log loss less that of the best candidate, paired.
        standard_error: of the difference; ``None`` where it cannot be known.
    """

    log_loss: Figure
    accuracy: Figure
    difference: Figure
    standard_error: float | None

    def as_dict(self) -> dict[str, object]:
        return {
            "log_loss": self.log_loss.as_dict(),
            "accuracy": self.accuracy.as_dict(),
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
            ``(repeats, examples, classes)``; rows of NaN where never held out.
        seconds: that all its fits took.
        trainable_parameters: numbers that were fitted, head included.
        epochs: of training; 0 where the head was solved.
        temperature: by which the logits are divided.
    """

    rung: Rung
    probabilities: NDArray[np.float64]
    seconds: float
    trainable_parameters: int
    epochs: int = 0
    temperature: float = 1.0

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
    classes: int,
) -> SeveralLosses:
    """The log losses of candidates on the examples that were held out."""
    return several_losses(
        targets,
        predictions,
        classes=classes,
        design="cross-validation" if folds is not None else "validation",
        folds=fold_count(folds),
        units=units,
    )


def fold_count(folds: NDArray[np.int64] | None) -> int | None:
    """How many folds there are; ``None`` for one part that was held out."""
    return None if folds is None else max(int(folds.max(initial=-1)) + 1, 2)
