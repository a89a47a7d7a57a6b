"""A comparison of ways to learn several tasks -> what its page shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._balance import Balance, read_balance, stands_to_gain
from headstart.report._clues import Clues, read_clues
from headstart.report._every_task import EveryTask, read_every_task
from headstart.report._fewer_labels import FewerLabels, read_fewer_labels
from headstart.report._how_compared import how_compared
from headstart.report._sweep import Sweep, read_sweep
from headstart.report._versus import Versus, read_versus
from headstart.report._ways import WayRow, read_ways

JOINT = "joint"


@dataclass(frozen=True)
class TasksPage:
    """What the page shows.

    Attributes:
        title: the name of the data.
        question: what the headline answers.
        headline: the most important verdict.
        findings: the others.
        facts: name and value.
        ways: the table of ways.
        contests: the first way against each of the others.
        balance: what the tasks know; None where that cannot be told.
        counts: that in words, and what was measured of the tasks that stand to gain.
        sweep: over sizes; None where there was none.
        fewer: with labels hidden; None where none were.
        clues: whether "?" is random; None where every label is known.
        every: figures of every task by every way.
        measured: how, a paragraph each.
        notes: what to keep in mind.
    """

    title: str
    question: str
    headline: str
    findings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    ways: tuple[WayRow, ...]
    contests: tuple[Versus, ...]
    balance: Balance | None
    counts: tuple[str, ...]
    sweep: Sweep | None
    fewer: FewerLabels | None
    clues: Clues | None
    every: EveryTask
    measured: tuple[str, ...]
    notes: tuple[str, ...]


def read_tasks_comparison(found: Mapping[str, object], *, title: str) -> TasksPage:
    """What the page is to show of the figures of `headstart.runs.TasksComparison.as_dict`.

    Args:
        found: the figures.
        title: the name of the data.
    """
    tasks = fields.mappings(found.get("tasks"))
    contests = tuple(read_versus(contest) for contest in fields.mappings(found.get("contests")))
    sweep, clues = read_sweep(found), read_clues(found)
    balance = read_balance(tasks, plan={}, input_kind="")
    return TasksPage(
        title=form.visible(title),
        question=_question(contests),
        headline=_headline(contests, tasks=len(tasks)),
        findings=_findings(contests, sweep, clues),
        facts=_facts(found, tasks),
        ways=read_ways(found),
        contests=contests,
        balance=balance,
        # The last sentence is about what a model shares, and there is none.
        counts=(*balance.sentences[:-1], *_gains(tasks, contests)) if balance else (),
        sweep=sweep,
        fewer=read_fewer_labels(found),
        clues=clues,
        every=read_every_task(found, contests[0].everything if contests else {}),
        measured=how_compared(found, contests, swept=sweep.level if sweep else ""),
        notes=tuple(form.visible(note) for note in fields.texts(found.get("notes"))),
    )


def _question(contests: Sequence[Versus]) -> str:
    if not contests:
        return ""
    return form.sentence(f"{_against(contests[0])}, by AUROC").rstrip(".")


def _against(contest: Versus) -> str:
    return f"{contest.first} against {contest.second}"


def _headline(contests: Sequence[Versus], *, tasks: int) -> str:
    if contests and contests[0].verdicts:
        return contests[0].verdicts[0]
    return f"Ways to learn {form.counted(tasks, 'task', 'tasks')} compared"


def _findings(
    contests: Sequence[Versus], sweep: Sweep | None, clues: Clues | None
) -> tuple[str, ...]:
    """The first contest in full, and the first sentence of what has a section of its own."""
    found = list(contests[0].verdicts[1:]) if contests else []
    found += [form.sentence(f"{_against(each)}, by AUROC: {each.verdict}")
              for each in contests[1:] if each.verdict]  # fmt: skip
    found += sweep.sentences[:1] if sweep else ()
    found += clues.sentences[:1] if clues else ()
    return tuple(found)


def _facts(
    found: Mapping[str, object], tasks: Sequence[Mapping[str, object]]
) -> tuple[tuple[str, str], ...]:
    known = sum(fields.whole(task.get("known")) or 0 for task in tasks)
    return (
        ("tasks", form.count(len(tasks))),
        ("known labels", form.count(known)),
        ("trained", form.visible(fields.text(found.get("what"))) or form.DASH),
        ("took", form.seconds(fields.number(found.get("seconds")) or 0.0)),
        ("made", form.moment(datetime.now(UTC).isoformat())),
    )


def _gains(tasks: Sequence[Mapping[str, object]], contests: Sequence[Versus]) -> list[str]:
    """What was measured of the tasks that stand to gain by their counts, where not all do."""
    gaining = [
        fields.text(task.get("name"))
        for task in tasks
        if stands_to_gain(
            fields.whole(task.get("known")) or 0, fields.whole(task.get("known_of_others")) or 0
        )
    ]
    if not contests or contests[0].first != JOINT or not 0 < len(gaining) < len(tasks):
        return []
    compared = contests[0].everything
    words = Counter(compared[name][0].word for name in gaining if name in compared)
    parts = [f"helps {_number(words['helps'])} of them", f"harms {_number(words['harms'])}"]
    if words["no gain"]:
        parts.append(f"makes no difference to speak of to {_number(words['no gain'])}")
    untold = sum(words.values()) - words["helps"] - words["harms"] - words["no gain"]
    rest = f"; of {_number(untold)} it cannot be told" if untold else ""
    return [f"Measured by AUROC against {contests[0].second}, {JOINT} {form.listing(parts)}{rest}."]


def _number(count: int) -> str:
    return form.count(count) if count else "none"
