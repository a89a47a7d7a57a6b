"""Where simulation shows that an interval holds the truth too seldom, or too often.

The thresholds are read from docs/decisions/0004-intervals.md, whose table
benchmarks/interval_coverage.py prints. Too often counts too: a single repeat of cross-validation
cannot tell how much the model changes with its training part, so that its intervals are as wide
as an unsteady model needs, and hold the truth of a steady one nearly always.
"""

from __future__ import annotations

from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._scores import Floats

FEWEST_UNITS = 30
"""Groups below which every interval is in doubt."""


class Trust:
    """What the number of held-out examples leaves in doubt.

    Args:
        held: the held-out predictions.
    """

    def __init__(self, held: HeldOut) -> None:
        sampling = held.sampling
        self._folds = held.design == "cross-validation"
        self._examples = held.examples
        few_units = not sampling.independent and sampling.count < FEWEST_UNITS
        self._always = few_units or (self._folds and held.repeats == 1)
        self._few = few_units or held.examples < 20

    def doubts_share(self, count: float) -> bool:
        """Wilson's interval of a share of `count` examples."""
        return self._always or count < 20

    def doubts_balanced_accuracy(self, members: Floats) -> bool:
        """The interval of the mean recall over classes with `members` examples each."""
        return self._always or float(members.min()) < (20 if self._folds else 10)

    def doubts_log_loss(self) -> bool:
        return self._always or self._examples < 100

    def doubts_auroc(self, members: Floats) -> bool:
        """The interval of an area where the classes have `members` examples."""
        smallest = min(float(members.min()), self._examples - float(members.max()))
        return self._always or smallest < (50 if self._folds else 25)

    def doubts_ece(self) -> bool:
        """Always: from 84 % to 100 % in the simulation, and 89 % even at 500 examples."""
        return True

    def doubts_average_precision(self, positives: float) -> bool:
        """The interval of an average precision over so many positive examples."""
        smaller = min(positives, self._examples - positives)
        return self._always or smaller < (50 if self._folds else 25)

    def doubts_f1(self, positives: float) -> bool:
        """The interval of an F1 with so many positive examples."""
        return self._always or positives < 20

    def doubts_prevalence(self) -> bool:
        """Wilson's interval of the share of positive labels, whatever the model."""
        return self._few
