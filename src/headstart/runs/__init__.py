"""The jobs, step by step; each tells what it does by typed events."""

from headstart.runs._advise import Advised, advise
from headstart.runs._compare import CompareSettings, compare
from headstart.runs._comparison import Comparison
from headstart.runs._demo import write_digits
from headstart.runs._evaluate import Evaluation, evaluate, training_hashes
from headstart.runs._events import Event, Note, OnEvent, Planned, Progress, ignore
from headstart.runs._journal import Journal
from headstart.runs._pretrain import pretrain
from headstart.runs._pretrain_settings import PretrainSettings
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.runs._source import load_source
from headstart.runs._train import TrainRun, train

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
    "TrainRun",
    "TrainSettings",
    "advise",
    "cache_directory",
    "compare",
    "evaluate",
    "ignore",
    "load_source",
    "pretrain",
    "train",
    "training_hashes",
    "write_digits",
]
