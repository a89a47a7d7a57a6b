"""Ways to learn several tasks: how good each is, and one judged against another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headstart.evaluation import TasksFigures, task_contrasts, tasks_figures
from headstart.runs._fitting import Fitting
from headstart.runs._ways import Way, outputs_of_tasks
from headstart.strategy import Together, judge_together

LEVEL = 0.95
"""Of intervals."""


@dataclass(frozen=True)
class Contest:
    """One way against another, by two scores.

    Attributes:
        auroc: verdicts by area under the ROC curve.
        log_loss: by log loss.
        width: of the shared hidden layer; ``None`` where it is what was asked for.
        network: that both start from, likewise, as the user named it.
    """

    auroc: Together
    log_loss: Together
    width: int | None = None
    network: str | None = None

    @classmethod
    def of(
        cls,
        one: Way,
        other: Way,
        fitting: Fitting,
        *,
        width: int | None = None,
        network: str | None = None,
        level: float = LEVEL,
    ) -> Contest:
        """Judge one way against another, by the labels that a fitting knows.

        Args:
            one: that predicted each of the fitting's examples held out, on its folds.
            other: likewise.
            fitting: of all tasks.
            width: of the shared hidden layer, where it is one of several.
            network: that both start from, likewise.
            level: of the intervals.
        """
        names = [task.name for task in fitting.prepared.tasks]
        design: dict[str, Any] = {
            "outputs": outputs_of_tasks(fitting),
            "folds": _folds(fitting),
            "units": fitting.units,
            "level": level,
        }
        auroc, log_loss = (
            judge_together(
                task_contrasts(
                    fitting.targets, one.probabilities, other.probabilities, score=score, **design
                ),
                names,
                first=one.name,
                second=other.name,
            )
            for score in ("auroc", "log_loss")
        )
        return cls(auroc, log_loss, width, network)

    @property
    def size(self) -> str:
        """What of a sweep it is, as in "with a shared layer of 64"."""
        if self.network is not None:
            return f"starting from {self.network}"
        return f"with a shared layer of {self.width}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "width": self.width,
            "network": self.network,
            "auroc": self.auroc.as_dict(),
            "log_loss": self.log_loss.as_dict(),
        }


def figures_of(way: Way, fitting: Fitting) -> TasksFigures:
    """Figures of every task, by the labels that a fitting knows."""
    return tasks_figures(
        fitting.targets,
        way.probabilities,
        tasks=fitting.prepared.tasks,
        design="cross-validation",
        folds=_folds(fitting),
        units=fitting.units,
    )


def _folds(fitting: Fitting) -> int:
    return max(int(fitting.folds[0].max()) + 1, 2)
