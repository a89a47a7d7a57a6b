"""Where simulation shows that an interval holds the truth too seldom, or too often.

The thresholds are read from the coverage table in docs/decisions/0004-intervals.md, which
benchmarks/interval_coverage.py prints: beyond them every coverage lies between 93 % and 97 %, as
far as the table's own error can tell.
"""

from __future__ import annotations

from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._scores import Floats


class Trust:
    """What the number of held-out examples leaves in doubt.

    Args:
        held: the held-out predictions.
    """

    def __init__(self, held: HeldOut) -> None:
        self._examples = held.examples
        self._folds = held.design == "cross-validation"
        self._few_units = not held.sampling.independent and held.sampling.count < 30

    def doubts_share(self, count: float) -> bool:
        """Wilson's interval of a share of `count` examples."""
        return self._few_units or count < (50 if self._folds else 20)

    def doubts_balanced_accuracy(self, members: Floats) -> bool:
        """The interval of the mean recall over classes with `members` examples each."""
        return self._few_units or float(members.min()) < (25 if self._folds else 10)

    def doubts_log_loss(self) -> bool:
        return self._few_units or self._examples < (100 if self._folds else 50)

    def doubts_auroc(self, members: Floats) -> bool:
        """The interval of an area where the classes have `members` examples."""
        smallest = min(float(members.min()), self._examples - float(members.max()))
        return self._few_units or smallest < (50 if self._folds else 25)

    def doubts_ece(self) -> bool:
        return self._few_units or self._folds or self._examples < 150
