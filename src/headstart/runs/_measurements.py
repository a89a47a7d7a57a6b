"""Commands that tell for sure what counts can only suggest, each with about how long it takes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.activations import EngineInfo
from headstart.backbones import Backbone, names
from headstart.examples import Survey
from headstart.runs._contenders import BUILTIN, SCRATCH
from headstart.runs._cost import cost, training_seconds
from headstart.runs._depth import IMPORT_SECONDS
from headstart.runs._forecast import START_SECONDS
from headstart.strategy import HEAD, Advice, DepthProposal, Rung, SourceAdvice, resolve

FOLDS = 5
"""Of a cross-validation, and draws of a comparison."""

SCRATCH_FLOPS = 0.19e9
"""Of the network that a comparison trains from scratch, timm's resnet10t, on photos of 64 px: 1.4
billion operations at 176 px, scaled by the area."""

USUAL_DEPTH = "2"
"""What is compared with the head where the rule of thumb tries nothing deeper."""


@dataclass(frozen=True)
class Measurement:
    """A command, what it tells, and a forecast of its time in seconds."""

    command: str
    tells: str
    seconds: float


def measurements(
    data: str,
    found: Survey,
    advice: Advice,
    sources: Sequence[SourceAdvice],
    depth: DepthProposal,
    *,
    backbone: Backbone,
    engine: EngineInfo,
    label_column: str | None,
) -> tuple[Measurement, ...]:
    """What to run, from quick to slow.

    Args:
        data: as it is typed.
        found: in it.
        advice: where to start.
        sources: set beside the data.
        depth: what the rule of thumb would try to retrain.
        backbone: whose stages were counted.
        engine: that would run it.
        label_column: that has to be named.
    """
    task = sorted(found.tasks, key=lambda each: each.known)[len(found.tasks) // 2]
    if label_column is None and len(found.tasks) > 1:
        label_column = task.name
    column = f" --label-column {shlex.quote(label_column)}" if label_column else ""
    passed = START_SECONDS + cost(
        backbone, backbone.last_cut, found.examples,
        threads=engine.threads, precision=engine.precision, device=engine.device,
    ).frozen_seconds  # fmt: skip
    retrained = IMPORT_SECONDS + depth.seconds if len(depth.rungs) > 1 else 0.0
    made = []
    if advice.start != "scratch":
        made.append(
            Measurement(
                f"headstart train {data}{_start(advice.source)}{column}",
                "how good it gets, with intervals, and how much retraining pays",
                passed + retrained,
            )
        )
    rung = depth.deepest if depth.deepest != HEAD else USUAL_DEPTH
    names_ = _compared(advice, sources, rung)
    wish = resolve(backbone, rung) if rung in names_ else None
    made.append(
        Measurement(
            f"headstart compare {data} --with {','.join(map(shlex.quote, names_))}{column}",
            "whether transfer helps, and by how much",
            passed * max(len([name for name in names_ if name not in (SCRATCH, HEAD, rung)]), 1)
            + IMPORT_SECONDS
            + scratch_seconds(task.known, engine)
            + (rung_seconds(backbone, wish, task.known, engine) if wish else 0.0),
        )
    )
    return tuple(made)


def _start(source: str) -> str:
    """Options of ``train`` that name a source; the usual one needs none."""
    if source in ("", BUILTIN, names()[0]):
        return ""
    name, _, weights = source.partition("=")
    file = f" --weights {shlex.quote(weights)}" if weights else ""
    return f" --backbone {shlex.quote(name)}{file}"


def _compared(advice: Advice, sources: Sequence[SourceAdvice], rung: str) -> list[str]:
    """What is set beside training from scratch: depths of the usual network, or the sources."""
    usable = [BUILTIN if source.name == names()[0] else source.name
              for source in sources if source.usable and source.standing != "nothing"]  # fmt: skip
    if usable == [BUILTIN] or not usable:
        return [SCRATCH, HEAD, rung]
    return [SCRATCH, *usable]


def rung_seconds(backbone: Backbone, rung: Rung, examples: int, engine: EngineInfo) -> float:
    """Fitting a rung on all folds, about; the head alone is solved in next to no time."""
    if not rung.trainable or not examples:
        return 0.0
    from headstart.training import schedule  # no torch in it

    once = cost(
        backbone, rung.cut, examples,
        threads=engine.threads, precision=engine.precision, device=engine.device,
    )  # fmt: skip
    epochs = schedule(backbone, rung.trainable, examples=examples).epochs
    return once.frozen_seconds + FOLDS * epochs * once.epoch_seconds


def scratch_seconds(examples: int, engine: EngineInfo) -> float:
    """Training the usual small network from random weights on all draws of a comparison, about."""
    from headstart.training import scratch_epochs  # no torch in it

    once = training_seconds(SCRATCH_FLOPS, threads=engine.threads, device=engine.device)
    return FOLDS * scratch_epochs(examples) * examples * once
