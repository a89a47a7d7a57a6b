"""``headstart export``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from headstart.cli import _options
from headstart.cli._text import printable


@click.command(name="export")
@_options.model
@click.option(
    "--format",
    "format_",
    type=click.Choice(["onnx", "openvino", "torch"]),
    required=True,
    help="onnx and torch (a torch.export program) need the extra `train`.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where to write [MODEL's name]."
)
@click.option("--force", is_flag=True, help="Overwrite files that headstart did not export.")
@_options.as_json
def command(model: Path, *, format_: str, output: Path | None, force: bool, as_json: bool) -> None:
    """Write the model in MODEL as one network for another runtime.

    It takes uint8 photos and gives probabilities. Classes and preprocessing are described in the
    file, under the key `headstart`.
    """
    from headstart.model import export, load

    # The path's last part as the user knows it, not where a link leads.
    name = os.path.basename(os.path.abspath(model))  # noqa: PTH100, PTH119
    loaded = load(model, device="cpu", precision="f32")
    done = export(loaded, output or Path(name), format_, force=force)
    if as_json:
        row = {"files": [str(path) for path in done.files], "bytes": done.bytes,
               "batch": done.batch, "difference": done.difference,
               "snippet": done.snippet}  # fmt: skip
        click.echo(json.dumps(row, indent=1))
        return
    for path in done.files:
        click.echo(f"{printable(str(path))}  {path.stat().st_size / 1e6:.1f} MB")
    many = "any number of photos at once" if done.batch is None else "one photo at a time"
    click.echo(f"takes {many}; probabilities as headstart's to {done.difference:.0e} on two test "
               "pictures")  # fmt: skip
    click.echo(f"\nTo run it:\n\n{done.snippet}", nl=False)
