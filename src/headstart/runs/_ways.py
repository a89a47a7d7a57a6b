"""Ways to learn several tasks: one network for all, one for each, one softmax."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Outputs, Task
from headstart.runs._depth import is_solved
from headstart.runs._events import Event, Progress
from headstart.runs._fitting import Fitting
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._some_tasks import some_tasks
from headstart.strategy import Candidate, Rung, rungs_of

JOINT, SEPARATE, SOFTMAX, HEADS = "joint", "separate", "softmax", "head"
SAME_PARAMETERS, SAME_TIME = "separate:parameters", "separate:time"
WAYS = (JOINT, SEPARATE, SAME_PARAMETERS, SAME_TIME, SOFTMAX, HEADS)


@dataclass(frozen=True)
class Way:
    """One way, and what it said of the examples.

    Attributes:
        name: one of `WAYS`.
        what: in words.
        probabilities: of all tasks by models that had not seen the example, float64
            ``(1, examples, outputs)``.
        seconds: that its fits took.
        parameters: numbers that were fitted, of all its networks together.
        epochs: of each network's training, as chosen.
    """

    name: str
    what: str
    probabilities: NDArray[np.float64]
    seconds: float
    parameters: int
    epochs: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "what": self.what,
            "seconds": round(self.seconds, 3),
            "trainable_parameters": self.parameters,
            "epochs": list(self.epochs),
        }


def run_way(
    name: str, fitting: Fitting, rung: Rung, ground: Ground, *, width: int | None = None
) -> Way:
    """Train one way on every fold and predict each example held out.

    Args:
        name: one of `WAYS`.
        fitting: of all tasks.
        rung: what is trained.
        ground: what the fitting stands on.
        width: of the shared layer, where several are tried; its progress is told with it.

    Raises:
        SettingError: there is no such way, or it makes no sense for these labels.
    """
    if name not in WAYS:
        raise SettingError(
            f"{name!r} is no way to learn several tasks; these are {', '.join(WAYS)}"
        )
    if name == HEADS or (name != SOFTMAX and is_solved(rung, fitting.settings)):
        return _solved(name, fitting)
    step = name if width is None else f"{name}, layer of {width}"
    if name == JOINT:
        found = _told(fitting, step).cross_fit(rung)
        what = f"one network for {fitting.head_tasks} tasks, {rung}"
        return Way(name, what, found.probabilities, found.seconds, found.trainable_parameters,
                   (found.epochs,))  # fmt: skip
    if name == SOFTMAX:
        return _softmax(fitting, rung, ground)
    return _separate(name, fitting, rung, step)


def _solved(name: str, fitting: Fitting) -> Way:
    rung = rungs_of(fitting.backbone)[0]
    what = "output layers alone, solved: nothing is shared, so joint and separate are the same"
    predicted = fitting.solved.probabilities[:1]
    parameters = fitting.trainable_parameters(rung)
    return Way(name, what, predicted, fitting.seconds, parameters, (0,))


def _separate(name: str, fitting: Fitting, rung: Rung, step: str) -> Way:
    count, settings = fitting.head_tasks, fitting.settings
    each = f"{count} networks, one a task, {rung}"
    if name == SAME_PARAMETERS:
        if rung.trainable:
            raise SettingError(
                f"{name}: networks of a {count}th of the parameters cannot be had of a pretrained "
                "network; give shared hidden layers (--hidden) and --retrain head"
            )
        rung = rung.with_hidden([math.ceil(width / count) for width in rung.hidden])
        each = f"{count} networks with as many numbers together as the joint one, {rung}"
    if name == SAME_TIME:
        epochs = max(1, fitting.plan(rung).epochs // count)
        settings = replace(settings, epochs=epochs)
        each += f", {epochs} epochs each: the time of one"
    found: list[Candidate] = []
    for task in range(count):
        alone = replace(some_tasks(fitting, [task]), settings=settings)
        found.append(_told(alone, step, place=task, of=count).cross_fit(rung))
    return Way(
        name,
        each,
        np.concatenate([one.probabilities for one in found], axis=2),
        sum(one.seconds for one in found),
        sum(one.trainable_parameters for one in found),
        tuple(one.epochs for one in found),
    )


def _softmax(fitting: Fitting, rung: Rung, ground: Ground) -> Way:
    """One task whose classes are the tasks: each example must be one of them."""
    prepared = fitting.prepared
    which = only_one(prepared.labels, prepared.tasks)
    task = Task("which", "category", tuple(task.name for task in prepared.tasks))
    one = replace(prepared, tasks=(task,), labels=which[:, None], uncertain=None)
    alone = solve_tasks(replace(ground, prepared=one), folds=fitting.folds)
    if is_solved(rung, fitting.settings):
        chances, seconds, epochs = alone.solved.probabilities[:1], fitting.seconds, 0
    else:
        found = _told(alone, SOFTMAX).cross_fit(rung)
        chances, seconds, epochs = found.probabilities, found.seconds, found.epochs
    both = np.stack([1 - chances, chances], axis=-1).reshape(*chances.shape[:2], -1)
    what = f"one softmax over {len(task.classes)} classes, {rung}"
    return Way(SOFTMAX, what, both, seconds, alone.trainable_parameters(rung), (epochs,))


def only_one(labels: NDArray[np.int64], tasks: Sequence[Task]) -> NDArray[np.int64]:
    """Which task's label holds, where exactly one does.

    Args:
        labels: int64 ``(examples, tasks)``, -1 where unknown.
        tasks: yes/no tasks.

    Returns:
        int64 ``(examples,)``, -1 where it is not known which.

    Raises:
        SettingError: the tasks are not all of yes or no, or some example holds none or several.
    """
    faults = []
    others = [task.name for task in tasks if len(task.classes) != 2]
    if others:
        faults.append(f"{', '.join(others[:3])} have more than two classes")
    yes = (labels == 1).sum(axis=1)
    none = int(((labels == 0).all(axis=1)).sum())
    several = int((yes > 1).sum())
    if several:
        faults.append(f"{several:,} of {len(labels):,} examples hold several")
    if none:
        faults.append(f"{none:,} of {len(labels):,} examples hold none")
    if faults:
        raise SettingError(
            f"a softmax is for examples of which exactly one label holds, and {'; '.join(faults)}; "
            "leave softmax out"
        )
    return np.where(yes == 1, labels.argmax(axis=1), UNKNOWN)


def _told(fitting: Fitting, step: str, place: int = 0, of: int = 1) -> Fitting:
    """The fitting with all its progress under one name, as one of several."""
    tell: Callable[[Event], None] = fitting.on_event

    def on_event(event: Event) -> None:
        if isinstance(event, Progress):
            share = event.done / max(event.total, 1e-9)
            event = Progress(step, place + share, of)
        tell(event)

    return replace(fitting, on_event=on_event)


def outputs_of_tasks(fitting: Fitting) -> Outputs:
    """Where the classes of all tasks stand."""
    assert isinstance(fitting.head, heads.TasksHead)
    return fitting.head.outputs
