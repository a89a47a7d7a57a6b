"""A process of two that each have half of a batch: run by `test_two_processes`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import distributed

from headstart.backbones import FEATURES
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import Objective, random_head
from headstart.training._loss import TaskLoss
from headstart.training._tail import Tail

from .small_network import memory, settings, small_backbone

OUTPUTS = Outputs((2, 3, 2))
HALVES = np.arange(0, 11), np.arange(11, 30)
"""Of unlike size: a mean over what a process has would show."""

SECONDS = 60
"""Longest wait of one process for the other."""


def labels() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Labels, and chances of those that are uncertain; the first half knows nothing of the last
    task.
    """
    random = np.random.default_rng(4)
    targets = random.integers(0, np.array(OUTPUTS.sizes), (30, OUTPUTS.tasks))
    targets[random.random(targets.shape) < 0.4] = UNKNOWN
    targets[HALVES[0], 2] = UNKNOWN
    uncertain = np.full(targets.shape, -1, np.float32)
    uncertain[20, 0], targets[20, 0] = 0.7, UNKNOWN
    return np.asarray(targets), uncertain


def gradient(rows: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """Of the loss of some examples, by the name of each tensor that training moves."""
    targets, uncertain = labels()
    weights = Objective.of(OUTPUTS, targets, uncertain=uncertain).cell_weights(targets, uncertain)
    head = random_head(np.ones((1, 12), np.float32), hidden=(6,), classes=len(OUTPUTS), seed=3)
    tail = Tail(small_backbone(), "middle", settings("last"), head)
    tail.prepare(training=True, examples=len(rows))
    given: dict[str, Any] = memory("middle").read(rows, np.zeros_like(rows))
    loss = TaskLoss(OUTPUTS, torch.device("cpu"))(
        tail({FEATURES: torch.from_numpy(given[FEATURES])}),
        torch.from_numpy(targets[rows]),
        torch.from_numpy(weights[rows].astype(np.float32)),
        torch.from_numpy(uncertain[rows]),
    )
    loss.backward()  # type: ignore[no-untyped-call]
    found = {name: tensor.grad for name, tensor in tail.moving().items()}
    return {name: tensor.numpy() for name, tensor in found.items() if tensor is not None}


def work(rank: int, directory: Path) -> None:
    """Write this half's gradient, and the sum over both processes, into a directory."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=(directory / "store").as_uri(), rank=rank, world_size=2,
        timeout=timedelta(seconds=SECONDS),
    )  # fmt: skip
    try:
        own = gradient(HALVES[rank])
        sums = {name: torch.from_numpy(array.copy()) for name, array in own.items()}
        for tensor in sums.values():
            distributed.all_reduce(tensor)
        save_file(own, directory / f"own{rank}")
        save_file({name: tensor.numpy() for name, tensor in sums.items()}, directory / f"sum{rank}")
    finally:
        distributed.destroy_process_group()
