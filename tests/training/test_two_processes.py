"""Two processes with half of a batch each find the gradient of the whole."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from torch import distributed

from headstart.training._tail import HEAD

from .half_of_a_batch import HALVES, OUTPUTS, SECONDS, gradient, work

pytestmark = pytest.mark.skipif(
    not (distributed.is_available() and distributed.is_gloo_available()),
    reason="this PyTorch has no gloo",
)


@pytest.fixture
def _by_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes meet on 127.0.0.1, whatever name and network the machine has."""
    name = "lo0" if Path("/System").is_dir() else "lo"
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", name)


def in_two_processes(directory: Path) -> None:
    started = multiprocessing.get_context("spawn")
    processes = [started.Process(target=work, args=(rank, directory)) for rank in range(2)]
    for process in processes:
        process.start()
    try:
        for process in processes:
            process.join(2 * SECONDS)
        assert [process.exitcode for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.join()


@pytest.mark.usefixtures("_by_loopback")
def test_the_sum_over_processes_is_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    in_two_processes(tmp_path)
    whole = gradient(np.concatenate(HALVES))
    own = [load_file(tmp_path / f"own{rank}") for rank in range(2)]
    sums = [load_file(tmp_path / f"sum{rank}") for rank in range(2)]
    assert whole.keys() == sums[0].keys()
    assert {name.partition(".")[0] for name in whole} == {"last", HEAD.partition(".")[0]}
    for name, expected in whole.items():
        np.testing.assert_array_equal(sums[0][name], sums[1][name])
        np.testing.assert_allclose(
            sums[0][name], expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max(), err_msg=name
        )
        assert np.abs(own[0][name]).max() > 0, f"{name}: each half says something"
        assert np.abs(own[1][name]).max() > 0, f"{name}: each half says something"
    weights = next(name for name, array in whole.items() if array.shape == (len(OUTPUTS), 6))
    columns = OUTPUTS.columns(2)
    assert not own[0][weights][columns].any(), "the first half knows nothing of the last task"
    assert own[1][weights][columns].any()
