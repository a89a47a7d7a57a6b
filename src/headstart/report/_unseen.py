"""A head that has not seen the photos of the report.

After a cross-validation the saved head is fitted to all examples, those it was judged on too: asked
why a photo was named wrongly it would show what it has learned by heart since. So it is solved once
more without the photos that are shown, from stored activations, in some hundredths of a second.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import replace
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


def without(
    photos: Collection[str], model: Model, predictions: Path, store: ActivationStore
) -> Model | None:
    """The model with its output layer solved again without some photos.

    Args:
        photos: SHA-256 of each; what shares a group with one of them is left out with it.
        model: as it was saved.
        predictions: ``predictions.csv``, which names the training examples.
        store: with their activations.

    Returns:
        ``None`` where that cannot be had: the head was not solved on one plain view of frozen
        activations, there are too many examples, or they are not all stored.
    """
    origin, settings = model.head.origin, model.description.get("settings", {})
    plain = settings.get("views", 1) == 1 and settings.get("class_weight") is None
    if origin.get("by") != "solver" or model.retrained or len(model.head.layers) > 1 or not plain:
        return None
    rows = [row for row in _training_rows(predictions, photos) if row[1] in model.classes]
    if not rows or len(rows) > MOST_EXAMPLES:
        return None
    places = {name: place for place, name in enumerate(model.classes)}
    targets = np.array([places[label] for _, label in rows], dtype=np.int64)
    features = _features([content for content, _ in rows], model, store)
    if features is None:
        return None
    try:
        head = fit(features, targets, classes=len(model.classes), penalty=float(origin["penalty"]))
    except InputError:  # a class is left without example
        return None
    return replace(model, head=DenseHead.of(head))


def _training_rows(predictions: Path, photos: Collection[str]) -> list[tuple[str, str]]:
    """Hash and label of the training examples that are left."""
    with predictions.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("part") == "train"]
    groups = {row.get("group") for row in rows if row.get("sha256") in photos} - {"", None}
    return [
        (row.get("sha256", ""), row.get("label", ""))
        for row in rows
        if row.get("sha256") not in photos and row.get("group") not in groups
    ]


def _features(
    contents: list[str], model: Model, store: ActivationStore
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
