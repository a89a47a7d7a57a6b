"""``predictions.csv``: what was said of each example by models that had not seen it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headstart.examples import UNKNOWN, Outputs, Task
from headstart.runs._prepared import HeldOutPart, Prepared

_ABOUT = ("file", "sha256", "part", "group", "fold")


def write_predictions(
    path: Path,
    prepared: Prepared,
    fold: NDArray[np.int64],
    cross_validated: NDArray[np.float64],
    held_out: Mapping[HeldOutPart, NDArray[np.float64]],
) -> None:
    """Write one row for each example that took part.

    Of one task: its label, the most probable class, whether that is right and the probability of
    each class. Of several tasks: each one's label, blank where it is unknown, and the probability
    of its second class, or of each where there are more.

    Args:
        path: of the file.
        prepared: the examples.
        fold: of the training examples in the first repeat, -1 where never held out. int64
            ``(training examples,)``.
        cross_validated: of the training examples in the first repeat, NaN where there is none.
            float64 ``(training examples, outputs)``.
        held_out: of each part that the user held out, float64 ``(examples, outputs)``.
    """
    probabilities = np.full((len(prepared.sources), cross_validated.shape[1]), np.nan)
    probabilities[prepared.train] = cross_validated
    for part, rows in prepared.held_out.items():
        probabilities[rows] = held_out[part]
    folds = np.full(len(prepared.sources), -1)
    folds[prepared.train] = fold
    several = prepared.several
    names = _several_names(prepared.tasks) if several else _one_names(prepared.task)
    cells = _several_cells if several else _one_cells
    # surrogateescape: a file name that is not valid UTF-8 is written as the bytes that it is.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_ABOUT, *names])
        for about, more in zip(
            _about(prepared, folds), cells(prepared, probabilities), strict=True
        ):
            writer.writerow([*about, *more])


def _about(prepared: Prepared, folds: NDArray[np.int64]) -> Iterator[list[str]]:
    parts, groups = prepared.parts, prepared.groups or ("",) * len(prepared.sources)
    for row, name in enumerate(prepared.names):
        fold = str(folds[row]) if folds[row] >= 0 else ""
        yield [name, prepared.hashes[row], parts[row], groups[row], fold]


def _one_names(task: Task) -> list[str]:
    return ["label", "predicted", "correct", "probability", *(f"p_{one}" for one in task.classes)]


def _one_cells(prepared: Prepared, probabilities: NDArray[np.float64]) -> Iterator[list[str]]:
    classes = prepared.task.classes
    for target, chance in zip(prepared.targets, probabilities, strict=True):
        if np.isnan(chance[0]):
            yield [classes[target], *[""] * (3 + len(classes))]
            continue
        top = int(chance.argmax())
        found = [f"{value:.6f}" for value in chance]
        yield [classes[target], classes[top], str(int(top == target)), found[top], *found]


def _several_names(tasks: tuple[Task, ...]) -> list[str]:
    names = []
    for task in tasks:
        shown = [""] if len(task.classes) == 2 else [f"={name}" for name in task.classes]
        names += [task.name, *(f"p_{task.name}{suffix}" for suffix in shown)]
    return names


def _several_cells(prepared: Prepared, probabilities: NDArray[np.float64]) -> Iterator[list[str]]:
    outputs = Outputs.of(prepared.tasks)
    words = [[*task.classes, ""] for task in prepared.tasks]  # the last stands for unknown, -1
    assert UNKNOWN == -1
    wanted = [
        [outputs.columns(place).start + 1] if size == 2 else
        list(range(outputs.columns(place).start, outputs.columns(place).stop))
        for place, size in enumerate(outputs.sizes)
    ]  # fmt: skip
    for labels, chances in zip(prepared.labels, probabilities, strict=True):
        found = ["" if np.isnan(chance) else f"{chance:.6f}" for chance in chances]
        cells = []
        for place, label in enumerate(labels):
            cells += [words[place][label], *(found[column] for column in wanted[place])]
        yield cells
