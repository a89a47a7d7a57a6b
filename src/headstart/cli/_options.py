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
    for option in reversed(_TRAINING):
        function = option(function)
    return function


_TRAINING: list[Decorator] = [
    click.option(
        "--out", "-o", type=click.Path(path_type=Path), help="Model directory [NAME-model]."
    ),
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
    click.option(
        "--folds",
        type=click.IntRange(min=3),
        default=5,
        show_default=True,
        help="Of the cross-validation.",
    ),
    click.option(
        "--backbone", default="efficientnet_lite0", show_default=True, help="Pretrained network."
    ),
    click.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "f32"]),
        default="auto",
        show_default=True,
        help="auto: bfloat16 where the processor computes in it.",
    ),
    click.option(
        "--class-weight",
        type=click.Choice(["balanced"]),
        help="Weigh each class by the inverse of its frequency.",
    ),
    device,
    threads,
    cache,
    as_json,
    quiet,
]


def command_line() -> str:
    """The command as it was typed, for the model card."""
    import shlex

    return shlex.join(["headstart", *sys.argv[1:]])
