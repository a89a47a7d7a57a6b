"""What a comparison of ways to learn several tasks found, as lines of text."""

from __future__ import annotations

from typing import Any

from headstart.cli._console import table
from headstart.cli._figures import with_ends
from headstart.cli._text import printable

MOST_TASKS = 30
"""More are not printed, but the most helped and the most harmed; all stand in the report."""

_ON_A_SIDE = 10


def tasks_summary(found: dict[str, Any]) -> str:
    """Verdicts first, then figures of the ways, the tasks, sizes and fewer labels, then warnings.

    Args:
        found: as of `headstart.runs.TasksComparison.as_dict`.
    """
    blocks = [_verdicts(found["contests"]), _ways(found["ways"])]
    blocks += [_task_by_task(contest) for contest in found["contests"][:1]]
    if found["sweep"]:
        blocks += [_sizes(found["sweep"])]
    if found["sweep_sentences"]:
        blocks.append(_lines(found["sweep_sentences"]))
    if found["fewer_labels"]:
        blocks.append(_fewer_labels(found))
    if found["missing"]["sentences"]:
        blocks.append(_lines(found["missing"]["sentences"]))
    blocks.append(f"  shared: {found['what']}; {found['seconds']:.0f} s")
    return "\n\n".join(blocks)


def _lines(sentences: list[str]) -> str:
    return "\n".join(map(printable, sentences))


def _verdicts(contests: list[dict[str, Any]]) -> str:
    """Of the first contest the mean over tasks too; single tasks stand in the table."""
    said = []
    for place, contest in enumerate(contests):
        by_auroc = contest["auroc"]
        against = f"{by_auroc['first']} against {by_auroc['second']}"
        said.append(f"{against}, by AUROC: {by_auroc['verdict']}")
        if not place and len(by_auroc["sentences"]) > 1:
            said.append(by_auroc["sentences"][-1])
        said.append(f"{against}, by log loss: {contest['log_loss']['verdict']}")
    return _lines(said)


def _ways(ways: list[dict[str, Any]]) -> str:
    rows = [("", "mean AUROC", "mean log loss", "networks", "numbers fitted", "seconds")]
    rows += [
        (
            way["name"],
            with_ends(way["summary"]["auroc"]),
            with_ends(way["summary"]["log_loss"]),
            f"{len(way['epochs']):,}",
            f"{way['trainable_parameters']:,}",
            f"{way['seconds']:.1f}",
        )
        for way in ways
    ]
    return table(rows)


def _task_by_task(contest: dict[str, Any]) -> str:
    """Differences, from the most helped task to the most harmed."""
    first, second = contest["auroc"]["first"], contest["auroc"]["second"]
    log_loss = {task["task"]: task for task in contest["log_loss"]["tasks"]}
    tasks = contest["auroc"]["tasks"]
    told = [task for task in tasks if task["difference"]["value"] is not None]
    told.sort(key=lambda task: -task["difference"]["value"])
    untold = [task for task in tasks if task["difference"]["value"] is None]
    rows: list[tuple[str, ...]] = [
        (
            f"  {printable(task['task'])}",
            f"{task['known']:,}",
            *_difference(task, points=True),
            *_difference(log_loss[task["task"]], points=False),
        )
        for task in [*told, *untold]
    ]
    if len(rows) > MOST_TASKS and len(told) > 2 * _ON_A_SIDE:
        more = (f"  and {len(rows) - 2 * _ON_A_SIDE:,} more", *[""] * 5)
        rows = [*rows[:_ON_A_SIDE], more, *rows[len(told) - _ON_A_SIDE : len(told)]]
    elif len(rows) > MOST_TASKS:
        rows = [*rows[:MOST_TASKS], (f"  and {len(rows) - MOST_TASKS:,} more", *[""] * 5)]
    head = (f"  {first} less {second}", "known", "AUROC, points", "", "log loss", "")
    return table([head, *rows])


def _sizes(sweep: list[dict[str, Any]]) -> str:
    level = sweep[0]["auroc"]["mean"]["difference"]["level"]
    rows = [(f"  shared, {100 * level:.3g} % each", "AUROC, points", "", "harms", "log loss", "",
             "harms")]  # fmt: skip
    rows += [
        (
            f"  {printable(contest['network'] or format(contest['width'], ','))}",
            *_difference(contest["auroc"]["mean"], points=True),
            _harmed(contest["auroc"]),
            *_difference(contest["log_loss"]["mean"], points=False),
            _harmed(contest["log_loss"]),
        )
        for contest in sweep
    ]
    return table(rows)


def _fewer_labels(found: dict[str, Any]) -> str:
    """Mean AUROC of each way by how many labels it was trained on, all labels first."""
    names = [way["name"] for way in found["ways"]]
    first = found["contests"][0]["auroc"]
    everything = sum(task["known"] for task in found["tasks"])
    rows = [("  trained on", "labels", *(f"{name}, mean AUROC" for name in names),
             f"{first['first']} less {first['second']}", "")]  # fmt: skip
    fewer = [(f"{100 * less['hidden']:.0f} % hidden{', rarer more' * (less['how'] == 'rare')}",
              sum(less["known"]), less) for less in found["fewer_labels"]]  # fmt: skip
    for label, known, less in [("all labels", everything, found), *fewer]:
        rows.append(
            (
                f"  {label}",
                f"{known:,}",
                *(with_ends(way["summary"]["auroc"]) for way in less["ways"]),
                *_difference(less["contests"][0]["auroc"]["mean"], points=True),
            )
        )
    return table(rows)


def _harmed(judged: dict[str, Any]) -> str:
    count = sum(task["word"] == "harms" for task in judged["tasks"])
    return f"{count:,} of {judged['compared']:,}"


def _difference(judged: dict[str, Any], *, points: bool) -> tuple[str, str]:
    """A difference with its interval, and what may be said of it."""
    figure = judged["difference"]
    if figure["value"] is None:
        return "-", "not compared"
    value = _signed(figure["value"], points=points)
    if figure["low"] is None or figure["high"] is None:
        return value, judged["word"]
    low, high = (_signed(figure[end], points=points) for end in ("low", "high"))
    return f"{value} ({low} to {high})", judged["word"]


def _signed(value: float, *, points: bool) -> str:
    number, digits = (100 * value, 1) if points else (value, 3)
    # Adding 0 makes of -0.0 a 0.0.
    return f"{round(number, digits) + 0.0:+.{digits}f}".replace("-", "−")
