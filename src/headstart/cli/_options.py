"""Options and arguments that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

cache: Decorator = click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where activations are stored (default: HEADSTART_CACHE or the user's cache directory).",
)
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet: Decorator = click.option("--quiet", "-q", is_flag=True, help="Print errors only.")
device: Decorator = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="auto: a GPU where there is one and the extra `train` is installed.",
)
threads: Decorator = click.option(
    "--threads", type=click.IntRange(min=1), help="Of the processor (default: all)."
)
model: Decorator = click.argument("model", type=click.Path(path_type=Path))
columns: list[Decorator] = [
    click.option("--file-column", help="Name of the column that holds the files."),
    click.option("--label-column", help="Name of the column that holds the labels."),
]


def training(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of ``train``, which ``demo`` has too."""
    return some_training(*_TRAINING)(function)


def some_training(*names: str) -> Decorator:
    """Some of the options of ``train``, for commands that train too."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = _TRAINING[name](function)
        return function

    return decorate


def split_names(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


def _split_widths(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, ...]:
    try:
        return tuple(int(width) for width in (value or "").split(",") if width.strip())
    except ValueError:
        raise click.BadParameter("expected widths separated by commas, as in 256,64") from None


_TRAINING: dict[str, Decorator] = {
    "out": click.option(
        "--out", "-o", type=click.Path(path_type=Path), help="Model directory [NAME-model]."
    ),
    "seed": click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
    "folds": click.option(
        "--folds",
        type=click.IntRange(min=3),
        default=5,
        show_default=True,
        help="Of the cross-validation.",
    ),
    "backbone": click.option(
        "--backbone",
        default="efficientnet_lite0",
        show_default=True,
        help="Pretrained network; timm:NAME for one of timm's; a model directory for its network.",
    ),
    "weights": click.option(
        "--weights",
        metavar="FILE",
        help="The network's weights (safetensors), or 'random'.",
    ),
    "download": click.option(
        "--download", is_flag=True, help="Let timm fetch weights from its hub."
    ),
    "retrain": click.option(
        "--retrain",
        default="auto",
        show_default=True,
        metavar="auto|head|1|2|...|all",
        help="How many of the last stages; auto measures what pays.",
    ),
    "train_stages": click.option(
        "--train-stages",
        metavar="NAMES",
        callback=split_names,
        help="Retrain these stages, separated by commas, instead of the last ones.",
    ),
    "budget": click.option(
        "--budget",
        default="2m",
        show_default=True,
        help="Time that auto may spend on measuring: 90s, 2m, 1h.",
    ),
    "hidden": click.option(
        "--hidden",
        metavar="WIDTHS",
        callback=_split_widths,
        help="New hidden layers before the output layer, as in 256,64.",
    ),
    "dropout": click.option(
        "--dropout",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.0,
        show_default=True,
        help="Of the new layers' inputs.",
    ),
    "drop_stages": click.option(
        "--drop-stages",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Throw away so many of the last stages.",
    ),
    "head_init": click.option(
        "--head-init",
        type=click.Choice(["solved", "random"]),
        default="solved",
        show_default=True,
        help="Where training of the new output layer starts.",
    ),
    "statistics": click.option(
        "--statistics",
        type=click.Choice(["fixed", "learned"]),
        default="fixed",
        show_default=True,
        help="Of BatchNorm in retrained stages.",
    ),
    "views": click.option(
        "--views",
        type=click.IntRange(1, 64),
        default=1,
        show_default=True,
        help="Seeded views of each photo: crops, flips, colour; the plain one is the first.",
    ),
    "learning_rate": click.option(
        "--learning-rate",
        type=click.FloatRange(min=0, min_open=True),
        help="Of the last retrained stage (default: from the data).",
    ),
    "epochs": click.option(
        "--epochs", type=click.IntRange(min=1), help="At most (default: from the data)."
    ),
    "max_cache": click.option(
        "--max-cache",
        type=click.FloatRange(min=0),
        metavar="MB",
        help="That activations at an earlier cut may take (default: half of the free disk).",
    ),
    "precision": click.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "f32"]),
        default="auto",
        show_default=True,
        help="auto: bfloat16 where the processor computes in it.",
    ),
    "class_weight": click.option(
        "--class-weight",
        type=click.Choice(["balanced"]),
        help="Weigh each class by the inverse of its frequency.",
    ),
    "device": device,
    "threads": threads,
    "cache": cache,
    "as_json": as_json,
    "quiet": quiet,
}


def command_line() -> str:
    """The command as it was typed, for the model card."""
    import shlex

    return shlex.join(["headstart", *sys.argv[1:]])
