"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

# Before NumPy is imported: BLAS threads that wait for each other make small products a hundred
# times slower where something else runs beside the tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

# What an example takes depends on what else the machine does.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow; runs with --slow"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's activations, nor those of another test."""
    monkeypatch.setenv("HEADSTART_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def random() -> np.random.Generator:
    """Seeded for every test."""
    return np.random.default_rng(20260)


@pytest.fixture(scope="session")
def hymenoptera() -> Path:
    """Photos of ants and bees, where they are there."""
    folder = SHARED_DATA / "hymenoptera"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/hymenoptera, which is not part of the project")
    return folder


def textured(kind: int, random: np.random.Generator, side: int = 64) -> NDArray[np.uint8]:
    """A picture whose class can be told: stripes (0), checks (1) or blobs (2), with noise."""
    rows, columns = np.mgrid[0:side, 0:side]
    phase = random.uniform(0, 6)
    pattern = [
        np.sin(columns / 3 + phase),
        np.sign(np.sin(columns / 5 + phase) * np.sin(rows / 5)),
        np.sin(columns / 11 + phase) * np.sin(rows / 11),
    ][kind]
    tint = random.uniform(0.6, 1.0, size=3)
    pixels = 128 + 90 * pattern[..., None] * tint + random.normal(0, 15, (side, side, 3))
    return np.asarray(np.clip(pixels, 0, 255), dtype=np.uint8)


@pytest.fixture
def photos(tmp_path: Path, random: np.random.Generator) -> Path:
    """Class folders of 9 pictures each: ``checks`` and ``stripes``."""
    folder = tmp_path / "photos"
    for kind, name in enumerate(("stripes", "checks")):
        (folder / name).mkdir(parents=True)
        for number in range(9):
            Image.fromarray(textured(kind, random)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of photos and the model directory that was trained on it; not to be changed."""
    from headstart._jobs import train_and_report
    from headstart.runs import TrainSettings

    root = tmp_path_factory.mktemp("trained")
    random = np.random.default_rng(7)
    for kind, name in enumerate(("stripes", "checks", "blobs")):
        (root / "photos" / name).mkdir(parents=True)
        for number in range(8):
            path = root / "photos" / name / f"{number}.png"
            Image.fromarray(textured(kind, random)).save(path)
    settings = TrainSettings(cache=root / "cache", retrain="head")
    train_and_report(
        root / "photos", settings, out=root / "model", command="headstart train photos"
    )
    return root / "photos", root / "model"
