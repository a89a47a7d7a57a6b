"""All figures of one task from its held-out predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._binary import binary_figures
from headstart.evaluation._calibration import ReliabilityBin, reliability
from headstart.evaluation._estimates import Estimator
from headstart.evaluation._figure import Figure
from headstart.evaluation._held_out import Design, HeldOut, held_out
from headstart.evaluation._scores import Floats, confusion_matrix


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one class.

    Attributes:
        name: the class.
        known: held-out examples of the class.
        precision: share of the class among the examples predicted as it.
        recall: share of its examples that are predicted as it.
    """

    name: str
    known: int
    precision: Figure
    recall: Figure

    def as_dict(self) -> dict[str, object]:
        return {
            "class": self.name,
            "known": self.known,
            "precision": self.precision.as_dict(),
            "recall": self.recall.as_dict(),
        }


@dataclass(frozen=True)
class TaskFigures:
    """What the held-out predictions of one task say about the saved model.

    Attributes:
        design: how examples came to be held out.
        examples: held-out examples with a known target.
        groups: number of units they belong to; ``None`` where every example stands for itself.
        folds: folds of the cross-validation, else ``None``.
        repeats: repeats of the cross-validation, else ``None``.
        accuracy: share of right answers. Of a yes/no task this, the balanced accuracy, precision,
            recall and the confusions are those of the answers at its threshold, as F1 is.
        balanced_accuracy: mean recall over the classes.
        log_loss: mean of minus the natural log of the true class's probability.
        auroc: area under the ROC curve: of the second class where there are two, else the mean
            over each class against the rest.
        ece: calibration error of the top probability over ten bins of equal width, corrected for
            what chance adds to it.
        per_class: precision and recall of each class.
        confusion: counts in the first repeat; rows are true classes, columns predicted ones.
        reliability: the reliability diagram of the first repeat.
        average_precision: of a yes/no task, mean precision at the chance of each example of the
            second class; ``None`` of other tasks, like the next three.
        f1: of a yes/no task, harmonic mean of precision and recall at the threshold.
        prevalence: of a yes/no task, share of the second class among known labels.
        threshold: of a yes/no task, from which chance on the saved model says yes.
    """

    design: Design
    examples: int
    groups: int | None
    folds: int | None
    repeats: int | None
    accuracy: Figure
    balanced_accuracy: Figure
    log_loss: Figure
    auroc: Figure
    ece: Figure
    per_class: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[ReliabilityBin, ...]
    average_precision: Figure | None = None
    f1: Figure | None = None
    prevalence: Figure | None = None
    threshold: float | None = None

    @property
    def known(self) -> tuple[int, ...]:
        """Held-out examples of each class."""
        return tuple(figures.known for figures in self.per_class)

    def as_dict(self) -> dict[str, object]:
        """The figures as they stand in a task of ``metrics.json``."""
        return {
            "held_out": {
                "design": self.design,
                "examples": self.examples,
                "groups": self.groups,
                "folds": self.folds,
                "repeats": self.repeats,
            },
            "accuracy": self.accuracy.as_dict(),
            "balanced_accuracy": self.balanced_accuracy.as_dict(),
            "log_loss": self.log_loss.as_dict(),
            "auroc": self.auroc.as_dict(),
            "ece": self.ece.as_dict(),
            **self._binary_as_dict(),
            "per_class": [figures.as_dict() for figures in self.per_class],
            "confusion": [list(row) for row in self.confusion],
            "reliability": [asdict(part) for part in self.reliability],
        }

    def _binary_as_dict(self) -> dict[str, object]:
        if self.average_precision is None or self.f1 is None or self.prevalence is None:
            return {}
        return {
            "average_precision": self.average_precision.as_dict(),
            "f1": self.f1.as_dict(),
            "threshold": self.threshold,
            "prevalence": self.prevalence.as_dict(),
            "known": list(self.known),
        }


