"""Figures with intervals from held-out predictions."""

from __future__ import annotations

from headstart.evaluation._calibration import ReliabilityBin
from headstart.evaluation._figure import Figure
from headstart.evaluation._paired import paired_difference
from headstart.evaluation._task import ClassFigures, TaskFigures, task_figures

__all__ = [
    "ClassFigures",
    "Figure",
    "ReliabilityBin",
    "TaskFigures",
    "paired_difference",
    "task_figures",
]
