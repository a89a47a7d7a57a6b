"""All layers of a network trained from where they start, once; a fit that was killed goes on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import AugmentedPixels, EngineInfo
from headstart.backbones import FEATURES, Backbone
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import DenseHead, Objective
from headstart.model import PRETRAINED
from headstart.runs._cut_activations import ViewedPixels
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._fits import Fit, Fits
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared
from headstart.runs._pretrain_settings import PretrainSettings
from headstart.strategy import rungs_of

if TYPE_CHECKING:
    from headstart.training import FineTuning

STEP = "Pre-train"


@dataclass(frozen=True)
class Scratch:
    """What was trained and how it went, for ``metrics.json``.

    Attributes:
        schedule: that was followed.
        epochs: that were finished.
        curve: log loss on the training and on the held-out examples, float64
            ``(2, epochs + 1)``; the first column is before any step.
    """

    schedule: FineTuning
    epochs: int
    curve: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "retrain": "scratch",
            "epochs": self.epochs,
            "chosen_by": "asked for",
            "why": f"all layers trained, for {epochs_in_words(self.epochs)} in batches of "
            f"{self.schedule.batch_size}",
            "candidates": [],
            "schedule": self.schedule.as_dict(),
            "curve": {
                name: [None if np.isnan(loss) else float(loss) for loss in losses]
                for name, losses in zip(("train", "held_out"), self.curve, strict=True)
            },
        }


@dataclass(frozen=True)
class Job:
    """Everything that the training needs.

    Attributes:
        settings: of the run.
        backbone: the network as it starts.
        engine: tells device, precision and threads.
        prepared: the examples, a part of them held out.
        pixels: of all examples as they were given.
        journal: where the fit is noted.
        on_event: is told progress and notes.
    """

    settings: PretrainSettings
    backbone: Backbone
    engine: EngineInfo
    prepared: Prepared
    pixels: AugmentedPixels
    journal: Journal
    on_event: OnEvent


def epochs_in_words(count: int) -> str:
    """As in "12 epochs"."""
    return f"{count} epoch{'' if count == 1 else 's'}"


def schedule_of(
    settings: PretrainSettings, backbone: Backbone, engine: EngineInfo, examples: int
) -> FineTuning:
    from headstart.training import scratch_schedule  # imports torch

    return scratch_schedule(
        backbone,
        examples=examples,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        precision=engine.precision,
        seed=settings.seed,
    )


def trained(job: Job) -> tuple[Backbone, DenseHead, Scratch]:
    """The network with the weights that it learned, its head, and how it went.

    Raises:
        KeyboardInterrupt: before the first epoch was finished.
    """
    prepared = job.prepared
    schedule = schedule_of(job.settings, job.backbone, job.engine, len(prepared.train))
    outputs = Outputs.of(prepared.tasks)
    head = untrained_head(job.backbone, len(outputs), job.settings.seed)
    fits = _fits(job, outputs)
    headline = next(iter(prepared.held_out.values()))
    fit = Fit(
        rungs_of(job.backbone)[-1], schedule, head,
        prepared.rows[prepared.train], prepared.rows[headline],
        # What is held out chooses nothing, not even the epoch: its figures stay honest.
        keep="last", views=max(schedule.epochs, 1), wanted="weights",
    )  # fmt: skip
    found = fits.run(fit, partial(_tell_progress, job, schedule.epochs * len(prepared.train)))
    if not found.epochs:  # nothing was learned yet
        raise KeyboardInterrupt
    if found.interrupted:
        _tell(
            job,
            f"interrupted: the model is as it was after {found.epochs} of "
            f"{epochs_in_words(schedule.epochs)}; the same command goes on from there",
        )
    scratch = Scratch(schedule, found.epochs, found.curve[:, : found.epochs + 1])
    origin = {"by": PRETRAINED, "epochs": found.epochs, "start": dict(head.origin)}
    return job.backbone.with_weights(found.weights), DenseHead(found.layers, origin), scratch


def _fits(job: Job, outputs: Outputs) -> Fits:
    """Fits on all examples that were given: those that take no part have no label."""
    prepared, contents = job.prepared, job.pixels.contents
    labels = np.full((len(contents), outputs.tasks), UNKNOWN, np.int64)
    labels[prepared.rows] = prepared.labels
    uncertain = objective = None
    if prepared.uncertain is not None:
        uncertain = np.full(labels.shape, UNKNOWN, np.float32)
        uncertain[prepared.rows] = prepared.uncertain
    if prepared.several:
        train = prepared.rows[prepared.train]
        objective = Objective.of(
            outputs, labels[train], uncertain=None if uncertain is None else uncertain[train],
            task_weights=job.settings.task_weights, names=[task.name for task in prepared.tasks],
        )  # fmt: skip
    return Fits(
        job.backbone, ViewedPixels(job.engine, job.pixels), job.journal,
        labels if prepared.several else labels[:, 0], tuple(content or "" for content in contents),
        objective=objective, uncertain=uncertain,
    )  # fmt: skip


def untrained_head(backbone: Backbone, classes: int, seed: int) -> DenseHead:
    """Of an untrained network nobody knows the features: mean 0 and deviation 1 are taken."""
    (width,) = backbone.output_shapes(backbone.last_cut)[FEATURES]
    return heads.random_head(
        np.zeros((1, width), np.float32), hidden=(), classes=classes, seed=seed
    )


def _tell_progress(job: Job, photos: int, share: float) -> None:
    job.on_event(Progress(STEP, share * photos, photos, "photos"))


def _tell(job: Job, text: str) -> None:
    job.prepared.notes.append(text)
    job.on_event(Note(text))
