"""What ``predictions.csv`` says about the held-out predictions, read in one pass."""

from __future__ import annotations

import csv
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headstart.errors import ModelError

BINS = 20


@dataclass(frozen=True)
class Example:
    """One row of the file.

    Attributes:
        file: its path as given at training.
        sha256: hash of the file's bytes, or empty where it is not known.
        part: ``"train"``, ``"validation"`` or ``"test"``, or empty where it is not known.
        label: the true class.
        predicted: the class that was predicted, or empty where it was never held out.
        probability: that of the predicted class, in [0, 1].
    """

    file: str
    sha256: str
    part: str
    label: str
    predicted: str
    probability: float


@dataclass
class _RightOnes:
    """Of the right predictions of one class the surest, the least sure, and how many there are."""

    surest: Example
    least_sure: Example
    count: int = 0

    def add(self, example: Example) -> None:
        self.count += 1
        self.surest = max(self.surest, example, key=_sureness)
        self.least_sure = min(self.least_sure, example, key=_sureness)


@dataclass
class Predictions:
    """Held-out predictions that belong together.

    Attributes:
        most: how many mistakes are kept.
        right: right predictions per bin of the predicted class's probability; `BINS` equal bins
            over [0, 1].
        wrong: the wrong ones.
    """

    most: int
    right: list[int] = field(default_factory=lambda: [0] * BINS)
    wrong: list[int] = field(default_factory=lambda: [0] * BINS)
    _surest: list[tuple[float, int, Example]] = field(default_factory=list)
    _right_ones: dict[str, _RightOnes] = field(default_factory=dict)

    def add(self, example: Example) -> None:
        """Count one prediction, and keep it if it is among the surest mistakes."""
        place = min(int(example.probability * BINS), BINS - 1)
        if example.predicted == example.label:
            self.right[place] += 1
            self._right_ones.setdefault(example.label, _RightOnes(example, example)).add(example)
            return
        # The count breaks ties: the same file gives the same report.
        entry = (example.probability, -sum(self.wrong), example)
        self.wrong[place] += 1
        if len(self._surest) < self.most:
            heapq.heappush(self._surest, entry)
        else:
            heapq.heappushpop(self._surest, entry)

    @property
    def mistakes(self) -> list[Example]:
        """The surest mistakes, surest first."""
        return [entry[2] for entry in sorted(self._surest, reverse=True)]

    def right_ones(self, *, classes: int) -> list[Example]:
        """The surest and the least sure right prediction of each of the largest classes."""
        largest = sorted(self._right_ones.values(), key=lambda each: -each.count)[:classes]
        return [one for each in largest for one in dict.fromkeys((each.surest, each.least_sure))]


@dataclass(frozen=True)
class HeldOut:
    """The held-out predictions.

    Attributes:
        measured: those that the figures were computed from.
        training: those of training examples, where the figures come from a part that was held
            out; each is by a model that had not seen it.
        training_labels: how many training examples each class has.
    """

    measured: Predictions
    training: Predictions
    training_labels: Mapping[str, int]


def read_held_out(path: Path, *, part: str | None) -> HeldOut:
    """Read the held-out predictions, in memory that does not grow with the file.

    Args:
        path: ``predictions.csv``.
        part: the part that the figures were computed from; None: all, by cross-validation.

    Raises:
        ModelError: the file cannot be read.
    """
    measured = Predictions(most=24 if part is None else 16)
    training = Predictions(most=8)
    labels: Counter[str] = Counter()
    try:
        for example in _rows(path):
            if example.part == "train":
                labels[example.label] += 1
            if not example.predicted:
                continue
            if part is None or example.part == part:
                measured.add(example)
            elif example.part == "train":
                training.add(example)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise ModelError(f"{path}: is damaged ({error}); train again") from None
    return HeldOut(measured, training, labels)


def _rows(path: Path) -> Iterator[Example]:
    """The rows that hold a label; what makes no sense is passed over."""
    # surrogateescape: file names on Linux are bytes and need not be UTF-8.
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        names = ("file", "sha256", "part", "label", "predicted", "probability")
        # Classes give columns too (p_ants), so the first of a name is ours.
        places = [header.index(name) if name in header else None for name in names]
        for row in reader:
            file, sha256, part, label, predicted, probability = (
                row[place] if place is not None and place < len(row) else "" for place in places
            )
            if not label:
                continue
            sure = _probability(probability)
            yield Example(
                file, sha256, part, label, predicted if sure is not None else "", sure or 0.0
            )


def _sureness(example: Example) -> float:
    return example.probability


def _probability(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None
