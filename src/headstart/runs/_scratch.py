"""All layers of a network trained from where they start, once; a fit that was killed goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import AugmentedPixels, EngineInfo
from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.heads import DenseHead, Layer
from headstart.model import PRETRAINED
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._fits import digest
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared
from headstart.runs._pretrain_settings import PretrainSettings

if TYPE_CHECKING:
    from headstart.training import FineTuned, FineTuning

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
    schedule = schedule_of(job.settings, job.backbone, job.engine, len(job.prepared.train))
    head = _untrained_head(job)
    key = _key(job, schedule, head)
    noted = job.journal.read(key)
    if noted is None:
        found = _fit(job, schedule, head, key)
        if not found.best_epoch:  # nothing was learned yet
            raise KeyboardInterrupt
        noted = _noted(found)
        if found.interrupted:
            _tell(
                job,
                f"interrupted: the model is as it was after {found.best_epoch} of "
                f"{epochs_in_words(schedule.epochs)}; the same command goes on from there",
            )
        else:
            _finished(job, key, noted)
    scratch = Scratch(schedule, noted["curve"].shape[1] - 1, noted["curve"])
    weights = {name: noted[f"weights/{name}"] for stage in job.backbone.weighted_stages
               for name in stage.tensors}  # fmt: skip
    origin = {"by": PRETRAINED, "epochs": scratch.epochs, "start": dict(head.origin)}
    layer = Layer(noted["head/weights"], noted["head/bias"])
    return job.backbone.with_weights(weights), DenseHead((layer,), origin), scratch


def _untrained_head(job: Job) -> DenseHead:
    """Of an untrained network nobody knows the features: mean 0 and deviation 1 are taken."""
    width = job.backbone.output_shapes(job.backbone.last_cut)[FEATURES][0]
    unseen = np.zeros((1, width), np.float32)
    classes = len(job.prepared.task.classes)
    return heads.random_head(unseen, hidden=(), classes=classes, seed=job.settings.seed)


def _key(job: Job, schedule: FineTuning, head: DenseHead) -> str:
    """Name of the fit in the journal: everything that its result depends on."""
    prepared = job.prepared
    return Journal.key(
        {
            "network": job.backbone.fingerprint,
            "pixels": job.pixels.identity,
            "schedule": schedule.as_dict(),
            "head": digest(layer.weights for layer in head.layers),
            "rows": digest(prepared.rows[rows] for rows in (prepared.train, _held_out(job))),
            "targets": digest([prepared.targets]),
            "torch": version("torch"),
            "threads": job.engine.threads,
            "device": job.engine.device,
        }
    )


def _held_out(job: Job) -> NDArray[np.int64]:
    """Rows of the part that gives the headline."""
    return next(iter(job.prepared.held_out.values()))


def _fit(job: Job, schedule: FineTuning, head: DenseHead, key: str) -> FineTuned:
    from headstart.training import fine_tune  # imports torch

    prepared = job.prepared
    targets = np.full(len(job.pixels.contents), -1, np.int64)
    targets[prepared.rows] = prepared.targets
    photos = schedule.epochs * len(prepared.train)
    return fine_tune(
        job.backbone,
        INPUT,
        schedule,
        head=head,
        data=job.pixels,
        targets=targets,
        rows_train=prepared.rows[prepared.train],
        rows_held_out=prepared.rows[_held_out(job)],
        views=max(schedule.epochs, 1),
        device="cuda" if job.engine.device == "cuda" else "cpu",
        threads=job.engine.threads,
        checkpoint=job.journal.checkpoint(key),
        data_identity=key,
        # What is held out chooses nothing, not even the epoch: its figures stay honest.
        keep="last",
        on_progress=partial(_tell_progress, job, photos),
    )


def _tell_progress(job: Job, photos: int, share: float) -> None:
    job.on_event(Progress(STEP, share * photos, photos, "photos"))


def _noted(found: FineTuned) -> dict[str, NDArray[Any]]:
    (layer,) = found.head.layers
    return {
        **{f"weights/{name}": array for name, array in found.weights.items()},
        "head/weights": layer.weights,
        "head/bias": layer.bias,
        "curve": np.stack(found.log_loss)[:, : found.best_epoch + 1],
    }


def _finished(job: Job, key: str, noted: Mapping[str, NDArray[Any]]) -> None:
    from headstart.training import discard_checkpoint  # imports torch

    job.journal.write(key, noted)
    discard_checkpoint(job.journal.checkpoint(key))


def _tell(job: Job, text: str) -> None:
    job.prepared.notes.append(text)
    job.on_event(Note(text))
