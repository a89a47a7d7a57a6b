"""Commands that tell for sure what counts can only suggest, each with about how long it takes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headstart.activations import EngineInfo
from headstart.backbones import Backbone, names
from headstart.examples import Survey, TaskSurvey
from headstart.runs._climb import IMPORT_SECONDS
from headstart.runs._contenders import BUILTIN, SCRATCH
from headstart.runs._depth import shared_rung
from headstart.runs._fit_forecast import (
    focus_seconds,
    frozen_seconds,
    heads_seconds,
    rung_seconds,
    scratch_seconds,
    together_seconds,
)
from headstart.runs._forecast import START_SECONDS
from headstart.runs._settings import BUDGET_SECONDS, TrainSettings
from headstart.runs._typed import typed
from headstart.strategy import HEAD, Advice, DepthProposal, SourceAdvice, natural_focus, resolve

USUAL_DEPTH = "2"
"""What is compared with the head where the rule of thumb tries nothing deeper."""


@dataclass(frozen=True)
class Measurement:
    """A command, what it tells, and a forecast of its time in seconds."""

    command: str
    tells: str
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What is measured, and on what.

    Attributes:
        data: folder or tables, as they are typed.
        reading: arguments of the reading.
        found: in the data.
        advice: where to start.
        sources: set beside the data.
        depth: what the rule of thumb would try to retrain; ``None`` of feature vectors.
        backbone: whose stages were counted.
        engine: that would run it.
    """

    data: str
    reading: Mapping[str, Any]
    found: Survey
    advice: Advice
    sources: Sequence[SourceAdvice]
    depth: DepthProposal | None
    backbone: Backbone
    engine: EngineInfo

    @property
    def passed(self) -> float:
        """Seconds until the frozen pass is over."""
        return START_SECONDS + frozen_seconds(self.backbone, self.found.examples, self.engine)

    def measurement(
        self, command: str, tells: str, seconds: float, *, task: str | None = None
    ) -> list[Measurement]:
        """A command on the data; none where it cannot be typed.

        Args:
            command: and its own options.
            tells: what is known after it.
            seconds: that it takes.
            task: the only one that is read.
        """
        reading = self.reading if task is None else {**self.reading, "tasks": [task]}
        name, _, options = command.partition(" ")
        columns = typed(reading)
        if columns is None:
            return []
        whole = f"headstart {name} {self.data}{f' {options}' if options else ''}{columns}"
        return [Measurement(whole, tells, seconds)]


def measurements(plan: Plan) -> tuple[Measurement, ...]:
    """What to run, what everybody should run first."""
    made = []
    if plan.advice.start != "scratch" or plan.depth is None:
        made += _train(plan)
    if len(plan.found.taught) > 1:
        made += _together(plan)
    if plan.depth is not None:
        made += _transfer(plan, plan.depth)
    return tuple(made)


def _train(plan: Plan) -> list[Measurement]:
    tasks, depth, seconds = plan.found.taught, plan.depth, plan.passed
    if len(tasks) > 1:
        seconds += heads_seconds(plan.found, plan.backbone, plan.engine)
    if depth is None:
        layers = IMPORT_SECONDS + _shared_seconds(plan)
        seconds += layers if layers <= BUDGET_SECONDS else 0.0
    elif len(depth.rungs) > 1:
        seconds += IMPORT_SECONDS + depth.seconds
    good = (
        f"how good each of the {len(tasks):,} tasks gets" if len(tasks) > 1 else "how good it gets"
    )
    more = "whether a hidden layer pays" if depth is None else "how much retraining pays"
    return plan.measurement(
        f"train{_start(plan.advice.source)}", f"{good}, with intervals, and {more}", seconds
    )


def _shared_seconds(plan: Plan) -> float:
    """Fitting what all tasks share, where nobody says what that is."""
    rung = shared_rung(plan.backbone, TrainSettings())
    return rung_seconds(plan.backbone, rung, plan.found.training, plan.engine)


def _together(plan: Plan) -> list[Measurement]:
    """One network for all tasks or one for each, and what they do for the smallest."""
    found, backbone, engine = plan.found, plan.backbone, plan.engine
    rung = shared_rung(backbone, TrainSettings())
    start = _start(plan.advice.source)
    before = plan.passed + IMPORT_SECONDS + heads_seconds(found, backbone, engine)
    made = plan.measurement(
        f"compare{start} --with joint,separate",
        "whether one network for all tasks beats one for each",
        before + together_seconds(found, backbone, rung, engine),
    )
    if focus := natural_focus(found.taught):
        made += plan.measurement(
            f"train{start} --focus {shlex.quote(focus.name)}",
            f"which other tasks help '{focus.name}', and what their labels are worth to it",
            before + focus_seconds(found, focus.known, backbone, rung, engine),
        )
    return made


def _transfer(plan: Plan, depth: DepthProposal) -> list[Measurement]:
    """Whether transfer helps; of several tasks, on the one in the middle."""
    task, several = middle(plan.found), len(plan.found.taught) > 1
    rung = depth.deepest if depth.deepest != HEAD else USUAL_DEPTH
    compared = _compared(plan.advice, plan.sources, rung)
    wish = resolve(plan.backbone, rung) if rung in compared else None
    networks = [name for name in compared if name not in (SCRATCH, HEAD, rung)]
    seconds = (
        plan.passed * max(len(networks), 1)
        + IMPORT_SECONDS
        + scratch_seconds(task.known, plan.engine)
        + (rung_seconds(plan.backbone, wish, task.known, plan.engine) if wish else 0.0)
    )
    return plan.measurement(
        f"compare --with {','.join(map(shlex.quote, compared))}",
        f"whether transfer helps{f' {task.name!r}' if several else ''}, and by how much",
        seconds,
        task=task.name if several else None,
    )


def middle(found: Survey) -> TaskSurvey:
    """Of the tasks that can be learned, the one in the middle by its known labels."""
    return sorted(found.taught, key=lambda each: each.known)[len(found.taught) // 2]


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
