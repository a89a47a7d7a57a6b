"""The rule of thumb: from how many examples on it is worth trying to retrain how much.

NOT YET FITTED: the numbers stand where experience elsewhere would put them, until
the table of a benchmark here replaces them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One depth of the ladder.

    Attributes:
        share: of the stages with weights, counted from the end; the rung nearest to it is meant.
        try_from: effective examples per class from which on it is worth trying, as long as
            shallower rungs pay.
        strong_from: from which on it is tried even where shallower rungs gained nothing.
    """

    share: float
    try_from: float
    strong_from: float

    def depth(self, stages: int) -> int:
        """How many stages that is of a network with so many."""
        return max(round(self.share * stages), 1)


#          share of stages   try from   strong from
STEPS = (
    Step(0.11, 5, 100),
    Step(0.22, 10, 150),
    Step(0.50, 30, 300),
    Step(1.00, 20, 100),
)

HIDDEN_FROM = 500
"""Effective examples per class from which on new hidden layers are worth trying. On 245 ants and
bees a layer of 256 gave a log loss of 0.132, the solved output layer alone 0.122."""

CLASS_POWER = 0.5
"""How much more classes help at the same number of examples in each: the effective examples per
class are ``examples per class * (classes / 2) ** CLASS_POWER``. 0 would count examples per class
alone, 1 all examples."""

CLIMB = 1.0
"""A rung pays where it is better than all before it by more than so many standard errors."""

GIVE_UP = 2.0
"""A deeper rung that is proposed strongly is not tried after one that is worse than the best by
more than so many standard errors."""


def effective_examples(examples: int, classes: int) -> float:
    """Examples per class, scaled for the number of classes."""
    classes = max(classes, 1)
    return float(examples / classes * (classes / 2) ** CLASS_POWER)
