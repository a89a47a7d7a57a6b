"""What the other tasks were worth to one task, in labels of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import TaskScore, gains
from headstart.strategy._crossing import Crossing, crossing, two_digits
from headstart.strategy._worth import Word

STEPS = 300
"""Numbers of labels at which the curves are compared: from 10 to 1,000 each is 1.5 % above the
one before, so that a worth of a tenth of a task's own labels does not drown in the grid."""

NEGLIGIBLE = 0.1
"""Share of a task's own labels below which a worth is none to speak of."""


@dataclass(frozen=True)
class LabelWorth:
    """How many labels more a task alone would need for what it reaches beside others.

    Attributes:
        word: what may be said.
        own: labels of its own that it learned from beside the others.
        worth: labels more that it would need alone, fewer where below 0; ``None``: more than this
            data can show.
        low: end of the interval; ``None``: `fewest` less `own`, or fewer.
        high: likewise; ``None``: more than this data can show.
        fewest, most: labels that it was trained on alone.
        others: number of other tasks.
        level: of the interval.
    """

    word: Word
    own: int
    worth: int | None
    low: int | None
    high: int | None
    fewest: int
    most: int
    others: int
    level: float

    def __str__(self) -> str:
        """As in "the other 99 tasks were worth about 340 own labels (95 % 210 to 500)"."""
        one = self.others == 1
        tasks = "the other task" if one else f"the other {self.others:,} tasks"
        were = f"{tasks} {'was' if one else 'were'} worth"
        beside = f"beside the {self.own:,} that it learned from"
        if self.word == "cannot tell":
            return f"cannot tell what {were} in own labels{self._interval()}"
        if self.word == "no gain":
            about = _signed(self.worth or 0)
            return f"no gain to speak of: {were} about {about} own labels{self._interval()}"
        if self.word == "harms":
            about = _signed(-(self.worth or 0))
            return f"no gain: {tasks} cost about {about} own labels{self._interval(cost=True)}"
        if self.worth is not None:
            return f"{were} about {self.worth:,} own labels{self._interval()}, {beside}"
        if self.low:
            return (
                f"{were} at least {self.low:,} own labels, more than this data can show, {beside}"
            )
        return (
            f"{tasks} helped; how many own labels that was worth this data cannot show, for alone "
            f"it had no more than {self.most:,}"
        )

    def _interval(self, *, cost: bool = False) -> str:
        """In brackets; nothing where both ends are open."""
        if self.low is None and self.high is None:
            return ""
        fewest = self.fewest - self.own
        if cost:
            high = f"{_signed(-fewest)} or more" if self.low is None else _signed(-self.low)
            return f" ({100 * self.level:g} % {_signed(-(self.high or 0))} to {high})"
        low = f"{_signed(fewest)} or fewer" if self.low is None else _signed(self.low)
        high = "more than this data can show" if self.high is None else _signed(self.high)
        return f" ({100 * self.level:g} % {low} to {high})"

    def as_dict(self) -> dict[str, Any]:
        return {"word": self.word, "text": str(self), "own": self.own, "worth": self.worth,
                "low": self.low, "high": self.high, "fewest": self.fewest, "most": self.most,
                "others": self.others, "level": self.level}  # fmt: skip


def worth_in_labels(
    targets: NDArray[np.int64],
    alone: Mapping[int, NDArray[np.floating]],
    joint: Mapping[int, NDArray[np.floating]],
    *,
    others: int,
    score: TaskScore = "log_loss",
    folds: int | None = None,
    units: NDArray[np.int64] | None = None,
    level: float = 0.95,
) -> tuple[LabelWorth, ...]:
    """How many labels more one task alone would need for what it reaches beside others.

    Nothing is extrapolated: alone the task can be tried on no more labels than it has, so that a
    number can be told only where it was trained on fewer beside the others. Hence several sizes.

    Args:
        targets: class of each held-out example in that task, -1 where unknown; int64
            ``(examples,)``.
        alone: by number of own labels in the training part, what models of that task alone say of
            the examples, ``(repeats, examples, classes)``; two numbers or more.
        joint: likewise of models of all tasks; each number is one of `alone`'s, all labels of the
            other tasks are there each time.
        others: number of other tasks.
        score: ``"log_loss"``, ``"auroc"`` or ``"accuracy"``.
        folds: of a cross-validation; ``None`` for one held-out part that models of several
            training draws predict.
        units: dependent examples share a unit; ``None`` where there are none.
        level: of the intervals, each for itself.

    Returns:
        One for each number in `joint`, in rising order.

    Raises:
        SettingError: arguments that do not fit together.
    """
    sizes = sorted(alone)
    strange = sorted(set(joint) - set(sizes))
    if len(sizes) < 2 or strange or not joint:
        raise SettingError(
            f"alone it was trained on {_listed(sizes)} labels and beside others on "
            f"{_listed(sorted(joint))}; expected two numbers or more alone, and the same or some "
            "of them beside others"
        )
    curve, beside = [alone[size] for size in sizes], [joint.get(size) for size in sizes]
    scores = gains(targets, [curve, beside], score=score, folds=folds, units=units)
    found = []
    for place, size in enumerate(sizes):
        if size in joint:
            reached = crossing(
                lambda weights: scores.contrast(weights, level=level),
                sizes, (1, place), 0, steps=STEPS,
            )  # fmt: skip
            found.append(_judged(reached, sizes, size, others=others, level=level))
    return tuple(found)


def most_telling(worths: Sequence[LabelWorth]) -> LabelWorth:
    """The largest number of own labels at which a number can be given; else what excludes most."""
    told = [worth for worth in worths if worth.worth is not None and worth.word != "cannot tell"]
    bounded = [worth for worth in worths if worth.word != "cannot tell"]
    return (told or sorted(bounded, key=lambda worth: worth.low or 0) or list(worths))[-1]


def _judged(
    reached: Crossing, sizes: Sequence[int], own: int, *, others: int, level: float
) -> LabelWorth:
    word: Word = "cannot tell"
    if reached.low is not None and reached.low >= own:
        word = "helps"
    elif reached.high is not None and reached.high < own:
        word = "harms"
    elif reached.high is not None and reached.high <= (1 + NEGLIGIBLE) * own:
        word = "no gain"
    worth, low, high = (
        None if count is None else _rounded(count - own)
        for count in (reached.needed, reached.low, reached.high)
    )
    return LabelWorth(word, own, worth, low, high, sizes[0], sizes[-1], others, level)


def _rounded(count: float) -> int:
    """To two digits, either way of 0."""
    if abs(count) < 1:
        return 0
    return two_digits(count) if count > 0 else -two_digits(-count)


def _signed(count: int) -> str:
    return f"{count:,}".replace("-", "−")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "no"
