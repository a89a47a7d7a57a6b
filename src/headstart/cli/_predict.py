"""``headstart predict``."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headstart.cli import _options
from headstart.cli._text import printable
from headstart.errors import DataError

if TYPE_CHECKING:
    from headstart.model import Prediction


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
    """Predict photos with the model in MODEL. A folder stands for the photos in it."""
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
    _print(predictions, loaded.classes, "json" if as_json else style)
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


def _print(predictions: list[Prediction], classes: tuple[str, ...], style: str) -> None:
    if style == "json":
        click.echo(json.dumps([_as_dict(found) for found in predictions], indent=1))
        return
    if style == "csv":
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(
            ["file", "label", "probability", *(f"p_{name}" for name in classes), "error"]
        )
        for found in predictions:
            chances = [f"{found.probabilities.get(name, float('nan')):.6f}" for name in classes]
            chances = chances if found.label is not None else [""] * len(classes)
            top = "" if found.probability is None else f"{found.probability:.6f}"
            writer.writerow([found.name, found.label or "", top, *chances, found.error or ""])
        # A file name that is not text is written as the bytes that it is.
        click.echo(lines.getvalue().encode("utf-8", "surrogateescape"), nl=False)
        return
    from headstart.cli._console import table

    rows = [
        (found.name, "-", found.error or "")
        if found.probability is None
        else (found.name, found.label or "", f"{found.probability:.1%}")
        for found in predictions
    ]
    click.echo(table([tuple(map(printable, row)) for row in rows]))


def _as_dict(found: Prediction) -> dict[str, object]:
    return {
        "file": found.name,
        "label": found.label,
        "probability": found.probability,
        "probabilities": found.probabilities,
        "error": found.error,
    }
