"""``headstart export``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headstart.cli import _options
from headstart.cli._text import printable

if TYPE_CHECKING:
    from headstart.model import Exported, Model


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

    It takes uint8 photos, or feature vectors, and gives probabilities, those of several tasks side
    by side. Tasks, classes and preprocessing are described in the file, under the key `headstart`.
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
    click.echo(_told(loaded, done), nl=False)


def _told(model: Model, done: Exported) -> str:
    lines = [f"{printable(str(path))}  {path.stat().st_size / 1e6:.1f} MB" for path in done.files]
    kind = model.backbone.input_kind
    many = f"any number of {kind}s at once" if done.batch is None else f"one {kind} at a time"
    tried = "vectors" if kind == "vector" else "pictures"
    lines.append(f"takes {many}; probabilities as headstart's to {done.difference:.0e} on two test "
                 f"{tried}")  # fmt: skip
    if len(model.tasks) > 1:
        lines.append(f"gives {len(model.outputs)} probabilities, the classes of {len(model.tasks)} "
                     "tasks side by side, each task's adding up to 1")  # fmt: skip
    if model.thresholds:
        lines.append("headstart answers a yes/no task with yes from the task's own threshold on, "
                     "which stands in model.json")  # fmt: skip
    return "\n".join([*lines, "", "To run it:", "", done.snippet])
