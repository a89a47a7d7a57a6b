"""``headstart predict``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from headstart.cli import _options
from headstart.errors import DataError


@click.command(name="predict")
@_options.model
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "f32", "bf16"]),
    default="auto",
    show_default=True,
    help="auto: that of the training, where this processor computes in it.",
)
@_options.device
@_options.threads
@_options.quiet
def command(
    model: Path,
    files: tuple[Path, ...],
    *,
    style: str,
    as_json: bool,
    precision: str,
    device: str,
    threads: int | None,
    quiet: bool,
) -> None:
    """Predict photos with the model in MODEL. A folder stands for the photos in it.

    A model of several tasks answers them all: the table names what is answered with yes, and the
    class of every other task; csv and json hold the probabilities of all.
    """
    from headstart.cli._answers import answers_text
    from headstart.cli._console import telling
    from headstart.model import load
    from headstart.runs import Progress

    asked = None if precision == "auto" else precision
    loaded = load(model, device=device, precision=asked, threads=threads)
    paths = [path for given in files for path in _photos(given)]
    for note in loaded.notes:
        click.echo(f"note: {note}", err=True)
    # A bar for a handful of photos would only flicker.
    with telling(quiet=quiet or len(paths) < 50 or not sys.stderr.isatty()) as on_event:
        predictions = loaded.predict(
            paths,
            on_progress=lambda done: on_event(Progress("Predict", done, len(paths), "photos")),
        )
    style = "json" if as_json else style
    text = answers_text(predictions, loaded.tasks, style)
    # A file name that is not text is written to CSV as the bytes that it is.
    click.echo(text.encode("utf-8", "surrogateescape") if style == "csv" else text, nl=False)
    failed = [found for found in predictions if found.error is not None]
    if failed and len(failed) == len(predictions):
        shown = "; ".join(f"{found.name}: {found.error}" for found in failed[:3])
        raise DataError(f"none of the {len(failed)} files can be read: {shown}")


def _photos(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    from headstart.media import PHOTO_SUFFIXES

    found = sorted(
        file for file in path.rglob("*") if file.suffix.lower() in PHOTO_SUFFIXES and file.is_file()
    )
    if not found:
        raise DataError(f"{path}: holds no photos ({', '.join(sorted(PHOTO_SUFFIXES))})")
    return found
