"""Tables of several tasks about photos of three colours, and runs of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.runs.small import settings

from headstart.examples import Examples, read_examples
from headstart.runs import TrainRun, train

Row = dict[str, str]


def rows_of(photos: Path) -> list[Row]:
    """One of each photo: `red` and `colour` known of all, `blue` of two in three.

    Whether a photo is blue is known of some photos of every colour.
    """
    found = []
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        colour = path.parent.name
        blue = "" if number % 3 == 0 else str(int(colour == "blue"))
        row = {"file": str(path), "red": str(int(colour == "red")), "colour": colour, "blue": blue}
        found.append(row)
    return found


def write_table(path: Path, rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def examples_of(root: Path, rows: Sequence[Row], **reading: Any) -> Examples:
    """Of a table with these rows, as it is read from a file."""
    return read_examples(write_table(root / "table.csv", rows), **reading)


def run_of(examples: Examples, out: Path | None = None, **changes: Any) -> TrainRun:
    """A run of the small network; the new output layers alone unless told otherwise."""
    return train(examples, settings(**({"retrain": "head"} | changes)), out=out)
