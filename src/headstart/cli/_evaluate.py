"""``headstart evaluate``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headstart.cli import _options


@click.command(name="evaluate")
@_options.model
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    help="Look at this part of DATA only.",
)
@_options.columns[0]
@_options.columns[1]
@_options.device
@_options.threads
@_options.cache
@_options.as_json
@_options.quiet
def command(
    model: Path,
    data: Path,
    *,
    part: str | None,
    file_column: str | None,
    label_column: str | None,
    device: str,
    threads: int | None,
    cache: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Figures of MODEL on the labelled photos of DATA, without those it was trained on."""
    from headstart.cli._console import telling
    from headstart.cli._figures import figure_lines
    from headstart.examples import read_examples
    from headstart.model import load
    from headstart.runs import evaluate, training_hashes

    loaded = load(model, device=device, threads=threads)
    examples = read_examples(
        data, file_column=file_column, label_column=label_column, for_training=False
    )
    with telling(quiet=quiet) as on_event:
        found = evaluate(
            loaded,
            examples,
            trained_on=training_hashes(model),
            part=part,
            cache=cache,
            on_event=on_event,
        )
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=1))
        return
    click.echo(found.verdict)
    click.echo(figure_lines(found.as_dict()))
    if found.set_aside:
        name, why = found.set_aside[0]
        click.echo(f"  {len(found.set_aside)} left out, the first: {name!r} ({why})")
