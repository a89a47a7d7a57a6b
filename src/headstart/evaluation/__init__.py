"""Figures with intervals from held-out predictions."""

from __future__ import annotations

from headstart.evaluation._calibration import ReliabilityBin
from headstart.evaluation._contrasts import Scores, scores
from headstart.evaluation._figure import Figure
from headstart.evaluation._gains import Gains, gains
from headstart.evaluation._headline import Headline, headline
from headstart.evaluation._held_out import Design
from headstart.evaluation._paired import PairedDifference, paired_comparison, paired_difference
from headstart.evaluation._several import SeveralLosses, several_losses, several_sums
from headstart.evaluation._summary import summary
from headstart.evaluation._task import ClassFigures, TaskFigures, task_figures
from headstart.evaluation._task_contrasts import TaskContrasts, task_contrasts
from headstart.evaluation._task_influence import TaskScore
from headstart.evaluation._tasks import TasksFigures, tasks_figures
from headstart.evaluation._thresholds import Thresholds, best_threshold, choose_thresholds

__all__ = [
    "ClassFigures",
    "Design",
    "Figure",
    "Gains",
    "Headline",
    "PairedDifference",
    "ReliabilityBin",
    "Scores",
    "SeveralLosses",
    "TaskContrasts",
    "TaskFigures",
    "TaskScore",
    "TasksFigures",
    "Thresholds",
    "best_threshold",
    "choose_thresholds",
    "gains",
    "headline",
    "paired_comparison",
    "paired_difference",
    "scores",
    "several_losses",
    "several_sums",
    "summary",
    "task_contrasts",
    "task_figures",
    "tasks_figures",
]
