"""The settings of a training run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headstart import backbones
from headstart.activations import DEVICES, PRECISIONS
from headstart.errors import SettingError


@dataclass(frozen=True)
class TrainSettings:
    """How to train; checked as a whole when made.

    Attributes:
        backbone: name of the pretrained network.
        seed: of the folds and of every random draw.
        folds: of the cross-validation, 3 or more.
        repeats: of the cross-validation; ``None`` lets the number of examples decide.
        precision: ``"auto"``, ``"f32"`` or ``"bf16"``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: of the processor; all that this process may use where ``None``.
        class_weight: ``"balanced"`` weighs each class by the inverse of its frequency.
        cache: directory of the activation store; `cache_directory()` where ``None``.

    Raises:
        SettingError: names every setting that cannot be used.
    """

    backbone: str = backbones.DEFAULT
    seed: int = 0
    folds: int = 5
    repeats: int | None = None
    precision: str = "auto"
    device: str = "auto"
    threads: int | None = None
    class_weight: Literal["balanced"] | None = None
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        checks = {
            f"backbone {self.backbone!r} is none of {', '.join(backbones.names())}":
                self.backbone not in backbones.names(),
            f"seed must be 0 or more, not {self.seed}": self.seed < 0,
            f"folds must be 3 or more, not {self.folds}: one part to judge a head, one to choose "
            "its penalty, one to train it": self.folds < 3,
            f"repeats must be 1 or more, not {self.repeats}":
                self.repeats is not None and self.repeats < 1,
            f"precision {self.precision!r} is none of {', '.join(PRECISIONS)}":
                self.precision not in PRECISIONS,
            f"device {self.device!r} is none of {', '.join(DEVICES)}": self.device not in DEVICES,
            f"threads must be 1 or more, not {self.threads}":
                self.threads is not None and self.threads < 1,
            f"class_weight {self.class_weight!r} is neither 'balanced' nor None":
                self.class_weight not in (None, "balanced"),
        }  # fmt: skip
        faults = [text for text, wrong in checks.items() if wrong]
        if faults:
            raise SettingError("; ".join(faults))


def cache_directory(chosen: str | Path | None = None) -> Path:
    """Where activations are stored: `chosen`, ``HEADSTART_CACHE`` or the user's cache."""
    if chosen is not None:
        return Path(chosen)
    if from_environment := os.environ.get("HEADSTART_CACHE"):
        return Path(from_environment)
    from platformdirs import user_cache_path  # not needed by most commands

    return user_cache_path("headstart", appauthor=False)
