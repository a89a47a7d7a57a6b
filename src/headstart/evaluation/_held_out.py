"""The held-out predictions that count, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation._sampling import Sampling, score_inflation, share_inflation

Design = Literal["validation", "test", "cross-validation"]

UNKNOWN = -1


@dataclass(frozen=True)
class HeldOut:
    """Held-out predictions of the examples with a known target.

    Attributes:
        targets: int64 ``(examples,)``.
        probabilities: float64 ``(repeats, examples, classes)``.
        classes: names.
        sampling: how the examples depend on one another.
        design: how they came to be held out.
        rows: which of the examples given these are, int64 ``(examples,)``.
        thresholds: from which chance of the second of two classes on that is the answer, float64
            ``(repeats, examples)``; ``None`` where the most probable class is.
    """

    targets: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    classes: tuple[str, ...]
    sampling: Sampling
    design: Design
    rows: NDArray[np.int64]
    thresholds: NDArray[np.float64] | None = None

    @property
    def repeats(self) -> int:
        return len(self.probabilities)

    @property
    def examples(self) -> int:
        return len(self.targets)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The answer, int64 ``(repeats, examples)``."""
        if self.thresholds is None:
            return np.asarray(self.probabilities.argmax(axis=2))
        return (self.probabilities[:, :, 1] >= self.thresholds).astype(np.int64)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the answer is right, bool ``(repeats, examples)``."""
        return np.asarray(self.predicted == self.targets)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the most probable class, float64 ``(repeats, examples)``."""
        return np.asarray(self.probabilities.max(axis=2))

    @property
    def top_correct(self) -> NDArray[np.bool_]:
        """Whether the most probable class is right, whatever the answer, bool
        ``(repeats, examples)``.
        """
        return np.asarray(self.probabilities.argmax(axis=2) == self.targets)


def held_out(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    *,
    classes: Sequence[str],
    design: Design,
    folds: int | None,
    units: NDArray[np.int64] | None,
    level: float,
) -> HeldOut:
    """Check the arrays and leave out what does not count.

    Args:
        targets: int64 ``(examples,)``, -1 where unknown.
        probabilities: ``(repeats, examples, classes)``, NaN rows where never held out.
        classes: names.
        design: how examples came to be held out.
        folds: number of folds of a cross-validation.
        units: int64 ``(examples,)``.
        level: of the intervals, checked only.

    Raises:
        SettingError: arguments that do not fit together.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    labels = np.asarray(targets, dtype=np.int64)
    _check_shapes(labels, given, classes=len(classes), units=units)
    _check_design(design, folds=folds, repeats=len(given))
    if not 0 < level < 1:
        raise SettingError(f"level is {level}; expected a number between 0 and 1, such as 0.95")
    missing = np.isnan(given).any(axis=2)
    if (missing.any(axis=0) & ~missing.all(axis=0)).any():
        raise SettingError(
            "probabilities are NaN for an example in some repeats only; expected each example to "
            "be held out in every repeat or in none"
        )
    kept = (labels != UNKNOWN) & ~missing.all(axis=0)
    scored = np.ascontiguousarray(given[:, kept])
    if ((scored < 0) | (scored > 1 + 1e-6)).any():
        raise SettingError("probabilities lie outside 0 to 1; expected softmax or logistic outputs")
    rows = np.flatnonzero(kept)
    sampling = sampling_of(rows, units, folds=folds, repeats=len(given))
    return HeldOut(labels[kept], scored, tuple(classes), sampling, design, rows)


def sampling_of(
    rows: NDArray[np.int64], units: NDArray[np.int64] | None, *, folds: int | None, repeats: int
) -> Sampling:
    """How some of the examples depend on one another.

    Args:
        rows: which examples, int64.
        units: of all examples; ``None`` where every example stands for itself.
        folds: of a cross-validation, else ``None``.
        repeats: of the cross-validation.
    """
    if units is None:
        index, count = np.arange(len(rows)), len(rows)
    else:
        names, index = np.unique(np.asarray(units)[rows], return_inverse=True)
        count = len(names)
    sampling = Sampling(index.astype(np.int64), count)
    if folds is None:
        return sampling
    return replace(
        sampling,
        share_inflation=share_inflation(folds=folds, repeats=repeats),
        score_inflation=score_inflation(folds=folds, repeats=repeats),
    )


def _check_shapes(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    classes: int,
    units: NDArray[np.int64] | None,
) -> None:
    expected = (len(probabilities), len(targets), classes)
    if probabilities.ndim != 3 or probabilities.shape != expected or len(probabilities) < 1:
        raise SettingError(
            f"probabilities have the shape {probabilities.shape}; expected (repeats, "
            f"{len(targets)}, {classes}) for {len(targets)} targets and {classes} classes"
        )
    if targets.size and (targets.min() < UNKNOWN or targets.max() >= classes):
        raise SettingError(
            f"targets range from {targets.min()} to {targets.max()}; expected -1 (unknown) to "
            f"{classes - 1}"
        )
    if units is not None and np.shape(units) != targets.shape:
        raise SettingError(
            f"units have the shape {np.shape(units)}; expected {targets.shape}, one per target"
        )


def _check_design(design: Design, *, folds: int | None, repeats: int) -> None:
    if design == "cross-validation":
        if folds is None or folds < 2:
            raise SettingError(f"folds is {folds}; cross-validation needs at least 2")
    elif folds is not None:
        raise SettingError(f"folds is {folds} for a {design} part; expected None")
    elif repeats != 1:
        raise SettingError(f"there are {repeats} repeats for a {design} part; expected 1")
