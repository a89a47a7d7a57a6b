"""The choice in words, no stronger than the intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from headstart.evaluation import Figure
from headstart.strategy._candidate import Standing
from headstart.strategy._rungs import HEAD, Rung


def sentence(
    rungs: Sequence[Rung],
    standings: Sequence[Standing],
    *,
    index: int,
    best: int,
    reported: Figure,
    gain: Figure | None,
) -> str:
    """Why `index` was chosen, against the first.

    Args:
        rungs: that were tried.
        standings: of each.
        index: which was chosen.
        best: which has the least log loss.
        reported: log loss that may be reported of the choice.
        gain: log loss of the first less `reported`.
    """
    if reported.value is None:
        return f"{rungs[index]}: {reported.why}"
    if gain is None:
        return f"{rungs[index]}: log loss {reported.value:.2f}; nothing else was tried"
    if index:
        return _climbed(rungs, standings, index=index, best=best, reported=reported, gain=gain)
    return _stayed(rungs, standings, best=best)


def _climbed(
    rungs: Sequence[Rung],
    standings: Sequence[Standing],
    *,
    index: int,
    best: int,
    reported: Figure,
    gain: Figure,
) -> str:
    first, digits = _the(rungs[0]), _digits(gain)
    words = (
        f"{rungs[index]}: log loss {_number(reported.value, digits)} against "
        f"{_number(standings[0].log_loss.value, digits)} with {first} "
        f"({_difference(gain, digits)})"
    )
    if gain.low is None or gain.low <= 0:
        found = "worse" if gain.high is not None and gain.high < 0 else "not told apart"
        words += (
            f"; on examples that the choice had not seen the two are {found}, and it was taken "
            f"because {first} is more than one standard error above the least log loss"
        )
    if best != index:
        words += f"; {rungs[best]} is not better by more than one standard error"
    return words


def _stayed(rungs: Sequence[Rung], standings: Sequence[Standing], *, best: int) -> str:
    """The first was chosen; beside it stands the best of the others."""
    other = best or min(range(1, len(rungs)), key=lambda place: _least(standings[place]))
    compared = standings[other if best == 0 else 0].difference
    digits = _digits(compared)
    told = compared.low is None or compared.low <= 0
    return (
        f"{rungs[0]}: no rung tried was better by more than one standard error; the best other, "
        f"{rungs[other]}, has a log loss of {_number(standings[other].log_loss.value, digits)} "
        f"against {_number(standings[0].log_loss.value, digits)} "
        f"({_difference(compared, digits)}{': cannot be told apart' if told else ''})"
    )


def _difference(figure: Figure, digits: int) -> str:
    value = f"difference {_number(figure.value, digits)}"
    if figure.low is None or figure.high is None:
        return f"{value}, {figure.why}"
    low, high = _number(figure.low, digits), _number(figure.high, digits)
    return f"{value}, {100 * figure.level:g} % {low} to {high}"


def _digits(figure: Figure) -> int:
    """As many decimals as the interval deserves, 2 to 4."""
    if figure.low is None or figure.high is None or figure.high <= figure.low:
        return 2
    return min(max(math.ceil(-math.log10((figure.high - figure.low) / 4)), 2), 4)


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return "?"
    # Adding 0 makes of -0.00 a 0.00.
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _least(standing: Standing) -> float:
    value = standing.log_loss.value
    return math.inf if value is None else value


def _the(rung: Rung) -> str:
    return f"the {rung}" if rung.name == HEAD else str(rung)
