"""New output layers: the exact linear head, and several layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.heads._curve import Curve as Curve
    from headstart.heads._dense import DenseHead as DenseHead
    from headstart.heads._dense import Layer as Layer
    from headstart.heads._dense import random_head as random_head
    from headstart.heads._linear import TOLERANCE as TOLERANCE
    from headstart.heads._linear import LinearHead as LinearHead
    from headstart.heads._linear import fit as fit
    from headstart.heads._linear import solve as solve
    from headstart.heads._made import Made as Made
    from headstart.heads._objective import Objective as Objective
    from headstart.heads._objective import TaskWeights as TaskWeights
    from headstart.heads._path import CrossValidated as CrossValidated
    from headstart.heads._tasks import TasksCrossValidated as TasksCrossValidated
    from headstart.heads._tasks import TasksHead as TasksHead
    from headstart.heads._tasks import fit_tasks as fit_tasks
    from headstart.heads._tasks import solve_tasks as solve_tasks
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_curve": ("Curve",),
            "_dense": ("DenseHead", "Layer", "random_head"),
            "_linear": ("TOLERANCE", "LinearHead", "fit", "solve"),
            "_made": ("Made",),
            "_objective": ("Objective", "TaskWeights"),
            "_path": ("CrossValidated",),
            "_tasks": ("TasksCrossValidated", "TasksHead", "fit_tasks", "solve_tasks"),
        },
    )
