"""Which other tasks to train beside one, chosen on held-out examples and reported honestly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import Figure, paired_comparison, several_losses
from headstart.strategy._candidate import fold_count
from headstart.strategy._honest import cheapest_of_the_best, honest, parts_of
from headstart.strategy._together_words import amount


@dataclass(frozen=True)
class HelperSet:
    """One set of tasks that was trained beside the focus.

    Attributes:
        helpers: the other tasks in it; none where the focus was trained alone.
        probabilities: of the focus task's classes by models that had not seen the example, float64
            ``(repeats, examples, classes)``; rows of NaN where never held out.
    """

    helpers: tuple[int, ...]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True)
class HelperChoice:
    """Which set was chosen, and what may be said of it.

    Attributes:
        sets: helpers of each candidate, in the order given.
        index: which was chosen.
        losses: log loss of each as it looks, which flatters the choice; ``None`` where nothing
            was held out.
        probabilities: what may be reported, as of `headstart.strategy.honest_predictions`.
        gain: log loss of the first candidate less that of `probabilities`; ``None`` where there is
            only one.
        others: number of other tasks that there are.
    """

    sets: tuple[tuple[int, ...], ...]
    index: int
    losses: tuple[float | None, ...]
    probabilities: NDArray[np.float64]
    gain: Figure | None
    others: int

    @property
    def helpers(self) -> tuple[int, ...]:
        return self.sets[self.index]

    def __str__(self) -> str:
        """As in "12 of the 99 other tasks were kept as helpers; against none: log loss −0.04"."""
        first = _named(self.sets[0], self.others)
        chosen = _named(self.helpers, self.others)
        if self.gain is None:
            return f"{chosen}; nothing else was tried"
        if not self.index:
            return f"{chosen}: no set tried was better by more than one standard error"
        told = self.gain.low is not None and self.gain.low > 0
        against = f"{chosen}; against {first}, on examples that the choice had not seen: "
        words = against + amount(_turned(self.gain), "log_loss")
        return words if told else f"{words}: cannot be told apart"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "text": str(self),
            "chosen": list(self.helpers),
            "rule": "the first set within one standard error of the least log loss",
            "gain": None if self.gain is None else self.gain.as_dict(),
            "candidates": [
                {"helpers": list(helpers), "log_loss": loss}
                for helpers, loss in zip(self.sets, self.losses, strict=True)
            ],
        }


def choose_helpers(
    candidates: Sequence[HelperSet],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None = None,
    *,
    others: int,
    level: float = 0.95,
) -> HelperChoice:
    """Take the first set that is within one standard error of the best.

    What is reported of it are the predictions of each fold by the set that is chosen on the other
    folds, so that many candidates may be tried; see `headstart.strategy.honest_predictions`.

    Args:
        candidates: in rising order of what has to be shown for them, the focus alone first.
        targets: class of each example in the focus task, -1 where unknown; int64 ``(examples,)``.
        folds: of each example in each repeat, -1 where never held out; int64
            ``(repeats, examples)``; ``None`` for one held-out part that no candidate was trained
            on.
        units: dependent examples share a unit; ``None`` where there are none.
        others: number of other tasks that there are.
        level: of the interval of the gain.

    Raises:
        SettingError: arguments that do not fit together.
    """
    if not candidates:
        raise SettingError("there is no candidate; expected at least one, such as no helpers")
    given = [candidate.probabilities for candidate in candidates]
    design: Any = {
        "classes": given[0].shape[-1],
        "design": "validation" if folds is None else "cross-validation",
        "folds": fold_count(folds),
        "units": units,
    }
    losses = several_losses(targets, given, **design)
    probabilities, _ = honest(
        given, losses, parts_of(folds, units, len(targets)), pick=cheapest_of_the_best
    )
    gain = None
    if len(given) > 1:
        gain = paired_comparison(targets, given[0], probabilities, level=level, **design).figure
    return HelperChoice(
        sets=tuple(candidate.helpers for candidate in candidates),
        index=cheapest_of_the_best(losses),
        losses=tuple(map(float, losses.means)) if losses.examples else (None,) * len(given),
        probabilities=probabilities,
        gain=gain,
        others=others,
    )


def _named(helpers: Sequence[int], others: int) -> str:
    if not helpers:
        return "no helpers"
    if len(helpers) == others:
        return (
            "the other task as helper" if others == 1 else f"all {others:,} other tasks as helpers"
        )
    return f"{len(helpers):,} of the {others:,} other tasks as helpers"


def _turned(figure: Figure) -> Figure:
    """A gain as a difference of log losses, which is better below 0."""
    assert figure.value is not None
    low, high = (None if end is None else -end for end in (figure.high, figure.low))
    return Figure(-figure.value, low, high, figure.level, figure.method, figure.approximate,
                  figure.why)  # fmt: skip
