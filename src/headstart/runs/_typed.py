"""Arguments of the reading as options that can be typed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OPTIONS = ("file_column", "label_column", "tasks", "exclude", "annotated", "features")
_BY_TASK = {"task_kinds": "task-kind", "uncertain": "uncertain"}


def typed(reading: Mapping[str, Any]) -> str | None:
    """As they stand after the data on a command line, with a space before each.

    Args:
        reading: arguments of `headstart.examples.read_examples` by name; those that are empty say
            nothing.

    Returns:
        The options, or ``None`` where one has no form that can be typed: an array, a data frame, or
        a name that holds what names are separated by.
    """
    words: list[str] = []
    for name in _OPTIONS:
        if (given := reading.get(name)) is None or (
            not isinstance(given, Path) and len(given) == 0
        ):
            continue
        value = _value(given)
        if value is None:
            return None
        words += [f"--{name.replace('_', '-')}", value]
    for name, option in _BY_TASK.items():
        given = reading.get(name)
        if given is None or given == "ignore":
            continue
        by_task = given if isinstance(given, Mapping) else {"*": given}
        for task, value in by_task.items():
            words += [f"--{option}", str(value) if task == "*" else f"{task}={value}"]
    return "".join(f" {shlex.quote(word)}" for word in words)


def _value(given: Any) -> str | None:
    if isinstance(given, str | Path):
        return str(given)
    if isinstance(given, list | tuple) and all(
        isinstance(one, str) and one == one.strip() and "," not in one for one in given
    ):
        return ",".join(given)
    return None
