"""Settings of one fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from headstart.errors import SettingError

Precision = Literal["f32", "bf16"]
Statistics = Literal["fixed", "learned"]


@dataclass(frozen=True)
class FineTuning:
    """How one fit goes; `schedule` chooses one from the size of the data.

    Attributes:
        trainable: names of the stages that are trained; the head always is.
        epochs: passes over the training examples, for which the learning rate is planned.
        learning_rate: of the head, at its highest.
        layer_decay: factor on it for each stage further from the head: the last stage with weights
            learns at ``learning_rate * layer_decay``, the one before at ``layer_decay ** 2``.
        weight_decay: of AdamW; biases and norms are left out.
        warmup: share of the steps in which the learning rate rises from 0; it then falls along a
            cosine.
        batch_size: examples a step.
        dropout: share of the units before each layer of the head that a step leaves out.
        statistics: BatchNorm's in the trained stages: those of the pretrained network, or learned.
        precision: of the stages' arithmetic, but for what bfloat16 would slow down; the head and
            all weights are float32 in any case.
        gradient_norm: gradients beyond it are scaled down to it.
        patience: epochs without a better held-out log loss after which training stops; 0 for none.
        seed: of order, views and dropout.
    """

    trainable: frozenset[str]
    epochs: int
    learning_rate: float
    batch_size: int
    layer_decay: float = 1.0
    weight_decay: float = 0.0
    warmup: float = 0.0
    dropout: float = 0.0
    statistics: Statistics = "fixed"
    precision: Precision = "f32"
    gradient_norm: float = 1.0
    patience: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {
            "epochs": (self.epochs >= 0, "0 or more"),
            "learning_rate": (0 < self.learning_rate < 10, "more than 0 and less than 10"),
            "batch_size": (self.batch_size >= 1, "1 or more"),
            "layer_decay": (0 < self.layer_decay <= 1, "more than 0 and at most 1"),
            "weight_decay": (
                0 <= self.weight_decay * self.learning_rate < 1,
                "0 or more and less than 1 by the learning rate",
            ),
            "warmup": (0 <= self.warmup < 1, "0 or more and less than 1"),
            "dropout": (0 <= self.dropout < 1, "0 or more and less than 1"),
            "statistics": (self.statistics in ("fixed", "learned"), "'fixed' or 'learned'"),
            "precision": (self.precision in ("f32", "bf16"), "'f32' or 'bf16'"),
            "gradient_norm": (self.gradient_norm > 0, "more than 0"),
            "patience": (self.patience >= 0, "0 or more"),
            "seed": (self.seed >= 0, "0 or more"),
        }
        faults = [
            f"{name} is {getattr(self, name)!r} but must be {expected}"
            for name, (holds, expected) in allowed.items()
            if not holds
        ]
        if faults:
            raise SettingError("; ".join(faults))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "trainable": sorted(self.trainable)}
