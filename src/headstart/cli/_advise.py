"""``headstart advise``."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headstart.cli import _options
from headstart.cli._reading import reading, reading_arguments
from headstart.cli._text import printable

if TYPE_CHECKING:
    from headstart.examples import Survey, TaskSurvey
    from headstart.runs import Advised
    from headstart.strategy import Machine

_MARGIN = 13
"""Where the text behind a heading begins."""

_MOST_TASKS = 6

_KINDS = {"photo": "photos", "sound": "clips of sound", "vector": "feature vectors"}


@click.command(name="advise")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME",
    help="Network to start from, as --backbone takes it; timm:NAME=FILE; a model directory. "
    "May be given several times [efficientnet_lite0].",
)
@_options.threads
@_options.cache
@_options.as_json
@reading
def command(
    data: tuple[Path, ...],
    *,
    sources: tuple[str, ...],
    threads: int | None,
    cache: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Say what the numbers suggest for DATA before anything is trained, and why.

    Transfer and from how deep, one network for several tasks or one for each, or from scratch: from
    how many examples and labels there are, how many the source was trained on, whether both are the
    same kind of input, and what there is to compute with. No photo is opened. What only a
    measurement can tell is said, with its command and about how long that takes.
    """
    from headstart.runs import advise

    columns = reading_arguments(options)
    advised = advise(data, sources, threads=threads, cache=cache, **columns)
    if as_json:
        click.echo(json.dumps(advised.as_dict(), indent=1))
        return
    width = min(shutil.get_terminal_size().columns, 100)
    click.echo("\n".join(_lines(advised, max(width, 50))))


def _lines(advised: Advised, width: int) -> list[str]:
    advice = advised.advice
    lines = [
        f"Advice for {printable(advised.data)}",
        *_entry("data", _data(advised.found), width),
        *_entry("computer", [_computer(advised.machine)], width),
        "",
        *(click.style(line, bold=True) for line in textwrap.wrap(advice.headline, width)),
        "",
    ]
    for source in advised.sources:
        told = [] if source.trained_on is None else [f"Known from: {source.trained_on.origin}"]
        lines += _entry("source", [f"{source.name}: {source.sentence}", *told], width)
    lines += _entry("why", advice.reasons, width)
    lines += _entry("how deep", [advice.depth] if advice.depth else [], width)
    lines += _entry("careful", advice.careful, width)
    if advised.measure:
        lines += ["", "To be sure"]
    for each in advised.measure:
        lines += [
            f"  {printable(each.command)}",
            f"      {each.tells}, about {_time(each.seconds)}",
        ]
    return lines


def _entry(heading: str, sentences: Iterable[str], width: int) -> list[str]:
    """Sentences under a heading, wrapped beside it."""
    lines = []
    for sentence in sentences:
        words = printable(sentence.strip())
        lines += textwrap.wrap(
            f"{words}{'' if words.endswith('.') else '.'}",
            width,
            initial_indent=" " * _MARGIN,
            subsequent_indent=" " * _MARGIN,
            break_on_hyphens=False,
        )
    return [f"  {heading:<{_MARGIN - 2}}{lines[0].lstrip()}", *lines[1:]] if lines else []


def _data(found: Survey) -> list[str]:
    size = f"{found.examples:,} {_KINDS[found.kind]}"
    if found.width is not None:
        size += f" of {found.width:,} numbers"
    if found.seconds is not None:
        size += f", about {_time(found.seconds)}"
    if found.parts:
        size += f" ({', '.join(f'{count:,} {part}' for part, count in found.parts.items())})"
    if found.groups is not None:
        size += f", in {found.groups:,} groups"
    where = " to learn from" if found.parts else ""
    if len(found.tasks) == 1:
        return [size, _classes(found.tasks[0], where)]
    if found.tasks:
        size += f"; {len(found.tasks):,} tasks{where}"
    shown = [_task(task) for task in found.tasks[:_MOST_TASKS]]
    more = len(found.tasks) - _MOST_TASKS
    return [size, *shown, *([f"and {more:,} more tasks"] if more > 0 else [])]


def _classes(task: TaskSurvey, where: str) -> str:
    """The classes of the only task."""
    classes = f"{len(task.counts)} class{'' if len(task.counts) == 1 else 'es'}{where}"
    return f"{classes}: {_counts(task)}"


def _task(task: TaskSurvey) -> str:
    """One of several."""
    return f"{task.name}: {_counts(task)}"


def _counts(task: TaskSurvey) -> str:
    classes = sorted(task.counts.items(), key=lambda each: -each[1])
    shown = ", ".join(f"{name} {count:,}" for name, count in classes[:8])
    more = f" and {len(classes) - 8} more, from {classes[8][1]:,} down" if len(classes) > 8 else ""
    unknown = f", {task.unknown:,} unknown" if task.unknown else ""
    return f"{shown}{more}{unknown}"


def _computer(machine: Machine) -> str:
    return ", ".join(
        [
            f"{machine.threads} processor thread{'' if machine.threads == 1 else 's'}",
            "bfloat16" if machine.bf16 else "float32 only",
            "an NVIDIA GPU" if machine.gpu else "no GPU",
            f"PyTorch {'' if machine.pytorch else 'not '}installed",
            f"{machine.free_bytes / 1e9:,.0f} GB of disk free",
        ]
    )


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
