"""The examples that take part: readable, labelled, without leaks between parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.activations import FrozenPass
from headstart.errors import DataError
from headstart.examples import (
    UNKNOWN,
    Examples,
    Source,
    Task,
    resolve_duplicates,
    stratified_folds,
)

HeldOutPart = Literal["test", "validation"]

MOST_UNREADABLE = 0.5
"""A run goes on without broken files, but not with more than this share of them broken."""


@dataclass(frozen=True)
class Prepared:
    """Examples of one task with their activations; rows are those that take part.

    Attributes:
        task: with the classes that training examples have.
        rows: of each among the examples as they were given, int64 ``(examples,)``.
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
    rows: NDArray[np.int64]
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
        rows=rows,
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


def check_readable(examples: Examples, unreadable: Mapping[int, str]) -> None:
    """Go on without broken files, unless they are most of all.

    Args:
        examples: as they were given.
        unreadable: why, for each that could not be read, by row.

    Raises:
        DataError: more than half of the files cannot be read.
    """
    broken = len(unreadable)
    if broken <= MOST_UNREADABLE * len(examples):
        return
    shown = [
        f"{examples.sources[row].name} ({reason})" for row, reason in list(unreadable.items())[:3]
    ]
    raise DataError(
        f"{broken} of {len(examples)} files cannot be read as photos, more than half: "
        f"{'; '.join(shown)}{' and more' if broken > 3 else ''}. Repair or remove them, then run "
        "again"
    )


def hold_out(prepared: Prepared, *, folds: int, seed: int) -> Prepared:
    """Where the user held nothing out: one of so many folds of the training examples, as a test.

    Classes keep their shares, and what belongs together stays together.

    Raises:
        DataError: nothing can be held out, as each class would lose its only examples.
    """
    if prepared.held_out:
        return prepared
    units = prepared.units[prepared.train]
    fold = stratified_folds(prepared.train_targets, units, folds=folds, seed=seed)
    held = prepared.train[fold == 0]
    if not len(held):
        raise DataError(
            "nothing can be held out to measure the model with: every class has its examples in "
            "one file or group. Give more of each class, or a test/ part"
        )
    note = (
        f"{len(held):,} of {len(prepared.train):,} examples, drawn with seed {seed}, are held out "
        "for the figures and never trained on; give a test/ part to choose them yourself"
    )
    return replace(
        prepared,
        train=prepared.train[fold != 0],
        held_out={"test": held},
        notes=[*prepared.notes, note],
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
