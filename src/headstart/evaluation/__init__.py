"""Figures with intervals from held-out predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.evaluation._calibration import ReliabilityBin as ReliabilityBin
    from headstart.evaluation._contrasts import Scores as Scores
    from headstart.evaluation._contrasts import scores as scores
    from headstart.evaluation._figure import Figure as Figure
    from headstart.evaluation._gains import Gains as Gains
    from headstart.evaluation._gains import gains as gains
    from headstart.evaluation._headline import Headline as Headline
    from headstart.evaluation._headline import headline as headline
    from headstart.evaluation._held_out import Design as Design
    from headstart.evaluation._paired import PairedDifference as PairedDifference
    from headstart.evaluation._paired import paired_comparison as paired_comparison
    from headstart.evaluation._paired import paired_difference as paired_difference
    from headstart.evaluation._several import SeveralLosses as SeveralLosses
    from headstart.evaluation._several import several_losses as several_losses
    from headstart.evaluation._several import several_sums as several_sums
    from headstart.evaluation._summary import summary as summary
    from headstart.evaluation._task import ClassFigures as ClassFigures
    from headstart.evaluation._task import TaskFigures as TaskFigures
    from headstart.evaluation._task import task_figures as task_figures
    from headstart.evaluation._task_contrasts import TaskContrasts as TaskContrasts
    from headstart.evaluation._task_contrasts import task_contrasts as task_contrasts
    from headstart.evaluation._task_influence import TaskScore as TaskScore
    from headstart.evaluation._tasks import TasksFigures as TasksFigures
    from headstart.evaluation._tasks import tasks_figures as tasks_figures
    from headstart.evaluation._thresholds import Thresholds as Thresholds
    from headstart.evaluation._thresholds import best_threshold as best_threshold
    from headstart.evaluation._thresholds import choose_thresholds as choose_thresholds
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_calibration": ("ReliabilityBin",),
            "_contrasts": ("Scores", "scores"),
            "_figure": ("Figure",),
            "_gains": ("Gains", "gains"),
            "_headline": ("Headline", "headline"),
            "_held_out": ("Design",),
            "_paired": ("PairedDifference", "paired_comparison", "paired_difference"),
            "_several": ("SeveralLosses", "several_losses", "several_sums"),
            "_summary": ("summary",),
            "_task": ("ClassFigures", "TaskFigures", "task_figures"),
            "_task_contrasts": ("TaskContrasts", "task_contrasts"),
            "_task_influence": ("TaskScore",),
            "_tasks": ("TasksFigures", "tasks_figures"),
            "_thresholds": ("Thresholds", "best_threshold", "choose_thresholds"),
        },
    )
