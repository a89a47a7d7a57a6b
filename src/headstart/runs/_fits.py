"""Fits by gradient descent on one network's activations, each done once and noted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from headstart.activations import EngineInfo
from headstart.backbones import Backbone
from headstart.heads import DenseHead, Layer, Objective
from headstart.runs._cut_activations import Activations
from headstart.runs._journal import Journal
from headstart.runs._settings import TrainSettings
from headstart.strategy import Rung

if TYPE_CHECKING:
    from headstart.training import FineTuned, FineTuning

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fit:
    """What is to be fitted.

    Attributes:
        rung: what is retrained.
        plan: how.
        start: the head that training starts from.
        train: rows to train on.
        held: rows to predict before training and after each epoch.
        keep: as of `headstart.training.fine_tune`.
        views: of each example; one is taken an epoch.
        wanted: what is noted of it: the held-out predictions, or the trained tensors.
    """

    rung: Rung
    plan: FineTuning
    start: DenseHead
    train: Rows
    held: Rows
    keep: Literal["best", "last"] | int
    views: int = 1
    wanted: Literal["predictions", "weights"] = "predictions"


@dataclass(frozen=True)
class Fitted:
    """What came of it.

    Attributes:
        held_out: class probabilities of the held-out examples before training and after each
            epoch, where they were wanted, float32 ``(epochs + 1, held out, classes)``.
        weights: tensors of the network that were trained, by name, where they were wanted.
        layers: of the head, likewise.
        curve: log loss of the training and of the held-out examples, NaN where there is none,
            float64 ``(2, epochs + 1)``.
        epochs: after how many the tensors were taken.
        seconds: that it took when it was fitted, in this run or earlier.
        interrupted: whether Ctrl-C ended it.
    """

    held_out: NDArray[np.float32]
    weights: Mapping[str, NDArray[Any]]
    layers: tuple[Layer, ...]
    curve: NDArray[np.float64]
    epochs: int
    seconds: float
    interrupted: bool = False


@dataclass(frozen=True)
class Fits:
    """Trains one network's stages on any rows of a table of examples.

    Attributes:
        backbone: the network as it came.
        activations: of the examples, at any cut.
        journal: where finished fits are noted.
        targets: class of each example, -1 unknown, int64 ``(examples,)``; of several tasks int64
            ``(examples, tasks)``.
        contents: SHA-256 of each example's bytes.
        weights: of the examples, or ``None``.
        objective: what several tasks are trained for; ``None`` for one task.
        judge: what held-out examples are judged by, where that is not the objective.
        uncertain: as of `headstart.examples.Examples`.
    """

    backbone: Backbone
    activations: Activations
    journal: Journal
    targets: Rows
    contents: tuple[str, ...]
    weights: NDArray[np.float64] | None = None
    objective: Objective | None = None
    judge: Objective | None = None
    uncertain: NDArray[np.float32] | None = None

    @property
    def engine(self) -> EngineInfo:
        """Of the frozen part."""
        return self.activations.engine

    def run(self, fit: Fit, on_progress: Callable[[float], None] | None = None) -> Fitted:
        """Train, or read what the same fit came to earlier.

        Args:
            fit: what to train.
            on_progress: told the share that is done.
        """
        key = self._key(fit)
        noted = self.journal.read(key)
        if noted is not None:
            # Of a run that was killed between noting the fit and removing this.
            self.journal.checkpoint(key).unlink(missing_ok=True)
            return _fitted(noted)
        from headstart.training import discard_checkpoint

        found = self._fine_tune(fit, key, on_progress)
        if found.interrupted:  # its checkpoint stays
            return replace(_fitted(_noted(found, "weights")), interrupted=True)
        noted = _noted(found, fit.wanted)
        self.journal.write(key, noted)
        discard_checkpoint(self.journal.checkpoint(key))
        return _fitted(noted)

    def _key(self, fit: Fit) -> str:
        """Name of a fit: everything that its result depends on."""
        from importlib.metadata import version

        arrays = [array for layer in fit.start.layers for array in (layer.weights, layer.bias)]
        return Journal.key(
            {
                "network": self.backbone.fingerprint,
                **self.activations.identity(fit.rung.cut),
                "views": fit.views,
                "plan": fit.plan.as_dict(),
                "start": digest([fit.start.penalty, *arrays]),
                "examples": digest(self.contents),
                "targets": digest([self.targets]),
                "weights": digest([] if self.weights is None else [self.weights]),
                "objective": digest([] if self.objective is None else self.objective.arrays),
                "judge": digest([] if self.judge is None else self.judge.arrays),
                "uncertain": digest([] if self.uncertain is None else [self.uncertain]),
                "rows": digest([fit.train, fit.held]),
                "keep": [fit.keep, fit.wanted],
                "torch": version("torch"),
                "threads": self.engine.threads,
                "device": self.engine.device,
            }
        )

    def _fine_tune(
        self, fit: Fit, key: str, on_progress: Callable[[float], None] | None
    ) -> FineTuned:
        from headstart.training import fine_tune  # imports torch

        return fine_tune(
            self.backbone,
            fit.rung.cut,
            fit.plan,
            head=fit.start,
            data=self.activations.at(fit.rung.cut),
            targets=self.targets,
            rows_train=fit.train,
            rows_held_out=fit.held,
            views=fit.views,
            weights=self.weights,
            objective=self.objective,
            judge=self.judge,
            uncertain=self.uncertain,
            device="cuda" if self.engine.device == "cuda" else "cpu",
            threads=self.engine.threads,
            checkpoint=self.journal.checkpoint(key),
            data_identity=key,
            keep=fit.keep,
            on_progress=on_progress,
        )


def _noted(found: FineTuned, wanted: Literal["predictions", "weights"]) -> dict[str, NDArray[Any]]:
    """A fit as arrays, for the journal."""
    noted = {
        "epochs": np.array(found.best_epoch),
        "curve": np.stack(found.log_loss),
        "seconds": np.array(found.seconds),
    }
    if wanted == "predictions":
        return {**noted, "held_out": found.held_out}
    noted |= {f"weights/{name}": array for name, array in found.weights.items()}
    for number, layer in enumerate(found.head.layers):
        noted[f"layers/{number}/weights"] = layer.weights
        noted[f"layers/{number}/bias"] = layer.bias
    return noted


def _fitted(noted: Mapping[str, NDArray[Any]]) -> Fitted:
    """The inverse of `_noted`."""
    weights = {
        name.removeprefix("weights/"): array
        for name, array in noted.items()
        if name.startswith("weights/")
    }
    count = sum(name.endswith("/bias") and name.startswith("layers/") for name in noted)
    layers = tuple(
        Layer(noted[f"layers/{number}/weights"], noted[f"layers/{number}/bias"])
        for number in range(count)
    )
    held_out = noted.get("held_out", np.zeros((0, 0, 0), np.float32))
    epochs, seconds = int(noted["epochs"].item()), float(noted["seconds"].item())
    return Fitted(held_out, weights, layers, noted["curve"], epochs, seconds)


def planned(settings: TrainSettings, fits: Fits, rung: Rung, examples: int) -> FineTuning:
    """How a rung is trained on so many examples."""
    from headstart.training import schedule, trunk_schedule

    if rung.hidden and not fits.backbone.weighted_stages:
        return trunk_schedule(
            examples=examples,
            width=fits.backbone.stages[-1].output_shape[0],
            learning_rate=settings.learning_rate,
            epochs=settings.epochs,
            dropout=settings.dropout,
            seed=settings.seed,
        )
    return schedule(
        fits.backbone,
        rung.trainable,
        examples=examples,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        dropout=settings.dropout,
        statistics=settings.statistics,
        precision=fits.engine.precision,
        seed=settings.seed,
    )


def digest(values: Iterable[Any]) -> str:
    """SHA-256 of arrays and texts in order."""
    found = hashlib.sha256()
    for value in values:
        if isinstance(value, np.ndarray):
            found.update(f"{value.dtype} {value.shape}".encode())
            found.update(np.ascontiguousarray(value).data)
        else:
            found.update(f"{value}\n".encode())
    return found.hexdigest()
