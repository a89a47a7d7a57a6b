"""About how long fits take that nobody has asked for yet: forecasts within a factor of 3."""

from __future__ import annotations

import math
from itertools import pairwise

from headstart.activations import EngineInfo
from headstart.backbones import FEATURES, Backbone
from headstart.examples import Survey
from headstart.runs._cost import LOWERED, cost, training_seconds
from headstart.strategy import Rung, repeats_for

FOLDS = 5
"""Of a cross-validation, and draws of a comparison."""

SCRATCH_SECONDS = 0.01
"""Of a thread for a photo of 64 px in the network that a comparison trains from scratch, timm's
resnet10t: 138 photos a second of one core with AVX-512, a half or a third of that without. Its
operations would say 0.025: small maps are not limited by memory as those at 224 px are."""

GPU_THREADS = 30
"""Of a processor that an accelerator stands for there; a guess."""

HEADS_SECONDS = 4e-8
"""Of a thread for each known label, feature and fold when output layers of several tasks are
solved: 4 tasks on 877 road photos of 1,280 features took 6 s for 25 folds, ToxCast's 617 tasks on
1,024 bits 201 s for 5 (docs/decisions/0012)."""

STEP_SECONDS = 2e-3
"""That a step takes however small its batch is: 8,000 on batches of 8 and layers of 16 in 20 s."""


def frozen_seconds(backbone: Backbone, examples: int, engine: EngineInfo) -> float:
    """The pass of all examples through the whole network; none of feature vectors."""
    if backbone.input_kind == "vector":
        return 0.0
    return cost(
        backbone, backbone.last_cut, examples,
        threads=engine.threads, precision=engine.precision, device=engine.device,
    ).frozen_seconds  # fmt: skip


def heads_seconds(found: Survey, backbone: Backbone, engine: EngineInfo) -> float:
    """Solving and cross-validating the output layers of all tasks."""
    known = sum(task.known for task in found.taught)
    classes = max(len(task.counts) for task in found.taught)
    repeats = 1 if found.parts else repeats_for(found.training, classes)
    return HEADS_SECONDS * known * _width(backbone) * FOLDS * repeats / engine.threads


def rung_seconds(backbone: Backbone, rung: Rung, examples: int, engine: EngineInfo) -> float:
    """Fitting a rung on all folds, about; the head alone is solved in next to no time."""
    if not examples or not (rung.trainable or rung.hidden):
        return 0.0
    if backbone.input_kind == "vector":
        return FOLDS * _layers_seconds(backbone, rung, examples, engine)
    from headstart.training import schedule  # no torch in it

    epochs = schedule(backbone, rung.trainable, examples=examples).epochs
    once = cost(
        backbone, rung.cut, examples,
        threads=engine.threads, precision=engine.precision, device=engine.device,
    )  # fmt: skip
    return once.frozen_seconds + FOLDS * epochs * once.epoch_seconds


def _layers_seconds(backbone: Backbone, rung: Rung, examples: int, engine: EngineInfo) -> float:
    """One fit of new hidden layers on feature vectors."""
    from headstart.training import trunk_schedule  # no torch in it

    plan = trunk_schedule(examples=examples, width=_width(backbone))
    widths = [_width(backbone), *rung.hidden]
    operations = sum(2 * entering * leaving for entering, leaving in pairwise(widths))
    once = training_seconds(operations, threads=engine.threads, device=engine.device)
    steps = math.ceil(examples / plan.batch_size)
    return plan.epochs * (steps * STEP_SECONDS + examples * once)


def _width(backbone: Backbone) -> int:
    return math.prod(backbone.output_shapes(backbone.last_cut)[FEATURES])


def together_seconds(found: Survey, backbone: Backbone, rung: Rung, engine: EngineInfo) -> float:
    """One network for all tasks and one for each, on all folds."""
    joint = rung_seconds(backbone, rung, found.training, engine)
    return joint + sum(rung_seconds(backbone, rung, task.known, engine) for task in found.taught)


def focus_seconds(
    found: Survey, known: int, backbone: Backbone, rung: Rung, engine: EngineInfo
) -> float:
    """Trying helpers for a task of so many known labels, and what they are worth."""
    from headstart.runs._focus import HELPERS, SHARES

    others = len(found.taught) - 1
    fits = 1 + sum(count < others for count in HELPERS) + len(SHARES) - 1
    joint = rung_seconds(backbone, rung, found.training, engine)
    return fits * joint + sum(SHARES) * rung_seconds(backbone, rung, known, engine)


def scratch_seconds(examples: int, engine: EngineInfo) -> float:
    """Training the usual small network from random weights on all draws of a comparison, about."""
    from headstart.training import scratch_epochs  # no torch in it

    lowered = LOWERED if engine.precision == "bf16" else 1.0
    once = SCRATCH_SECONDS * lowered / (engine.threads if engine.device == "cpu" else GPU_THREADS)
    return FOLDS * scratch_epochs(examples) * examples * once
