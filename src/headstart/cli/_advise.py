"""``headstart advise``."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headstart.cli import _options
from headstart.cli._text import printable

if TYPE_CHECKING:
    from headstart.examples import Survey, TaskSurvey
    from headstart.runs import Advised
    from headstart.strategy import Machine

_MARGIN = 13
"""Where the text behind a heading begins."""

_MOST_TASKS = 6


@click.command(name="advise")
@click.argument("data", type=click.Path(path_type=Path))
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
@_options.columns[0]
@_options.columns[1]
def command(
    data: Path,
    *,
    sources: tuple[str, ...],
    threads: int | None,
    cache: str | None,
    as_json: bool,
    file_column: str | None,
    label_column: str | None,
) -> None:
    """Say what the numbers suggest for DATA before anything is trained, and why.

    Transfer and from how deep, multi-task, or from scratch: from how many examples there are, how
    many the source was trained on, whether both are the same kind of input, and what there is to
    compute with. No photo is opened. What only a measurement can tell is said, with its command and
    about how long that takes.
    """
    from headstart.runs import advise

    advised = advise(
        data,
        sources,
        file_column=file_column,
        label_column=label_column,
        threads=threads,
        cache=cache,
    )
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
    many = "photos" if found.kind == "photo" else "clips of sound"
    size = f"{found.examples:,} {many}"
    if found.seconds is not None:
        size += f", about {_time(found.seconds)}"
    if found.parts:
        size += f" ({', '.join(f'{count:,} {part}' for part, count in found.parts.items())})"
    if found.groups is not None:
        size += f", in {found.groups:,} groups"
    tasks = found.tasks[:_MOST_TASKS]
    named = len(found.tasks) > 1
    more = (
        [f"and {len(found.tasks) - len(tasks)} more tasks"] if len(found.tasks) > len(tasks) else []
    )
    where = " to learn from" if found.parts else ""
    return [size, *(_task(task, where, named=named) for task in tasks), *more]


def _task(task: TaskSurvey, where: str, *, named: bool) -> str:
    classes = sorted(task.counts.items(), key=lambda each: -each[1])
    shown = ", ".join(f"{name} {count:,}" for name, count in classes[:8])
    more = f" and {len(classes) - 8} more, from {classes[8][1]:,} down" if len(classes) > 8 else ""
    unknown = f", {task.unknown:,} unknown" if task.unknown else ""
    what = f"{task.name}: " if named else ""
    word = "class" if len(classes) == 1 else "classes"
    return f"{what}{len(classes)} {word}{where}: {shown}{more}{unknown}"


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
