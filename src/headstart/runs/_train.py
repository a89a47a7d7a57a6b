"""The main job: labelled photos become a model directory."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import ActivationStore, EngineInfo, FrozenPass, choose_engine
from headstart.backbones import Backbone, load_backbone
from headstart.errors import DataError
from headstart.evaluation import TaskFigures, task_figures
from headstart.examples import Examples, stratified_folds
from headstart.model import Model, check_target, replacing, run_frozen_pass
from headstart.runs._description import describe
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._forecast import plan
from headstart.runs._outcome import Outcome, save_outcome
from headstart.runs._prepared import Prepared, prepare
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.strategy import repeats_for, verdict

MOST_UNREADABLE = 0.5
"""A run goes on without broken files, but not with more than this share of them broken."""


@dataclass(frozen=True)
class TrainRun:
    """A finished training run.

    Attributes:
        model: the trained model.
        directory: where it was saved; ``None`` where it was not.
        metrics: as in ``metrics.json``.
    """

    model: Model
    directory: Path | None
    metrics: dict[str, Any]


@dataclass
class _Clock:
    """Seconds of each step."""

    started: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = now - self.last
        self.last = now

    def read(self) -> dict[str, float]:
        total = time.perf_counter() - self.started
        return {key: round(value, 3) for key, value in {"total": total, **self.seconds}.items()}


def train(
    examples: Examples,
    settings: TrainSettings,
    *,
    out: Path | None = None,
    data: str = "",
    command: str = "",
    on_event: OnEvent = ignore,
) -> TrainRun:
    """Train a new output layer on frozen activations and say how good it is.

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
    clock = _Clock()
    backbone = load_backbone(settings.backbone)
    engine = choose_engine(
        precision=settings.precision, device=settings.device, threads=settings.threads
    )
    cut = backbone.last_cut
    with ActivationStore(cache_directory(settings.cache)) as store:
        on_event(plan(examples, settings, backbone, cut, engine, store, data))
        clock.lap("start")
        passed = _frozen_pass(examples, backbone, cut, engine, store, on_event)
    clock.lap("frozen_pass")

    prepared = prepare(examples, passed)
    for note in prepared.notes:
        on_event(Note(note))
    clock.lap("checks")
    head, outcome = _learn(prepared, settings, engine.threads, on_event)
    clock.lap("head")
    model = Model(
        backbone=backbone,
        cut=cut,
        task=prepared.task,
        head=head,
        engine=engine,
        description=describe(settings, data=data, command=command),
    )
    figures = _figures(prepared, outcome, model, settings)
    outcome = replace(
        outcome,
        figures=figures,
        verdict=verdict(
            next(iter(figures.values())), prepared.task.classes, prepared.train_targets
        ),
    )
    clock.lap("evaluation")
    metrics = outcome.metrics(passed, model, clock.read())
    if out is not None:
        with replacing(out) as directory:
            model.save(directory)
            clock.lap("save")
            metrics["seconds"] = clock.read()
            save_outcome(directory, outcome, metrics, model)
    return TrainRun(model, out, metrics)


def _frozen_pass(
    examples: Examples,
    backbone: Backbone,
    cut: str,
    engine: EngineInfo,
    store: ActivationStore,
    on_event: OnEvent,
) -> FrozenPass:
    def tell(done: int) -> None:
        on_event(Progress("Frozen pass", done, len(examples), "photos"))

    passed = run_frozen_pass(examples.sources, backbone, cut, engine, store=store, on_progress=tell)
    broken = len(passed.unreadable)
    if broken > MOST_UNREADABLE * len(examples):
        shown = [
            f"{examples.sources[row].name} ({reason})"
            for row, reason in list(passed.unreadable.items())[:3]
        ]
        raise DataError(
            f"{broken} of {len(examples)} files cannot be read as photos, more than half: "
            f"{'; '.join(shown)}{' and more' if broken > 3 else ''}. Repair or remove them, "
            "then run again"
        )
    return passed


def _learn(
    prepared: Prepared, settings: TrainSettings, threads: int, on_event: OnEvent
) -> tuple[heads.LinearHead, Outcome]:
    """Choose the penalty and fit the head; every training example is predicted held out too."""
    targets, units = prepared.train_targets, prepared.units[prepared.train]
    # With a part held out by the user, cross-validation serves the penalty alone.
    repeats = 1 if prepared.held_out else repeats_for(len(targets), len(prepared.task.classes))
    repeats = settings.repeats or repeats
    folds = np.stack(
        [
            stratified_folds(targets, units, folds=settings.folds, seed=settings.seed + repeat)
            for repeat in range(repeats)
        ]
    )
    head, found = heads.solve(
        prepared.activations[prepared.train],
        targets,
        folds,
        classes=len(prepared.task.classes),
        weights=_class_weights(targets, settings),
        threads=threads,
        on_progress=lambda share: on_event(Progress("Head", share, 1.0)),
    )
    for note in _notes(prepared, folds, found, head):
        on_event(Note(note))
        prepared.notes.append(note)
    return head, Outcome(prepared=prepared, folds=folds, cross_validated=found)


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


def _figures(
    prepared: Prepared, outcome: Outcome, model: Model, settings: TrainSettings
) -> dict[str, TaskFigures]:
    """Figures of each held-out part, or of the cross-validation; the first are the headline."""
    classes = prepared.task.classes
    if not prepared.held_out:
        cross_validated = task_figures(
            prepared.train_targets,
            outcome.cross_validated.probabilities,
            classes=classes,
            design="cross-validation",
            folds=max(int(outcome.folds.max()) + 1, 2),
            units=prepared.units[prepared.train],
            seed=settings.seed,
        )
        return {"cross-validation": cross_validated}
    return {
        part: task_figures(
            prepared.targets[rows],
            model.probabilities(prepared.activations[rows])[None],
            classes=classes,
            design=part,
            units=prepared.units[rows],
            seed=settings.seed,
        )
        for part, rows in prepared.held_out.items()
    }
