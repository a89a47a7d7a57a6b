"""Tables of several tasks that the tests of heads share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Outputs


@dataclass(frozen=True)
class Table:
    """Features, labels and folds of several tasks.

    Attributes:
        features: float32 ``(examples, features)``.
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        folds: int64 ``(repeats, examples)``.
        outputs: where the tasks' classes stand.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.int64]
    folds: NDArray[np.int64]
    outputs: Outputs


def make_table(
    *sizes: int, examples: int = 90, width: int = 12, hidden: float = 0.4, repeats: int = 2
) -> Table:
    """Classes that a linear head can tell in part, a share of the labels unknown."""
    random = np.random.default_rng(3)
    features = random.normal(size=(examples, width)).astype(np.float32)
    columns = []
    for size in sizes:
        logits = features @ random.normal(size=(width, size)) + random.gumbel(size=(examples, size))
        columns.append(logits.argmax(axis=1))
    targets = np.stack(columns, axis=1).astype(np.int64)
    targets[random.random(targets.shape) < hidden] = -1
    folds = np.stack([random.permutation(examples) % 4 for _ in range(repeats)])
    return Table(features, targets, folds, Outputs(sizes))
