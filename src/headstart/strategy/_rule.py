"""The rule of thumb: from how many examples on it is worth trying to retrain how much.

Read by hand from the table below: by how much the log loss of examples that were not trained on
changes when the last 1, 2, 3 or all of the built-in network's nine stages are retrained, after the
last epoch and, behind the stroke, after the best in hindsight (``benchmarks/starts.py`` and its
forerunners, single draws; standard errors are 0.01 to 0.04 on most).

======================  =========  ============  ============  ============  =====
data, examples a class  effective  1             2             3             all
======================  =========  ============  ============  ============  =====
hymenoptera, 20         20         +0.02 / 0     +0.08 / 0
x-ray, 20               25         -0.03         -0.04
flowers5, 20            32         +0.08 / 0     +0.51 / 0     +0.63 / 0
spoken digits, 20       45         +0.01 / -.01  +0.16 / 0                   +0.14 / 0
x-ray, 60               73         +0.01 / -.01  +0.04 / -.01
hymenoptera, 100        100        +0.01 / 0     +0.04 / 0
flowers5, 100           158        +0.00 / -.01  +0.15 / 0     +0.32 / 0
spoken digits, 100      224        -0.07         -0.08         -0.17
======================  =========  ============  ============  ============  =====

And as `headstart train` does it, at the epoch and temperature that cross-validation chooses
(``benchmarks/depth.py``), means of 5 draws, of flowers 4:

======================  =========  ============  ============  ============
data, examples a class  effective  1             2             3
======================  =========  ============  ============  ============
hymenoptera, 5          5          +0.07         +0.09         +0.11
x-ray, 5                6          +0.08         +0.06         +0.01
flowers5, 5             8          +0.01         +0.06         +0.08
hymenoptera, 20         20         +0.00         +0.01         +0.02
x-ray, 20               25         +0.00         +0.01         +0.01
======================  =========  ============  ============  ============

So numbers alone do not decide. Photos of what the network knows gain nothing at any size that was
tried; pictures far from it gain at every depth with 224 effective examples and at none with 45
(where all stages retrained were right of 67 % instead of 57 %, and far too sure of it). The last
stage costs seconds and tells which of the two it is, so it is tried early, but not below 10, where
it lost everywhere and a handful of examples cannot tell that it did; the deeper rungs follow where
it gains, and unasked only from 200 effective examples on.
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
    Step(0.11, 10, 200),
    Step(0.22, 20, 200),
    Step(0.33, 40, 200),
    Step(1.00, 40, 200),
)
"""One, two, three of nine stages, and all; what lies between was not measured."""

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
