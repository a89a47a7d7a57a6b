"""Figures of many tasks as one mean each."""

from __future__ import annotations

import math

import numpy as np

from headstart.evaluation._figure import Figure, undefined, within
from headstart.evaluation._intervals import skewed_mean_interval, student_quantile
from headstart.evaluation._scores import EPSILON, Floats
from headstart.evaluation._tasks import TasksFigures
from headstart.evaluation._trust import FEWEST_UNITS

AVERAGED = (
    "mean over the tasks where the figure is defined, every task counting the same (macro); "
    "a task's own figure is over the examples whose label is known"
)
"""How a summary was made, in words."""

_OF_ALL = ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece")
_OF_BINARY = ("average_precision", "f1", "prevalence")
_SHARES = ("accuracy", "balanced_accuracy", "f1")

_FEWEST_EXAMPLES = 100

_FEWEST_KNOWN_IN_FOLDS = 200
"""Known labels of the middle task. Models of folds have learnt from fewer examples than the saved
one: with 90 labels a task the mean AUROC of twelve tasks lay 0.020 below the truth, more than half
of its interval's half width of 0.035; with 240 labels 0.002 of 0.019."""


def summary(figures: TasksFigures) -> dict[str, object]:
    """The mean of each figure over the tasks, as plain JSON.

    The interval is for these tasks on new examples. An example that many tasks know adds to many
    of them at once, so its influences are summed before they are squared.

    Args:
        figures: of `tasks_figures`.

    Returns:
        ``tasks``, how many there are; ``averaged``, how, in words; and for each figure what
        `Figure.as_dict` gives, with ``defined``, for how many tasks the figure is defined, ``of``
        how many that could have it, and the same in words.
    """
    found: dict[str, object] = {"tasks": len(figures), "averaged": AVERAGED}
    yes_no = sum(each.threshold is not None for each in figures)
    for name in _OF_ALL + (_OF_BINARY if yes_no else ()):
        of_tasks = [getattr(each, name) for each in figures]
        defined = [one for one in of_tasks if one is not None and one.value is not None]
        total = len(figures) if name in _OF_ALL else yes_no
        found[name] = {
            **_mean(name, defined, figures).as_dict(),
            "defined": len(defined),
            "of": total,
            "words": f"{len(defined)} of {total} tasks defined",
        }
    return found


def _mean(name: str, defined: list[Figure], figures: TasksFigures) -> Figure:
    if not defined:
        return undefined("defined for no task", level=figures.level)
    value = float(np.mean([one.value for one in defined if one.value is not None]))
    influence = figures.influences[name] / len(defined)
    return within(
        value,
        _interval(name, value, influence, figures),
        level=figures.level,
        method="Student, influences summed over tasks",
        approximate=_doubted(defined, figures),
        largest=-math.log(EPSILON) if name == "log_loss" else 1.0,
    )


def _interval(
    name: str, value: float, influence: Floats, figures: TasksFigures
) -> tuple[float, float]:
    sampling = figures.sampling
    inflation = sampling.share_inflation if name in _SHARES else sampling.score_inflation
    if name == "prevalence":  # no figure of the model
        inflation = 1.0
    variance = float(sampling.variance(influence[:, :, None])[0]) * inflation
    if not math.isfinite(variance):
        return 0.0, math.inf
    totals = sampling.totals(influence.mean(axis=0)[None, :, None])
    squares = float(np.square(totals).sum())
    skewness = float((totals**3).sum()) / squares**1.5 if squares > 1e-200 else 0.0
    quantile = student_quantile(figures.level, sampling.count - 1)
    return skewed_mean_interval(value, math.sqrt(variance), skewness, quantile=quantile)


def _doubted(defined: list[Figure], figures: TasksFigures) -> bool:
    """Where most of its parts are in doubt, so is the mean."""
    if figures.sampling.count < FEWEST_UNITS or len(figures.sampling.units) < _FEWEST_EXAMPLES:
        return True
    if figures[0].design == "cross-validation" and (
        figures[0].repeats == 1
        or np.median([each.examples for each in figures]) < _FEWEST_KNOWN_IN_FOLDS
    ):
        return True
    return 2 * sum(one.approximate for one in defined) > len(defined)
