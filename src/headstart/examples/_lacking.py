"""Which tasks the folds leave without a class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from headstart.examples._outputs import Outputs
from headstart.examples._several_splits import label_counts
from headstart.examples._table import Task

Integers = NDArray[np.int64]


def lacking(targets: Integers, folds: Integers, tasks: Sequence[Task]) -> list[str]:
    """Tasks that cannot be judged, or not be learnt, in some fold, each with the reason.

    Args:
        targets: class of each example in each task, `UNKNOWN` where it is not known.
            int64 ``(examples, tasks)``, or ``(examples,)`` of one task.
        folds: fold of each example, below 0 where it is always trained on. int64 ``(examples,)``.
        tasks: the tasks.

    Returns:
        A sentence for each such task, in their order.
    """
    count = int(folds.max(initial=-1)) + 1
    if count < 1:
        return []
    labels = Outputs.of(tasks)
    # Row 0 counts the examples that are always trained on, the others those of the folds.
    counts = label_counts(targets.reshape(-1, len(tasks)), np.maximum(folds, -1) + 1, labels)
    held, total = counts[1:], counts.sum(axis=0)
    unjudged, untaught = (held == 0).sum(axis=0), (held == total).sum(axis=0)
    found = []
    for place, task in enumerate(tasks):
        columns = labels.columns(place)
        figures = zip(
            task.classes, total[columns], unjudged[columns], untaught[columns], strict=True
        )
        said = [_said(*each, count) for each in figures if each[2] or each[3]]
        if said:
            found.append(f"'{task.name}': " + "; ".join(said))
    return found


def _said(name: str, known: int, no_held: int, no_train: int, folds: int) -> str:
    if not known:
        return f"no example is known to be '{name}'"
    places = []
    if no_held:
        places.append(f"{no_held} of {folds} held-out parts")
    if no_train:
        places.append(f"{no_train} of {folds} training parts")
    examples = "1 example is" if known == 1 else f"{known:,} examples are"
    return f"{examples} known to be '{name}', and {' and '.join(places)} have none"
