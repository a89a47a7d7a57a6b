"""Heads that have not seen the photos of the report.

After a cross-validation the saved head is fitted to all examples, those it was judged on too: asked
why a photo was named wrongly it would show what it has learned by heart since. So the output layer
is solved once more without the photo's fold, from stored activations, as for the prediction that
the report shows; some hundredths of a second each.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headstart.activations import ActivationStore, RowKey
from headstart.backbones import FEATURES
from headstart.errors import InputError
from headstart.examples import UNKNOWN, Outputs, Task
from headstart.heads import DenseHead, Layer, fit
from headstart.model import Model
from headstart.report._answers import label_places

MOST_EXAMPLES = 2000
"""With more, fitting takes seconds, and one photo among them is hardly learned by heart."""

_HASH, _PART, _FOLD = 1, 2, 4
"""Columns of ``predictions.csv``."""


@dataclass(frozen=True)
class _Learned:
    """Training examples: hash, fold and, in some tasks, class of each."""

    contents: tuple[str, ...]
    folds: NDArray[np.str_]
    targets: NDArray[np.int64]


def without_folds(
    photos: Collection[str],
    model: Model,
    predictions: Path,
    store: ActivationStore,
    *,
    penalties: Mapping[int, float] | None = None,
) -> dict[str, Model]:
    """For each photo the model with its output layer solved again without the photo's fold.

    Args:
        photos: SHA-256 of training examples.
        model: as it was saved.
        predictions: ``predictions.csv``, which names the training examples and their folds.
        store: with their activations.
        penalties: of the tasks that are looked at, by their place, where the model has several;
            of the others the output layer is nothing.

    Returns:
        By the photo's hash. Empty where that cannot be had: the head was not solved on one plain
        view of frozen activations, there are too many examples, or they are not all stored; a
        photo that was never held out is missing.
    """
    origin, settings = model.head.origin, model.description.get("settings", {})
    plain = settings.get("views", 1) == 1 and settings.get("class_weight") is None
    if origin.get("by") != "solver" or model.retrained or len(model.head.layers) > 1 or not plain:
        return {}
    if penalties is None:
        learned = _learned(predictions, model.task)
    else:
        learned = _learned_tasks(predictions, model.tasks, sorted(penalties))
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
            if penalties is None:
                head = _one(model, features[kept], learned.targets[kept, 0])
            else:
                head = _several(model, features[kept], learned.targets[kept], penalties)
        except InputError:  # a class is left without example
            return None
        return replace(model, head=head)

    with ThreadPoolExecutor(model.engine.threads) as pool:
        heads = dict(zip(wanted, pool.map(solved, wanted), strict=True))
    return {
        photo: head
        for photo in photos
        if (fold := fold_of.get(photo)) and (head := heads[fold]) is not None
    }


def _one(model: Model, features: NDArray[np.float32], targets: NDArray[np.int64]) -> DenseHead:
    penalty = float(model.head.origin["penalty"])
    return DenseHead.of(fit(features, targets, classes=len(model.classes), penalty=penalty))


def _several(
    model: Model,
    features: NDArray[np.float32],
    targets: NDArray[np.int64],
    penalties: Mapping[int, float],
) -> DenseHead:
    """The output layer of some tasks; the rows of the others are zero."""
    from headstart.heads import fit_tasks  # most models have one task

    places = sorted(penalties)
    outputs = Outputs.of([model.tasks[place] for place in places])
    found = fit_tasks(
        features, targets, outputs=outputs, penalties=np.array([penalties[p] for p in places])
    )
    saved = model.head.layers[0]
    weights, bias = np.zeros_like(saved.weights), np.zeros_like(saved.bias)
    for row, place in enumerate(places):
        to, start = model.outputs.columns(place), outputs.columns(row)
        weights[to], bias[to] = found.weights[start], found.bias[start]
    return DenseHead((Layer(weights, bias),), dict(model.head.origin))


def _learned(predictions: Path, task: Task) -> _Learned:
    """The training examples; one that was never held out has an empty fold."""
    with predictions.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row.get("part") == "train" and row.get("label") in task.classes and row.get("sha256")
        ]
    return _Learned(
        contents=tuple(row["sha256"] for row in rows),
        folds=np.array([row.get("fold") or "" for row in rows], dtype=np.str_),
        targets=np.array([[task.classes.index(row["label"])] for row in rows], dtype=np.int64),
    )


def _learned_tasks(predictions: Path, tasks: tuple[Task, ...], places: list[int]) -> _Learned:
    """The training examples with their classes in some of several tasks, -1 where unknown."""
    starts = label_places([(task.name, len(task.classes)) for task in tasks])
    numbers = [{name: row for row, name in enumerate(tasks[place].classes)} for place in places]
    columns = [starts[place] for place in places]
    with predictions.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = [
            row
            for row in csv.reader(stream)
            if len(row) > max(columns) and row[_PART] == "train" and row[_HASH]
        ]
    targets = [
        [number.get(row[column], UNKNOWN) for number, column in zip(numbers, columns, strict=True)]
        for row in rows
    ]
    return _Learned(
        contents=tuple(row[_HASH] for row in rows),
        folds=np.array([row[_FOLD] for row in rows], dtype=np.str_),
        targets=np.array(targets, dtype=np.int64).reshape(len(rows), len(places)),
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
