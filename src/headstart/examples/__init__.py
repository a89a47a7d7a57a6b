"""What goes in: tables of files and labels (known or unknown), readers, splits."""

from headstart.examples._draws import Draw, fold_draws, part_draws
from headstart.examples._identity import Identity, content_hash, resolve_duplicates
from headstart.examples._lacking import lacking
from headstart.examples._memory import ImageSource
from headstart.examples._outputs import Outputs
from headstart.examples._read import read_examples, read_sources
from headstart.examples._splits import ALWAYS_TRAINING, stratified_folds
from headstart.examples._survey import Survey, TaskSurvey, survey
from headstart.examples._table import (
    UNKNOWN,
    Examples,
    FileSource,
    MemorySource,
    Part,
    Source,
    Task,
    VectorSource,
)

__all__ = [
    "ALWAYS_TRAINING",
    "UNKNOWN",
    "Draw",
    "Examples",
    "FileSource",
    "Identity",
    "ImageSource",
    "MemorySource",
    "Outputs",
    "Part",
    "Source",
    "Survey",
    "Task",
    "TaskSurvey",
    "VectorSource",
    "content_hash",
    "fold_draws",
    "lacking",
    "part_draws",
    "read_examples",
    "read_sources",
    "resolve_duplicates",
    "stratified_folds",
    "survey",
]
