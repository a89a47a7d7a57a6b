"""``headstart backbones``."""

from __future__ import annotations

import json
import math

import click

from headstart.cli import _options


@click.group(name="backbones", invoke_without_command=True)
@_options.as_json
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """The pretrained networks that are there; `show NAME` tells the stages of one."""
    if context.invoked_subcommand is not None:
        return
    from headstart import backbones

    loaded = [backbones.load_backbone(name) for name in backbones.names()]
    if as_json:
        rows = [
            {"name": each.name, "input": each.input_kind, "origin": each.origin,
             "fingerprint": each.fingerprint, "stages": [stage.name for stage in each.stages]}
            for each in loaded
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=1))
        return
    for each in loaded:
        click.echo(f"{each.name}\n  reads       {each.input_kind}s of {each.preprocessing.size} px")
        click.echo(f"  stages      {', '.join(stage.name for stage in each.stages)}")
        click.echo(f"  origin      {each.origin}\n  fingerprint {each.fingerprint}")


@command.command(name="show")
@click.argument("name")
@_options.as_json
def show(name: str, *, as_json: bool) -> None:
    """The stages of the network NAME: weights, output shape, bytes stored for each photo."""
    from headstart import backbones
    from headstart.cli._console import table

    loaded = backbones.load_backbone(name)
    rows = [
        {
            "stage": stage.name,
            "weights": loaded.parameters(stage),
            "output_shape": list(stage.output_shape),
            "stored_bytes": 2 * math.prod(stage.output_shape),
        }
        for stage in loaded.stages
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    cells: list[tuple[str, ...]] = [("stage", "weights", "output", "bytes stored a photo")]
    for row in rows:
        shape = " x ".join(map(str, row["output_shape"]))  # type: ignore[call-overload]
        cells.append((str(row["stage"]), f"{row['weights']:,}", shape, f"{row['stored_bytes']:,}"))
    click.echo(table(cells))
