"""Where sharing stops doing harm as the shared layer gets wider, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.evaluation import Figure, TaskScore
from headstart.strategy._together import Together
from headstart.strategy._together_words import amount
from headstart.strategy._worth import NEGLIGIBLE, Word


def sweep_sentences(judged: Mapping[int, Together]) -> list[str]:
    """Where harm ends, or that it does not, on average over tasks and for single tasks.

    Harm is said to be there at a width where the interval of the mean difference lies on that side
    of 0, and to be ruled out where the interval goes no further than `NEGLIGIBLE`. It is said to
    *end* only where it is ruled out at every wider layer, by intervals that do not meet that of the
    widest layer with harm. Between widths, and beyond the widest, nothing is said.

    Args:
        judged: verdicts by one score at each width of a shared layer. Where their intervals are to
            hold for all widths together, their level is corrected for that.

    Returns:
        No sentence where there are no widths.
    """
    if not judged:
        return []
    widths = sorted(judged)
    means = [_Mean(width, judged[width].mean_word, judged[width].mean, judged[width].score)
             for width in widths if judged[width].mean.value is not None]  # fmt: skip
    one = judged[widths[0]]
    by = "log loss" if one.score == "log_loss" else one.score.upper()
    if not means:
        return [f"widths {_listed(widths)} cannot be compared by {by}: {one.mean.why}"]
    over = "one task" if one.compared == 1 else f"{one.compared:,} tasks"
    found = [f"on average over {over} {_on_average(means, one.first)}{_helped(means)}"]
    if one.compared > 1:
        found.append(_single_tasks(judged, widths))
    return [f"by {by}, {said}" for said in found]


@dataclass(frozen=True)
class _Mean:
    """The mean difference at one width.

    Attributes:
        width: of the shared layer.
        word: what may be said of it.
        figure: with its interval.
        score: of a log loss less is better.
    """

    width: int
    word: Word
    figure: Figure
    score: TaskScore

    @property
    def worst(self) -> float:
        """The end of the interval that is worse for what is judged, more is better."""
        end = self.figure.high if self.score == "log_loss" else self.figure.low
        return -float("inf") if end is None else -end if self.score == "log_loss" else end

    @property
    def best(self) -> float:
        """The other end."""
        end = self.figure.low if self.score == "log_loss" else self.figure.high
        return float("inf") if end is None else -end if self.score == "log_loss" else end

    @property
    def ruled_out(self) -> bool:
        return self.worst >= -NEGLIGIBLE

    @property
    def words(self) -> str:
        return amount(self.figure, self.score)


def _on_average(means: Sequence[_Mean], first: str) -> str:
    harmed = [mean for mean in means if mean.word == "harms"]
    if not harmed:
        return _never(means, first)
    last = harmed[-1]
    wider = [mean for mean in means if mean.width > last.width]
    where = f"{first} harms with a shared layer of {_widths(harmed)}"
    if len(means) == 1:
        return f"{where} ({last.words}), and no other width was tried"
    if not wider:
        return (
            f"harm does not end within these widths: {where}, the widest tried ({last.words} there)"
        )
    there = f"{where} ({last.words}{f' with {last.width:,}' if len(harmed) > 1 else ''})"
    beyond = f"with {_widths(wider)} harm of more than {_negligible(last.score)} is ruled out"
    left = [mean for mean in wider if not mean.ruled_out]
    if left:
        which = "there" if left == wider else f"with {_widths(left)}"
        return (
            f"where harm ends cannot be told: {there}; with {_widths(wider)} none is shown, but "
            f"more than {_negligible(last.score)} of it cannot be ruled out {which}"
        )
    if min(mean.worst for mean in wider) <= last.best:
        return f"{there}; {beyond}, but whether there is less than before cannot be told"
    ends = f"harm ends between {last.width:,} and {wider[0].width:,}: {there}"
    # Where it helps instead, that is said next, and is more than that there is no harm.
    return ends if all(mean.word == "helps" for mean in wider) else f"{ends}, and {beyond}"


def _never(means: Sequence[_Mean], first: str) -> str:
    within = _negligible(means[0].score)
    safe = [mean for mean in means if mean.ruled_out]
    tried = f"a shared layer of {_widths(means)}"
    if len(safe) == len(means):
        return f"{first} does no harm of more than {within} with {tried}"
    none = f"{first} is not shown to do harm with {tried}"
    if safe:
        return f"{none}, and more than {within} of it is ruled out with {_widths(safe)} only"
    return f"{none}, but more than {within} of it cannot be ruled out either"


def _helped(means: Sequence[_Mean]) -> str:
    helped = [mean for mean in means if mean.word == "helps"]
    if not helped:
        return ""
    last = helped[-1]
    more = f" with {last.width:,}" if len(helped) > 1 else ""
    return f"; it helps with {_widths(helped)} ({last.words}{more})"


def _single_tasks(judged: Mapping[int, Together], widths: Sequence[int]) -> str:
    """How many tasks are harmed at each width, by intervals for all tasks together."""
    counts = [len(judged[width].tasks("harms")) for width in widths]
    if not any(counts):
        return f"no single task is shown to be harmed with {_listed(widths, last_word='or')}"
    said = ", ".join(
        f"{count or 'none'} with {width:,}" for count, width in zip(counts, widths, strict=True)
    )
    return f"so many tasks are shown to be harmed: {said}"


def _widths(means: Sequence[_Mean]) -> str:
    return _listed([mean.width for mean in means])


def _listed(widths: Sequence[int], *, last_word: str = "and") -> str:
    *most, last = (f"{width:,}" for width in widths)
    return f"{', '.join(most)} {last_word} {last}" if most else last


def _negligible(score: TaskScore) -> str:
    return f"{NEGLIGIBLE:g}" if score == "log_loss" else f"{100 * NEGLIGIBLE:g} points"
