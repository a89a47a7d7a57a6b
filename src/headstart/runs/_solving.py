"""The output layer solved on frozen features, and every training example predicted held out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from headstart import heads
from headstart.activations import ActivationStore, EngineInfo
from headstart.backbones import Backbone
from headstart.examples import Outputs, lacking, stratified_folds
from headstart.runs._cut_activations import Activations, CutActivations, KeptVectors
from headstart.runs._events import Note, OnEvent, Progress
from headstart.runs._fits import Fits
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared
from headstart.runs._settings import TrainSettings
from headstart.strategy import repeats_for


@dataclass(frozen=True)
class Ground:
    """What solving stands on.

    Attributes:
        settings: of the run.
        prepared: the examples.
        backbone: the network as it came.
        engine: of the frozen part.
        store: where activations lie.
        journal: where finished fits are noted.
        on_event: is told progress and notes.
    """

    settings: TrainSettings
    prepared: Prepared
    backbone: Backbone
    engine: EngineInfo
    store: ActivationStore
    journal: Journal
    on_event: OnEvent

    def tell(self, notes: list[str]) -> None:
        for note in notes:
            self.on_event(Note(note))
        self.prepared.notes.extend(notes)

    def fits(
        self,
        targets: NDArray[np.int64],
        *,
        weights: NDArray[np.float64] | None = None,
        objective: heads.Objective | None = None,
        uncertain: NDArray[np.float32] | None = None,
    ) -> Fits:
        """Of the training examples."""
        prepared = self.prepared
        return Fits(
            backbone=self.backbone,
            activations=self._activations(),
            journal=self.journal,
            targets=targets,
            contents=tuple(prepared.hashes[row] for row in prepared.train),
            weights=weights,
            objective=objective,
            uncertain=uncertain,
        )

    def _activations(self) -> Activations:
        settings, prepared = self.settings, self.prepared
        if self.backbone.input_kind == "vector":
            return KeptVectors(self.engine, prepared.features[prepared.train])
        limit = None if settings.max_cache is None else settings.max_cache * 1e6
        return CutActivations(
            self.backbone, self.engine, self.store, prepared, settings.views, limit, self.on_event
        )


def solve(ground: Ground) -> Fitting:
    """Choose the penalty and solve the head; every training example is predicted held out too.

    Each view of an example is a row of its own that stays in the example's fold and weighs one
    K-th; what is reported are the predictions of the plain view.
    """
    return solve_tasks(ground) if ground.prepared.several else _one_task(ground)


def _one_task(ground: Ground) -> Fitting:
    settings, prepared = ground.settings, ground.prepared
    targets, classes = prepared.train_targets, len(prepared.task.classes)
    folds = _folds(ground, targets, classes)
    weights = _class_weights(targets, settings)
    views = prepared.activations[:, prepared.train]
    count = len(views)
    each = np.ones(len(targets)) if weights is None else weights
    head, found = heads.solve(
        views.reshape(count * len(targets), -1),
        np.tile(targets, count),
        np.tile(folds, count),
        classes=classes,
        weights=None if weights is None and count == 1 else np.tile(each / count, count),
        threads=ground.engine.threads,
        on_progress=lambda share: ground.on_event(Progress("Head", share, 1.0)),
    )
    found = replace(found, probabilities=found.probabilities[:, : len(targets)])
    ground.tell(_notes(prepared, folds, found, head))
    fits = ground.fits(targets, weights=weights)
    return Fitting(settings, fits, prepared, folds, found, head, ground.on_event)


def solve_tasks(ground: Ground, *, folds: NDArray[np.int64] | None = None) -> Fitting:
    """`solve` for several tasks, or for one that is taken as such.

    Args:
        ground: what it stands on.
        folds: of another run on the same examples, to be compared with; drawn where ``None``.
    """
    settings, prepared = ground.settings, ground.prepared
    labels = prepared.train_labels
    uncertain = None if prepared.uncertain is None else prepared.uncertain[prepared.train]
    objective = heads.Objective.of(
        Outputs.of(prepared.tasks),
        labels,
        uncertain=uncertain,
        task_weights=settings.task_weights,
        names=[task.name for task in prepared.tasks],
        balanced=settings.class_weight == "balanced",
    )
    if folds is None:
        folds = _folds(ground, labels, int(max(objective.outputs.sizes)))
    views = prepared.activations[:, prepared.train]
    count = len(views)
    head, found = heads.solve_tasks(
        views.reshape(count * len(labels), -1),
        np.tile(labels, (count, 1)),
        np.tile(folds, count),
        outputs=objective.outputs,
        weights=np.tile(objective.cell_weights(labels, uncertain) / count, (count, 1)),
        uncertain=None if uncertain is None else np.tile(uncertain, (count, 1)),
        threads=ground.engine.threads,
        on_progress=lambda share: ground.on_event(Progress("Heads", share, 1.0)),
    )
    found = replace(found, probabilities=found.probabilities[:, : len(labels)])
    ground.tell(lacking(labels, folds[0], prepared.tasks))
    fits = ground.fits(labels, objective=objective, uncertain=uncertain)
    return Fitting(settings, fits, prepared, folds, found, head, ground.on_event)


def _folds(ground: Ground, targets: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Of the training examples, int64 ``(repeats, examples)``."""
    settings, prepared = ground.settings, ground.prepared
    # With a part held out by the user, cross-validation serves the choices alone.
    repeats = 1 if prepared.held_out else repeats_for(len(targets), classes)
    units = prepared.units[prepared.train]
    return np.stack(
        [
            stratified_folds(targets, units, folds=settings.folds, seed=settings.seed + repeat)
            for repeat in range(settings.repeats or repeats)
        ]
    )


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
