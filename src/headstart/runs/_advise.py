"""What to do with data, before anything is trained: what is there is counted and judged."""

from __future__ import annotations

import math
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from headstart.activations import (
    EngineInfo,
    available_threads,
    choose_engine,
    has_bf16,
    has_gpu,
)
from headstart.backbones import Backbone, TrainedOn, facts, is_network, load_backbone, names
from headstart.errors import SettingError
from headstart.examples import Survey, survey
from headstart.model import load_network, read_description
from headstart.runs._contenders import BUILTIN
from headstart.runs._depth import IMPORT_SECONDS, can_train
from headstart.runs._measurements import Measurement, measurements, rung_seconds
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.strategy import (
    Advice,
    DepthProposal,
    Machine,
    Rung,
    SourceAdvice,
    advise_on,
    judge_source,
    propose,
    rungs_of,
)


@dataclass(frozen=True)
class Advised:
    """What was found and what is advised.

    Attributes:
        data: as it was given.
        found: in it.
        machine: what there is to compute with.
        sources: each set beside the data.
        advice: what to do and why.
        measure: commands that tell for sure, with a forecast of their time.
    """

    data: str
    found: Survey
    machine: Machine
    sources: tuple[SourceAdvice, ...]
    advice: Advice
    measure: tuple[Measurement, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "data": self.data,
            "found": asdict(self.found),
            "machine": asdict(self.machine),
            "sources": [source.as_dict() for source in self.sources],
            "advice": self.advice.as_dict(),
            "measure": [asdict(each) for each in self.measure],
        }


def advise(
    data: str | Path,
    sources: Sequence[str] = (),
    *,
    file_column: str | None = None,
    label_column: str | None = None,
    threads: int | None = None,
    cache: str | Path | None = None,
) -> Advised:
    """Say what the numbers suggest: transfer and how deep, multi-task, or from scratch.

    No photo is opened, nothing is trained or fetched, and neither PyTorch nor timm is imported.

    Args:
        data: a folder of class folders or a table, as `train` takes it; a table may have several
            columns of labels.
        sources: networks to start from: names as ``--backbone`` takes them, ``timm:NAME=FILE`` with
            weights of one's own (``=random``), directories of models; the built-in network where
            none are given.
        file_column: as of `train`.
        label_column: as of `train`.
        threads: of the processor; all that this process may use where ``None``.
        cache: where activations would be stored.

    Raises:
        DataError: there is nothing that could be examples, or no label.
        SettingError: a source is neither a network nor a directory.
        ModelError: a directory is no model, or is damaged.
        BackboneError: the recipe beside a weight file cannot be read.
    """
    found = survey(data, file_column=file_column, label_column=label_column)
    machine = _machine(threads, cache)
    usual, *judged = (
        judge_source(name, _trained_on(name), kind=found.kind, examples=found.training)
        for name in (names()[0], *(sources or names()))
    )
    engine = choose_engine(threads=threads)
    draft = advise_on(found, judged, machine, None)
    if draft.start == "nothing yet":
        return Advised(str(data), found, machine, tuple(judged), draft, ())
    backbone = _counted(draft.source)
    depth = _depth(found, backbone, engine)
    advice = advise_on(found, judged, machine, depth, usual=usual)
    measure = measurements(
        shlex.quote(str(data)), found, advice, judged, depth,
        backbone=backbone, engine=engine, label_column=label_column or found.label_column,
    )  # fmt: skip
    return Advised(str(data), found, machine, tuple(judged), advice, measure)


def _machine(threads: int | None, cache: str | Path | None) -> Machine:
    place = cache_directory(cache).absolute()
    while not place.exists():
        place = place.parent
    return Machine(
        threads=threads or available_threads(),
        bf16=has_bf16(),
        gpu=has_gpu(),
        pytorch=can_train(),
        free_bytes=shutil.disk_usage(place).free,
    )


def _trained_on(source: str) -> TrainedOn | None:
    """What is known of a source; nothing of it is loaded."""
    name, _, weights = source.partition("=")
    name = names()[0] if name == BUILTIN else name
    known = facts(name, weights or None)
    if known is not None or is_network(name):
        return known
    directory = Path(source)
    if not directory.is_dir():
        raise SettingError(
            f"the source {source!r} is neither a network nor a directory; give {', '.join(names())}"
            ", timm:NAME, timm:NAME=FILE, or the directory of a model that headstart trained"
        )
    told = read_description(directory)["backbone"].get("trained_on")
    return None if told is None else TrainedOn.from_dict(told)


def _counted(source: str) -> Backbone:
    """The network whose stages are counted: the source's own where that is had without PyTorch."""
    if source and not is_network(source.partition("=")[0]) and Path(source).is_dir():
        return load_network(Path(source))
    return load_backbone()


def _depth(found: Survey, backbone: Backbone, engine: EngineInfo) -> DepthProposal:
    """What the rule of thumb would try, for the task in the middle where there are several."""
    task = sorted(found.tasks, key=lambda each: each.known)[len(found.tasks) // 2]
    ladder = rungs_of(backbone)
    seconds = {rung.key: rung_seconds(backbone, rung, task.known, engine) for rung in ladder}
    usual = TrainSettings().budget_seconds - IMPORT_SECONDS
    worth, within = (
        propose(
            ladder,
            examples=task.known,
            classes=len(task.counts),
            seconds=seconds,
            budget=budget,
        )
        for budget in (math.inf, usual)
    )
    return DepthProposal(
        network=backbone.name,
        rungs=tuple(map(_named, within)),
        deepest=within[-1].name,
        seconds=sum(seconds[rung.key] for rung in within),
        left_out=tuple(_named(rung) for rung in worth if rung not in within),
    )


def _named(rung: Rung) -> str:
    return str(rung).removesuffix(" retrained")