def task_figures(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    classes: Sequence[str],
    design: Literal["validation", "test", "cross-validation"],
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
    threshold: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> TaskFigures:
    """Figures with intervals for the saved model's performance on new examples.

    Figures of repeated cross-validation are means over the repeats.

    Args:
        targets: class of each example, -1 where it is not known; int64 ``(examples,)``.
        probabilities: ``(repeats, examples, classes)``, rows summing to 1. One repeat for a part
            that was held out; for repeated K-fold cross-validation each example's prediction by
            the model that did not see it, repeat by repeat. Rows of NaN are examples that were
            never held out; they are left out.
        classes: names of the classes in the order of their targets.
        design: how examples came to be held out.
        folds: number of folds; needed for cross-validation, else not allowed.
        units: unit of each example, int64 ``(examples,)``: examples of one unit (a patient,
            byte-identical copies) depend on one another. The intervals are then about new units.
            ``None`` where every example stands for itself.
        threshold: from which chance of the second of two classes on the saved model says yes.
            Where it is given, the task is a yes/no question and has the figures of one too.
        level: how often an interval is to hold the truth.
        seed: changes nothing today: no figure needs random draws.

    Returns:
        The figures. One that is undefined has the value ``None`` and says why.

    Raises:
        SettingError: arguments that do not fit together.
    """
    held = held_out(
        targets,
        probabilities,
        classes=classes,
        design=design,
        folds=folds,
        units=units,
        level=level,
    )
    del seed
    if threshold is not None and len(classes) != 2:
        raise SettingError(f"threshold is {threshold} for {len(classes)} classes; expected None")
    return figures_of(held, folds=folds, threshold=threshold, applied=None, level=level)[0]


def figures_of(
    held: HeldOut,
    *,
    folds: int | None,
    threshold: float | None,
    applied: Floats | None,
    level: float,
) -> tuple[TaskFigures, dict[str, Floats]]:
    """Figures of one task, and what each example adds to them.

    Args:
        held: the predictions.
        folds: folds of the cross-validation, else ``None``.
        threshold: as in `task_figures`.
        applied: threshold of each held-out example, float64 ``(repeats, examples)``; ``None``
            takes `threshold` for all.
        level: how often an interval is to hold the truth.

    Returns:
        The figures, and their influences by name, float64 ``(repeats, examples)``; none of a
        figure that is undefined.
    """
    if threshold is not None:
        given = threshold if applied is None else applied
        held = replace(held, thresholds=np.broadcast_to(given, held.probabilities.shape[:2]))
    estimate = Estimator(held, level=level)
    classes = held.classes
    counts = np.zeros((held.repeats, len(classes), len(classes)), dtype=np.int64)
    for repeat, predicted in enumerate(held.predicted):
        counts[repeat] = confusion_matrix(held.targets, predicted, len(classes))
    precision, recall = estimate.precision(), estimate.recall()
    known = counts[0].sum(axis=1)
    figures = TaskFigures(
        design=held.design,
        examples=held.examples,
        groups=None if held.sampling.independent else held.sampling.count,
        folds=folds,
        repeats=held.repeats if held.design == "cross-validation" else None,
        accuracy=estimate.accuracy(),
        balanced_accuracy=estimate.balanced_accuracy(),
        log_loss=estimate.log_loss(),
        auroc=estimate.auroc(),
        ece=estimate.ece(),
        per_class=tuple(
            ClassFigures(name, int(known[row]), precision[row], recall[row])
            for row, name in enumerate(classes)
        ),
        confusion=tuple(tuple(int(cell) for cell in row) for row in counts[0]),
        reliability=reliability(held.confidence[0], held.top_correct[0]),
    )
    if threshold is None:
        return figures, estimate.influences
    binary, more = binary_figures(held, level=level)
    figures = replace(figures, average_precision=binary.average_precision, f1=binary.f1,
                      prevalence=binary.prevalence, threshold=threshold)  # fmt: skip
    return figures, estimate.influences | more
