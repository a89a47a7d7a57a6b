"""Pre-training: all layers of a network, from random weights, on the user's own first task."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from headstart.activations import AugmentedPixels, EngineInfo, FrozenPass, choose_engine
from headstart.backbones import INPUT, Backbone, TrainedOn
from headstart.errors import MissingExtraError, SettingError
from headstart.examples import Examples, Task
from headstart.media import Augmentation
from headstart.model import Model, check_target, replacing
from headstart.runs._clock import Clock
from headstart.runs._cost import cost
from headstart.runs._description import describe
from headstart.runs._events import Note, OnEvent, Planned, Progress, ignore
from headstart.runs._forecast import asked
from headstart.runs._journal import Journal
from headstart.runs._judging import judged
from headstart.runs._outcome import Outcome, save_outcome
from headstart.runs._prepared import check_readable, hold_out, prepare
from headstart.runs._pretrain_settings import PretrainSettings
from headstart.runs._scratch import Job, Scratch, epochs_in_words, schedule_of, trained
from headstart.runs._settings import cache_directory
from headstart.runs._train import TrainRun

FOLDS = 7
"""One of so many is held out where the user held nothing out: a seventh."""


SMALL_NETWORK_SECONDS = 3e-3
"""Of a thread for a photo of 64 px in small networks, however few their operations: lcnet_050,
mobilenetv3_small_050 and test_resnet trained at 280 to 400 photos a second of one core."""


def pretrain(
    examples: Examples,
    settings: PretrainSettings,
    *,
    out: Path | None = None,
    data: str = "",
    command: str = "",
    on_event: OnEvent = ignore,
) -> TrainRun:
    """Train every layer of a network and say how good the model is; others can start from it.

    A run that was killed goes on from its checkpoint when it is started again, and ends with the
    same weights. After Ctrl-C the epochs that were finished are kept.

    Args:
        examples: the first task, as read by `headstart.examples.read_examples`.
        settings: how to train.
        out: the model directory to write; nothing is written where ``None``.
        data: what the user gave, for the plan and the model card.
        command: that was run, for the model card.
        on_event: is told the plan, progress and notes.

    Raises:
        DataError: too few classes, nothing that could be held out, or more than half of the files
            cannot be read.
        ModelError: `out` cannot be written; found out before any work is done.
        SettingError: the network does not work at that size, or training diverged.
        MissingExtraError: PyTorch is not installed.
        KeyboardInterrupt: before the first epoch was finished.
    """
    if out is not None:
        check_target(out)
    if examples.input_kind != "photo":
        raise SettingError(
            f"a network is pretrained on photos, and these examples are {examples.input_kind}s"
        )
    if find_spec("torch") is None:
        raise MissingExtraError("pre-training", "train")
    clock = Clock()
    backbone = settings.load_backbone()
    engine = choose_engine(
        precision=settings.precision, device=settings.device, threads=settings.threads
    )
    directory = cache_directory(settings.cache)
    on_event(_plan(examples, settings, backbone, engine, data))
    clock.lap("start")
    pixels = _decoded(examples, settings, backbone, engine, directory, on_event)
    clock.lap("read")
    passed = _nothing_frozen(pixels)
    prepared = hold_out(prepare(examples, passed), folds=FOLDS, seed=settings.seed)
    for note in prepared.notes:
        on_event(Note(note))
    clock.lap("checks")
    job = Job(settings, backbone, engine, prepared, pixels, Journal(directory), on_event)
    tuned, head, scratch = trained(job)
    clock.lap("training")
    model = Model(
        backbone=_told(tuned, job, data),
        tasks=prepared.tasks,
        head=head,
        engine=engine,
        description=describe(settings, data=data, command=command),
        retrained=tuple(stage.name for stage in tuned.weighted_stages),
    )
    outcome = _judged(job, model, scratch)
    clock.lap("evaluation")
    model = replace(model, thresholds=outcome.thresholds)
    metrics = outcome.metrics(passed, model, clock.read())
    if out is not None:
        with replacing(out) as made:
            model.save(made)
            clock.lap("save")
            metrics["seconds"] = clock.read()
            save_outcome(made, outcome, metrics, model)
    return TrainRun(model, out, metrics)


def _plan(
    examples: Examples,
    settings: PretrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    data: str,
) -> Planned:
    parts = Counter(examples.parts or ["train"] * len(examples))
    given = [f"the {part} part" for part in ("test", "validation") if parts[part]]
    photos = _learnt_from(parts)
    schedule = schedule_of(settings, backbone, engine, photos)
    once = cost(backbone, INPUT, photos, threads=engine.threads, device=engine.device)
    small = (settings.size / 64) ** 2 * SMALL_NETWORK_SECONDS / engine.threads
    epoch = max(once.epoch_seconds, photos * small if engine.device == "cpu" else 0.0)
    start = "random weights" if settings.weights is None else f"the weights of {settings.weights}"
    weighted = backbone.weighted_stages
    return Planned(
        data=data,
        examples=dict(parts),
        **asked(examples),
        backbone=f"{backbone.name}, photos of {backbone.photos.size} px",
        stages=len(weighted),
        parameters=sum(backbone.parameters(stage) for stage in weighted),
        retrain=f"all layers from {start}: {epochs_in_words(schedule.epochs)} in batches of "
        f"{schedule.batch_size}{'' if settings.augment else ', without augmentation'}",
        engine=f"PyTorch {version('torch')} on {engine.device}, {engine.precision}, "
        f"{engine.threads} threads ({engine.instruction_set})",
        held_out=f"figures on {' and '.join(given)}, as given" if given
        else f"figures on a seventh of the examples, drawn with seed {settings.seed}",
        seconds=once.frozen_seconds + schedule.epochs * epoch,
        stored=0,
        forecast="the training",
    )  # fmt: skip


def _learnt_from(parts: Counter[str]) -> int:
    """How many examples are left to train on, about."""
    given = parts["test"] or parts["validation"]
    return parts["train"] if given else parts["train"] * (FOLDS - 1) // FOLDS


def _decoded(
    examples: Examples,
    settings: PretrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    directory: Path,
    on_event: OnEvent,
) -> AugmentedPixels:
    pixels = AugmentedPixels(
        examples.sources,
        backbone,
        augmentation=Augmentation() if settings.augment else None,
        seed=settings.seed,
        threads=engine.threads,
        folder=directory,
    )
    pixels.decode(lambda done: on_event(Progress("Decode", done, len(examples), "photos")))
    check_readable(examples, pixels.unreadable)
    return pixels


def _nothing_frozen(pixels: AugmentedPixels) -> FrozenPass:
    """What `prepare` asks of a frozen pass, where there is none: hashes, and what is broken."""
    count = len(pixels.contents)
    return FrozenPass(
        activations=np.zeros((1, count, 0), np.float32),
        hashes=pixels.contents,
        unreadable=pixels.unreadable,
        hits=0,
        misses=0,
        bytes=0,
    )


def _told(tuned: Backbone, job: Job, data: str) -> Backbone:
    """The network with what is to be said of where it comes from."""
    prepared, before = job.prepared, job.backbone.trained_on
    count = len(prepared.train)
    classes = sum(len(task.classes) for task in prepared.tasks)
    what = Path(data).name or "examples of the user's own"
    ours = f"headstart {version('headstart')}"
    largest = count
    if before is not None and before.examples != 0:
        largest = max(count, before.examples or 0)
        what = f"{before.what}, then {what}"
    return replace(
        tuned,
        origin=f"{tuned.origin.removesuffix(', trained on nothing')}, then all layers trained by "
        f"{ours} on {count:,} photos of {_counted(prepared.tasks)} "
        f"({Path(data).name or 'given in Python'})",
        trained_on=TrainedOn(
            what=what,
            input_kind=tuned.input_kind,
            examples=largest,
            classes=classes,
            origin=f"counted by {ours} when it trained it: {count:,} photos, those held out not "
            "among them",
        ),
    )


def _counted(tasks: tuple[Task, ...]) -> str:
    """As in "5 classes" or "4 tasks"."""
    return f"{len(tasks[0].classes)} classes" if len(tasks) == 1 else f"{len(tasks)} tasks"


def _judged(job: Job, model: Model, scratch: Scratch) -> Outcome:
    """What the model predicts of the examples that it was not trained on, and what that says."""
    prepared = job.prepared
    held_out = {
        part: model.probabilities(
            model.activations([prepared.sources[row] for row in rows]).features
        )
        for part, rows in prepared.held_out.items()
    }
    count, outputs = len(prepared.train), len(model.outputs)
    outcome = Outcome(
        prepared=prepared,
        folds=np.full((1, count), -1),
        solved=None,
        depth=scratch,
        cross_validated=np.full((1, count, outputs), np.nan),
        held_out=held_out,
    )
    return judged(outcome, seed=job.settings.seed)
