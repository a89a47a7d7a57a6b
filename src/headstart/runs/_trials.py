"""One contender trained on some examples, and what it says of others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.examples import stratified_folds
from headstart.heads import DenseHead
from headstart.runs._contenders import Contender
from headstart.runs._fits import Fit, Fits, Fitted, digest, planned
from headstart.runs._scratch import untrained_head
from headstart.runs._settings import TrainSettings
from headstart.strategy import honest_epochs, tempered

Rows = NDArray[np.int64]

FOLDS = 5
"""Of a training part, to choose the penalty of its head."""

JUDGED = 60
"""Examples, about, whose held-out log loss decides how long a rung is trained: all folds of a small
training part, one of a large."""


@dataclass(frozen=True)
class Trial:
    """What one contender, trained once, said.

    Attributes:
        probabilities: of the held-out examples, float64 ``(examples, classes)``.
        epochs: of training; 0 for a head that was solved.
        seconds: of the fit, the choice of penalty and epochs included; of what an earlier run had
            fitted, the training alone.
    """

    probabilities: NDArray[np.float64]
    epochs: int
    seconds: float


class Trainer(Protocol):
    """Trains a contender."""

    def run(
        self, train: Rows, held: Rows, on_progress: Callable[[float], None] | None = None
    ) -> Trial:
        """Train on some rows and predict others."""


@dataclass
class Heads:
    """The solved heads of one network; contenders that share it share them.

    Attributes:
        features: pooled, of all examples, float ``(examples, features)``.
        targets: int64 ``(examples,)``.
        units: which examples belong together, int64 ``(examples,)``.
        classes: number of classes.
        seed: of the folds.
        threads: to work on.
    """

    features: NDArray[np.floating]
    targets: Rows
    units: Rows
    classes: int
    seed: int
    threads: int
    _solved: dict[str, tuple[heads.LinearHead, Rows]] = field(default_factory=dict)
    _parts: dict[str, heads.LinearHead] = field(default_factory=dict)

    def solve(self, train: Rows) -> tuple[heads.LinearHead, Rows]:
        """The head of some rows, and the folds that its penalty was chosen with."""
        key = digest([train])
        if key not in self._solved:
            targets = self.targets[train]
            folds = stratified_folds(targets, self.units[train], folds=FOLDS, seed=self.seed)
            head, _ = heads.solve(
                self.features[train], targets, folds[None], classes=self.classes,
                threads=self.threads,
            )  # fmt: skip
            self._solved[key] = head, folds
        return self._solved[key]

    def without(self, train: Rows, penalty: float) -> heads.LinearHead:
        """The head of some rows with a penalty that is known."""
        key = digest([train, penalty])
        if key not in self._parts:
            self._parts[key] = heads.fit(
                self.features[train], self.targets[train], classes=self.classes, penalty=penalty
            )
        return self._parts[key]


@dataclass(frozen=True)
class Transferred:
    """Trains a contender that starts from a pretrained network."""

    contender: Contender
    settings: TrainSettings
    heads: Heads
    fits: Fits

    def run(
        self, train: Rows, held: Rows, on_progress: Callable[[float], None] | None = None
    ) -> Trial:
        """As `Trainer.run`; how long is chosen inside the training part."""
        started = time.perf_counter()
        head, folds = self.heads.solve(train)
        start = DenseHead.of(head)
        rung = self.contender.rung
        epochs, temperature, seconds = 0, 1.0, 0.0
        if rung.trainable:
            epochs, temperature, seconds = self._length(train, folds, head.penalty)
        said = start.predict(self.heads.features[held])
        if epochs:
            plan = planned(self.settings, self.fits, rung, len(train))
            fit = Fit(rung, plan, start, train, held, min(epochs, plan.epochs))
            found = _run(self.fits, fit, on_progress)
            said = tempered(found.held_out[-1].astype(np.float64), temperature)
            seconds += found.seconds
        return Trial(said, epochs, max(time.perf_counter() - started, seconds))

    def _length(self, train: Rows, folds: Rows, penalty: float) -> tuple[int, float, float]:
        """Epochs and temperature of least log loss on folds of the training part; seconds."""
        rung, targets = self.contender.rung, self.heads.targets
        size = np.bincount(folds[folds >= 0]).mean() if (folds >= 0).any() else np.inf
        count = min(max(round(JUDGED / size), 1), int(folds.max(initial=-1)) + 1)
        if count < 1:  # nothing can be held out: the schedule's number
            return planned(self.settings, self.fits, rung, len(train)).epochs, 1.0, 0.0
        curves, seconds = {}, 0.0
        for number in range(count):
            inner, judged = train[folds != number], train[folds == number]
            start = DenseHead.of(self.heads.without(inner, penalty))
            plan = planned(self.settings, self.fits, rung, len(inner))
            fit = Fit(rung, plan, start, inner, judged, "best")
            fitted = _run(self.fits, fit)
            curves[0, number] = fitted.held_out
            seconds += fitted.seconds
        parts = np.where(folds < count, folds, -1)
        found = honest_epochs(curves, targets[train], parts[None], self.heads.classes)
        assert isinstance(found.temperature, float)  # of one task
        return found.epochs, found.temperature, seconds


@dataclass(frozen=True)
class FromScratch:
    """Trains all layers of a network from random weights, with augmentation."""

    contender: Contender
    settings: TrainSettings
    fits: Fits
    classes: int

    def run(
        self, train: Rows, held: Rows, on_progress: Callable[[float], None] | None = None
    ) -> Trial:
        """As `Trainer.run`; the schedule's last epoch is the one that counts."""
        from headstart.training import scratch_schedule  # imports torch

        started = time.perf_counter()
        backbone, rung = self.contender.backbone, self.contender.rung
        seed = self.settings.seed
        plan = scratch_schedule(
            backbone, examples=len(train), epochs=self.settings.epochs,
            precision=self.fits.engine.precision, seed=seed,
        )  # fmt: skip
        start = untrained_head(backbone, self.classes, seed)
        fit = Fit(rung, plan, start, train, held, plan.epochs, views=plan.epochs)
        found = _run(self.fits, fit, on_progress)
        seconds = max(time.perf_counter() - started, found.seconds)
        return Trial(found.held_out[-1].astype(np.float64), plan.epochs, seconds)


def _run(fits: Fits, fit: Fit, on_progress: Callable[[float], None] | None = None) -> Fitted:
    """A whole fit.

    Raises:
        KeyboardInterrupt: training was interrupted: half a curve is no evidence.
    """
    found = fits.run(fit, on_progress)
    if found.interrupted:
        raise KeyboardInterrupt
    return found
