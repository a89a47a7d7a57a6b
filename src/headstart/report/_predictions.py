"""What ``predictions.csv`` says about the held-out predictions, read in one pass."""

from __future__ import annotations

import csv
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from headstart.errors import ModelError

MOST_MISTAKES = 24
BINS = 20


@dataclass(frozen=True)
class Mistake:
    """One held-out example that was named wrongly.

    Attributes:
        file: its path as given at training.
        sha256: hash of the file's bytes, or empty where it is not known.
        label: the true class.
        predicted: the class that was predicted.
        probability: that of the predicted class, in [0, 1].
    """

    file: str
    sha256: str
    label: str
    predicted: str
    probability: float


@dataclass(frozen=True)
class HeldOut:
    """The held-out predictions.

    Attributes:
        mistakes: the most confident ones, surest first.
        wrong: how many predictions were wrong in all.
        right_bins: right predictions per bin of the predicted class's probability;
            `BINS` equal bins over [0, 1].
        wrong_bins: the wrong ones.
    """

    mistakes: tuple[Mistake, ...]
    wrong: int
    right_bins: tuple[int, ...]
    wrong_bins: tuple[int, ...]


def read_held_out(path: Path) -> HeldOut:
    """Read the held-out predictions, in memory that does not grow with the file.

    Raises:
        ModelError: the file cannot be read.
    """
    right, wrong = [0] * BINS, [0] * BINS
    surest: list[tuple[float, int, Mistake]] = []
    try:
        for row, mistake in enumerate(_rows(path)):
            bins = right if mistake.predicted == mistake.label else wrong
            bins[min(int(mistake.probability * BINS), BINS - 1)] += 1
            if bins is wrong:
                # The row number breaks ties, so that the same file gives the same report.
                entry = (mistake.probability, -row, mistake)
                if len(surest) < MOST_MISTAKES:
                    heapq.heappush(surest, entry)
                else:
                    heapq.heappushpop(surest, entry)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: is damaged ({error}); train again") from None
    return HeldOut(
        mistakes=tuple(entry[2] for entry in sorted(surest, reverse=True)),
        wrong=sum(wrong),
        right_bins=tuple(right),
        wrong_bins=tuple(wrong),
    )


def _rows(path: Path) -> Iterator[Mistake]:
    """The rows that hold a label and a held-out prediction, right or wrong."""
    # surrogateescape: file names on Linux are bytes and need not be UTF-8.
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        places = {name: header.index(name) for name in dict.fromkeys(header)}
        needed = ("file", "label", "predicted", "probability")
        if not all(name in places for name in needed):
            return
        file, label, predicted, probability = (places[name] for name in needed)
        hashed = places.get("sha256")
        last = max(file, label, predicted, probability)
        for row in reader:
            if len(row) <= last or not row[label] or not row[predicted]:
                continue
            try:
                sure = float(row[probability])
            except ValueError:
                continue
            if not 0.0 <= sure <= 1.0:
                continue
            digest = row[hashed] if hashed is not None and hashed < len(row) else ""
            yield Mistake(row[file], digest, row[label], row[predicted], sure)
