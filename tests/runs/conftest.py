"""Makes the helpers beside this file importable under the name that mypy knows them by."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of three colours."""
    from tests.runs.small import photos

    return photos(tmp_path_factory.mktemp("small") / "photos")


@pytest.fixture(scope="session")
def mislabelled(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every fifth label wrong: no network can be right of those."""
    from tests.runs.small import CLASSES

    rows = ["file,label"]
    for number, path in enumerate(sorted(data.rglob("*.png"))):
        label = CLASSES[(CLASSES.index(path.parent.name) + (number % 5 == 0)) % len(CLASSES)]
        rows.append(f"{path},{label}")
    table = tmp_path_factory.mktemp("mislabelled") / "mislabelled.csv"
    table.write_text("\n".join(rows))
    return table


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that runs share, for tests to which it does not matter what is in it."""
    return tmp_path_factory.mktemp("cache")
