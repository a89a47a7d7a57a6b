"""The jobs, step by step; each tells what it does by typed events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

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
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_advise": ("Advised", "advise"),
            "_compare": ("CompareSettings", "compare"),
            "_compare_tasks": (
                "TasksCompareSettings",
                "TasksComparison",
                "compare_tasks",
                "names_are_ways",
            ),
            "_comparison": ("Comparison",),
            "_demo": ("write_digits",),
            "_evaluate": ("Evaluation", "evaluate", "training_hashes"),
            "_events": ("Event", "Note", "OnEvent", "Planned", "Progress", "ignore"),
            "_fewer_labels": ("Hiding",),
            "_journal": ("Journal",),
            "_known_to": ("read_for",),
            "_pretrain": ("pretrain",),
            "_pretrain_settings": ("PretrainSettings",),
            "_settings": ("TrainSettings", "cache_directory"),
            "_source": ("load_source",),
            "_train": ("TrainRun", "train"),
        },
    )
