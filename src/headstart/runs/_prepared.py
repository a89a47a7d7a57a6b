"""The examples that take part: readable, labelled, without leaks between parts."""

from __future__ import annotations

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
from headstart.runs._trainable import trainable_tasks

HeldOutPart = Literal["test", "validation"]

MOST_UNREADABLE = 0.5
"""A run goes on without broken files, but not with more than this share of them broken."""


@dataclass(frozen=True)
class Prepared:
    """Labelled examples with their activations; rows are those that take part.

    Attributes:
        tasks: with the classes that training examples have.
        rows: of each among the examples as they were given, int64 ``(examples,)``.
        sources: where their bytes come from.
        hashes: SHA-256 of their bytes.
        groups: as the user gave them, or empty.
        labels: int64 ``(examples, tasks)``; of one task all known, of several one at least of each
            example is, or is trained though it is not certain.
        uncertain: as of `Examples`.
        activations: pooled features of each view, the plain one first, float
            ``(views, examples, features)``.
        units: which examples must stay on one side of a split. int64 ``(examples,)``.
        train: rows to train on.
        held_out: rows of each part that the user held out; the first gives the headline.
        set_aside: name and reason of what was left out.
        notes: what the user should know, a sentence each.
        several: whether labels are taken as those of several tasks: also where some of one task are
            uncertain, or one of several tasks is left.
    """

    tasks: tuple[Task, ...]
    rows: NDArray[np.int64]
    sources: tuple[Source, ...]
    hashes: tuple[str, ...]
    groups: tuple[str, ...]
    labels: NDArray[np.int64]
    uncertain: NDArray[np.float32] | None
    activations: NDArray[np.floating]
    units: NDArray[np.int64]
    train: NDArray[np.int64]
    held_out: dict[HeldOutPart, NDArray[np.int64]]
    set_aside: tuple[tuple[str, str], ...]
    notes: list[str]
    several: bool = False

    @property
    def task(self) -> Task:
        """The only one."""
        (task,) = self.tasks
        return task

    @property
    def targets(self) -> NDArray[np.int64]:
        """Of the only task, int64 ``(examples,)``."""
        assert len(self.tasks) == 1
        return np.asarray(self.labels[:, 0])

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
        """Targets of the training rows in the only task."""
        return self.targets[self.train]

    @property
    def train_labels(self) -> NDArray[np.int64]:
        """Labels of the training rows, int64 ``(examples, tasks)``."""
        return np.asarray(self.labels[self.train])

    @property
    def parts(self) -> list[str]:
        """Name of the part that each row belongs to."""
        named = np.full(len(self.sources), "train", dtype=object)
        for part, rows in self.held_out.items():
            named[rows] = part
        return [str(part) for part in named]


def _labelled(
    labels: NDArray[np.int64], uncertain: NDArray[np.float32] | None
) -> NDArray[np.bool_]:
    """Which examples have something to learn or to be judged by, bool ``(examples,)``."""
    found = labels != UNKNOWN
    if uncertain is not None:
        found = found | (uncertain >= 0)
    return np.asarray(found.any(axis=1))


def prepare(examples: Examples, passed: FrozenPass) -> Prepared:
    """Leave out what cannot take part, and say why.

    Raises:
        DataError: fewer than two classes are left to train on.
    """
    duplicates = resolve_duplicates(examples, passed.hashes)
    reasons = {**dict(duplicates.set_aside), **passed.unreadable}
    readable = np.array([row not in reasons for row in range(len(examples))], dtype=bool)
    usable = readable & _labelled(duplicates.targets, examples.uncertain)
    parts = np.array(examples.parts or ("train",) * len(examples))
    trained = trainable_tasks(examples.tasks, duplicates.targets, usable & (parts == "train"))
    labels = trained.labels
    uncertain = None if examples.uncertain is None else examples.uncertain[:, trained.columns]
    for row in np.flatnonzero(usable & ~_labelled(labels, uncertain)):
        reasons[int(row)] = "its class has no training example"
        usable[row] = False
    rows = np.flatnonzero(usable)
    kept = parts[rows]
    order: tuple[HeldOutPart, ...] = ("test", "validation")
    held_out = {part: np.flatnonzero(kept == part) for part in order if (kept == part).any()}
    assert passed.activations is not None  # the last stage gives a vector
    return Prepared(
        tasks=trained.tasks,
        rows=rows,
        sources=tuple(examples.sources[row] for row in rows),
        hashes=tuple(passed.hashes[row] or "" for row in rows),
        groups=() if examples.groups is None else tuple(examples.groups[row] for row in rows),
        labels=labels[rows],
        uncertain=None if uncertain is None else uncertain[rows],
        activations=passed.activations[:, rows],
        units=duplicates.units[rows],
        train=np.flatnonzero(kept == "train"),
        held_out=held_out,
        set_aside=tuple((examples.sources[row].name, why) for row, why in sorted(reasons.items())),
        notes=[*examples.notes, *duplicates.notes, *trained.notes],
        several=len(trained.tasks) > 1 or uncertain is not None,
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
    labels = prepared.train_labels
    targets = labels[:, 0] if len(prepared.tasks) == 1 else labels
    fold = stratified_folds(targets, units, folds=folds, seed=seed)
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
