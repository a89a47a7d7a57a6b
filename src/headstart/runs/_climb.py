"""Which rung is tried next: what the rule of thumb proposes, as long as it pays and time is left.

How long a rung takes is forecast (`cost`) and corrected by how long those took that were fitted:
processors differ by more than forecasts can know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from headstart.runs._cost import cost
from headstart.runs._fitting import Fitting
from headstart.strategy import Candidate, Rung, classes_of, next_rung, propose, rungs_of

IMPORT_SECONDS = 4.0
"""That importing PyTorch takes; of the budget."""

HIDDEN = (256,)
"""The hidden layer that auto tries."""


class Climb:
    """The ladder of one run, and what became of it so far.

    Args:
        fitting: fits the rungs.
        solved: the output layer alone, with which the climb starts.

    Attributes:
        tried: in order.
    """

    def __init__(self, fitting: Fitting, solved: Candidate) -> None:
        self.tried = [solved]
        self._fitting, self._hidden = fitting, fitting.settings.hidden
        self._ladder = list(rungs_of(fitting.backbone))
        if not self._hidden:
            self._ladder[1:1] = [self._ladder[0].with_hidden(HIDDEN)]
        wanted = map(self._wanted, self._ladder)
        self._forecasts = {rung.key: forecast(fitting, rung) for rung in wanted}
        self._pace = 1.0

    def next(self) -> Rung | None:
        """The rung to fit now; ``None`` at the end."""
        spent = sum(one.seconds for one in self.tried[1:])
        return self._next(self._fitting.settings.budget_seconds - IMPORT_SECONDS - spent)

    def left_out(self) -> list[Rung]:
        """What would be tried after the last rung, with all the time in the world."""
        return self._untried(math.inf) if self._next(math.inf) is not None else []

    def nothing_proposed(self) -> bool:
        """Whether the rule of thumb wants nothing beyond the head, however much time there is."""
        return not self._untried(math.inf)

    def fit(self, rung: Rung) -> None:
        """Fit a rung on all folds, and see how fast that goes."""
        fitting = self._fitting
        found = fitting.cross_fit(rung)
        self.tried.append(found)
        if rung.trainable and found.epochs_run:
            planned = fitting.plan(rung).epochs * _folds(fitting)
            # As if no fit had stopped early: the next may not.
            whole = found.seconds * planned / found.epochs_run
            self._pace = whole / self._forecasts[rung.key]

    def _next(self, seconds: float) -> Rung | None:
        left = self._untried(seconds)
        # Hidden layers alone say nothing of what retraining gains.
        for rung in left:
            if not rung.trainable:
                return rung
        climbed = [self.tried[0], *(one for one in self.tried[1:] if one.rung.trainable)]
        return next_rung(left, climbed, *evidence(self._fitting))

    def _untried(self, seconds: float) -> list[Rung]:
        """What the rule of thumb proposes in so much time, without what was tried."""
        tried = {one.rung.key for one in self.tried}
        costs = {key: 0.0 if key in tried else self._pace * once
                 for key, once in self._forecasts.items()}  # fmt: skip
        proposed = propose(
            self._ladder,
            examples=len(self._fitting.targets),
            classes=classes_of(self._fitting.question),
            seconds={rung.key: costs[self._wanted(rung).key] for rung in self._ladder},
            budget=seconds,
        )
        wanted = [self._wanted(rung) for rung in proposed]
        return [rung for rung in wanted if rung.key not in tried]

    def _wanted(self, rung: Rung) -> Rung:
        """With the hidden layers that the user wants with every rung, the head too."""
        return rung.with_hidden(rung.hidden or self._hidden)


def evidence(fitting: Fitting) -> tuple[Any, ...]:
    """By what rungs are judged, as `headstart.strategy.choose` takes it."""
    return fitting.targets, fitting.folds[:1], fitting.units, fitting.question


def forecast(fitting: Fitting, rung: Rung) -> float:
    """Seconds that fitting a rung on all folds and on everything takes, about."""
    if not rung.trainable and not rung.hidden:
        return 0.0
    count = len(fitting.targets)
    once = cost(
        fitting.backbone,
        rung.cut,
        count,
        fitting.settings.views,
        threads=fitting.engine.threads,
        precision=fitting.engine.precision,
        device=fitting.engine.device,
    )
    # Each of the folds trains on all examples but its own, and the last fit on all.
    passes = fitting.plan(rung).epochs * _folds(fitting)
    frozen = once.frozen_seconds * (1 if fitting.activations.fit(rung.cut) else passes)
    return frozen + passes * once.epoch_seconds


def _folds(fitting: Fitting) -> int:
    return int(fitting.folds[0].max()) + 1


def told(rungs: Sequence[Rung]) -> str:
    """Names of rungs that time did not suffice for, as a note."""
    return f"not tried within the budget: {'; '.join(map(str, rungs))}. Raise --budget"
