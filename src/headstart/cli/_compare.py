"""``headstart compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._reading import reading, reading_arguments, task_weights
from headstart.cli._tasks_summary import tasks_summary
from headstart.cli._text import printable


def _sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int | str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    try:
        return tuple(name if name == "all" else int(name) for name in names)
    except ValueError:
        raise click.BadParameter("expected numbers of examples, and all: 10,30,100,all") from None


def _sweep(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int | str, ...]:
    """Widths are numbers; anything else is the name of a network."""
    sizes = _options.split_names(context, parameter, value or "")
    return tuple(int(size) if size.lstrip("-").isdecimal() else size for size in sizes)


@click.command(name="compare")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--with",
    "names",
    required=True,
    metavar="NAME,NAME,...",
    callback=_options.split_names,
    help="What to compare: scratch; head, 1, 2, ..., all of the usual network; or other networks: "
    "builtin, timm:NAME, timm:NAME=FILE, the directory of a model; SOURCE@2 retrains 2 stages. Of "
    "several tasks: joint, separate, separate:parameters, separate:time, softmax, head.",
)
@click.option(
    "--sizes",
    default="all",
    show_default=True,
    callback=_sizes,
    metavar="N,N,...,all",
    help="Examples to train on: a learning curve.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Of training parts: folds, or draws where a part is held out.",
)
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Directory for figures and report "
    "[NAME-comparison].",
)  # fmt: skip
@click.option("--arch", "architecture", help="Trained from scratch [timm:resnet10t].")
@click.option("--size", type=click.IntRange(min=16), help="Of its photos, pixels [64].")
@click.option(
    "--sweep-size",
    "sweep",
    callback=_sweep,
    metavar="SIZES",
    help="Of several tasks: joint and separate at these widths of a shared hidden layer too, or on "
    "these networks: 16,64 or builtin,timm:NAME=FILE.",
)
@click.option(
    "--hide-labels",
    default="",
    callback=_options.split_names,
    metavar="PERCENT,...",
    help="Of several tasks: train also with so many of the labels hidden, to see what labels are "
    "worth; rare:50 hides more of the rarer tasks.",
)
@_options.some_training("seed", "folds", "backbone", "weights", "download", "retrain",
                        "train_stages", "hidden", "dropout", "learning_rate", "epochs",
                        "statistics", "max_cache", "precision", "device", "threads", "cache",
                        "as_json", "quiet")  # fmt: skip
@task_weights
@reading
def command(
    data: tuple[Path, ...], *, as_json: bool, quiet: bool, out: Path | None, **options: Any
) -> None:
    """Compare ways to learn DATA: networks, how much of them is retrained, and from scratch.

    Of a table of several tasks: one network for all of them against one for each, or a softmax.

    All are trained on the same examples and judged on the same others. Says whether transfer helps,
    what it was worth in labelled examples, which network to start from, and what more data should
    buy; never more strongly than the intervals allow.
    """
    from headstart._jobs import compare_and_report, default_model_directory
    from headstart.cli._console import telling

    given = data if len(data) > 1 else data[0]
    target = out or default_model_directory(given, "comparison")
    columns = reading_arguments(options)
    with telling(quiet=quiet) as on_event:
        found = compare_and_report(
            given, out=target, reading=columns, on_event=on_event, **options
        ).as_dict()
    if as_json:
        click.echo(json.dumps(found, indent=1))
    elif not quiet:
        click.echo(tasks_summary(found) if found.get("kind") == "tasks" else _summary(found))
        click.echo(f"report  {printable(str((target / 'report.html').absolute()))}")


def _summary(found: dict[str, Any]) -> str:
    from headstart.cli._console import table

    rows = [("", "examples", "accuracy", "95 %", "against the first", "log loss", "seconds a fit",
             "trained")]  # fmt: skip
    before = None
    for row in found["candidates"]:
        name = "" if row["name"] == before else row["name"]
        before = row["name"]
        rows.append(
            (
                name,
                f"{row['examples']:,}",
                *_accuracy(row["accuracy"]),
                _points(row["difference_to_first"]),
                f"{row['log_loss']['value']:.3f}",
                f"{row['seconds']:.1f}",
                f"{row['trainable_parameters']:,}",
            )
        )
    return "\n".join([*found["sentences"], "", table(rows), "", f"  {found['design']}; "
                      f"{found['seconds']:.0f} s"])  # fmt: skip


def _accuracy(figure: dict[str, Any]) -> tuple[str, str]:
    ends = "unknown" if figure["low"] is None else f"{figure['low']:.3f} to {figure['high']:.3f}"
    return f"{figure['value']:.3f}", ends


def _points(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    ends = "unknown"
    if figure["low"] is not None:
        ends = f"{100 * figure['low']:+.1f} to {100 * figure['high']:+.1f}"
    return f"{100 * figure['value']:+.1f} points ({ends})".replace("-", "−")
