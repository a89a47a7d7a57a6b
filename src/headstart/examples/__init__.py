"""What goes in: tables of files and labels (known or unknown), readers, splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.examples._draws import Draw as Draw
    from headstart.examples._draws import fold_draws as fold_draws
    from headstart.examples._draws import part_draws as part_draws
    from headstart.examples._identity import Identity as Identity
    from headstart.examples._identity import content_hash as content_hash
    from headstart.examples._identity import resolve_duplicates as resolve_duplicates
    from headstart.examples._lacking import lacking as lacking
    from headstart.examples._memory import ImageSource as ImageSource
    from headstart.examples._outputs import Outputs as Outputs
    from headstart.examples._read import read_examples as read_examples
    from headstart.examples._read import read_sources as read_sources
    from headstart.examples._splits import ALWAYS_TRAINING as ALWAYS_TRAINING
    from headstart.examples._splits import stratified_folds as stratified_folds
    from headstart.examples._survey import Survey as Survey
    from headstart.examples._survey import TaskSurvey as TaskSurvey
    from headstart.examples._survey import survey as survey
    from headstart.examples._table import UNKNOWN as UNKNOWN
    from headstart.examples._table import Examples as Examples
    from headstart.examples._table import FileSource as FileSource
    from headstart.examples._table import MemorySource as MemorySource
    from headstart.examples._table import Part as Part
    from headstart.examples._table import Source as Source
    from headstart.examples._table import Task as Task
    from headstart.examples._table import VectorSource as VectorSource
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_draws": ("Draw", "fold_draws", "part_draws"),
            "_identity": ("Identity", "content_hash", "resolve_duplicates"),
            "_lacking": ("lacking",),
            "_memory": ("ImageSource",),
            "_outputs": ("Outputs",),
            "_read": ("read_examples", "read_sources"),
            "_splits": ("ALWAYS_TRAINING", "stratified_folds"),
            "_survey": ("Survey", "TaskSurvey", "survey"),
            "_table": (
                "UNKNOWN",
                "Examples",
                "FileSource",
                "MemorySource",
                "Part",
                "Source",
                "Task",
                "VectorSource",
            ),
        },
    )
