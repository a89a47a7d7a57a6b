"""``headstart pretrain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._reading import reading, reading_arguments, task_weights
from headstart.cli._text import printable
from headstart.errors import SettingError


@click.command(name="pretrain")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--arch",
    "architecture",
    default="timm:resnet10t",
    show_default=True,
    metavar="NAME",
    help="The network: any model of timm, or efficientnet_lite0.",
)
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Model directory [NAME-pretrained]."
)
@click.option(
    "--size",
    type=click.IntRange(min=8),
    default=64,
    show_default=True,
    help="Side of the photos that the network reads, pixels.",
)
@click.option(
    "--epochs", type=click.IntRange(min=1), help="Passes over DATA (default: from its size)."
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    help="At its highest (default: from the batch size).",
)
@click.option(
    "--batch-size", type=click.IntRange(min=2), help="Photos a step (default: from DATA's size)."
)
@click.option(
    "--augment/--no-augment",
    default=True,
    show_default=True,
    help="Other crops, flips and colours in every epoch.",
)
@click.option("--weights", metavar="FILE", help="Weights to go on from, instead of random ones.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--precision",
    type=click.Choice(["auto", "bf16", "f32"]),
    default="auto",
    show_default=True,
    help="auto: bfloat16 where the processor computes in it.",
)
@_options.device
@_options.threads
@_options.cache
@_options.as_json
@_options.quiet
@task_weights
@reading
def command(
    data: tuple[Path, ...],
    *,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train all layers of a network on DATA, your own first task, from random weights.

    DATA is what `headstart train` takes, tables of several tasks too: one network learns them all.
    It should hold far more examples than the task that you are after. What comes out is a model
    like any other, and `headstart train OTHER --backbone OUT` starts from its network. A run that
    is killed goes on from where it was when it is started again; after Ctrl-C the epochs that were
    finished are kept.
    """
    from headstart._jobs import default_model_directory, train_and_report
    from headstart.cli._console import telling
    from headstart.runs import PretrainSettings

    columns = reading_arguments(options)
    if "features" in columns:
        raise SettingError(
            "a network is trained on photos, and feature vectors go through none: leave --features "
            "out, or train on them with headstart train --features --hidden 256"
        )
    given = data if len(data) > 1 else data[0]
    target = out or default_model_directory(given, "pretrained")
    with telling(quiet=quiet) as on_event:
        run = train_and_report(
            given,
            PretrainSettings(**options),
            out=target,
            command=_options.command_line(),
            on_event=on_event,
            **columns,
        )
    if as_json:
        click.echo(json.dumps(run.metrics | {"model": str(target)}, indent=1))
    elif not quiet:
        click.echo(_summary(run.metrics, target))


def _summary(metrics: dict[str, Any], out: Path) -> str:
    from headstart.cli._figures import figures_of

    plan, seconds = metrics["plan"], metrics["seconds"]
    seen = plan["epochs"] * metrics["examples"]["train"]
    why = plan["why"]
    return "\n".join(
        [
            metrics["verdict"],
            f"{why[:1].upper()}{why[1:]}.",
            figures_of(metrics),
            f"  {seconds['total']:.1f} s, of which training {seconds['training']:.1f} s "
            f"({seen:,} photos seen)",
            f"model   {printable(str(out))}",
            f"report  {printable(str((out / 'report.html').absolute()))}",
            f"start from it: headstart train DATA --backbone {printable(str(out))}",
        ]
    )
