"""When many tasks are worth training together, as far as counts tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from headstart.examples import TaskSurvey
from headstart.strategy._source import FAR_MORE, times

ALIKE = 10
"""Tasks have similar amounts of data where the largest has at most so many times the smallest."""


def several_tasks(
    tasks: Sequence[TaskSurvey], *, kind: Literal["photo", "vector"] = "photo"
) -> list[str]:
    """The conditions of multi-task learning, each with the user's numbers, a sentence each.

    Args:
        tasks: two or more that can be learned, of the same examples.
        kind: of the examples.
    """
    shared = (
        "stages are retrained" if kind == "photo" else "they share new hidden layers (--hidden)"
    )
    frozen = "on frozen stages" if kind == "photo" else "on vectors as they are"
    return [
        _amounts(tasks),
        _others(tasks),
        "Together they gain only if they share low-level features and the network is large "
        f"enough, which counts do not tell; and only where {shared}: {frozen} joint and separate "
        "output layers are the same thing",
        f"`headstart train` makes one model that answers all {len(tasks):,} tasks in one pass; "
        f"whether {len(tasks):,} networks of their own would answer better is measured by "
        "compare --with joint,separate",
    ]


def natural_focus(tasks: Sequence[TaskSurvey]) -> TaskSurvey | None:
    """The smallest task, where the others together have far more labels than it has.

    Of tasks with as many labels it is the one with the rarest class.

    Args:
        tasks: that can be learned.
    """
    focus = _smallest(tasks)
    others = sum(task.known for task in tasks) - focus.known
    return focus if others >= FAR_MORE * focus.known else None


def _smallest(tasks: Sequence[TaskSurvey]) -> TaskSurvey:
    return min(tasks, key=lambda task: (task.known, min(task.counts.values())))


def _amounts(tasks: Sequence[TaskSurvey]) -> str:
    """How many labels there are of each, and how many are unknown."""
    known = [task.known for task in tasks]
    smallest, largest = min(known), max(known)
    alike = "similar amounts" if largest <= ALIKE * smallest else "very uneven amounts"
    each = f"{smallest:,} to {largest:,}" if smallest < largest else f"{smallest:,} each"
    words = f"{len(tasks):,} tasks with {alike} of labels, {each}"
    unknown = sum(task.unknown for task in tasks)
    if not unknown:
        return words
    share = 100 * unknown / (unknown + sum(known))
    return f"{words}; {share:.2g}% of all labels are unknown: left out, never taken for no"


def _others(tasks: Sequence[TaskSurvey]) -> str:
    """What the other tasks have beside the smallest."""
    focus = _smallest(tasks)
    ratio = (sum(task.known for task in tasks) - focus.known) / focus.known
    even = all(task.known == focus.known for task in tasks)
    who = "any of them" if even else f"'{focus.name}', which has the fewest,"
    if ratio < FAR_MORE:
        return (
            f"For {who} the other tasks together have no more than {ratio:.2g} times as many "
            "labels: little speaks for training them together"
        )
    return (
        f"For {who} the other tasks together have {times(ratio)} as many labels: that speaks for "
        f"training them together; --focus says which of them help one task, such as "
        f"'{focus.name}', and what their labels are worth in its own"
    )
