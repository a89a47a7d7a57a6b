"""What a fit hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.heads import DenseHead


@dataclass(frozen=True)
class Epoch:
    """What was seen at the end of an epoch.

    Attributes:
        train_log_loss: mean over the epoch's steps, dropout and example weights included; NaN
            before the first step.
        held_out_log_loss: NaN where nothing is held out.
        held_out: class probabilities, float32 ``(held-out examples, classes)``.
    """

    train_log_loss: float
    held_out_log_loss: float
    held_out: NDArray[np.float32]


@dataclass(frozen=True)
class FineTuned:
    """A trained tail and how it got there.

    Attributes:
        weights: tensors of the trained stages by the backbone's names, after `best_epoch`;
            BatchNorm's statistics are among them where they were learned.
        head: the layers after pooling, after `best_epoch`.
        epochs: the state before any step, then one for each epoch that was run.
        best_epoch: the one whose weights were kept; 0 is before any step.
        seconds: of training, those before an interruption included.
        frozen_sha256: of all tensors of the stages that were not trained, taken from the network
            that was trained, afterwards; the same as the backbone's own.
        interrupted: Ctrl-C ended it early.
    """

    weights: dict[str, NDArray[Any]]
    head: DenseHead
    epochs: tuple[Epoch, ...]
    best_epoch: int
    seconds: float
    frozen_sha256: str
    interrupted: bool = False

    @property
    def epochs_run(self) -> int:
        return len(self.epochs) - 1

    @property
    def held_out(self) -> NDArray[np.float32]:
        """Float32 ``(epochs_run + 1, held-out examples, classes)``."""
        return np.stack([epoch.held_out for epoch in self.epochs])

    @property
    def log_loss(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """On the training and on the held-out examples, each ``(epochs_run + 1,)``."""
        train = np.array([epoch.train_log_loss for epoch in self.epochs])
        return train, np.array([epoch.held_out_log_loss for epoch in self.epochs])
