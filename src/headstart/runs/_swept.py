"""Joint against separate at several sizes of what they share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from headstart.backbones import Backbone
from headstart.errors import SettingError
from headstart.examples import Examples
from headstart.runs._contenders import network
from headstart.runs._contest import Contest
from headstart.runs._depth import is_solved, shared_rung
from headstart.runs._events import named
from headstart.runs._fitting import Fitting
from headstart.runs._prepared import prepare
from headstart.runs._settings import TrainSettings
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features
from headstart.runs._ways import JOINT, SEPARATE, run_way
from headstart.strategy import rungs_of


@dataclass(frozen=True)
class Start:
    """A network to start from, by the name that the user gave it."""

    name: str
    backbone: Backbone


def sizes_of(
    sweep: Sequence[int | str], settings: TrainSettings, *, input_kind: str
) -> list[int | Start]:
    """Widths as they are, and networks loaded, so that what is missing is said before training.

    Raises:
        SettingError: a network of another kind of input, or one of which nothing is trained.
        BackboneError: its weights are missing.
    """
    found: list[int | Start] = []
    for size in sweep:
        if isinstance(size, int):
            found.append(size)
            continue
        start = Start(size, network(size, settings, input_kind=input_kind))
        if is_solved(shared_rung(start.backbone, settings), settings):
            raise SettingError(
                f"{size}: with new output layers only nothing is shared, so joint and separate are "
                "the same on every network: give --retrain 1 or more, or --hidden"
            )
        found.append(start)
    return found


def swept(
    examples: Examples, size: int | Start, fitting: Fitting, ground: Ground, *, level: float
) -> Contest:
    """Joint against separate at one size, on the same folds.

    Args:
        examples: as they were given.
        size: width of a shared hidden layer on the usual network, or another network of which as
            much is trained as of the usual one.
        fitting: of all tasks on the usual network.
        ground: what it stands on.
        level: of the intervals.
    """
    if isinstance(size, int):
        rung = rungs_of(fitting.backbone)[0].with_hidden((size,))
        fitting = replace(fitting, on_event=named(fitting.on_event, f"layer of {size}"))
        one, other = (run_way(name, fitting, rung, ground) for name in (JOINT, SEPARATE))
        return Contest.of(one, other, fitting, width=size, level=level)
    # What is to be noted of the examples was noted when they were first prepared.
    ground = replace(ground, on_event=named(ground.on_event, size.name))
    ground = _on_network(size.backbone, examples, ground)
    started = time.perf_counter()
    fitting = solve_tasks(ground, folds=fitting.folds)
    fitting.seconds = time.perf_counter() - started
    rung = shared_rung(size.backbone, ground.settings)
    one, other = (run_way(name, fitting, rung, ground) for name in (JOINT, SEPARATE))
    return Contest.of(one, other, fitting, network=size.name, level=level)


def _on_network(backbone: Backbone, examples: Examples, ground: Ground) -> Ground:
    passed = frozen_features(
        examples, ground.settings, backbone, ground.engine, ground.store, ground.on_event
    )
    prepared = replace(prepare(examples, passed), notes=[])
    return replace(ground, backbone=backbone, prepared=prepared)
