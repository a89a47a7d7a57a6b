"""A training run that is killed at any moment and started again ends as if nothing had been."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headstart.activations import ActivationStore

PHOTOS = 130


@pytest.fixture
def many(tmp_path: Path, random: np.random.Generator) -> Path:
    for number in range(PHOTOS):
        path = tmp_path / "many" / ("light", "dark")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 200, (32, 32, 3), dtype=np.uint8) + (number % 2) * 50
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return tmp_path / "many"


def command(data: Path, cache: Path, out: Path) -> list[str]:
    options = ["--cache", str(cache), "--out", str(out), "--threads", "1", "--quiet"]
    options += ["--retrain", "head"]
    return [sys.executable, "-m", "headstart", "train", str(data), *options]


def stored_rows(cache: Path) -> int:
    """Rows that are committed, as another process sees them."""
    path = cache / "activations.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            (count,) = connection.execute("SELECT COUNT(*) FROM rows").fetchone()
        except sqlite3.OperationalError:  # not made yet
            return 0
    return int(count)


def cache_figures(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "metrics.json").read_text())["cache"]
    return found


def test_killed_in_the_frozen_pass_and_started_again(many: Path, tmp_path: Path) -> None:
    cache, out = tmp_path / "killed", tmp_path / "model"
    process = subprocess.Popen(command(many, cache, out))
    deadline = time.monotonic() + 60
    while stored_rows(cache) == 0:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    survived = stored_rows(cache)
    assert 0 < survived < PHOTOS
    assert not out.exists()

    subprocess.run(command(many, cache, out), check=True, timeout=120)
    assert cache_figures(out)["hits"] == survived
    assert cache_figures(out)["misses"] == PHOTOS - survived

    subprocess.run(command(many, tmp_path / "fresh", tmp_path / "undisturbed"), check=True)
    assert cache_figures(tmp_path / "undisturbed")["hits"] == 0
    for name in ("head.safetensors", "predictions.csv"):
        assert (out / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


@pytest.mark.slow
def test_killed_while_it_is_trained_and_started_again(photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    # The built-in network: five processes that import timm take half a minute more.
    options = ["--retrain", "2", "--folds", "3", "--epochs", "40", "--threads", "1", "--quiet"]

    def train(cache: Path, out: Path) -> list[str]:
        places = ["--cache", str(cache), "--out", str(out)]
        return [sys.executable, "-m", "headstart", "train", str(photos), *options, *places]

    cache, out = tmp_path / "killed", tmp_path / "model"
    for kills in range(3):  # in the first fold, in the second, somewhere later
        process = subprocess.Popen(train(cache, out))
        deadline = time.monotonic() + 100
        while len(list(cache.glob("journal/*.safetensors"))) < kills or not list(
            cache.glob("journal/*.checkpoint")
        ):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not out.exists()
    subprocess.run(train(cache, out), check=True, timeout=120)
    subprocess.run(train(tmp_path / "fresh", tmp_path / "undisturbed"), check=True, timeout=120)
    for name in ("head.safetensors", "backbone.safetensors", "predictions.csv"):
        assert (out / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert not list(cache.glob("journal/*.checkpoint"))


@pytest.mark.slow
def test_two_runs_at_once_share_one_store(many: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "a", tmp_path / "b"]
    runs = [subprocess.Popen(command(many, tmp_path / "shared", out)) for out in outs]
    assert [run.wait(120) for run in runs] == [0, 0]
    with ActivationStore(tmp_path / "shared") as store:
        # Photos that the report shows are stored at more cuts, and where the run computes in
        # bfloat16, in float32.
        pooled = [
            dataset.rows for dataset in store.info() if json.loads(dataset.key)["cut"] == "pool"
        ]
    assert max(pooled) == PHOTOS
    first, second = ((out / "head.safetensors").read_bytes() for out in outs)
    assert first == second
