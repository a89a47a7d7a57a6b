"""``headstart backbones``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from headstart.cli import _options

if TYPE_CHECKING:
    from headstart.backbones import Backbone


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
        click.echo(f"{each.name}\n  reads       {each.input_kind}s of {each.photos.size} px")
        click.echo(f"  stages      {', '.join(stage.name for stage in each.stages)}")
        click.echo(f"  origin      {each.origin}\n  fingerprint {each.fingerprint}")
    click.echo("With the extra `train`, any model of timm too: headstart backbones show timm:NAME")


@command.command(name="show")
@click.argument("name")
@click.option("--weights", metavar="FILE", help="Of a timm: network (safetensors), or 'random'.")
@click.option("--download", is_flag=True, help="Let timm fetch weights from its hub.")
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Forecast time and disk for so many photos.",
)
@click.option(
    "--views",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Seeded views of each photo.",
)
@_options.threads
@_options.as_json
def show(
    name: str,
    *,
    weights: str | None,
    download: bool,
    examples: int,
    views: int,
    threads: int | None,
    as_json: bool,
) -> None:
    """The stages of the network NAME, and what a cut behind each would cost.

    NAME is efficientnet_lite0, timm:NAME or the directory of a model. What is before a cut is
    frozen: computed once for each photo and stored. What is behind it is trained, from the store.
    """
    from headstart.activations import choose_engine
    from headstart.runs import load_source

    loaded = load_source(name, weights=weights, download=download)
    engine = choose_engine(threads=threads)
    rows = _rows(loaded, examples, views, engine)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    size = loaded.photos.size
    total = sum(row["weights"] for row in rows) / 1e6
    times = "" if views == 1 else f" with {views} views each"
    reads = f"reads {loaded.input_kind}s of {size} px"
    click.echo(f"{loaded.name}: {total:.1f} million weights, {reads}")
    click.echo(f"{loaded.origin}\n")
    click.echo(_table(rows))
    click.echo(
        f"\nDisk, frozen pass and epoch are forecasts for {examples:,} photos{times} and a cut "
        f"behind that stage,\non {engine.device} with {engine.threads} threads, {engine.precision}:"
        " an epoch trains everything behind it."
    )


def _rows(loaded: Backbone, examples: int, views: int, engine: Any) -> list[dict[str, Any]]:
    """One for each cut, in the order of the data."""
    from headstart.activations import forecast_bytes
    from headstart.backbones import INPUT
    from headstart.runs._cost import cost

    stages = {stage.name: stage for stage in loaded.stages}
    rows = []
    for cut in (INPUT, *stages):
        stage = stages.get(cut)
        found = cost(
            loaded,
            cut,
            examples,
            views,
            threads=engine.threads,
            precision=engine.precision,
            device=engine.device,
        )
        rows.append(
            {
                "stage": cut,
                "weights": loaded.parameters(stage) if stage else 0,
                "outputs": {key: list(shape) for key, shape in loaded.output_shapes(cut).items()},
                "flops": stage.flops if stage else 0,
                "stored_bytes": forecast_bytes(loaded, cut, 1),
                "forecast": {
                    "examples": examples,
                    "views": views,
                    "stored_bytes": found.stored_bytes,
                    "frozen_seconds": round(found.frozen_seconds, 3),
                    "epoch_seconds": round(found.epoch_seconds, 3),
                },
            }
        )
    return rows


def _table(rows: list[dict[str, Any]]) -> str:
    from headstart.cli._console import table

    cells: list[tuple[str, ...]] = [
        ("stage", "weights", "output", "MFLOP", "bytes a photo", "disk", "frozen pass", "epoch")
    ]
    for row in rows:
        forecast = row["forecast"]
        cells.append(
            (
                row["stage"],
                f"{row['weights']:,}",
                _shapes(row["outputs"]),
                f"{row['flops'] / 1e6:,.1f}",
                f"{row['stored_bytes']:,}",
                _size(forecast["stored_bytes"]),
                _duration(forecast["frozen_seconds"]),
                _duration(forecast["epoch_seconds"]),
            )
        )
    return table(cells)


def _shapes(outputs: dict[str, list[int]]) -> str:
    shown = {key: " x ".join(map(str, shape)) for key, shape in outputs.items()}
    first = shown.pop("features")
    return ", ".join([first, *(f"{key} {shape}" for key, shape in shown.items())])


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
