"""Do the tasks know enough to help one another? The known labels of each beside all others'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._label_bars import Labels, label_bars, label_columns
from headstart.report._overview import known_labels, task_name
from headstart.report._svg import Svg

# One source for what is said here and by `headstart advise`.
from headstart.strategy import ALIKE, FAR_MORE, times

MOST_BARS = 12
"""Tasks that have a bar with their name; more are drawn as columns side by side."""


@dataclass(frozen=True)
class Balance:
    """The section on what the tasks know and share.

    Attributes:
        sentences: in words.
        chart: known labels of each task, and of all others together.
        named: whether each task has a bar of its own.
        gaining: how many tasks stand to gain.
    """

    sentences: tuple[str, ...]
    chart: Svg
    named: bool
    gaining: int


def read_balance(
    tasks: Sequence[Mapping[str, object]], *, plan: Mapping[str, object], input_kind: str
) -> Balance | None:
    """Set each task's known labels beside the others'; None with fewer than two tasks.

    Args:
        tasks: as in ``metrics.json``.
        plan: likewise, how much was trained.
        input_kind: ``"photo"`` and the like.
    """
    known = [known_labels(task) for task in tasks]
    counts = [count for count in known if count is not None]
    if len(tasks) < 2 or len(counts) < len(tasks):
        return None
    total = sum(counts)
    rows = [
        Labels(task_name(task), own, total - own, stands_to_gain(own, total - own))
        for task, own in zip(tasks, counts, strict=True)
    ]
    rows.sort(key=lambda row: -row.known)
    named = len(rows) <= MOST_BARS
    _, many = form.nouns(input_kind)
    return Balance(
        sentences=(_amounts(rows, many), _who_gains(rows), sharing(plan)),
        chart=label_bars(rows) if named else label_columns(rows),
        named=named,
        gaining=sum(row.gains for row in rows),
    )


def stands_to_gain(own: int, others: int) -> bool:
    """Whether the other tasks know far more than one task does."""
    return others >= FAR_MORE * own


def sharing(plan: Mapping[str, object]) -> str:
    """What the tasks of a model share, in a sentence or two.

    Args:
        plan: as in ``metrics.json``.
    """
    if fields.whole(plan.get("epochs")):
        return (
            "In this model they share layers that were trained for all of them together. That "
            "helps where they need the same low-level features and the network is large enough, "
            "which counts do not tell."
        )
    return (
        "In this model they share nothing that was trained: on a frozen network, joint and "
        "separate output layers are the same thing. Sharing begins where layers that all tasks "
        "read are trained."
    )


def _amounts(rows: Sequence[Labels], many: str) -> str:
    largest, smallest = rows[0], rows[-1]
    tasks = form.counted(len(rows), "task", "tasks")
    if largest.known == smallest.known:
        return f"{tasks} on the same {many}, each with {form.count(largest.known)} known labels."
    alike = "similar" if largest.known <= ALIKE * max(smallest.known, 1) else "very uneven"
    return (
        f"{tasks} on the same {many} with {alike} amounts of labels, from "
        f"{form.count(smallest.known)} ({smallest.name}) to {form.count(largest.known)} "
        f"({largest.name})."
    )


def _who_gains(rows: Sequence[Labels]) -> str:
    smallest = rows[-1]
    gaining = [row.name for row in reversed(rows) if row.gains]
    if not smallest.known:
        return f"{smallest.name} has no known label at all."
    ratio = times(smallest.others / smallest.known)
    for_one = f"for {smallest.name}, which has the fewest, {ratio}"
    if rows[0].known == smallest.known:
        for_one = f"for each {ratio}"
    if not gaining:
        return (
            f"For none do the others together know {FAR_MORE:g} times as many labels, {for_one} as "
            "many: little speaks for training them together."
        )
    if gaining == [smallest.name]:
        return (
            f"{smallest.name} stands to gain: the others together know {ratio} as many labels. "
            "That speaks for training them together."
        )
    who = "Every task" if len(gaining) == len(rows) else form.listing(gaining)
    stand = "stands" if len(gaining) == len(rows) else "stand"
    return (
        f"{who} {stand} to gain: the others together know at least {FAR_MORE:g} times as many "
        f"labels, {for_one} as many. That speaks for training them together."
    )
