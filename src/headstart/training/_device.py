"""Where training computes. Why nothing bigger stands here: docs/decisions/0008."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from headstart.errors import SettingError
from headstart.training._memory import keep_freed_memory


@contextmanager
def computing(device: str, threads: int | None) -> Iterator[torch.device]:
    """Prepare PyTorch to train and put its global settings back afterwards.

    Raises:
        SettingError: there is no such device.
    """
    try:
        found = torch.device(device)
    except RuntimeError:
        raise SettingError(f"device {device!r} is none that PyTorch knows; use 'cpu'") from None
    on_gpu = found.type == "cuda"
    if on_gpu and not torch.cuda.is_available():
        raise SettingError(f"device {device!r}: PyTorch finds no GPU here; use 'cpu'")
    keep_freed_memory()
    before = torch.get_num_threads(), torch.backends.cudnn.deterministic
    with torch.random.fork_rng(devices=[found] if on_gpu else []):
        try:
            torch.set_num_threads(threads or before[0])
            torch.backends.cudnn.deterministic = True  # a seed gives the same model
            yield found
        finally:
            torch.set_num_threads(before[0])
            torch.backends.cudnn.deterministic = before[1]


def seed_everything(seed: int, device: torch.device) -> None:
    """Seed what dropout draws from.

    Not `torch.manual_seed`: without a GPU that takes 0.25 ms, half a small step.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
