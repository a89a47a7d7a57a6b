"""Rungs fitted on the folds of a run, and the chosen one on all its training examples."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import EngineInfo
from headstart.backbones import Backbone
from headstart.heads import DenseHead
from headstart.runs._cut_activations import Activations
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._fits import Fit, Fits, Fitted, planned
from headstart.runs._prepared import Prepared
from headstart.runs._settings import TrainSettings
from headstart.strategy import Candidate, Question, Rung, honest_epochs, labelled, outputs_of

if TYPE_CHECKING:
    from headstart.training import FineTuning

HIDDEN_PENALTY = 1e-3
"""Of the output layer that is solved on random hidden layers, where training starts; relative to
the variance of what it reads. It is a start only."""


@dataclass(frozen=True)
class _Part:
    """A fit's place in a step that is shown as one."""

    step: str
    place: int
    of: int

    def tell(self, on_event: OnEvent, share: float) -> None:
        on_event(Progress(f"Retrain {self.step}", self.place + share, self.of))


@dataclass
class Fitting:
    """Fits rungs for one run.

    Attributes:
        settings: of the run.
        fits: trains the network on any of the training examples.
        prepared: the examples.
        folds: of the training examples, int64 ``(repeats, examples)``.
        solved: what the cross-validation of the output layer found, on all views.
        head: the output layer that was solved on all training examples.
        on_event: is told progress and notes.
        seconds: that the solving took.
    """

    settings: TrainSettings
    fits: Fits
    prepared: Prepared
    folds: NDArray[np.int64]
    solved: heads.CrossValidated | heads.TasksCrossValidated
    head: heads.LinearHead | heads.TasksHead
    on_event: OnEvent
    seconds: float = 0.0

    @property
    def backbone(self) -> Backbone:
        """The network as it came."""
        return self.fits.backbone

    @property
    def activations(self) -> Activations:
        """Of the training examples, at any cut."""
        return self.fits.activations

    @property
    def engine(self) -> EngineInfo:
        """Of the frozen part."""
        return self.fits.engine

    @property
    def objective(self) -> heads.Objective | None:
        """What several tasks are trained for; ``None`` for one task."""
        return self.fits.objective

    @property
    def head_tasks(self) -> int:
        """How many tasks the head answers."""
        return 1 if self.objective is None else self.objective.outputs.tasks

    @property
    def question(self) -> Question:
        """What is asked of the examples, and what held-out predictions are judged by."""
        if self.objective is None:
            return len(self.prepared.task.classes)
        return self.fits.judge or self.objective

    @property
    def targets(self) -> NDArray[np.int64]:
        """Of the training examples, int64 ``(examples,)``, or ``(examples, tasks)``."""
        return self.fits.targets

    @property
    def units(self) -> NDArray[np.int64]:
        """Training examples of one unit depend on one another, int64 ``(examples,)``."""
        return np.asarray(self.prepared.units[self.prepared.train])

    @cached_property
    def features(self) -> NDArray[np.floating]:
        """Pooled features of the training examples' plain view."""
        return np.asarray(self.prepared.features[self.prepared.train])

    def cross_fit(self, rung: Rung, *, first_fold_only: bool = False) -> Candidate:
        """Fit a rung on every fold of the first repeat; each example is predicted held out.

        The number of epochs with which a fold is predicted is that of least held-out log loss on
        the other folds: a fold's own labels choose nothing that it is predicted with.

        Args:
            rung: what is retrained.
            first_fold_only: one fold is enough to find the number of epochs, where the figures come
                from another part of the data.
        """
        started = time.perf_counter()
        row = self.folds[0]
        numbers = [int(number) for number in np.unique(row[row >= 0])]
        if first_fold_only:
            numbers = numbers[:1]
            row = np.where(row == numbers[0], row, -1)
        fitted = {
            (0, number): self._fold(rung, number, _Part(rung.key, place, len(numbers)))
            for place, number in enumerate(numbers)
        }
        curves = {fold: one.held_out for fold, one in fitted.items()}
        found = honest_epochs(curves, self.targets, row[None], self.question)
        # What an earlier run had fitted took as long as it took then.
        fitting = sum(one.seconds for one in fitted.values())
        return Candidate(
            rung=rung,
            probabilities=found.probabilities,
            seconds=max(time.perf_counter() - started, fitting),
            trainable_parameters=self.trainable_parameters(rung),
            epochs=found.epochs,
            temperature=found.temperature,
            epochs_run=sum(len(curve) - 1 for curve in curves.values()),
        )

    def final(
        self, rung: Rung, epochs: int, temperature: float | tuple[float, ...] = 1.0
    ) -> tuple[Backbone, DenseHead, int]:
        """Fit a rung on all training examples.

        Args:
            rung: what is retrained.
            epochs: of training; the solved head as it is where 0.
            temperature: by which the trained head's logits are divided; one for each of several
                tasks.

        Returns:
            The network as it is then, its head, and after how many epochs: fewer than asked for
            where it was interrupted.
        """
        everything = np.arange(len(self.targets))
        start = self.start(rung, everything, None)
        if epochs == 0:
            return self.backbone, start, 0
        fit = Fit(rung, self.plan(rung), start, everything, everything[:0], epochs,
                  self.settings.views, wanted="weights")  # fmt: skip
        found = self._run(fit, _Part("the model", 0, 1))
        if found.interrupted:
            self._note(
                f"interrupted: the model is as it was after {found.epochs} of {epochs} "
                f"epochs; cross-validated figures are of models trained for all {epochs}"
            )
        origin = {"by": "fine-tuning", "epochs": found.epochs, "start": dict(start.origin)}
        head = DenseHead(found.layers, origin).tempered(self._by_output(temperature))
        return self.backbone.with_weights(found.weights), head, found.epochs

    def _by_output(self, temperature: float | tuple[float, ...]) -> float | NDArray[np.float64]:
        if self.objective is None or isinstance(temperature, float):
            assert isinstance(temperature, float)
            return temperature
        return np.array(temperature)[self.objective.outputs.task_of]

    def trainable_parameters(self, rung: Rung) -> int:
        """Numbers that a rung fits, head included."""
        widths: list[int] = [self.features.shape[1], *rung.hidden, outputs_of(self.question)]
        head = sum((entering + 1) * leaving for entering, leaving in pairwise(widths))
        stages = [stage for stage in self.backbone.stages if stage.name in rung.trainable]
        return head + sum(self.backbone.parameters(stage) for stage in stages)

    def plan(self, rung: Rung) -> FineTuning:
        """How a rung is trained."""
        return planned(self.settings, self.fits, rung, labelled(self.targets))

    def _fold(self, rung: Rung, number: int, part: _Part) -> Fitted:
        """One fold, predicted before training and after each epoch."""
        row = self.folds[0]
        train, held = np.flatnonzero(row != number), np.flatnonzero(row == number)
        start = self.start(rung, train, number)
        fit = Fit(rung, self.plan(rung), start, train, held, "best", self.settings.views)
        found = self._run(fit, part)
        if found.interrupted:  # half a curve is no evidence
            raise KeyboardInterrupt
        return found

    def _run(self, fit: Fit, part: _Part) -> Fitted:
        found = self.fits.run(fit, partial(part.tell, self.on_event))
        part.tell(self.on_event, 1.0)
        return found

    def start(self, rung: Rung, rows: NDArray[np.int64], fold: int | None) -> DenseHead:
        """The head that training starts from; for a fold solved without its examples."""
        features = self.features[rows]
        if rung.hidden or self.settings.head_init == "random":
            made = heads.random_head(
                features, hidden=rung.hidden, classes=outputs_of(self.question),
                seed=self.settings.seed,
            )  # fmt: skip
            return made if self.settings.head_init == "random" else self._solved_on(made, rows)
        if not isinstance(self.head, heads.LinearHead):
            return self._tasks_start(features, rows, fold)
        assert isinstance(self.solved, heads.CrossValidated)
        if fold is None:
            return DenseHead.of(self.head)
        penalty = self.solved.outer_penalties[0, fold]
        solved = heads.fit(
            features,
            self.targets[rows],
            classes=outputs_of(self.question),
            penalty=self.head.penalty if np.isnan(penalty) else float(penalty),
            weights=None if self.fits.weights is None else self.fits.weights[rows],
        )
        return DenseHead.of(solved)

    def _solved_on(self, made: DenseHead, rows: NDArray[np.int64]) -> DenseHead:
        """Hidden layers with an output layer that is solved on what they give."""
        features, targets, fits = self.features[rows], self.targets[rows], self.fits
        if self.objective is None:
            weights = None if fits.weights is None else fits.weights[rows]
            return made.with_solved_output(
                features, targets, penalty=HIDDEN_PENALTY, weights=weights
            )
        uncertain = None if fits.uncertain is None else fits.uncertain[rows]
        return made.with_solved_tasks(
            features, targets, self.objective, penalty=HIDDEN_PENALTY, uncertain=uncertain
        )

    def _tasks_start(
        self, features: NDArray[np.floating], rows: NDArray[np.int64], fold: int | None
    ) -> DenseHead:
        assert self.objective is not None
        assert isinstance(self.head, heads.TasksHead)
        if fold is None:
            return DenseHead.of_tasks(self.head, self.objective)
        penalties = self.solved.outer_penalties[0, fold]
        uncertain = None if self.fits.uncertain is None else self.fits.uncertain[rows]
        solved = heads.fit_tasks(
            features,
            self.targets[rows],
            outputs=self.objective.outputs,
            penalties=np.where(np.isnan(penalties), self.head.penalties, penalties),
            weights=self.objective.cell_weights(self.targets[rows], uncertain),
            uncertain=uncertain,
            threads=self.engine.threads,
        )
        return DenseHead.of_tasks(solved, self.objective)

    def _note(self, text: str) -> None:
        self.prepared.notes.append(text)
        self.on_event(Note(text))
