"""Options that say how a table of labels is to be read, and task weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from headstart.cli._options import columns, split_names

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _by_task(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """``TASK=VALUE`` given any number of times; a value alone stands for all tasks."""
    found = {}
    for one in given:
        task, equals, value = one.rpartition("=")
        found[task if equals else "*"] = value
    return found


def _kinds(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    found = _by_task(context, parameter, given)
    wrong = [value for value in found.values() if value not in ("binary", "category")]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is neither binary nor category, as in stop=binary")
    return found


def _policies(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str | float]:
    return {task: _number(value) for task, value in _by_task(context, parameter, given).items()}


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _weights(
    context: click.Context, parameter: click.Parameter, value: str
) -> str | float | dict[str, float]:
    if value in ("formula", "equal"):
        return value
    number = _number(value)
    return number if isinstance(number, float) else _weights_file(Path(value))


def _weights_file(path: Path) -> dict[str, float]:
    import json

    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise click.BadParameter(
            f"{str(path)!r} is neither formula nor equal nor a number, nor a file that can be read "
            f"({error.strerror})"
        ) from None
    except ValueError as error:
        raise click.BadParameter(f"{str(path)!r} is no JSON ({error})") from None
    if not isinstance(found, dict) or not all(
        isinstance(weight, int | float) and not isinstance(weight, bool)
        for weight in found.values()
    ):
        raise click.BadParameter(
            f'{str(path)!r} must be a JSON object of weights by task, as in {{"stop": 2}}'
        )
    return {name: float(weight) for name, weight in found.items()}


task_weights: Decorator = click.option(
    "--task-weights",
    default="formula",
    show_default=True,
    metavar="formula|equal|ALPHA|FILE",
    callback=_weights,
    help="What each task counts: as often as its labels are known; all the same; a power between; "
    "a JSON file of weights by task.",
)

_OPTIONS: list[Decorator] = [
    *columns,
    click.option(
        "--tasks",
        metavar="NAMES",
        callback=split_names,
        help="Columns that are tasks, separated by commas; patterns such as 'NR-*' too.",
    ),
    click.option(
        "--exclude", metavar="NAMES", callback=split_names, help="Columns that are no tasks."
    ),
    click.option(
        "--task-kind",
        "task_kinds",
        multiple=True,
        metavar="TASK=binary|category",
        callback=_kinds,
        help="Read a column otherwise than it looks.",
    ),
    click.option(
        "--uncertain",
        multiple=True,
        metavar="[TASK=]ignore|positive|negative|soft|CHANCE",
        callback=_policies,
        help="How uncertain labels are trained (default: not at all); they are never scored.",
    ),
    click.option(
        "--annotated",
        metavar="NAMES|all",
        callback=split_names,
        help="Of drawn boxes: classes that the annotators looked for, whose absence is a no.",
    ),
    click.option(
        "--features",
        metavar="FILE|COLUMNS",
        help="Vectors instead of photos: a .npy, .npz, Parquet or CSV file, or numeric columns.",
    ),
]


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads labelled examples."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def reading_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `reading` out, as arguments of `headstart.examples.read_examples`."""
    taken = {
        name: options.pop(name)
        for name in ("file_column", "label_column", "tasks", "exclude", "task_kinds", "uncertain",
                     "annotated", "features")
    }  # fmt: skip
    found = {name: value for name, value in taken.items() if value}
    if found.get("annotated") == ("all",):
        found["annotated"] = "all"
    return found
