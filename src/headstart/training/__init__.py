"""Gradient descent on the layers that are not frozen (extra ``train``).

Schedules are had without PyTorch: a forecast needs the number of epochs, and importing PyTorch
takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.training._checkpoint import discard_checkpoint as discard_checkpoint
    from headstart.training._loop import fine_tune as fine_tune
    from headstart.training._result import Epoch as Epoch
    from headstart.training._result import FineTuned as FineTuned
    from headstart.training._schedule import schedule as schedule
    from headstart.training._scratch import scratch_epochs as scratch_epochs
    from headstart.training._scratch import scratch_schedule as scratch_schedule
    from headstart.training._settings import FineTuning as FineTuning
    from headstart.training._settings import Precision as Precision
    from headstart.training._settings import Statistics as Statistics
    from headstart.training._trunk import trunk_schedule as trunk_schedule
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_checkpoint": ("discard_checkpoint",),
            "_loop": ("fine_tune",),
            "_result": ("Epoch", "FineTuned"),
            "_schedule": ("schedule",),
            "_scratch": ("scratch_epochs", "scratch_schedule"),
            "_settings": ("FineTuning", "Precision", "Statistics"),
            "_trunk": ("trunk_schedule",),
        },
    )
