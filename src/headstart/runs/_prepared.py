"""The examples that take part: readable, labelled, without leaks between parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.activations import FrozenPass
from headstart.errors import DataError
from headstart.examples import UNKNOWN, Examples, Source, Task, resolve_duplicates

HeldOutPart = Literal["test", "validation"]


@dataclass(frozen=True)
class Prepared:
    """Examples of one task with their activations; rows are those that take part.

    Attributes:
        task: with the classes that training examples have.
        sources: where their bytes come from.
        hashes: SHA-256 of their bytes.
        groups: as the user gave them, or empty.
        targets: int64 ``(examples,)``, all known.
        activations: pooled features of each view, the plain one first, float
            ``(views, examples, features)``.
        units: which examples must stay on one side of a split. int64 ``(examples,)``.
        train: rows to train on.
        held_out: rows of each part that the user held out; the first gives the headline.
        set_aside: name and reason of what was left out.
        notes: what the user should know, a sentence each.
    """

    task: Task
    sources: tuple[Source, ...]
    hashes: tuple[str, ...]
    groups: tuple[str, ...]
    targets: NDArray[np.int64]
    activations: NDArray[np.floating]
    units: NDArray[np.int64]
    train: NDArray[np.int64]
    held_out: dict[HeldOutPart, NDArray[np.int64]]
    set_aside: tuple[tuple[str, str], ...]
    notes: list[str]

    @property
    def names(self) -> list[str]:
        """Of the examples, as the user gave them."""
        return [source.name for source in self.sources]

    @property
    def features(self) -> NDArray[np.floating]:
        """Pooled features of the plain view, float ``(examples, features)``."""
        return np.asarray(self.activations[0])

    @property
    def train_targets(self) -> NDArray[np.int64]:
        """Targets of the training rows."""
        return self.targets[self.train]

    @property
    def parts(self) -> list[str]:
        """Name of the part that each row belongs to."""
        named = np.full(len(self.sources), "train", dtype=object)
        for part, rows in self.held_out.items():
            named[rows] = part
        return [str(part) for part in named]


def prepare(examples: Examples, passed: FrozenPass) -> Prepared:
    """Leave out what cannot take part, and say why.

    Raises:
        DataError: fewer than two classes are left to train on.
    """
    duplicates = resolve_duplicates(examples, passed.hashes)
    reasons = {**dict(duplicates.set_aside), **passed.unreadable}
    targets = duplicates.targets[:, 0]
    usable = np.array(
        [row not in reasons and target != UNKNOWN for row, target in enumerate(targets)], dtype=bool
    )
    parts = np.array(examples.parts or ("train",) * len(examples))
    task, remap, dropped = _trainable_classes(
        examples.tasks[0], targets[usable & (parts == "train")]
    )
    for row in np.flatnonzero(usable & ~np.isin(targets, np.flatnonzero(remap >= 0))):
        reasons[int(row)] = "its class has no training example"
        usable[row] = False
    rows = np.flatnonzero(usable)
    kept = parts[rows]
    order: tuple[HeldOutPart, ...] = ("test", "validation")
    held_out = {part: np.flatnonzero(kept == part) for part in order if (kept == part).any()}
    assert passed.activations is not None  # the last stage gives a vector
    return Prepared(
        task=task,
        sources=tuple(examples.sources[row] for row in rows),
        hashes=tuple(passed.hashes[row] or "" for row in rows),
        groups=() if examples.groups is None else tuple(examples.groups[row] for row in rows),
        targets=remap[targets[rows]],
        activations=passed.activations[:, rows],
        units=duplicates.units[rows],
        train=np.flatnonzero(kept == "train"),
        held_out=held_out,
        set_aside=tuple((examples.sources[row].name, why) for row, why in sorted(reasons.items())),
        notes=[*examples.notes, *duplicates.notes, *dropped],
    )


def _trainable_classes(
    task: Task, targets: NDArray[np.int64]
) -> tuple[Task, NDArray[np.int64], list[str]]:
    """The task without the classes that no training example is left of."""
    present = np.bincount(targets, minlength=len(task.classes)) > 0
    classes = tuple(name for name, there in zip(task.classes, present, strict=True) if there)
    if len(classes) < 2:
        left = ", ".join(f"{task.classes[target]} ({count})"
                         for target, count in Counter(targets.tolist()).items())  # fmt: skip
        raise DataError(
            "at least two classes with a readable training example are needed; what is left is "
            f"{left or 'none'}"
        )
    lost = [name for name, there in zip(task.classes, present, strict=True) if not there]
    notes = [f"no usable training example of {', '.join(lost)}: left out"] if lost else []
    remap = np.where(present, np.cumsum(present) - 1, UNKNOWN)
    return replace(task, classes=classes), remap, notes
