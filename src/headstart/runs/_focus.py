"""One task in focus: which others help it, and what their labels were worth in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Task
from headstart.runs._depth import Depth, asked_depth
from headstart.runs._events import Event, Progress
from headstart.runs._fitting import Fitting
from headstart.runs._some_tasks import some_tasks
from headstart.strategy import (
    Candidate,
    HelperChoice,
    HelperSet,
    LabelWorth,
    Rung,
    choose_helpers,
    most_telling,
    rank_helpers,
    worth_in_labels,
)

HELPERS = (1, 3, 10, 30, 100)
"""So many of the most promising other tasks are tried as helpers, and all of them."""

SHARES = (0.25, 0.5, 1.0)
"""Of the focus task's own labels, with which it is trained alone and beside its helpers, to see
what the helpers' labels are worth."""

FEWEST_OWN = 20
"""A share that leaves fewer of its own labels is not tried."""


@dataclass(frozen=True)
class Focus:
    """What was found out for one task.

    Attributes:
        name: of the task.
        fitting: of it and its helpers, judged by it alone.
        candidate: that fitting, on all folds.
        choice: of the helpers.
        worth: of the helpers' labels; ``None`` where there are too few own labels to tell.
        names: of the helpers.
    """

    name: str
    fitting: Fitting
    candidate: Candidate
    choice: HelperChoice
    worth: LabelWorth | None
    names: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What may be said, a sentence each."""
        return [f"{self.name}: {self.choice}", *([str(self.worth)] if self.worth else [])]

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "task": self.name,
            "sentences": self.sentences,
            "helpers": list(self.names),
            "choice": self.choice.as_dict(),
            "worth": None if self.worth is None else self.worth.as_dict(),
        }

    def depth(self) -> Depth:
        """What is trained on everything, beside the solved heads of the same tasks."""
        return asked_depth(self.fitting, self.candidate, why=str(self.choice))


def check_focus(name: str, tasks: Sequence[Task]) -> None:
    """Refuse a focus that is none of several tasks.

    Raises:
        SettingError: it is not.
    """
    names = [task.name for task in tasks]
    if len(names) < 2:
        raise SettingError("a focus is one of several tasks, and there is one task only")
    if name not in names:
        shown = ", ".join(names[:10]) + (" and more" if len(names) > 10 else "")
        raise SettingError(f"there is no task {name!r} to focus on; the tasks are {shown}")


def find_focus(fitting: Fitting, name: str, rung: Rung) -> Focus:
    """Choose helpers for a task and measure what they are worth.

    Every fit is stopped and judged by the task in focus alone. Which sets of helpers are tried is
    decided by what solved heads say of the examples; which one is taken, by log loss on the other
    folds, so that what is reported is not flattered by the choice.

    Args:
        fitting: of all tasks.
        name: of the task in focus.
        rung: what is trained for all of them together.

    Raises:
        SettingError: there is no such task.
    """
    names = [task.name for task in fitting.prepared.tasks]
    check_focus(name, fitting.prepared.tasks)
    place = names.index(name)
    assert isinstance(fitting.head, heads.TasksHead)
    ranking = rank_helpers(fitting.solved.probabilities[0], fitting.head.outputs, place)
    tried = [(), *ranking.sets([*HELPERS, len(names)])]
    step = _Steps(fitting, "Focus", len(tried))
    found = [_fit(step.next(), place, helpers, rung) for helpers in tried]
    classes = fitting.head.outputs.sizes[place]
    choice = choose_helpers(
        [HelperSet(helpers, one.probabilities[..., :classes])
         for helpers, one in zip(tried, found, strict=True)],
        fitting.targets[:, place],
        fitting.folds[:1],
        fitting.units,
        others=len(names) - 1,
    )  # fmt: skip
    helpers = choice.helpers
    # What all others are worth is asked even where the choice is to stand alone.
    beside = helpers or tried[-1]
    worth = _worth(fitting, place, beside, rung, {(): found[0], beside: found[tried.index(beside)]})
    return Focus(
        name=name,
        fitting=_together(fitting, place, helpers),
        candidate=_unflattered(found[choice.index], choice, classes),
        choice=choice,
        worth=worth,
        names=tuple(names[task] for task in helpers),
    )


def _fit(fitting: Fitting, place: int, helpers: Sequence[int], rung: Rung) -> Candidate:
    return _together(fitting, place, helpers).cross_fit(rung)


def _together(fitting: Fitting, place: int, helpers: Sequence[int]) -> Fitting:
    """The focus first, then its helpers, each task counting the same."""
    return some_tasks(fitting, [place, *helpers], task_weights="equal", judged_by=place)


def _unflattered(candidate: Candidate, choice: HelperChoice, classes: int) -> Candidate:
    """With predictions of the focus that the choice of helpers does not flatter."""
    helpers = candidate.probabilities[..., classes:]
    return replace(
        candidate, probabilities=np.concatenate([choice.probabilities, helpers], axis=-1)
    )


def _worth(
    fitting: Fitting,
    place: int,
    helpers: Sequence[int],
    rung: Rung,
    done: Mapping[tuple[int, ...], Candidate],
) -> LabelWorth | None:
    """Learning curves over own labels, alone and beside the helpers."""
    known = np.flatnonzero(fitting.targets[:, place] != UNKNOWN)
    sizes = [round(share * len(known)) for share in SHARES]
    sizes = [size for size in sizes if size >= FEWEST_OWN]
    if len(sizes) < 2:
        return None
    order = np.random.default_rng(fitting.settings.seed).permutation(known)
    step = _Steps(fitting, "Worth of helpers", 2 * (len(sizes) - 1))
    curves: list[dict[int, NDArray[np.float64]]] = [{}, {}]
    for curve, tasks in zip(curves, ((), tuple(helpers)), strict=True):
        for size in sizes[:-1]:
            fewer = _hidden(step.next(), place, order[size:])
            curve[size] = _fit(fewer, place, tasks, rung).probabilities
        curve[sizes[-1]] = done[tasks].probabilities
    classes = len(fitting.prepared.tasks[place].classes)
    alone, joint = ({size: said[..., :classes] for size, said in curve.items()}
                    for curve in curves)  # fmt: skip
    found = worth_in_labels(
        fitting.targets[:, place],
        alone,
        joint,
        others=len(helpers),
        folds=max(int(fitting.folds[0].max()) + 1, 2),
        units=fitting.units,
    )
    return most_telling(found)


def _hidden(fitting: Fitting, place: int, rows: NDArray[np.int64]) -> Fitting:
    """As if some labels of the focus were not known."""
    targets = fitting.targets.copy()
    targets[rows, place] = UNKNOWN
    return replace(fitting, fits=replace(fitting.fits, targets=targets))


@dataclass
class _Steps:
    """Shows many fits as one step."""

    fitting: Fitting
    step: str
    of: int
    done: int = -1

    def next(self) -> Fitting:
        """The fitting, telling its progress as the next of them."""
        self.done += 1
        place, tell = self.done, self.fitting.on_event

        def on_event(event: Event) -> None:
            if isinstance(event, Progress):
                share = event.done / max(event.total, 1e-9)
                event = Progress(self.step, place + share, self.of)
            tell(event)

        return replace(self.fitting, on_event=on_event)
