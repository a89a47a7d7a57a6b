"""``headstart report``."""

from __future__ import annotations

from pathlib import Path

import click

from headstart.cli import _options
from headstart.cli._text import printable


@click.command(name="report")
@_options.model
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False),
              help="Where to write [MODEL/report.html].")  # fmt: skip
@click.option(
    "--photos",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the photos lie now, if they were moved since training.",
)
@_options.cache
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
def command(
    model: Path,
    *,
    output: Path | None,
    photos: Path | None,
    cache: str | None,
    open_it: bool,
) -> None:
    """Write the report of MODEL anew: one HTML file that needs no network to be read."""
    from headstart.report import write_report
    from headstart.runs import cache_directory

    path = write_report(model, output=output, photos_root=photos, cache=cache_directory(cache))
    click.echo(printable(str(path)))
    if open_it:
        click.launch(str(path))
