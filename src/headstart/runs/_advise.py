"""What to do with data, before anything is trained: what is there is counted and judged."""

from __future__ import annotations

import math
import shlex
import shutil
import statistics
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
from headstart.backbones import (
    Backbone,
    TrainedOn,
    facts,
    is_network,
    load_backbone,
    names,
    vector_backbone,
)
from headstart.errors import SettingError
from headstart.examples import Survey, survey
from headstart.model import load_network, read_description
from headstart.runs._climb import IMPORT_SECONDS
from headstart.runs._contenders import BUILTIN
from headstart.runs._depth import can_train
from headstart.runs._fit_forecast import rung_seconds
from headstart.runs._measurements import Measurement, Plan, measurements
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
    data: str | Path | Sequence[str | Path],
    sources: Sequence[str] = (),
    *,
    threads: int | None = None,
    cache: str | Path | None = None,
    **reading: Any,
) -> Advised:
    """Say what the numbers suggest: transfer and how deep, multi-task, or from scratch.

    No photo is opened, nothing is trained or fetched, and neither PyTorch nor timm is imported.

    Args:
        data: a folder of class folders, a table or several, as `train` takes them; a table may have
            several columns of labels.
        sources: networks to start from: names as ``--backbone`` takes them, ``timm:NAME=FILE`` with
            weights of one's own (``=random``), directories of models; the built-in network where
            none are given.
        threads: of the processor; all that this process may use where ``None``.
        cache: where activations would be stored.
        reading: arguments of `headstart.examples.survey`: ``tasks``, ``label_column``, ...

    Raises:
        DataError: there is nothing that could be examples, or no label.
        SettingError: a source is neither a network nor a directory, or beside feature vectors,
            which go through none.
        ModelError: a directory is no model, or is damaged.
        BackboneError: the recipe beside a weight file cannot be read.
    """
    paths = [data] if isinstance(data, str | Path) else list(data)
    found = survey(paths[0] if len(paths) == 1 else paths, **reading)
    if found.kind == "vector" and sources:
        raise SettingError(
            f"feature vectors go through no network, so the source {sources[0]!r} means nothing "
            "here; leave it out"
        )
    machine = _machine(threads, cache)
    judged = _judged(found, sources or names())
    draft = advise_on(found, judged, machine, None)
    said = ", ".join(map(str, paths))
    if draft.start == "nothing yet":
        return Advised(said, found, machine, tuple(judged), draft, ())
    engine = choose_engine(threads=threads)
    backbone = _counted(found, draft.source)
    depth = None if found.kind == "vector" else _depth(found, backbone, engine)
    usual = next(iter(_judged(found, names()[:1])), None)
    advice = advise_on(found, judged, machine, depth, usual=usual)
    columns = {"label_column": found.label_column} | {
        name: value for name, value in reading.items() if value is not None
    }
    plan = Plan(
        shlex.join(map(str, paths)), columns, found, advice, judged, depth, backbone, engine
    )
    return Advised(said, found, machine, tuple(judged), advice, measurements(plan))


def _judged(found: Survey, sources: Sequence[str]) -> list[SourceAdvice]:
    """Each source set beside the data; none where there are feature vectors."""
    if found.kind == "vector":
        return []
    return [
        judge_source(name, _trained_on(name), kind=found.kind, examples=found.training)
        for name in sources
    ]


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


def _counted(found: Survey, source: str) -> Backbone:
    """The network whose stages are counted: the source's own where that is had without PyTorch."""
    if found.kind == "vector":
        return vector_backbone([str(number) for number in range(found.width or 0)])
    if source and not is_network(source.partition("=")[0]) and Path(source).is_dir():
        return load_network(Path(source))
    return load_backbone()


def _depth(found: Survey, backbone: Backbone, engine: EngineInfo) -> DepthProposal:
    """What the rule of thumb would try: for the only task, or for all that learn together."""
    tasks = found.taught
    examples = tasks[0].known if len(tasks) == 1 else found.training
    ladder = rungs_of(backbone)
    seconds = {rung.key: rung_seconds(backbone, rung, examples, engine) for rung in ladder}
    usual = TrainSettings().budget_seconds - IMPORT_SECONDS
    worth, within = (
        propose(
            ladder,
            examples=examples,
            classes=int(statistics.median(len(task.counts) for task in tasks)),
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
