"""``headstart train``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._text import printable


@click.command(name="train")
@click.argument("data", type=click.Path(path_type=Path))
@_options.training
@_options.columns[0]
@_options.columns[1]
def command(
    data: Path, *, file_column: str | None, label_column: str | None, **options: Any
) -> None:
    """Train a model on DATA: a folder of class folders, or a CSV, Parquet or JSON Lines table.

    The folder may have train/, val/ and test/ above the class folders. A table needs a file column
    (file_name, file, path, image or filename) and a label column, and may have the columns split
    and group.
    """
    train_and_print(data, options, file_column=file_column, label_column=label_column)


def train_and_print(data: Path, options: dict[str, Any], **columns: Any) -> None:
    """Train, then print what was found and where it is."""
    from headstart._api import default_model_directory, train_and_report
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
    from headstart.cli._figures import figure_lines

    aside = metrics["quarantined"]
    why = metrics["plan"]["why"]
    lines = [metrics["verdict"], f"{why[:1].upper()}{why[1:]}.", figure_lines(metrics["tasks"][0])]
    if aside:
        first = ", ".join(f"{entry['file']!r} ({entry['reason']})" for entry in aside[:3])
        lines.append(f"  {len(aside)} set aside: {first}{' ...' if len(aside) > 3 else ''}")
    seconds, cache = metrics["seconds"], metrics["cache"]
    lines += [
        f"  {seconds['total']:.1f} s, of which the frozen pass {seconds['frozen_pass']:.1f} s "
        f"({cache['hits']} photos from the store, {cache['misses']} computed)",
        f"model   {printable(str(out))}",
        f"report  {printable(str((out / 'report.html').absolute()))}",
    ]
    return "\n".join(lines)
