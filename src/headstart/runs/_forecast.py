"""What a training run is going to do and about how long it will take."""

from __future__ import annotations

from collections import Counter
from typing import Any

from headstart.activations import ActivationStore, EngineInfo, dataset_key
from headstart.backbones import Backbone
from headstart.examples import Examples, Outputs
from headstart.runs._depth import asked_for, can_train, is_solved
from headstart.runs._events import Planned
from headstart.runs._settings import TrainSettings
from headstart.strategy import repeats_for

SECONDS_PER_PHOTO = {"f32": 0.022, "bf16": 0.009}
"""Of one thread, through the built-in network and the decoding of a photo of 500 pixels. For
float32 as seen on a processor with AVX2, for bfloat16 on one with AVX-512's bfloat16, to within a
quarter (benchmarks/RESULTS.md). A forecast, not a promise."""

START_SECONDS = 1.0


def plan(
    examples: Examples,
    settings: TrainSettings,
    backbone: Backbone,
    engine: EngineInfo,
    store: ActivationStore,
    data: str,
) -> Planned:
    """What is going to happen, from nothing but counts."""
    weighted = backbone.weighted_stages
    parts = Counter(examples.parts or ["train"] * len(examples))
    per_photo = 0.002 if engine.device == "cuda" else SECONDS_PER_PHOTO[engine.precision]
    computed = f"{engine.name} {engine.version} on {engine.device}, {engine.precision}, "
    if backbone.input_kind == "vector":
        per_photo, computed = 0.0, "no network runs: vectors are taken as they are, "
    return Planned(
        data=data,
        examples=dict(parts),
        **asked(examples),
        backbone=backbone.name,
        stages=len(weighted),
        parameters=sum(backbone.parameters(stage) for stage in weighted),
        retrain=_retrain(settings, backbone),
        engine=f"{computed}{engine.threads} threads ({engine.instruction_set})",
        held_out=_held_out(parts, max(Outputs.of(examples.tasks).sizes), settings),
        seconds=START_SECONDS + len(examples) * settings.views * per_photo / engine.threads,
        stored=store.count(dataset_key(backbone, backbone.last_cut, engine)),
    )


def asked(examples: Examples) -> dict[str, Any]:
    """What is asked of the examples, for the plan: classes or tasks, with counts."""
    if len(examples.tasks) == 1:
        labels = Counter(examples.targets[:, 0].tolist())
        named = enumerate(examples.tasks[0].classes)
        return {"classes": {name: labels[target] for target, name in named}}
    known = examples.known.sum(axis=0).tolist()
    second = (examples.targets == 1).sum(axis=0).tolist()
    tasks = {
        task.name: (known[place], second[place] if len(task.classes) == 2 else None)
        for place, task in enumerate(examples.tasks)
    }
    return {"classes": {}, "tasks": tasks}


def _held_out(parts: Counter[str], classes: int, settings: TrainSettings) -> str:
    given = [f"the {part} part" for part in ("test", "validation") if parts[part]]
    if given:
        return f"figures on {' and '.join(given)}, as given"
    repeats = settings.repeats or repeats_for(parts["train"], classes)
    times = "" if repeats == 1 else f", {repeats} times"
    return f"figures by {settings.folds}-fold cross-validation{times}"


def _retrain(settings: TrainSettings, backbone: Backbone) -> str:
    rung = asked_for(settings, backbone)
    if rung is None and can_train():
        return f"measured within about {settings.budget_seconds:.0f} s (--budget)"
    if rung is None:
        return "a new output layer only (the extra 'train' would measure whether more pays)"
    return "a new output layer only" if is_solved(rung, settings) else f"{rung}, as asked for"
