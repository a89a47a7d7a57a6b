"""When many tasks are worth training together, as far as counts tell."""

from __future__ import annotations

from collections.abc import Sequence

from headstart.examples import TaskSurvey
from headstart.strategy._source import FAR_MORE, times

ALIKE = 10
"""Tasks have similar amounts of data where the largest has at most so many times the smallest."""


def several_tasks(tasks: Sequence[TaskSurvey]) -> list[str]:
    """The conditions of multi-task learning, each with the user's numbers, a sentence each.

    Args:
        tasks: two or more, of the same examples.
    """
    known = sorted(task.known for task in tasks)
    smallest, largest = known[0], known[-1]
    others = sum(known) - smallest
    focus = min(tasks, key=lambda task: task.known)
    alike = "similar amounts" if largest <= ALIKE * max(smallest, 1) else "very uneven amounts"
    words = [
        f"{len(tasks)} tasks on the same photos with {alike} of labels, {smallest:,} to "
        f"{largest:,} known",
    ]
    if not smallest:
        words.append(f"'{focus.name}' has no known label at all")
    elif others >= FAR_MORE * smallest:
        words.append(
            f"For '{focus.name}', which has the fewest, the other tasks together have "
            f"{times(others / smallest)} as many labels: that speaks for training them together"
        )
    else:
        words.append(
            f"For '{focus.name}', which has the fewest, the other tasks together have no more than "
            f"{others / smallest:.2g} times as many labels: little speaks for training them "
            "together"
        )
    words.append(
        "Together they gain only if they share low-level features and the network is large "
        "enough, which counts do not tell; and only where stages are retrained: on frozen "
        "stages joint and separate output layers are the same thing"
    )
    words.append("This version trains one task at a time, that of --label-column")
    return words
