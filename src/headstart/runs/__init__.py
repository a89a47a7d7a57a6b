"""The jobs, step by step; each tells what it does by typed events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headstart.runs._advise import Advised as Advised
    from headstart.runs._advise import advise as advise
    from headstart.runs._compare import CompareSettings as CompareSettings
    from headstart.runs._compare import compare as compare
    from headstart.runs._compare_tasks import TasksCompareSettings as TasksCompareSettings
    from headstart.runs._compare_tasks import TasksComparison as TasksComparison
    from headstart.runs._compare_tasks import compare_tasks as compare_tasks
    from headstart.runs._compare_tasks import names_are_ways as names_are_ways
    from headstart.runs._comparison import Comparison as Comparison
    from headstart.runs._demo import write_digits as write_digits
    from headstart.runs._evaluate import Evaluation as Evaluation
    from headstart.runs._evaluate import evaluate as evaluate
    from headstart.runs._evaluate import training_hashes as training_hashes
    from headstart.runs._events import Event as Event
    from headstart.runs._events import Note as Note
    from headstart.runs._events import OnEvent as OnEvent
    from headstart.runs._events import Planned as Planned
    from headstart.runs._events import Progress as Progress
    from headstart.runs._events import ignore as ignore
    from headstart.runs._fewer_labels import Hiding as Hiding
    from headstart.runs._journal import Journal as Journal
    from headstart.runs._known_to import read_for as read_for
    from headstart.runs._pretrain import pretrain as pretrain
    from headstart.runs._pretrain_settings import PretrainSettings as PretrainSettings
    from headstart.runs._settings import TrainSettings as TrainSettings
    from headstart.runs._settings import cache_directory as cache_directory
    from headstart.runs._source import load_source as load_source
    from headstart.runs._train import TrainRun as TrainRun
    from headstart.runs._train import train as train

# Imported on first use: `train` needs neither `compare` nor `pretrain`, which took 0.1 s.
_HOMES = {
    "Advised": "_advise",
    "CompareSettings": "_compare",
    "Comparison": "_comparison",
    "Evaluation": "_evaluate",
    "Event": "_events",
    "Hiding": "_fewer_labels",
    "Journal": "_journal",
    "Note": "_events",
    "OnEvent": "_events",
    "Planned": "_events",
    "PretrainSettings": "_pretrain_settings",
    "Progress": "_events",
    "TasksCompareSettings": "_compare_tasks",
    "TasksComparison": "_compare_tasks",
    "TrainRun": "_train",
    "TrainSettings": "_settings",
    "advise": "_advise",
    "cache_directory": "_settings",
    "compare": "_compare",
    "compare_tasks": "_compare_tasks",
    "evaluate": "_evaluate",
    "ignore": "_events",
    "load_source": "_source",
    "names_are_ways": "_compare_tasks",
    "pretrain": "_pretrain",
    "read_for": "_known_to",
    "train": "_train",
    "training_hashes": "_evaluate",
    "write_digits": "_demo",
}

__all__ = [
    "Advised",
    "CompareSettings",
    "Comparison",
    "Evaluation",
    "Event",
    "Journal",
    "Note",
    "OnEvent",
    "Planned",
    "PretrainSettings",
    "Progress",
    "TasksCompareSettings",
    "TasksComparison",
    "TrainRun",
    "TrainSettings",
    "advise",
    "cache_directory",
    "compare",
    "compare_tasks",
    "evaluate",
    "ignore",
    "load_source",
    "names_are_ways",
    "pretrain",
    "read_for",
    "train",
    "training_hashes",
    "write_digits",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'headstart.runs' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"headstart.runs.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
