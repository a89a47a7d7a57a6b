"""Is "?" random? Whether it can be told which labels are unknown, and from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import Figure, task_contrasts
from headstart.examples import UNKNOWN, Outputs
from headstart.strategy._indicators import from_features, from_other_labels, from_sources

Clue = Literal["input", "source", "other labels"]
CLUES: tuple[Clue, ...] = get_args(Clue)

FEWEST_TO_ASK = 10
"""Unknown, or known, labels of a task below which nothing is asked of it."""

_TELLS: Mapping[Clue, str] = {
    "input": "the input tells which",
    "source": "the source tells which",
    "other labels": "the other labels tell which",
}

TELLING_FROM = 0.55
"""AUROC that the interval must lie above before anybody is warned: at 0.5 nothing can be told,
and what lies between could not move a figure by much."""


@dataclass(frozen=True)
class Missing:
    """Whether the unknown labels of one task are unknown at random.

    Attributes:
        name: of the task.
        known: labels.
        unknown: examples without one.
        told_by: AUROC of telling the unknown from the known by each clue, held out; intervals that
            hold for all tasks and clues together.
    """

    name: str
    known: int
    unknown: int
    told_by: Mapping[Clue, Figure]

    @property
    def clues(self) -> list[Clue]:
        """Those that tell more than matters, the strongest first."""
        found = [clue for clue, figure in self.told_by.items()
                 if figure.low is not None and figure.low > TELLING_FROM]  # fmt: skip
        return sorted(found, key=lambda clue: -(self.told_by[clue].value or 0.0))

    @property
    def strength(self) -> float:
        """The largest AUROC that there is a warning for; 0 without one."""
        return max((self.told_by[clue].value or 0.0 for clue in self.clues), default=0.0)

    def __str__(self) -> str:
        """As in "'stop' (120 of 600 unknown): the input tells which (AUROC 0.81, 95 % 0.7 ...)"."""
        share = f"'{self.name}' ({self.unknown:,} of {self.known + self.unknown:,} unknown)"
        if not self.clues:
            return f"{share}: no clue tells which"
        told = " and ".join(f"{_TELLS[clue]} {_interval(self.told_by[clue])}"
                            for clue in self.clues)  # fmt: skip
        return f"{share}: {told}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "task": self.name,
            "known": self.known,
            "unknown": self.unknown,
            "warning": str(self) if self.clues else None,
            "auroc": {clue: figure.as_dict() for clue, figure in self.told_by.items()},
        }


@dataclass(frozen=True)
class Missingness:
    """Whether unknown labels are unknown at random, over all tasks.

    Attributes:
        tasks: in their order.
        clues: that were looked at.
    """

    tasks: tuple[Missing, ...]
    clues: tuple[Clue, ...]

    @property
    def warned(self) -> list[Missing]:
        """Tasks whose unknown labels are not unknown at random, the clearest first."""
        return sorted((task for task in self.tasks if task.clues), key=lambda task: -task.strength)

    @property
    def asked(self) -> int:
        """Tasks with enough labels of both kinds."""
        return sum(any(figure.value is not None for figure in task.told_by.values())
                   for task in self.tasks)  # fmt: skip

    @property
    def _at_most(self) -> float:
        ends = (figure.high for task in self.tasks for figure in task.told_by.values())
        return max(end for end in ends if end is not None)

    @property
    def sentences(self) -> list[str]:
        """A warning with the clearest tasks; that there is none; or that nothing was asked."""
        if not self.asked:
            return []
        if not self.warned:
            looked = " or ".join(self.clues)
            return [
                f"no sign that labels of {_tasks(self.asked)} are unknown for a reason: no AUROC "
                f"of telling them by {looked} is clearly above {TELLING_FROM:g} (the largest may "
                f"be {self._at_most:.2f})"
            ]
        return [
            f"labels are not unknown at random in {len(self.warned):,} of {_tasks(self.asked)}: "
            "what is measured on examples with a label need not hold for those without one",
            *map(str, self.warned[:3]),
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"sentences": self.sentences, "asked": self.asked, "clues": list(self.clues),
                "tasks": [task.as_dict() for task in self.tasks]}  # fmt: skip


def missingness(
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    *,
    outputs: Outputs,
    names: Sequence[str],
    features: NDArray[np.floating] | None = None,
    sources: NDArray[np.int64] | None = None,
    units: NDArray[np.int64] | None = None,
    level: float = 0.95,
) -> Missingness:
    """Whether being unknown can be predicted, and from what.

    Args:
        targets: int64 ``(examples, tasks)``, -1 where unknown.
        folds: of each example in each repeat, -1 for always in training; int64
            ``(repeats, examples)``. Units do not stand on both sides.
        outputs: of the tasks.
        names: of the tasks.
        features: of the inputs, finite ``(examples, width)``; ``None`` where there are none.
        sources: where each example comes from, such as a hospital: few, with many units each;
            int64 ``(examples,)``.
        units: dependent examples share a unit; ``None`` where there are none.
        level: at which all intervals hold together.

    Raises:
        SettingError: arrays that do not fit together.
    """
    targets, folds = np.asarray(targets, dtype=np.int64), np.asarray(folds, dtype=np.int64)
    _check(targets, folds, outputs, names, features, sources)
    known = (targets != UNKNOWN).sum(axis=0)
    unknown = len(targets) - known
    asked = np.flatnonzero((known >= FEWEST_TO_ASK) & (unknown >= FEWEST_TO_ASK))
    wanted = (targets[:, asked] == UNKNOWN).astype(np.int64)
    predictions = dict(_predictions(targets, folds, outputs, asked, features, sources))
    figures: list[dict[Clue, Figure]] = [{} for _ in names]
    for clue, said in predictions.items():
        each = 1 - (1 - level) / len(predictions)
        for task, figure in zip(asked, _areas(wanted, said, folds, units, each, level),
                                strict=True):  # fmt: skip
            figures[task][clue] = figure
    tasks = tuple(
        Missing(name, int(some), int(none), told)
        for name, some, none, told in zip(names, known, unknown, figures, strict=True)
    )
    return Missingness(tasks, tuple(predictions))


def _predictions(
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    outputs: Outputs,
    asked: NDArray[np.int64],
    features: NDArray[np.floating] | None,
    sources: NDArray[np.int64] | None,
) -> Iterator[tuple[Clue, NDArray[np.float64]]]:
    """What each clue says of the tasks that are asked of, ``(repeats, examples, asked)``."""
    if not len(asked):
        return
    wanted = (targets[:, asked] == UNKNOWN).astype(np.float64)
    if features is not None:
        yield "input", from_features(features, wanted, folds)
    if sources is not None and len(np.unique(sources)) > 1:
        yield "source", from_sources(sources, wanted, folds)
    if outputs.tasks > 1:
        yield "other labels", from_other_labels(targets, outputs, folds)[:, :, asked]


def _areas(
    wanted: NDArray[np.int64],
    said: NDArray[np.float64],
    folds: NDArray[np.int64],
    units: NDArray[np.int64] | None,
    each: float,
    level: float,
) -> list[Figure]:
    """AUROC of each task with intervals for all of them."""
    # Any order-preserving way into 0 to 1 will do: only ranks count.
    of_one = 1 / (1 + np.exp(-4 * (said - 0.5)))
    rows = np.stack([1 - of_one, of_one], axis=-1).reshape(*said.shape[:2], -1)
    found = task_contrasts(
        wanted, rows, None, outputs=Outputs((2,) * wanted.shape[1]), score="auroc",
        folds=max(int(folds.max()) + 1, 2), units=units, level=each,
    ).simultaneous  # fmt: skip
    return [
        replace(figure, level=level)
        if figure.low is None or figure.high is None
        else replace(figure, low=max(figure.low, 0.0), high=min(figure.high, 1.0), level=level)
        for figure in found
    ]


def _check(
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    outputs: Outputs,
    names: Sequence[str],
    features: NDArray[np.floating] | None,
    sources: NDArray[np.int64] | None,
) -> None:
    faults = []
    if targets.ndim != 2 or targets.shape[1] != outputs.tasks or len(names) != outputs.tasks:
        faults.append(
            f"targets have the shape {targets.shape} and there are {len(names)} names; expected "
            f"{outputs.tasks} tasks"
        )
    for what, given in (("folds", folds.T), ("features", features), ("sources", sources)):
        if given is not None and len(given) != len(targets):
            faults.append(f"{what} are given for {len(given)} examples; expected {len(targets)}")
    if features is not None and not np.isfinite(features).all():
        faults.append("features are not all finite")
    if faults:
        raise SettingError("; ".join(faults))


def _interval(figure: Figure) -> str:
    return (
        f"(AUROC {figure.value:.2f}, {100 * figure.level:g} % {figure.low:.2f} to "
        f"{figure.high:.2f})"
    )


def _tasks(count: int) -> str:
    return "one task" if count == 1 else f"{count:,} tasks"
