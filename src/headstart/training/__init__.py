"""Gradient descent on the layers that are not frozen (extra ``train``)."""

from headstart.training._checkpoint import discard_checkpoint
from headstart.training._loop import fine_tune
from headstart.training._result import Epoch, FineTuned
from headstart.training._schedule import schedule
from headstart.training._scratch import scratch_schedule
from headstart.training._settings import FineTuning, Precision, Statistics

__all__ = [
    "Epoch",
    "FineTuned",
    "FineTuning",
    "Precision",
    "Statistics",
    "discard_checkpoint",
    "fine_tune",
    "schedule",
    "scratch_schedule",
]
