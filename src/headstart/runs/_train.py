"""The main job: labelled photos become a model directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import (
    Activations,
    ActivationStore,
    EngineInfo,
    FrozenPass,
    choose_engine,
    frozen_pass,
)
from headstart.backbones import Backbone
from headstart.errors import SettingError
from headstart.evaluation import TaskFigures, task_figures
from headstart.examples import Examples, stratified_folds
from headstart.media import Augmentation
from headstart.model import Model, check_target, pooled_cut, replacing
from headstart.runs._clock import Clock
from headstart.runs._cut_activations import CutActivations
from headstart.runs._depth import find_depth
from headstart.runs._description import describe
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._fits import Fits
from headstart.runs._fitting import Fitting
from headstart.runs._forecast import plan
from headstart.runs._journal import Journal
from headstart.runs._outcome import Outcome, held_out_figures, save_outcome
from headstart.runs._overlap import seen_before
from headstart.runs._prepared import Prepared, check_readable, prepare
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.strategy import repeats_for, verdict


@dataclass(frozen=True)
class TrainRun:
    """A finished training run.

    Attributes:
        model: the trained model.
        directory: where it was saved; ``None`` where it was not.
        metrics: as in ``metrics.json``.
        maps: what the last stage took the mean of, for photos that were computed in this run, by
            hash and cut; the report looks at some of them.
    """

    model: Model
    directory: Path | None
    metrics: dict[str, Any]
    maps: Mapping[str, Activations] = field(default_factory=dict)


def train(
    examples: Examples,
    settings: TrainSettings,
    *,
    out: Path | None = None,
    data: str = "",
    command: str = "",
    on_event: OnEvent = ignore,
) -> TrainRun:
    """Train a model on a pretrained network and say how good it is.

    Args:
        examples: what to learn from, as read by `headstart.examples.read_examples`.
        settings: how to train.
        out: the model directory to write; nothing is written where ``None``.
        data: what the user gave, for the plan and the model card.
        command: that was run, for the model card.
        on_event: is told the plan, progress and notes.

    Raises:
        DataError: too few classes, or more than half of the files cannot be read.
        ModelError: `out` cannot be written; found out before any work is done.
        StoreError: the activation store cannot be used.
    """
    if out is not None:
        check_target(out)
    clock = Clock()
    backbone = settings.load_backbone()
    engine = choose_engine(
        precision=settings.precision, device=settings.device, threads=settings.threads
    )
    directory = cache_directory(settings.cache)
    with ActivationStore(directory) as store:
        on_event(plan(examples, settings, backbone, engine, store, data))
        clock.lap("start")
        mapped = _mapped(backbone) if out is not None else None
        passed = _frozen_pass(examples, settings, backbone, engine, store, on_event, keep=mapped)
        clock.lap("frozen_pass")
        prepared = prepare(examples, passed)
        prepared.notes.extend(seen_before(settings.backbone, prepared.hashes))
        for note in prepared.notes:
            on_event(Note(note))
        clock.lap("checks")
        fitting = _solve(prepared, settings, backbone, engine, store, Journal(directory), on_event)
        clock.lap("head")
        fitting.seconds = clock.seconds["head"]
        depth = find_depth(fitting)
        clock.lap("depth")
        tuned, head, epochs = fitting.final(depth.rung, depth.epochs, depth.temperature)
        depth = replace(depth, epochs=epochs)
        clock.lap("training")
        retrained = [stage.name for stage in tuned.stages if stage.name in depth.rung.trainable]
        model = Model(
            backbone=tuned,
            tasks=prepared.tasks,
            head=head,
            engine=engine,
            description=describe(settings, data=data, command=command),
            retrained=tuple(retrained) if depth.epochs else (),
        )
        outcome = Outcome.of(fitting, depth, model)
    outcome = replace(outcome, figures=_figures(outcome, settings))
    outcome = replace(
        outcome,
        verdict=verdict(
            next(iter(outcome.figures.values())), prepared.task.classes, prepared.train_targets
        ),
    )
    clock.lap("evaluation")
    metrics = outcome.metrics(passed, model, clock.read())
    if out is not None:
        with replacing(out) as made:
            model.save(made)
            clock.lap("save")
            metrics["seconds"] = clock.read()
            save_outcome(made, outcome, metrics, model)
    if mapped is None or model.retrained:  # other weights give other maps
        return TrainRun(model, out, metrics)
    maps = {content: {mapped: arrays} for content, arrays in passed.kept.items()}
    return TrainRun(model, out, metrics, maps)


def _mapped(backbone: Backbone) -> str | None:
    """The cut before the mean over all places, where it is at hand beside the last one."""
    if backbone.has_saved_graph:  # PyTorch would be needed to make the network anew
        return None
    try:
        return pooled_cut(backbone)
    except SettingError:
        return None


def _frozen_pass(
    examples: Examples,
    settings: TrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    store: ActivationStore,
    on_event: OnEvent,
    *,
    keep: str | None = None,
) -> FrozenPass:
    passed = frozen_pass(
        examples.sources,
        backbone=backbone,
        cuts=(backbone.last_cut,),
        views=settings.views,
        engine=engine,
        store=store,
        augmentation=Augmentation() if settings.views > 1 else None,
        on_progress=lambda done: on_event(Progress("Frozen pass", done, len(examples), "photos")),
        keep=keep,
    )
    check_readable(examples, passed.unreadable)
    return passed


def _solve(
    prepared: Prepared,
    settings: TrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    store: ActivationStore,
    journal: Journal,
    on_event: OnEvent,
) -> Fitting:
    """Choose the penalty and solve the head; every training example is predicted held out too.

    Each view of an example is a row of its own that stays in the example's fold and weighs one
    K-th; what is reported are the predictions of the plain view.
    """
    targets, units = prepared.train_targets, prepared.units[prepared.train]
    # With a part held out by the user, cross-validation serves the choices alone.
    repeats = 1 if prepared.held_out else repeats_for(len(targets), len(prepared.task.classes))
    repeats = settings.repeats or repeats
    folds = np.stack(
        [
            stratified_folds(targets, units, folds=settings.folds, seed=settings.seed + repeat)
            for repeat in range(repeats)
        ]
    )
    weights = _class_weights(targets, settings)
    views = prepared.activations[:, prepared.train]
    count = len(views)
    each = np.ones(len(targets)) if weights is None else weights
    head, found = heads.solve(
        views.reshape(count * len(targets), -1),
        np.tile(targets, count),
        np.tile(folds, count),
        classes=len(prepared.task.classes),
        weights=None if weights is None and count == 1 else np.tile(each / count, count),
        threads=engine.threads,
        on_progress=lambda share: on_event(Progress("Head", share, 1.0)),
    )
    found = replace(found, probabilities=found.probabilities[:, : len(targets)])
    for note in _notes(prepared, folds, found, head):
        on_event(Note(note))
        prepared.notes.append(note)
    limit = None if settings.max_cache is None else settings.max_cache * 1e6
    fits = Fits(
        backbone=backbone,
        activations=CutActivations(
            backbone, engine, store, prepared, settings.views, limit, on_event
        ),
        journal=journal,
        targets=targets,
        contents=tuple(prepared.hashes[row] for row in prepared.train),
        weights=weights,
    )
    return Fitting(settings, fits, prepared, folds, found, head, on_event)


def _class_weights(
    targets: NDArray[np.int64], settings: TrainSettings
) -> NDArray[np.float64] | None:
    if settings.class_weight is None:
        return None
    counts = np.bincount(targets)
    return np.asarray(len(targets) / (len(counts) * counts[targets]))


def _notes(
    prepared: Prepared,
    folds: NDArray[np.int64],
    found: heads.CrossValidated,
    head: heads.LinearHead,
) -> list[str]:
    notes = []
    counts = Counter(prepared.train_targets.tolist())
    classes = prepared.task.classes
    few = [classes[target] for target, count in sorted(counts.items()) if count < folds.max() + 1]
    never = sorted({classes[target] for target in prepared.train_targets[(folds < 0).any(axis=0)]})
    if never:
        notes.append(
            f"examples that carry the only ones of a class cannot be held out and stay in training "
            f"always (of {', '.join(never)}): the cross-validated figures do not speak of them"
        )
    if few:
        notes.append(
            f"fewer examples than folds in {', '.join(few)}: some folds hold none of them, and "
            "their figures rest on very little"
        )
    if found.unconverged:
        notes.append(f"{found.unconverged} heads of the cross-validation ended before converging")
    if not head.converged:
        notes.append(
            f"the final head ended at a relative gradient norm of {head.gradient_norm:.1e} before "
            f"reaching {heads.TOLERANCE:.0e}"
        )
    return notes


def _figures(outcome: Outcome, settings: TrainSettings) -> dict[str, TaskFigures]:
    """Figures of each held-out part, or of the cross-validation; the first are the headline."""
    prepared = outcome.prepared
    classes = prepared.task.classes
    if not prepared.held_out:
        cross_validated = task_figures(
            prepared.train_targets,
            outcome.cross_validated,
            classes=classes,
            design="cross-validation",
            folds=max(int(outcome.folds.max()) + 1, 2),
            units=prepared.units[prepared.train],
            seed=settings.seed,
        )
        return {"cross-validation": cross_validated}
    return held_out_figures(prepared, outcome.held_out, seed=settings.seed)
