"""Ways to learn several tasks where fewer labels are known: what labels are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import TasksFigures
from headstart.evaluation import summary as summary_of
from headstart.examples import UNKNOWN
from headstart.runs._contest import Contest, figures_of
from headstart.runs._events import named
from headstart.runs._fitting import Fitting
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._ways import Way, run_way
from headstart.strategy import Rung

How = Literal["random", "rare"]

MOST_HIDDEN = 0.95
"""Share of a task's labels: with none left there is nothing to learn."""


@dataclass(frozen=True)
class Hiding:
    """Some of the known labels, taken from what is trained on.

    Attributes:
        share: of the known labels, above 0 and below 1.
        how: ``"random"``: the same share of each task's; ``"rare"``: the way people leave things
            out, the larger a share the rarer a task's less frequent class, evenly from the rarest
            task's down to the most frequent one's (of 4 tasks and a half in all: 80, 60, 40 and
            20 %), none more than `MOST_HIDDEN`.

    Raises:
        SettingError: no such share or way of hiding.
    """

    share: float
    how: How = "random"

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SettingError(f"labels to hide must be more than 0 % and less than 100 %, not "
                               f"{100 * self.share:g} %")  # fmt: skip
        if self.how not in get_args(How):
            raise SettingError(f"labels are hidden {' or '.join(get_args(How))}, not {self.how!r}")

    @classmethod
    def parse(cls, text: str) -> Hiding:
        """Of a percentage such as ``"50"``, or ``"rare:50"``.

        Raises:
            SettingError: it is neither.
        """
        how, _, percent = text.rpartition(":")
        try:
            share = float(percent.strip().removesuffix("%")) / 100
        except ValueError:
            raise SettingError(
                f"labels to hide are percentages such as 50 or rare:50, not {text!r}"
            ) from None
        return cls(share, how.strip() or "random")  # type: ignore[arg-type]

    def __str__(self) -> str:
        """As in "50 % of the labels hidden, at random"."""
        how = "at random" if self.how == "random" else "more of the rarer tasks"
        return f"{100 * self.share:g} % of the labels hidden, {how}"

    def apply(self, labels: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        """The labels that are left.

        What is hidden of a task where less is hidden is hidden, too, where more is: the same seed
        draws the same order.

        Args:
            labels: int64 ``(examples, tasks)``, -1 where unknown.
            seed: of the order.
        """
        left = labels.copy()
        random = np.random.default_rng([seed, 1])
        for task, share in enumerate(self._shares(labels)):
            known = random.permutation(np.flatnonzero(labels[:, task] != UNKNOWN))
            left[known[: round(share * len(known))], task] = UNKNOWN
        return left

    def _shares(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        tasks = labels.shape[1]
        if self.how == "random":
            return np.full(tasks, self.share)
        rarest = [np.bincount(column[column != UNKNOWN], minlength=2).min() for column in labels.T]
        place = np.empty(tasks)
        place[np.argsort(rarest, kind="stable")] = np.arange(tasks)
        shares: NDArray[np.float64] = 2 * self.share * (tasks - place) / (tasks + 1)
        return np.minimum(shares, MOST_HIDDEN)


@dataclass(frozen=True)
class FewerLabels:
    """The ways with some labels hidden from training, judged by all labels.

    Attributes:
        hiding: which.
        known: labels of each task that were left.
        hidden: share of all known labels that was: less than asked for where the rarest tasks'
            share is at its limit.
        ways: as trained on those.
        figures: of each way.
        contests: of the first way with each of the others.
    """

    hiding: Hiding
    known: tuple[int, ...]
    hidden: float
    ways: tuple[Way, ...]
    figures: tuple[TasksFigures, ...]
    contests: tuple[Contest, ...]

    def __str__(self) -> str:
        """The first contest, as in "with 50 % of the labels hidden, ...: joint helps 2 of 4"."""
        first = self.contests[0].auroc
        return f"with {self.hiding}, {first.first} against {first.second}, by AUROC: {first}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "hidden": round(self.hidden, 3),
            "asked": self.hiding.share,
            "how": self.hiding.how,
            "text": str(self),
            "known": list(self.known),
            "ways": [
                {**way.as_dict(), "summary": summary_of(figures)}
                for way, figures in zip(self.ways, self.figures, strict=True)
            ],
            "contests": [contest.as_dict() for contest in self.contests],
        }


def with_fewer_labels(
    hiding: Hiding,
    names: Sequence[str],
    fitting: Fitting,
    rung: Rung,
    ground: Ground,
    *,
    level: float,
) -> FewerLabels:
    """Train ways on fewer labels, on the same folds, and judge them by all labels.

    Args:
        hiding: which labels are not trained on.
        names: of the ways.
        fitting: of all tasks and all labels.
        rung: what is trained.
        ground: what the fitting stands on.
        level: of the intervals of the contests.

    Raises:
        SettingError: a way makes no sense for these labels.
    """
    train = fitting.prepared.train
    labels = ground.prepared.labels.copy()
    labels[train] = hiding.apply(labels[train], seed=fitting.settings.seed)
    # Notes on what the hidden labels lack would read as if the user's table lacked it.
    less = replace(
        ground,
        prepared=replace(ground.prepared, labels=labels, notes=[]),
        on_event=named(ground.on_event, f"{100 * hiding.share:g} % hidden"),
    )
    few = solve_tasks(less, folds=fitting.folds)
    ways = tuple(run_way(name, few, rung, less) for name in names)
    known = (few.targets != UNKNOWN).sum(axis=0)
    return FewerLabels(
        hiding=hiding,
        known=tuple(int(count) for count in known),
        hidden=float(1 - known.sum() / (fitting.targets != UNKNOWN).sum()),
        ways=ways,
        figures=tuple(figures_of(way, fitting) for way in ways),
        contests=tuple(Contest.of(ways[0], way, fitting, level=level) for way in ways[1:]),
    )
