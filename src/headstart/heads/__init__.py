"""New output layers: the exact linear head, and several layers."""

from headstart.heads._curve import Curve
from headstart.heads._dense import DenseHead, Layer, random_head
from headstart.heads._linear import TOLERANCE, LinearHead, fit, solve
from headstart.heads._made import Made
from headstart.heads._objective import Objective, TaskWeights
from headstart.heads._path import CrossValidated
from headstart.heads._tasks import TasksCrossValidated, TasksHead, fit_tasks, solve_tasks

__all__ = [
    "TOLERANCE",
    "CrossValidated",
    "Curve",
    "DenseHead",
    "Layer",
    "LinearHead",
    "Made",
    "Objective",
    "TaskWeights",
    "TasksCrossValidated",
    "TasksHead",
    "fit",
    "fit_tasks",
    "random_head",
    "solve",
    "solve_tasks",
]
