"""Heads that have not seen the photos of the report.

After a cross-validation the saved head is fitted to all examples, those it was judged on too: asked
why a photo was named wrongly it would show what it has learned by heart since. So the output layer
is solved once more without the photo's fold, from stored activations, as for the prediction that
the report shows; some hundredths of a second each.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headstart.activations import ActivationStore, RowKey
from headstart.backbones import FEATURES
from headstart.errors import InputError
from headstart.heads import DenseHead, fit
from headstart.model import Model

MOST_EXAMPLES = 2000
"""With more, fitting takes seconds, and one photo among them is hardly learned by heart."""


@dataclass(frozen=True)
class _Learned:
    """Training examples: hash, fold and class of each."""

    contents: tuple[str, ...]
    folds: NDArray[np.str_]
    targets: NDArray[np.int64]


def without_folds(
    photos: Collection[str], model: Model, predictions: Path, store: ActivationStore
) -> dict[str, Model]:
    """For each photo the model with its output layer solved again without the photo's fold.

    Args:
        photos: SHA-256 of training examples.
        model: as it was saved.
        predictions: ``predictions.csv``, which names the training examples and their folds.
        store: with their activations.

    Returns:
        By the photo's hash. Empty where that cannot be had: the head was not solved on one plain
        view of frozen activations, there are too many examples, or they are not all stored; a
        photo that was never held out is missing.
    """
    origin, settings = model.head.origin, model.description.get("settings", {})
    plain = settings.get("views", 1) == 1 and settings.get("class_weight") is None
    if origin.get("by") != "solver" or model.retrained or len(model.head.layers) > 1 or not plain:
        return {}
    learned = _learned(predictions, model.classes)
    if not 0 < len(learned.contents) <= MOST_EXAMPLES:
        return {}
    features = _features(learned.contents, model, store)
    if features is None:
        return {}
    fold_of = dict(zip(learned.contents, learned.folds.tolist(), strict=True))
    wanted = sorted({fold_of[photo] for photo in photos if fold_of.get(photo)})

    def solved(fold: str) -> Model | None:
        kept = learned.folds != fold
        try:
            head = fit(
                features[kept],
                learned.targets[kept],
                classes=len(model.classes),
                penalty=float(origin["penalty"]),
            )
        except InputError:  # a class is left without example
            return None
        return replace(model, head=DenseHead.of(head))

    with ThreadPoolExecutor(model.engine.threads) as pool:
        heads = dict(zip(wanted, pool.map(solved, wanted), strict=True))
    return {
        photo: head
        for photo in photos
        if (fold := fold_of.get(photo)) and (head := heads[fold]) is not None
    }


def _learned(predictions: Path, classes: tuple[str, ...]) -> _Learned:
    """The training examples; one that was never held out has an empty fold."""
    with predictions.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row.get("part") == "train" and row.get("label") in classes and row.get("sha256")
        ]
    return _Learned(
        contents=tuple(row["sha256"] for row in rows),
        folds=np.array([row.get("fold") or "" for row in rows], dtype=np.str_),
        targets=np.array([classes.index(row["label"]) for row in rows], dtype=np.int64),
    )


def _features(
    contents: tuple[str, ...], model: Model, store: ActivationStore
) -> NDArray[np.float32] | None:
    dataset = store.find(model.dataset_key())
    if dataset is None:
        return None
    found = []
    for content in contents:
        arrays = store.get(dataset, RowKey(content))
        if arrays is None:
            return None
        found.append(arrays[FEATURES])
    return np.stack(found).astype(np.float32)
