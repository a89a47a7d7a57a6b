"""``headstart evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._reading import reading, reading_arguments


@click.command(name="evaluate")
@_options.model
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    help="Look at this part of DATA only.",
)
@reading
@_options.device
@_options.threads
@_options.cache
@_options.as_json
@_options.quiet
def command(
    model: Path,
    data: tuple[Path, ...],
    *,
    part: str | None,
    device: str,
    threads: int | None,
    cache: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Figures of MODEL on the labelled photos of DATA, without those it was trained on.

    DATA is what `train` takes. Tasks and classes are found by their names; tasks that only the
    model or only DATA has are named and left out.
    """
    from headstart.cli._console import telling
    from headstart.model import load
    from headstart.runs import evaluate, read_for, training_hashes

    loaded = load(model, device=device, threads=threads)
    examples = read_for(loaded, data if len(data) > 1 else data[0], **reading_arguments(options))
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
    click.echo(_summary(found.as_dict()))


def _summary(found: dict[str, Any]) -> str:
    from headstart.cli._figures import figure_lines, figures_of

    lines = [found["verdict"], figures_of(found) if "tasks" in found else figure_lines(found)]
    if aside := found["quarantined"]:
        first = f"{aside[0]['file']!r} ({aside[0]['reason']})"
        lines.append(f"  {len(aside)} left out, the first: {first}")
    return "\n".join(lines)
