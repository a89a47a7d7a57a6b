"""What a comparison of ways to learn several tasks leaves, with verdicts of the real judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tests.report.documents import figure

from headstart.evaluation import Figure, TaskContrasts, TaskScore
from headstart.runs._contest import Contest
from headstart.strategy import Together, judge_together, sweep_sentences

Interval = tuple[float, float] | None
HELPS, HARMS, SAME, OPEN = (0.02, 0.1), (-0.1, -0.02), (-0.01, 0.01), (-0.1, 0.1)
WHY = "only one class in the held-out part"


def a_figure(interval: Interval, *, level: float = 0.95) -> Figure:
    if interval is None:
        return Figure(None, None, None, level, None, why=WHY)
    return Figure(sum(interval) / 2, *interval, level, "given")


def judged(
    differences: Mapping[str, Interval],
    *,
    mean: Interval = OPEN,
    score: TaskScore = "auroc",
    second: str = "separate",
    level: float = 0.95,
) -> Together:
    """Verdicts on differences in gain: of a log loss their sign is turned."""
    if score == "log_loss":
        differences = {name: _turned(each) for name, each in differences.items()}
        mean = _turned(mean)
    figures = tuple(a_figure(each, level=level) for each in differences.values())
    contrasts = TaskContrasts(
        score, figures, figures, a_figure(mean, level=level), np.full(len(figures), 50), 0.99
    )
    return judge_together(contrasts, list(differences), second=second)


def a_contest(
    differences: Mapping[str, Interval], *, size: int | str | None = None, **changes: Any
) -> Contest:
    auroc, log_loss = (judged(differences, score=score, **changes)
                       for score in ("auroc", "log_loss"))  # fmt: skip
    if isinstance(size, str):
        return Contest(auroc, log_loss, network=size)
    return Contest(auroc, log_loss, size)


def a_way(name: str, tasks: Sequence[str], *, epochs: Sequence[int] = (3,)) -> dict[str, Any]:
    mean = figure(0.876, 0.833, 0.912)
    told = {"defined": len(tasks), "of": len(tasks), "words": f"{len(tasks)} of {len(tasks)}"}
    return {
        "name": name,
        "what": f"{name} in words",
        "seconds": 12.25,
        "trainable_parameters": 1_234_567,
        "epochs": list(epochs),
        "summary": {"auroc": {**mean, **told}, "log_loss": {**figure(0.369, 0.319, 0.429), **told}},
        "figures": [
            {
                "task": task,
                "held_out": {"design": "cross-validation", "examples": 400, "folds": 5},
                "auroc": figure(0.75, 0.65, 0.85),
            }
            for task in tasks
        ],
    }


def fewer_labels(differences: Mapping[str, Interval], share: float, how: str) -> dict[str, Any]:
    """As of `headstart.runs._fewer_labels.FewerLabels.as_dict`, of tasks with 100, 200, ..."""
    names = list(differences)
    return {
        "hidden": share,
        "how": how,
        "text": "with labels hidden: and so on",
        "known": [round(100 * (place + 1) * (1 - share)) for place in range(len(names))],
        "ways": [a_way(name, names) for name in ("joint", "separate", "head")],
        "contests": [a_contest(differences).as_dict()],
    }


def a_missing(name: str, unknown: int, *, auroc: float | None = 0.5) -> dict[str, Any]:
    """A task whose unknown labels are told by the input, or not (0.5), or not asked of."""
    told = {} if auroc is None else {"input": figure(auroc, auroc - 0.1, auroc + 0.1)}
    warned = auroc is not None and auroc > 0.65
    return {"task": name, "known": 400 - unknown, "unknown": unknown, "auroc": told,
            "warning": f"'{name}': the input tells which" if warned else None}  # fmt: skip


def a_tasks_comparison(
    differences: Mapping[str, Interval] | None = None,
    *,
    known: Sequence[int] | None = None,
    sweep: Mapping[Any, Interval] | None = None,
    missing: Sequence[Mapping[str, Any]] = (),
    **changes: Any,
) -> dict[str, Any]:
    """As of `headstart.runs.TasksComparison.as_dict`.

    Args:
        differences: of joint less separate by task, in gain; also those of log loss.
        known: labels of each task.
        sweep: mean difference by width or network.
        missing: entries of `a_missing`; of all tasks, every label is known without.
        changes: replace entries.
    """
    given = {"stop": HELPS, "light": OPEN, "car": HARMS} if differences is None else differences
    names = list(given)
    counts = [100 * (place + 1) for place in range(len(names))] if known is None else known
    contests = [a_contest(given), a_contest(dict.fromkeys(given, SAME), mean=SAME, second="head")]
    level = 1 - 0.05 / max(len(sweep or {}), 1)
    swept = [
        a_contest(given, mean=mean, size=size, level=level) for size, mean in (sweep or {}).items()
    ]
    by_width = {contest.width: contest for contest in swept if contest.width is not None}
    return {
        "format_version": 1,
        "kind": "tasks",
        "what": "1 of 9 stages retrained",
        "sentences": ["joint against separate, by AUROC: and so on"],
        "tasks": [
            {"name": name, "known": count, "known_of_others": sum(counts) - count}
            for name, count in zip(names, counts, strict=True)
        ],
        "ways": [
            a_way("joint", names),
            a_way("separate", names, epochs=range(2, 2 + len(names))),
            a_way("head", names, epochs=(0,)),
        ],
        "contests": [contest.as_dict() for contest in contests],
        "sweep": [contest.as_dict() for contest in swept],
        "sweep_sentences": [
            *sweep_sentences({width: each.auroc for width, each in by_width.items()}),
            *sweep_sentences({width: each.log_loss for width, each in by_width.items()}),
        ],
        "fewer_labels": [],
        "missing": {
            "sentences": ["labels are not unknown at random in 1 of 3 tasks"] if missing else [],
            "asked": len(missing),
            "clues": ["input"] if missing else [],
            "tasks": list(missing) or [a_missing(name, 0, auroc=None) for name in names],
        },
        "notes": ["road.csv: read as 3 tasks"],
        "seconds": 65.2,
    } | changes


def _turned(interval: Interval) -> Interval:
    return None if interval is None else (-interval[1], -interval[0])
