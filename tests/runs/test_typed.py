"""Arguments of the reading, typed on a command line, are read as they were."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.cli._reading import reading, reading_arguments
from headstart.runs._typed import typed


def read_back(line: str) -> dict[str, Any]:
    """What a command would take the options for."""
    found: dict[str, Any] = {}

    @click.command()
    @reading
    def command(**options: Any) -> None:
        found.update(reading_arguments(options))

    command.main(shlex.split(line), standalone_mode=False)
    return found


NAMES = st.text("abcÄ 'x\"$-*", min_size=1).filter(lambda name: name == name.strip())


@given(
    tasks=st.lists(NAMES, max_size=3),
    exclude=st.lists(NAMES, max_size=3),
    kinds=st.dictionaries(NAMES, st.sampled_from(["binary", "category"]), max_size=2),
    uncertain=st.dictionaries(NAMES, st.sampled_from(["soft", "positive", 0.25]), max_size=2),
    column=NAMES,
)
def test_what_is_typed_is_read_as_it_was(
    tasks: list[str], exclude: list[str], kinds: Any, uncertain: Any, column: str
) -> None:
    # Options that begin with dashes are options to click, whoever types them.
    line = typed(
        {"tasks": tasks, "exclude": exclude, "task_kinds": kinds, "uncertain": uncertain,
         "file_column": column}
    )  # fmt: skip
    assert line is not None
    expected = {
        "file_column": column, "tasks": tuple(tasks), "exclude": tuple(exclude),
        "task_kinds": kinds, "uncertain": uncertain,
    }  # fmt: skip
    assert read_back(line) == {name: value for name, value in expected.items() if value}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, ""),
        ({"tasks": None, "exclude": (), "uncertain": "ignore", "features": None}, ""),
        ({"uncertain": "soft"}, " --uncertain soft"),
        ({"annotated": "all"}, " --annotated all"),
        ({"annotated": ["a b", "c"]}, " --annotated 'a b,c'"),
        ({"features": Path("f.npy")}, " --features f.npy"),
        ({"features": ["x*", "y"]}, " --features 'x*,y'"),
        ({"features": np.zeros((2, 2))}, None),
        ({"tasks": ["a,b"]}, None),
    ],
)
def test_options(given: dict[str, Any], line: str | None) -> None:
    assert typed(given) == line
