"""Joint or separate: ways to learn several tasks, compared on the same folds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from headstart.activations import ActivationStore, EngineInfo, choose_engine
from headstart.errors import DataError, MissingExtraError, SettingError
from headstart.evaluation import TasksFigures
from headstart.evaluation import summary as summary_of
from headstart.examples import Examples
from headstart.runs._contest import LEVEL, Contest, figures_of
from headstart.runs._depth import can_train, is_solved, shared_rung
from headstart.runs._events import Note, OnEvent, ignore
from headstart.runs._fewer_labels import FewerLabels, Hiding, with_fewer_labels
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared, prepare
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._swept import sizes_of, swept
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
    missingness,
    sweep_sentences,
)


@dataclass(frozen=True)
class TasksCompareSettings:
    """What to compare; checked as a whole when made.

    Attributes:
        names: ways to learn, of `WAYS`; the first is compared with each of the others.
        sweep: sizes at which joint and separate are compared too: widths of a shared hidden layer,
            and names of networks to start from, as of `headstart.runs.CompareSettings.names`.
        hide: labels to hide from training, to see what labels are worth.
        train: how to train: what is shared (``retrain``, ``hidden``), seed, folds, device, ...

    Raises:
        SettingError: names every setting that cannot be used.
    """

    names: tuple[str, ...] = (JOINT, SEPARATE)
    sweep: tuple[int | str, ...] = ()
    hide: tuple[Hiding, ...] = ()
    train: TrainSettings = field(default_factory=TrainSettings)

    def __post_init__(self) -> None:
        faults = [f"{name!r} is no way to learn several tasks" for name in self.names
                  if name not in WAYS]  # fmt: skip
        if len(set(self.names)) < 2:
            faults.append("two different ways or more are needed")
        widths = [size for size in self.sweep if isinstance(size, int)]
        if any(width < 1 for width in widths) or any(a >= b for a, b in pairwise(widths)):
            faults.append("widths of a sweep must be 1 or more, in rising order")
        asked = [str(one) for one in (*self.sweep, *self.hide)]
        if twice := sorted({one for one in asked if asked.count(one) > 1}):
            faults.append(f"{', '.join(twice)} is there twice; name each once")
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
        sweep: of joint and separate at each size, with intervals for all sizes together.
        fewer: the ways with fewer labels, with intervals for all of these together.
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
    fewer: tuple[FewerLabels, ...]
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
        found += [f"{contest.size}: {contest.auroc}" for contest in self.sweep]
        found += map(str, self.fewer)
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
            "fewer_labels": [fewer.as_dict() for fewer in self.fewer],
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
        SettingError: ways that make no sense for these labels, or sizes for this data.
        BackboneError: the weights of a network are missing.
        DataError: fewer than two tasks.
        MissingExtraError: something is trained and PyTorch is not installed.
    """
    started = time.perf_counter()
    if len(examples.tasks) < 2:
        raise DataError(f"joint or separate is a question for two tasks or more; there is "
                        f"{len(examples.tasks)}")  # fmt: skip
    train = settings.train
    sizes = sizes_of(settings.sweep, train, input_kind=examples.input_kind)
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
        sweep = tuple(swept(examples, size, fitting, ground, level=_level(len(sizes)))
                      for size in sizes)  # fmt: skip
        fewer = tuple(
            with_fewer_labels(hiding, settings.names, fitting, rung, ground,
                              level=_level(len(settings.hide)))
            for hiding in settings.hide
        )  # fmt: skip
        missing = _missing(fitting)
    figures = tuple(figures_of(way, fitting) for way in ways)
    contests = tuple(Contest.of(ways[0], other, fitting) for other in ways[1:])
    prepared = fitting.prepared
    known = (fitting.targets >= 0).sum(axis=0)
    return TasksComparison(
        tasks=tuple(task.name for task in prepared.tasks),
        known=tuple(int(count) for count in known),
        ways=ways,
        figures=figures,
        contests=contests,
        sweep=sweep,
        fewer=fewer,
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


def _level(questions: int) -> float:
    """Of intervals that hold for so many questions together: one of many is found by chance."""
    return 1 - (1 - LEVEL) / max(questions, 1)


def _missing(fitting: Fitting) -> Missingness:
    return missingness(
        fitting.targets,
        fitting.folds[:1],
        outputs=outputs_of_tasks(fitting),
        names=[task.name for task in fitting.prepared.tasks],
        features=fitting.features,
        units=fitting.units,
    )


def names_are_ways(names: Sequence[str]) -> bool:
    """Whether a comparison is one of ways to learn several tasks: one of them says so."""
    return bool(set(names) & (set(WAYS) - {HEADS}))
