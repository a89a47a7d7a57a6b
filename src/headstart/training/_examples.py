"""Examples as one fit takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Outputs


@dataclass(frozen=True)
class Examples:
    """What is trained on and what is held out.

    Attributes:
        outputs: where the tasks' classes stand.
        targets: class of every example in every task, int64 ``(examples, tasks)``.
        uncertain: as of `headstart.examples.Examples`, float32 ``(examples, tasks)`` or ``None``.
        weights: what each label weighs in training, 0 where it is unknown, float32
            ``(examples, tasks)``.
        train: rows of those in training, int64.
        held_out: rows of those that are predicted after each epoch, int64.
        judged: what each of their labels weighs in the held-out loss, 0 where it is unknown or of a
            class that is not in training, float64 ``(held out, tasks)``.
        views: of each example.
    """

    outputs: Outputs
    targets: NDArray[np.int64]
    uncertain: NDArray[np.float32] | None
    weights: NDArray[np.float32]
    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    judged: NDArray[np.float64]
    views: int

    def presence(self, batch_size: int) -> NDArray[np.float64]:
        """Share of the batches that hold a label of each task, float64 ``(tasks,)``."""
        known = (self.weights[self.train] > 0).mean(axis=0)
        return np.asarray(1 - (1 - known) ** min(batch_size, len(self.train)))
