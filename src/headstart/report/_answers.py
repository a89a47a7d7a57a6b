"""What ``predictions.csv`` says of several tasks: counts, and the surest mistakes of each."""

from __future__ import annotations

import csv
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headstart.errors import ModelError
from headstart.report._predictions import BINS, Example

MOST_LETTERS = 24

_ABOUT = 5
"""Columns before those of the tasks: file, hash, part, group and fold."""


@dataclass(frozen=True)
class Asked:
    """One task of the file.

    Attributes:
        name: of the task.
        classes: of it.
        threshold: from which chance of the second class on that is the answer; ``None`` where the
            most probable class is.
        most: how many mistakes are kept; of a task with two classes half of them of each answer.
    """

    name: str
    classes: tuple[str, ...]
    threshold: float | None
    most: int

    @property
    def shown(self) -> tuple[str, ...]:
        """The classes as they are shown: of a yes/no task a short name rather than yes."""
        named = self.classes == ("no", "yes") and len(self.name) <= MOST_LETTERS
        return (f"no {self.name}", self.name) if named else self.classes

    @property
    def stated(self) -> tuple[str, ...]:
        """The names of the columns with its chances."""
        if len(self.classes) == 2:
            return (f"p_{self.name}",)
        return tuple(f"p_{self.name}={name}" for name in self.classes)

    def answer(self, cells: Sequence[str]) -> tuple[int, float] | None:
        """Which class is the answer, and its chance; None where nothing was predicted."""
        try:
            chances = [float(cell) for cell in cells]
        except ValueError:
            return None
        if not all(0 <= chance <= 1 for chance in chances):
            return None
        if len(self.classes) == 2:
            second = chances[0]
            yes = second > 0.5 if self.threshold is None else second >= self.threshold
            return int(yes), second if yes else 1 - second
        place = max(range(len(chances)), key=chances.__getitem__)
        return place, chances[place]


@dataclass
class Answers:
    """Held-out answers of one task.

    Attributes:
        asked: the task.
        confusion: counts; rows are true classes, columns answers.
        right: right answers per bin of the answer's chance, `BINS` equal ones over [0, 1].
        wrong: the wrong ones.
        training: how many training examples each class has.
    """

    asked: Asked
    confusion: list[list[int]] = field(default_factory=list)
    right: list[int] = field(default_factory=lambda: [0] * BINS)
    wrong: list[int] = field(default_factory=lambda: [0] * BINS)
    training: dict[str, int] = field(default_factory=dict)
    _surest: dict[int, list[tuple[float, int, Example]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = len(self.asked.classes)
        self.confusion = [[0] * size for _ in range(size)]

    def add(self, about: Sequence[str], true: int, answer: int, chance: float) -> None:
        """Count one answer, and keep it if it is among the surest mistakes of its class."""
        self.confusion[true][answer] += 1
        place = min(int(chance * BINS), BINS - 1)
        if true == answer:
            self.right[place] += 1
            return
        # The count breaks ties: the same file gives the same report.
        names = self.asked.shown
        example = Example(about[0], about[1], about[2], names[true], names[answer], chance)
        entry = (chance, -sum(self.wrong), example)
        self.wrong[place] += 1
        two = len(names) == 2
        kept = self._surest.setdefault(answer if two else 0, [])
        if len(kept) < self.asked.most // (2 if two else 1):
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)

    @property
    def mistakes(self) -> list[Example]:
        """The surest; of a task with two classes first those of the second, then of the first."""
        return [
            one[2]
            for answer in sorted(self._surest, reverse=True)
            for one in sorted(self._surest[answer], reverse=True)
        ]


def read_answers(
    path: Path, tasks: Sequence[tuple[str, int]], asked: Mapping[int, Asked], *, part: str | None
) -> dict[int, Answers]:
    """Read the held-out answers of some tasks.

    Args:
        path: ``predictions.csv`` of a model of several tasks.
        tasks: name and number of classes of each of the model's tasks, in their order.
        asked: those that are wanted, by their place.
        part: the part that the figures were computed from; None: all, by cross-validation.

    Returns:
        By the task's place; nothing where the file is of other tasks.

    Raises:
        ModelError: the file cannot be read.
    """
    found = {place: Answers(one) for place, one in asked.items()}
    starts = label_places(tasks)
    try:
        # surrogateescape: file names on Linux are bytes and need not be UTF-8.
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            for place, one in asked.items():
                start = starts[place]
                expected = [one.name, *one.stated]
                if header[start : start + len(expected)] != expected:
                    return {}
            for row in reader:
                if len(row) == len(header):
                    _count(row, starts, found, part)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise ModelError(f"{path}: is damaged ({error}); train again") from None
    return found


def label_places(tasks: Sequence[tuple[str, int]]) -> list[int]:
    """The column of each task's label in ``predictions.csv``; those of its chances follow.

    Args:
        tasks: name and number of classes of each, in their order.
    """
    starts, start = [], _ABOUT
    for _, classes in tasks:
        starts.append(start)
        start += 1 + (1 if classes == 2 else classes)
    return starts


def _count(
    row: Sequence[str], starts: Sequence[int], found: Mapping[int, Answers], part: str | None
) -> None:
    for place, answers in found.items():
        asked, start = answers.asked, starts[place]
        label = row[start]
        if label not in asked.classes:  # unknown
            continue
        if row[2] == "train":
            answers.training[label] = answers.training.get(label, 0) + 1
        if part is not None and row[2] != part:
            continue
        answer = asked.answer(row[start + 1 : start + 1 + len(asked.stated)])
        if answer is not None:
            answers.add(row[:3], asked.classes.index(label), *answer)
