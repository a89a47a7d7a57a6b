"""Data that is not part of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def road_signs() -> Path:
    """Road photos with PASCAL VOC annotations, where they are there."""
    return _there(SHARED_DATA / "road_signs")


@pytest.fixture(scope="session")
def label_tables() -> Path:
    """Tables of labels without photos, where they are there."""
    return _there(SHARED_DATA / "tables")


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/data/{folder.name}, which is not part of the project")
    return folder
