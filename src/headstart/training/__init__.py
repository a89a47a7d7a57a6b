"""Gradient descent on the layers that are not frozen (extra ``train``).

Schedules are had without PyTorch: a forecast needs the number of epochs, and importing PyTorch
takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headstart.training._checkpoint import discard_checkpoint
from headstart.training._result import Epoch, FineTuned
from headstart.training._schedule import schedule
from headstart.training._scratch import scratch_epochs, scratch_schedule
from headstart.training._settings import FineTuning, Precision, Statistics
from headstart.training._trunk import trunk_schedule

if TYPE_CHECKING:
    from headstart.training._loop import fine_tune as fine_tune

__all__ = [
    "Epoch",
    "FineTuned",
    "FineTuning",
    "Precision",
    "Statistics",
    "discard_checkpoint",
    "fine_tune",
    "schedule",
    "scratch_epochs",
    "scratch_schedule",
    "trunk_schedule",
]


def __getattr__(name: str) -> Any:
    if name != "fine_tune":
        raise AttributeError(f"module 'headstart.training' has no attribute {name!r}")
    from headstart.training._loop import fine_tune  # imports torch

    return fine_tune
