"""A fit that is killed at any moment and started again gives the bits of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.training.small_network import (
    Memory,
    assert_same_bits,
    photos,
    settings,
    small_backbone,
    start,
    tune,
)

from headstart.backbones import INPUT
from headstart.errors import SettingError
from headstart.training import FineTuned, discard_checkpoint
from headstart.training import _checkpoint as module

STEPS = 9  # three epochs of three batches


class Killed(Exception):  # noqa: N818 - not an error
    """Stands for a kill between two steps."""


def kill_after(steps: int) -> Callable[[float], None]:
    seen = 0

    def on_progress(share: float) -> None:
        nonlocal seen
        assert 0 < share <= 1
        seen += 1
        if seen == steps:
            raise Killed

    return on_progress


def fit(path: Path | None, *, data: Memory | None = None, **others: Any) -> FineTuned:
    """All that a checkpoint has to carry: dropout, views, momentum, statistics, the best so far."""
    chosen = settings("stem", "middle", "last", dropout=0.3, statistics="learned")
    chosen = others.pop("chosen", chosen)
    data = data or Memory(small_backbone(), INPUT, photos(views=2)[0])
    usual: dict[str, Any] = {"head": start((6,)), "views": 2, "checkpoint": path, "data": data}
    return tune(INPUT, chosen, **(usual | others))


@cache
def unbroken(keep: Any = "best") -> FineTuned:
    return fit(None, keep=keep)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every step."""
    monkeypatch.setattr(module, "SECONDS", 0.0)
    monkeypatch.setattr(module, "SHARE_OF_TIME", 1e9)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    ("keep", "steps"),
    [(keep, steps) for keep, most in (("best", STEPS), ("last", STEPS), (2, 6))
     for steps in range(1, most + 1)],
)  # fmt: skip
def test_killed_after_any_step(keep: Any, steps: int, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    with pytest.raises(Killed):
        fit(path, keep=keep, on_progress=kill_after(steps))
    data = Memory(small_backbone(), INPUT, photos(views=2)[0])
    assert_same_bits(fit(path, keep=keep, data=data), unbroken(keep))
    trained = sum(count for (row, _), count in data.read_views.items() if row < 22)
    assert trained < 22 * 3, "it started from the beginning"


@pytest.mark.usefixtures("always")
def test_killed_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    for _ in range(STEPS):
        with pytest.raises(Killed):
            fit(path, on_progress=kill_after(1))
    assert_same_bits(fit(path), unbroken())


@pytest.mark.usefixtures("always")
def test_a_finished_fit_is_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    first = fit(path)
    data = Memory(small_backbone(), INPUT, photos(views=2)[0])
    assert_same_bits(fit(path, data=data), first)
    assert not data.read_views


def test_checkpoints_in_the_middle_of_an_epoch_come_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock, not by steps: a kill between two of them costs the steps since."""
    monkeypatch.setattr(module, "SHARE_OF_TIME", 1e9)
    path = tmp_path / "fit.safetensors"
    with pytest.raises(Killed):
        fit(path, on_progress=kill_after(2))
    data = Memory(small_backbone(), INPUT, photos(views=2)[0])
    assert_same_bits(fit(path, data=data), unbroken())
    assert sum(count for (row, _), count in data.read_views.items() if row < 22) == 22 * 3


def test_writing_takes_a_small_share_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    checkpoint = module.Checkpoint(tmp_path / "fit", "identity")
    assert checkpoint.due(epoch_ended=True)
    checkpoint._took = 2.0  # a large network on a slow disk
    now = 39.0
    assert not checkpoint.due(epoch_ended=True)
    now = 40.0
    assert checkpoint.due(epoch_ended=False)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "other",
    [
        {"chosen": settings("stem", "middle", "last", dropout=0.3, seed=1)},
        {"data_identity": "other photos"},
        {"head": start((5,))},
        {"keep": "last"},
        {"rows_held_out": photos()[1][:0]},
    ],
)
def test_a_checkpoint_of_another_fit_is_passed_over(other: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    with pytest.raises(Killed):
        fit(path, on_progress=kill_after(5))
    assert_same_bits(fit(path, **other), fit(None, **other))


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("damage", ["cut short", "one bit", "empty", "text"])
def test_a_damaged_checkpoint_is_passed_over(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    with pytest.raises(Killed):
        fit(path, on_progress=kill_after(5))
    content = bytearray(path.read_bytes())
    content[-3] ^= 16
    replaced = {
        "cut short": content[:-9],
        "one bit": content,
        "empty": bytearray(),
        "text": bytearray(b"hello" * 99),
    }
    path.write_bytes(replaced[damage])
    assert_same_bits(fit(path), unbroken())


def test_a_checkpoint_needs_to_know_its_data(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="needs data_identity"):
        fit(tmp_path / "fit", data_identity=None)


def test_discarding(tmp_path: Path) -> None:
    path = tmp_path / "fit"
    other = tmp_path / "fit2"
    for made in (path, tmp_path / "fit.12.part", other):
        made.touch()
    discard_checkpoint(path)
    discard_checkpoint(path)
    assert list(tmp_path.iterdir()) == [other]


CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from headstart.training import _checkpoint
from tests.training.test_resuming import fit
_checkpoint.SECONDS, _checkpoint.SHARE_OF_TIME = 0.0, 1e9
fit(Path(sys.argv[2]), on_progress=lambda share: time.sleep(0.05))
"""


@pytest.mark.slow
def test_a_real_kill(tmp_path: Path) -> None:
    """SIGKILL at some moment, a write of the checkpoint perhaps."""
    path = tmp_path / "fit.safetensors"
    root = Path(__file__).resolve().parents[2]
    for pause in (0.0, 0.07, 0.13):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(root), str(path)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        deadline = time.monotonic() + 120
        while not path.exists():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        data = Memory(small_backbone(), INPUT, photos(views=2)[0])
        assert_same_bits(fit(path, data=data), unbroken())
        assert sum(data.read_views.values()) < (22 + 8) * 3 + 8, "it started from the beginning"
        discard_checkpoint(path)
