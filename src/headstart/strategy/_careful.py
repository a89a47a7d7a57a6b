"""What may mislead in figures of some data, from counts alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from headstart.examples import Survey, TaskSurvey

UNEVEN = 5
"""Times as many examples in the largest class as in the smallest: accuracy alone misleads then."""

FEW = 10
"""Fewer examples in a class make figures of that class rest on very little."""

FEWEST_MEASURED = 20
"""Held-out examples below which an accuracy of 90% has an interval of 30 points and more."""

_SHOWN = 3


def careful(found: Survey) -> list[str]:
    """What may mislead, a sentence each.

    Args:
        found: what there is to learn from; at least one of its tasks can be learned.
    """
    if len(found.tasks) > 1:
        return _of_several(found.tasks)
    words = _uneven(found.tasks[0])
    held_out = sum(count for part, count in found.parts.items() if part != "train")
    return [*words, _how_well(held_out or found.training)]


def _of_several(tasks: Sequence[TaskSurvey]) -> list[str]:
    """One sentence for all tasks of which the same may be said."""
    taught = [task for task in tasks if task.taught]
    extremes = {task.name: _extremes(task) for task in taught}
    words = []
    if untaught := [f"'{task.name}'" for task in tasks if not task.taught]:
        words.append(
            f"{len(untaught):,} of {len(tasks):,} tasks cannot be learned: fewer than two classes "
            f"are known of {_first(untaught)}."
        )
    if few := {name: least for name, (_, least) in extremes.items() if least[1] < FEW}:
        shown = [f"'{least[0]}' of {name} {least[1]}" for name, least in few.items()]
        words.append(
            f"In {len(few):,} of {len(tasks):,} tasks a class has fewer than {FEW} examples "
            f"({_first(shown)}): figures of it will rest on very little."
        )
    ratios = {name: most[1] / least[1] for name, (most, least) in extremes.items()}
    if uneven := [name for name, ratio in ratios.items() if ratio >= UNEVEN]:
        worst = max(uneven, key=lambda name: ratios[name])
        (most, many), (least, count) = extremes[worst]
        words.append(
            f"In {len(uneven):,} of {len(tasks):,} tasks one class has at least {UNEVEN} times as "
            f"many examples as another ('{most}' of {worst} {many:,}, '{least}' {count:,}): look "
            "at AUROC and average precision, for accuracy alone misleads."
        )
    return words


def _uneven(task: TaskSurvey) -> list[str]:
    (most, largest), (fewest, smallest) = _extremes(task)
    words = []
    if smallest < FEW:
        words.append(f"'{fewest}' has {smallest} examples: figures of it will rest on very little.")
    if largest >= UNEVEN * smallest:
        words.append(
            f"'{most}' has {largest:,} examples, '{fewest}' {smallest:,}: look at balanced "
            "accuracy, for accuracy alone misleads."
        )
    return words


def _extremes(task: TaskSurvey) -> tuple[tuple[str, int], tuple[str, int]]:
    """The classes with the most and with the fewest examples, of those that have any."""
    there = [each for each in task.counts.items() if each[1]]
    ordered = sorted(there, key=lambda each: -each[1])
    return ordered[0], ordered[-1]


def _how_well(held_out: int) -> str:
    """How well an accuracy will be known, by the normal approximation where that holds."""
    if held_out < FEWEST_MEASURED:
        return f"With {held_out} examples held out hardly any accuracy can be told from another."
    points = 196 * math.sqrt(0.9 * 0.1 / held_out)
    return (
        f"With {held_out:,} examples held out an accuracy of 90% will be known to about "
        f"{points:.2g} points either way; smaller differences cannot be told."
    )


def _first(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
