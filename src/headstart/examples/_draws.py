"""Which examples a comparison trains on and predicts: folds, and nested subsets of their rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._splits import ALWAYS_TRAINING, stratified_folds

Rows = NDArray[np.int64]

_HALVINGS = 6
"""Of an order of several tasks. In one division into 64 parts each is a little off, and that adds
up: a quarter that should have held 17 examples of a class held 22."""


@dataclass(frozen=True)
class Draw:
    """One training part and what is predicted by models that were trained in it.

    Attributes:
        repeat: of the whole division.
        order: rows of the training part; every beginning of it holds the classes in about the
            shares that all of it does. int64.
        held: rows that are predicted, int64.
    """

    repeat: int
    order: Rows
    held: Rows

    def rows(self, size: int | None) -> Rows:
        """The first so many rows of the training part, sorted; all of them where ``None``."""
        return np.sort(self.order[:size])


def fold_draws(targets: Rows, units: Rows, *, folds: int, repeats: int, seed: int) -> list[Draw]:
    """Repeated cross-validation, each training part in an order whose beginnings are smaller ones.

    Args:
        targets: class of each example, all known, int64 ``(examples,)``; or of each example in
            each task, `UNKNOWN` where it is not known, int64 ``(examples, tasks)``.
        units: which examples belong together. int64 ``(examples,)``.
        folds: 2 or more.
        repeats: of the whole division.
        seed: of the shuffles.

    Raises:
        DataError: too few units to be divided.
    """
    draws = []
    for repeat in range(repeats):
        fold_of = stratified_folds(targets, units, folds=folds, seed=seed + repeat)
        if fold_of.max(initial=ALWAYS_TRAINING) < 1:
            raise DataError("too few examples to train on some and predict others of each class")
        for fold in range(int(fold_of.max()) + 1):
            train = np.flatnonzero(fold_of != fold)
            order = nested_order(targets[train], units[train], seed=seed + 1000 * repeat + fold)
            draws.append(Draw(repeat, train[order], np.flatnonzero(fold_of == fold)))
    return draws


def part_draws(
    targets: Rows, units: Rows, train: Rows, held: Rows, *, draws: int, seed: int
) -> list[Draw]:
    """Training parts drawn anew for a held-out part that stays.

    Args:
        targets: as of `fold_draws`.
        units: which examples belong together, int64 ``(examples,)``.
        train: rows to draw from.
        held: rows that are held out.
        draws: how many.
        seed: of the shuffles.
    """
    orders = (
        nested_order(targets[train], units[train], seed=seed + number) for number in range(draws)
    )
    return [Draw(number, train[order], held) for number, order in enumerate(orders)]


def nested_order(targets: Rows, units: Rows, *, seed: int) -> Rows:
    """An order of which every beginning holds the classes in about their shares.

    Each class's first example comes first, so that any beginning of as many as there are classes
    can be learned from; after them units stay together. Of several tasks a half, a
    quarter and so on hold the classes in about their shares, and units stay together throughout.

    Args:
        targets: as of `fold_draws`.
        units: which examples belong together, int64 ``(examples,)``.
        seed: of the shuffle.

    Returns:
        A permutation, int64 ``(examples,)``.
    """
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim == 2:
        return _nested_halves(targets, units, seed=seed)
    rng = np.random.default_rng(seed)
    _, first, unit_of = np.unique(units, return_index=True, return_inverse=True)
    # A unit stands with the class of its first example: mixed units are rare, and small.
    classes = targets[first]
    shuffled = rng.permutation(len(first))
    rank = np.empty(len(first), dtype=np.int64)
    for target in np.unique(classes):
        members = shuffled[classes[shuffled] == target]
        rank[members] = np.arange(len(members))
    counts = np.bincount(classes)
    # The k-th of n units of a class stands at (k + u) / n of the way, u drawn once a class.
    place = (rank + rng.random(len(counts))[classes]) / counts[classes]
    position = np.empty(len(first), dtype=np.int64)
    position[np.lexsort((place, rank > 0))] = np.arange(len(first))
    order = np.argsort(position[unit_of], kind="stable")
    _, leaders = np.unique(targets[order], return_index=True)
    return np.concatenate([order[np.sort(leaders)], np.delete(order, leaders)])


def _nested_halves(targets: Rows, units: Rows, *, seed: int) -> Rows:
    """An order for several tasks: halves of like shares, each again in halves, and so on.

    The half with more classes of tasks goes first, for a small beginning is to be learnt from.
    """
    rng = np.random.default_rng(seed)
    _, unit_of = np.unique(units, return_inverse=True)
    rank = rng.permutation(int(unit_of.max(initial=-1)) + 1)
    parts = [np.argsort(rank[unit_of], kind="stable")]
    for _ in range(_HALVINGS):
        halves = []
        for rows in parts:
            if len(np.unique(unit_of[rows])) < 4:
                halves.append([rows])
                continue
            half = stratified_folds(
                targets[rows], unit_of[rows], folds=2, seed=int(rng.integers(2**31))
            )
            two = [rows[half == number] for number in (0, 1)]
            halves.append(sorted(two, key=lambda some: -_classes(targets[some])))
        parts = [rows for two in halves for rows in two]
    return np.concatenate(parts)


def _classes(targets: Rows) -> int:
    """How many classes of how many tasks these examples know."""
    return sum(int((targets == each).any(axis=0).sum()) for each in range(targets.max() + 1))
