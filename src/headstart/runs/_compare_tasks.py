"""Joint or separate: ways to learn several tasks, compared on the same folds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from headstart.activations import ActivationStore, EngineInfo, choose_engine
from headstart.errors import DataError, MissingExtraError, SettingError
from headstart.evaluation import TasksFigures, task_contrasts, tasks_figures
from headstart.evaluation import summary as summary_of
from headstart.examples import Examples
from headstart.runs._contest import Contest
from headstart.runs._depth import can_train, is_solved, shared_rung
from headstart.runs._events import Note, OnEvent, ignore
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared, prepare
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features, network_of
from headstart.runs._ways import (
    HEADS,
    JOINT,
    SEPARATE,
    SOFTMAX,
    WAYS,
    Way,
    only_one,
    outputs_of_tasks,
    run_way,
)
from headstart.strategy import (
    Missingness,
    judge_together,
    missingness,
    rungs_of,
    sweep_sentences,
)

LEVEL = 0.95
"""Of intervals."""


@dataclass(frozen=True)
class TasksCompareSettings:
    """What to compare; checked as a whole when made.

    Attributes:
        names: ways to learn, of `WAYS`; the first is compared with each of the others.
        sweep: widths of a shared hidden layer at which joint and separate are compared too.
        train: how to train: what is shared (``retrain``, ``hidden``), seed, folds, device, ...

    Raises:
        SettingError: names every setting that cannot be used.
    """

    names: tuple[str, ...] = (JOINT, SEPARATE)
    sweep: tuple[int, ...] = ()
    train: TrainSettings = field(default_factory=TrainSettings)

    def __post_init__(self) -> None:
        faults = [f"{name!r} is no way to learn several tasks" for name in self.names
                  if name not in WAYS]  # fmt: skip
        if len(set(self.names)) < 2:
            faults.append("two different ways or more are needed")
        if any(width < 1 for width in self.sweep) or any(a >= b for a, b in pairwise(self.sweep)):
            faults.append("widths of a sweep must be 1 or more, in rising order")
        if faults:
            raise SettingError(f"{'; '.join(faults)}; the ways are {', '.join(WAYS)}")


@dataclass(frozen=True)
class TasksComparison:
    """What came out.

    Attributes:
        tasks: their names.
        known: labels of each.
        ways: that were compared.
        figures: of each way.
        contests: of the first way with each of the others.
        sweep: of joint and separate at each width, with intervals for all widths together.
        missing: whether unknown labels are unknown at random.
        what: is shared, in words.
        seconds: that it took.
        notes: what the user should know.
    """

    tasks: tuple[str, ...]
    known: tuple[int, ...]
    ways: tuple[Way, ...]
    figures: tuple[TasksFigures, ...]
    contests: tuple[Contest, ...]
    sweep: tuple[Contest, ...]
    missing: Missingness
    what: str
    seconds: float
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """The verdicts, the first contest's in full."""
        found = []
        for place, contest in enumerate(self.contests):
            said = contest.auroc.sentences if not place else [str(contest.auroc)]
            found.append(
                f"{contest.auroc.first} against {contest.auroc.second}, by AUROC: {said[0]}"
            )
            found += said[1:]
            found.append(f"by log loss: {contest.log_loss}")
        found += self.sweep_sentences
        found += [
            f"with a shared layer of {contest.width}: {contest.auroc}" for contest in self.sweep
        ]
        return [*found, *self.missing.sentences]

    @property
    def sweep_sentences(self) -> list[str]:
        """Where harm ends over the widths, or that it does not: by AUROC, then by log loss."""
        by_width = [(contest.width, contest) for contest in self.sweep if contest.width is not None]
        return [
            *sweep_sentences({width: contest.auroc for width, contest in by_width}),
            *sweep_sentences({width: contest.log_loss for width, contest in by_width}),
        ]

    def as_dict(self) -> dict[str, Any]:
        """For ``comparison.json``."""
        everything = sum(self.known)
        return {
            "format_version": 1,
            "kind": "tasks",
            "what": self.what,
            "sentences": self.sentences,
            "tasks": [
                {"name": name, "known": known, "known_of_others": everything - known}
                for name, known in zip(self.tasks, self.known, strict=True)
            ],
            "ways": [
                {
                    **way.as_dict(),
                    "summary": summary_of(figures),
                    "figures": [
                        {"task": name, **each.as_dict()}
                        for name, each in zip(self.tasks, figures, strict=True)
                    ],
                }
                for way, figures in zip(self.ways, self.figures, strict=True)
            ],
            "contests": [contest.as_dict() for contest in self.contests],
            "sweep": [contest.as_dict() for contest in self.sweep],
            "sweep_sentences": self.sweep_sentences,
            "missing": self.missing.as_dict(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }


def compare_tasks(
    examples: Examples, settings: TasksCompareSettings, *, on_event: OnEvent = ignore
) -> TasksComparison:
    """Learn several tasks in different ways, and judge each on the same held-out examples.

    Every way gets the same care: its own number of epochs and temperatures, chosen on the other
    folds. Only training examples take part; what the user held out stays unseen.

    Args:
        examples: of two tasks or more.
        settings: what to compare.
        on_event: is told progress and notes.

    Raises:
        SettingError: ways that make no sense for these labels.
        DataError: fewer than two tasks.
        MissingExtraError: something is trained and PyTorch is not installed.
    """
    started = time.perf_counter()
    if len(examples.tasks) < 2:
        raise DataError(f"joint or separate is a question for two tasks or more; there is "
                        f"{len(examples.tasks)}")  # fmt: skip
    train = settings.train
    engine = choose_engine(precision=train.precision, device=train.device, threads=train.threads)
    directory = cache_directory(train.cache)
    with ActivationStore(directory) as store:
        ground = _ground(examples, settings, engine, store, Journal(directory), on_event)
        began = time.perf_counter()
        fitting = solve_tasks(ground)
        fitting.seconds = time.perf_counter() - began
        rung = shared_rung(fitting.backbone, train)
        if not is_solved(rung, train) and not can_train():
            raise MissingExtraError("training shared layers", "train")
        if SOFTMAX in settings.names:  # said before anything is trained
            only_one(fitting.prepared.labels, fitting.prepared.tasks)
        ways = tuple(run_way(name, fitting, rung, ground) for name in settings.names)
        # Of all widths together, as of all tasks: whoever looks at several finds one by chance.
        level = 1 - (1 - LEVEL) / max(len(settings.sweep), 1)
        sweep = tuple(_swept(width, fitting, ground, level=level) for width in settings.sweep)
        missing = _missing(fitting)
    figures = tuple(_figures(way, fitting) for way in ways)
    contests = tuple(_contest(ways[0], other, fitting) for other in ways[1:])
    prepared = fitting.prepared
    known = (fitting.targets >= 0).sum(axis=0)
    return TasksComparison(
        tasks=tuple(task.name for task in prepared.tasks),
        known=tuple(int(count) for count in known),
        ways=ways,
        figures=figures,
        contests=contests,
        sweep=sweep,
        missing=missing,
        what=str(rung),
        seconds=time.perf_counter() - started,
        notes=tuple(prepared.notes),
    )


def _ground(
    examples: Examples,
    settings: TasksCompareSettings,
    engine: EngineInfo,
    store: ActivationStore,
    journal: Journal,
    on_event: OnEvent,
) -> Ground:
    backbone = network_of(examples, settings.train)
    passed = frozen_features(examples, settings.train, backbone, engine, store, on_event)
    prepared: Prepared = prepare(examples, passed)
    for note in prepared.notes:
        on_event(Note(note))
    return Ground(settings.train, prepared, backbone, engine, store, journal, on_event)


def _swept(width: int, fitting: Fitting, ground: Ground, *, level: float) -> Contest:
    rung = rungs_of(fitting.backbone)[0].with_hidden((width,))
    ways = [run_way(name, fitting, rung, ground, width=width) for name in (JOINT, SEPARATE)]
    return _contest(ways[0], ways[1], fitting, width=width, level=level)


def _contest(
    one: Way, other: Way, fitting: Fitting, *, width: int | None = None, level: float = LEVEL
) -> Contest:
    names = [task.name for task in fitting.prepared.tasks]
    design: dict[str, Any] = {
        "outputs": outputs_of_tasks(fitting),
        "folds": _folds(fitting),
        "units": _units(fitting),
        "level": level,
    }
    auroc, log_loss = (
        judge_together(
            task_contrasts(
                fitting.targets, one.probabilities, other.probabilities, score=score, **design
            ),
            names,
            first=one.name,
            second=other.name,
        )
        for score in ("auroc", "log_loss")
    )
    return Contest(auroc, log_loss, width)


def _figures(way: Way, fitting: Fitting) -> TasksFigures:
    return tasks_figures(
        fitting.targets,
        way.probabilities,
        tasks=fitting.prepared.tasks,
        design="cross-validation",
        folds=_folds(fitting),
        units=_units(fitting),
    )


def _missing(fitting: Fitting) -> Missingness:
    return missingness(
        fitting.targets,
        fitting.folds[:1],
        outputs=outputs_of_tasks(fitting),
        names=[task.name for task in fitting.prepared.tasks],
        features=fitting.features,
        units=_units(fitting),
    )


def _folds(fitting: Fitting) -> int:
    return max(int(fitting.folds[0].max()) + 1, 2)


def _units(fitting: Fitting) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(fitting.prepared.units[fitting.prepared.train])


def names_are_ways(names: Sequence[str]) -> bool:
    """Whether a comparison is one of ways to learn several tasks: one of them says so."""
    return bool(set(names) & (set(WAYS) - {HEADS}))
