"""``headstart train``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._reading import reading, reading_arguments, task_weights
from headstart.cli._text import printable


@click.command(name="train")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@_options.training
@click.option(
    "--focus",
    metavar="TASK",
    help="Train for this task: choose which others help it, and say what they were worth.",
)
@task_weights
@reading
def command(data: tuple[Path, ...], **options: Any) -> None:
    """Train a model on DATA: a folder of class folders, or a CSV, Parquet or JSON Lines table.

    The folder may have train/, val/ and test/ above the class folders. A table needs a file column
    (file_name, file, path, image or filename) and a label column, and may have the columns split
    and group. Without a label column every column of classes is a task of its own: one model
    answers them all, and what is unknown is left out. Several tables are joined on their files; a
    folder of drawn boxes (PASCAL VOC, COCO) becomes yes or no per class.
    """
    columns = reading_arguments(options)
    train_and_print(data if len(data) > 1 else data[0], options, **columns)


def train_and_print(data: Path | tuple[Path, ...], options: dict[str, Any], **columns: Any) -> None:
    """Train, then print what was found and where it is."""
    from headstart._jobs import default_model_directory, train_and_report
    from headstart.cli._console import telling
    from headstart.runs import TrainSettings

    out: Path = options.pop("out") or default_model_directory(data)
    as_json, quiet = options.pop("as_json"), options.pop("quiet")
    with telling(quiet=quiet) as on_event:
        run = train_and_report(
            data,
            TrainSettings(**options),
            out=out,
            command=_options.command_line(),
            on_event=on_event,
            **columns,
        )
    if as_json:
        click.echo(json.dumps(run.metrics | {"model": str(out)}, indent=1))
    elif not quiet:
        click.echo(_summary(run.metrics, out))


def _summary(metrics: dict[str, Any], out: Path) -> str:
    from headstart.cli._figures import figures_of

    aside = metrics["quarantined"]
    why = metrics["plan"]["why"]
    focus, missing = metrics.get("focus") or {}, metrics.get("missing") or {}
    said = [f"{why[:1].upper()}{why[1:]}.", *focus.get("sentences", ())[1:]]
    said += missing.get("sentences", ())
    lines = [metrics["verdict"], *said, figures_of(metrics)]
    if aside:
        first = ", ".join(f"{entry['file']!r} ({entry['reason']})" for entry in aside[:3])
        lines.append(f"  {len(aside)} set aside: {first}{' ...' if len(aside) > 3 else ''}")
    seconds, cache = metrics["seconds"], metrics["cache"]
    passed = ""
    if metrics["plan"]["weighted_stages"]:  # feature vectors go through no network
        passed = (
            f", of which the frozen pass {seconds['frozen_pass']:.1f} s "
            f"({cache['hits']} photos from the store, {cache['misses']} computed)"
        )
    lines += [
        f"  {seconds['total']:.1f} s{passed}",
        f"model   {printable(str(out))}",
        f"report  {printable(str((out / 'report.html').absolute()))}",
    ]
    return "\n".join(lines)
