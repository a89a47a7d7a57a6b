"""The main job: labelled photos become a model directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.activations import (
    Activations,
    ActivationStore,
    EngineInfo,
    FrozenPass,
    choose_engine,
    frozen_pass,
    vector_pass,
)
from headstart.backbones import Backbone, vector_backbone
from headstart.errors import MissingExtraError, SettingError
from headstart.examples import Examples, Outputs
from headstart.media import Augmentation
from headstart.model import Model, check_target, pooled_cut, replacing
from headstart.runs._clock import Clock
from headstart.runs._depth import can_train, find_depth, is_solved, shared_rung
from headstart.runs._description import describe
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._fitting import Fitting
from headstart.runs._forecast import plan
from headstart.runs._journal import Journal
from headstart.runs._judging import judged
from headstart.runs._outcome import Outcome, save_outcome
from headstart.runs._overlap import seen_before
from headstart.runs._prepared import check_readable, prepare
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.runs._solving import Ground, solve

if TYPE_CHECKING:
    from headstart.runs._focus import Focus


OF_NETWORKS = ("backbone", "weights", "train_stages", "drop_stages", "statistics", "views")
"""Settings that say something about a network."""


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
    if settings.focus is not None:
        from headstart.runs._focus import check_focus

        check_focus(settings.focus, examples.tasks)
    clock = Clock()
    backbone = network_of(examples, settings)
    engine = choose_engine(
        precision=settings.precision, device=settings.device, threads=settings.threads
    )
    directory = cache_directory(settings.cache)
    with ActivationStore(directory) as store:
        on_event(plan(examples, settings, backbone, engine, store, data))
        clock.lap("start")
        mapped = _mapped(backbone) if out is not None else None
        passed = frozen_features(examples, settings, backbone, engine, store, on_event, keep=mapped)
        clock.lap("frozen_pass")
        prepared = prepare(examples, passed)
        prepared.notes.extend(seen_before(settings.backbone, prepared.hashes))
        for note in prepared.notes:
            on_event(Note(note))
        clock.lap("checks")
        journal = Journal(directory)
        fitting = solve(Ground(settings, prepared, backbone, engine, store, journal, on_event))
        clock.lap("head")
        fitting.seconds = clock.seconds["head"]
        focus = _focus(fitting, settings)
        if focus is not None:
            fitting, prepared = focus.fitting, focus.fitting.prepared
        depth = find_depth(fitting) if focus is None else focus.depth()
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
    outcome = judged(outcome, seed=settings.seed)
    missing = _missing(fitting)
    clock.lap("evaluation")
    model = replace(model, thresholds=outcome.thresholds)
    metrics = outcome.metrics(passed, model, clock.read())
    metrics["focus"] = None if focus is None else focus.as_dict()
    metrics["missing"] = missing
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


def _focus(fitting: Fitting, settings: TrainSettings) -> Focus | None:
    """The task in focus, where one was asked for.

    Raises:
        SettingError: there is one task only, or nothing is shared.
        MissingExtraError: PyTorch is not installed.
    """
    if settings.focus is None:
        return None
    from headstart.runs._focus import find_focus

    rung = shared_rung(fitting.backbone, settings)
    if is_solved(rung, settings):
        raise SettingError(
            "with new output layers only the tasks share nothing, so none can help another: give "
            "--hidden, or --retrain 1 or more"
        )
    if not can_train():
        raise MissingExtraError("training shared layers", "train")
    return find_focus(fitting, settings.focus, rung)


def _missing(fitting: Fitting) -> dict[str, Any] | None:
    """Whether unknown labels are unknown at random, where there are any."""
    if not fitting.prepared.several or (fitting.targets >= 0).all():
        return None
    from headstart.strategy import missingness

    prepared = fitting.prepared
    return missingness(
        fitting.targets,
        fitting.folds[:1],
        outputs=Outputs.of(prepared.tasks),
        names=[task.name for task in prepared.tasks],
        features=fitting.features,
        units=fitting.units,
    ).as_dict()


def network_of(examples: Examples, settings: TrainSettings) -> Backbone:
    """The network that the settings ask for; none where the examples are feature vectors.

    Raises:
        SettingError: there is no such network, or settings of one beside feature vectors.
    """
    if examples.input_kind != "vector":
        return settings.load_backbone()
    usual = TrainSettings()
    given = [name for name in OF_NETWORKS if getattr(settings, name) != getattr(usual, name)]
    if settings.retrain not in ("auto", "head"):
        given.append("retrain")
    if given:
        raise SettingError(
            f"feature vectors go through no network, so {', '.join(given)} mean nothing here; "
            "`hidden` gives them shared layers"
        )
    return vector_backbone(examples.vector_names)


def _mapped(backbone: Backbone) -> str | None:
    """The cut before the mean over all places, where it is at hand beside the last one."""
    if backbone.input_kind == "vector":
        return None
    if backbone.has_saved_graph:  # PyTorch would be needed to make the network anew
        return None
    try:
        return pooled_cut(backbone)
    except SettingError:
        return None


def frozen_features(
    examples: Examples,
    settings: TrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    store: ActivationStore,
    on_event: OnEvent,
    *,
    keep: str | None = None,
) -> FrozenPass:
    if backbone.input_kind == "vector":
        passed = vector_pass(examples.sources, len(examples.vector_names))
        check_readable(examples, passed.unreadable)
        return passed
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
