"""A training loop as a good engineer writes it by hand: all layers of a timm network.

channels_last, fused AdamW, a cosine, and a thread that reads the next batch while one is worked on.
It knows nothing of headstart but what a batch is: `read(rows, views)` gives uint8 pixels.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch.nn import functional

Rows = NDArray[np.int64]
Read = Callable[[Rows, Rows], NDArray[np.uint8]]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RATE, WEIGHT_DECAY = 2e-3, 0.05


def photos_a_second(
    name: str, read: Read, targets: Rows, *, batch_size: int, epochs: int, threads: int
) -> float:
    """Of the last epoch.

    Args:
        name: of timm's network.
        read: gives pixels, uint8 ``(batch, side, side, 3)``.
        targets: int64 ``(photos,)``.
        batch_size: photos a step.
        epochs: two or more, the first to warm up.
        threads: of PyTorch.
    """
    torch.set_num_threads(threads)
    classes = int(targets.max()) + 1
    network = timm.create_model(name, num_classes=classes).to(memory_format=torch.channels_last)
    network.train()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    mean, std = torch.tensor(MEAN) * 255, torch.tensor(STD) * 255
    steps = math.ceil(len(targets) / batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * epochs)
    random = np.random.default_rng(0)
    seconds = 0.0
    with ThreadPoolExecutor(1) as pool:
        for epoch in range(epochs):
            began = time.perf_counter()
            batches = np.array_split(random.permutation(len(targets)), steps)
            waiting = pool.submit(read, batches[0], np.full_like(batches[0], epoch + 1))
            for number, rows in enumerate(batches):
                pixels = torch.from_numpy(waiting.result())
                if number + 1 < steps:
                    following = batches[number + 1]
                    waiting = pool.submit(read, following, np.full_like(following, epoch + 1))
                scaled = ((pixels.float() - mean) / std).permute(0, 3, 1, 2)
                loss = functional.cross_entropy(network(scaled), torch.from_numpy(targets[rows]))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
            seconds = time.perf_counter() - began
    return len(targets) / seconds
