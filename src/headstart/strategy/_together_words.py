"""Sentences about one task, a few, or hundreds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from headstart.evaluation import Figure, TaskScore
from headstart.strategy._points import points_interval
from headstart.strategy._worth import NEGLIGIBLE, Word

NAMED = 4
"""Tasks that a sentence names before it says "and 12 others"."""

_SCORE: Mapping[TaskScore, str] = {"log_loss": "log loss", "auroc": "AUROC", "accuracy": "accuracy"}


def amount(figure: Figure, score: TaskScore) -> str:
    """``AUROC +3.2 points (95 % +1.0 to +5.4)``, ``log loss −0.012 (95 % −0.020 to −0.004)``."""
    if score != "log_loss":
        return f"{_SCORE[score]} {points_interval(figure)}"
    if figure.value is None or figure.low is None or figure.high is None:
        return f"log loss unknown ({figure.why})"
    span = figure.high - figure.low
    digits = min(max(math.ceil(-math.log10(span / 4)), 2), 4) if span > 0 else 2
    value, low, high = (
        # Adding 0 makes of -0.00 a 0.00.
        f"{round(number, digits) + 0.0:+.{digits}f}".replace("-", "−")
        for number in (figure.value, figure.low, figure.high)
    )
    return f"log loss {value} ({100 * figure.level:.3g} % {low} to {high})"


def single_words(first: str, name: str, word: Word, figure: Figure, score: TaskScore) -> str:
    """Of one task: its name, and the difference with its interval."""
    if figure.value is None:
        return f"'{name}' cannot be compared: {figure.why}"
    said = {
        "helps": f"{first} helps '{name}'",
        "harms": f"{first} harms '{name}'",
        "no gain": f"{first} makes no difference to speak of to '{name}'",
        "cannot tell": f"cannot tell whether {first} helps or harms '{name}'",
    }[word]
    return f"{said}: {amount(figure, score)}"


def average_words(first: str, word: Word, mean: Figure, score: TaskScore, *, tasks: int) -> str:
    """Of the mean over tasks."""
    over = f"on average over {_tasks(tasks)}"
    said = {
        "helps": f"{over} {first} is better",
        "harms": f"{over} {first} is worse",
        "no gain": f"{over} {first} makes no difference to speak of",
        "cannot tell": f"{over} it cannot be told which is better",
    }[word]
    return f"{said}: {amount(mean, score)}"


def counted_words(
    first: str,
    names: Mapping[Word, Sequence[str]],
    *,
    of: int,
    compared: int,
    score: TaskScore,
) -> str:
    """Of two tasks or more: how many are helped, harmed, alike and not told apart.

    Args:
        first: what is judged.
        names: of the tasks by what may be said of them, the most telling first.
        of: number of tasks, those that could not be compared too.
        compared: number that could be.
        score: that they were compared by.
    """
    parts = [f"{first} helps {_share(names['helps'], of)}", _harms(names["harms"])]
    if names["no gain"]:
        within = f"{NEGLIGIBLE:g}" if score == "log_loss" else f"{100 * NEGLIGIBLE:g} points"
        parts.append(
            f"changes {_number(len(names['no gain']))} by no more than {within}"
            + _listed(names["no gain"], briefly=True)
        )
    if names["cannot tell"]:
        count = len(names["cannot tell"])
        parts.append(
            f"{_number(count)} cannot be told{_listed(names['cannot tell'], briefly=True)}"
        )
    if of > compared:
        had = "has" if of - compared == 1 else "have"
        parts.append(f"{_number(of - compared)} {had} too few labels to compare")
    corrected = f" (corrected for {compared:,} tasks)" if compared > 1 else ""
    return ", ".join(parts) + corrected


def _share(names: Sequence[str], of: int) -> str:
    if not names:
        return "neither of 2 tasks" if of == 2 else f"none of {of:,} tasks"
    if len(names) == of:
        return ("both tasks" if of == 2 else f"all {of:,} tasks") + _listed(names)
    return f"{len(names):,} of {of:,} tasks" + _listed(names)


def _harms(names: Sequence[str]) -> str:
    return f"harms {_number(len(names))}{_listed(names)}" if names else "harms none"


def _listed(names: Sequence[str], *, briefly: bool = False) -> str:
    """``(a, b and c)``, ``(a, b, c, d and 12 others)``; nothing for many, where `briefly`."""
    if len(names) > NAMED:
        rest = len(names) - NAMED
        if briefly:
            return ""
        others = "1 other" if rest == 1 else f"{rest:,} others"
        return f" ({', '.join(names[:NAMED])} and {others})"
    *most, last = names
    return f" ({', '.join(most)} and {last})" if most else f" ({last})"


def _number(count: int) -> str:
    return "one" if count == 1 else f"{count:,}"


def _tasks(count: int) -> str:
    return "one task" if count == 1 else f"{count:,} tasks"
