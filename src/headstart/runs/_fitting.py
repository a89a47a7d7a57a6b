"""Rungs fitted on the folds of a run, and the chosen one on all its training examples."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import (
    ActivationReader,
    EngineInfo,
    StoredActivations,
    dataset_key,
)
from headstart.backbones import Backbone
from headstart.heads import DenseHead, Layer
from headstart.runs._cut_activations import CutActivations
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared
from headstart.runs._settings import TrainSettings
from headstart.strategy import Candidate, Rung, honest_epochs

if TYPE_CHECKING:
    from headstart.training import FineTuned, FineTuning

HIDDEN_PENALTY = 1e-3
"""Of the output layer that is solved on random hidden layers, where training starts; relative to
the variance of what it reads. It is a start only."""


@dataclass(frozen=True)
class _Fit:
    """One fit: what is trained, how, on which rows, and its name in the journal."""

    key: str
    rung: Rung
    plan: FineTuning
    start: DenseHead
    data: ActivationReader
    train: NDArray[np.int64]
    held: NDArray[np.int64]
    keep: Literal["best"] | int


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
        backbone: the network as it came.
        activations: of the training examples, at any cut.
        journal: where finished fits are noted.
        settings: of the run.
        prepared: the examples.
        folds: of the training examples, int64 ``(repeats, examples)``.
        solved: what the cross-validation of the output layer found, on all views.
        head: the output layer that was solved on all training examples.
        weights: of the training examples, or ``None``.
        on_event: is told progress and notes.
        seconds: that the solving took.
    """

    backbone: Backbone
    activations: CutActivations
    journal: Journal
    settings: TrainSettings
    prepared: Prepared
    folds: NDArray[np.int64]
    solved: heads.CrossValidated
    head: heads.LinearHead
    weights: NDArray[np.float64] | None
    on_event: OnEvent
    seconds: float = 0.0

    @property
    def engine(self) -> EngineInfo:
        """Of the frozen part."""
        return self.activations.engine

    @property
    def targets(self) -> NDArray[np.int64]:
        """Of the training examples."""
        return self.prepared.train_targets

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
        curves = {
            (0, number): self._fold(rung, number, _Part(rung.key, place, len(numbers)))
            for place, number in enumerate(numbers)
        }
        found = honest_epochs(curves, self.targets, row[None], len(self.prepared.task.classes))
        return Candidate(
            rung=rung,
            probabilities=found.probabilities,
            seconds=time.perf_counter() - started,
            trainable_parameters=self.trainable_parameters(rung),
            epochs=found.epochs,
        )

    def final(self, rung: Rung, epochs: int) -> tuple[Backbone, DenseHead, int]:
        """Fit a rung on all training examples.

        Returns:
            The network as it is then, its head, and after how many epochs: fewer than asked for
            where it was interrupted.
        """
        everything = np.arange(len(self.targets))
        start = self._start(rung, everything, None)
        if epochs == 0:
            return self.backbone, start, 0
        fit = self._planned(rung, start, everything, everything[:0], epochs)
        noted = self.journal.read(fit.key)
        if noted is None:
            found = self._fine_tune(fit, _Part("the model", 0, 1))
            noted = _noted(found)
            if found.interrupted:
                self._note(
                    f"interrupted: the model is as it was after {found.best_epoch} of {epochs} "
                    f"epochs; cross-validated figures are of models trained for all {epochs}"
                )
                epochs = found.best_epoch
            else:
                self._finished(fit, noted)
        weights, layers = _read_noted(noted)
        origin = {"by": "fine-tuning", "epochs": epochs, "start": dict(start.origin)}
        return self.backbone.with_weights(weights), DenseHead(layers, origin), epochs

    def trainable_parameters(self, rung: Rung) -> int:
        """Numbers that a rung fits, head included."""
        widths: list[int] = [self.features.shape[1], *rung.hidden, len(self.prepared.task.classes)]
        head = sum((entering + 1) * leaving for entering, leaving in pairwise(widths))
        stages = [stage for stage in self.backbone.stages if stage.name in rung.trainable]
        return head + sum(self.backbone.parameters(stage) for stage in stages)

    def plan(self, rung: Rung) -> FineTuning:
        """How a rung is trained."""
        from headstart.training import schedule  # imports torch

        return schedule(
            self.backbone,
            rung.trainable,
            examples=len(self.targets),
            learning_rate=self.settings.learning_rate,
            epochs=self.settings.epochs,
            dropout=self.settings.dropout,
            statistics=self.settings.statistics,
            precision=self.engine.precision,
            seed=self.settings.seed,
        )

    def _fold(self, rung: Rung, number: int, part: _Part) -> NDArray[np.float64]:
        """Held-out predictions before training and after each epoch."""
        row = self.folds[0]
        train, held = np.flatnonzero(row != number), np.flatnonzero(row == number)
        fit = self._planned(rung, self._start(rung, train, number), train, held, "best")
        noted = self.journal.read(fit.key)
        if noted is None:
            found = self._fine_tune(fit, part)
            if found.interrupted:  # half a curve is no evidence; its checkpoint stays
                raise KeyboardInterrupt
            noted = {"held_out": found.held_out}
            self._finished(fit, noted)
        part.tell(self.on_event, 1.0)
        return noted["held_out"]

    def _start(self, rung: Rung, rows: NDArray[np.int64], fold: int | None) -> DenseHead:
        """The head that training starts from; for a fold solved without its examples."""
        classes = len(self.prepared.task.classes)
        weights = None if self.weights is None else self.weights[rows]
        if rung.hidden or self.settings.head_init == "random":
            made = heads.random_head(
                self.features[rows], hidden=rung.hidden, classes=classes, seed=self.settings.seed
            )
            if self.settings.head_init == "random":
                return made
            return made.with_solved_output(
                self.features[rows], self.targets[rows], penalty=HIDDEN_PENALTY, weights=weights
            )
        if fold is None:
            return DenseHead.of(self.head)
        penalty = self.solved.outer_penalties[0, fold]
        solved = heads.fit(
            self.features[rows],
            self.targets[rows],
            classes=classes,
            penalty=self.head.penalty if np.isnan(penalty) else float(penalty),
            weights=weights,
        )
        return DenseHead.of(solved)

    def _planned(
        self,
        rung: Rung,
        start: DenseHead,
        train: NDArray[np.int64],
        held: NDArray[np.int64],
        keep: Literal["best"] | int,
    ) -> _Fit:
        """A fit and its name: everything that its result depends on."""
        from importlib.metadata import version

        prepared, data, plan = self.prepared, self.activations.at(rung.cut), self.plan(rung)
        augmentation = self.activations.augmentation
        arrays = [array for layer in start.layers for array in (layer.weights, layer.bias)]
        key = Journal.key(
            {
                "network": self.backbone.fingerprint,
                "activations": dataset_key(self.backbone, rung.cut, self.engine).canonical(),
                "augmentation": augmentation.canonical() if augmentation else "",
                "views": self.settings.views,
                "stored": isinstance(data, StoredActivations),
                "plan": plan.as_dict(),
                "start": _digest(arrays),
                "examples": _digest(prepared.hashes[row] for row in prepared.train),
                "targets": _digest([self.targets]),
                "weights": _digest([] if self.weights is None else [self.weights]),
                "rows": _digest([train, held]),
                "keep": keep,
                "torch": version("torch"),
                "threads": self.engine.threads,
            }
        )
        return _Fit(key, rung, plan, start, data, train, held, keep)

    def _fine_tune(self, fit: _Fit, part: _Part) -> FineTuned:
        from headstart.training import fine_tune  # imports torch

        return fine_tune(
            self.backbone,
            fit.rung.cut,
            fit.plan,
            head=fit.start,
            data=fit.data,
            targets=self.targets,
            rows_train=fit.train,
            rows_held_out=fit.held,
            views=self.settings.views,
            weights=self.weights,
            device="cuda" if self.engine.device == "cuda" else "cpu",
            threads=self.engine.threads,
            checkpoint=self.journal.checkpoint(fit.key),
            data_identity=fit.key,
            keep=fit.keep,
            on_progress=partial(part.tell, self.on_event),
        )

    def _finished(self, fit: _Fit, noted: Mapping[str, NDArray[Any]]) -> None:
        from headstart.training import discard_checkpoint  # imports torch

        self.journal.write(fit.key, noted)
        discard_checkpoint(self.journal.checkpoint(fit.key))

    def _note(self, text: str) -> None:
        self.prepared.notes.append(text)
        self.on_event(Note(text))


def _noted(found: FineTuned) -> dict[str, NDArray[Any]]:
    """A trained tail as arrays, for the journal."""
    noted = {f"weights/{name}": array for name, array in found.weights.items()}
    for number, layer in enumerate(found.head.layers):
        noted[f"layers/{number}/weights"] = layer.weights
        noted[f"layers/{number}/bias"] = layer.bias
    return noted


def _read_noted(
    noted: Mapping[str, NDArray[Any]],
) -> tuple[dict[str, NDArray[Any]], tuple[Layer, ...]]:
    """The inverse of `_noted`."""
    weights = {
        name.removeprefix("weights/"): array
        for name, array in noted.items()
        if name.startswith("weights/")
    }
    count = sum(name.endswith("/bias") and name.startswith("layers/") for name in noted)
    layers = (
        Layer(noted[f"layers/{number}/weights"], noted[f"layers/{number}/bias"])
        for number in range(count)
    )
    return weights, tuple(layers)


def _digest(values: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, np.ndarray):
            digest.update(f"{value.dtype} {value.shape}".encode())
            digest.update(np.ascontiguousarray(value).data)
        else:
            digest.update(f"{value}\n".encode())
    return digest.hexdigest()
