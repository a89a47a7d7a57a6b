"""What this machine can do, found out without importing an engine."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Most capable first; each changes which kernels an engine picks and so may change the last bits.
_INSTRUCTION_SETS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2", "sse4_2")
_BF16 = ("amx_bf16", "avx512_bf16")


@cache
def instruction_set() -> str:
    """The most capable instruction set that matters to the engines, as ``x86_64-avx2``."""
    flags = _cpu_flags()
    found = [name for name in _INSTRUCTION_SETS if name in flags]
    return "-".join([platform.machine().lower() or "unknown", *found[:1]])


@cache
def has_bf16() -> bool:
    """Whether the processor computes in bfloat16."""
    flags = _cpu_flags()
    return any(name in flags for name in _BF16)


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_gpu() -> bool:
    """Whether there is an NVIDIA GPU with its driver."""
    return Path("/dev/nvidiactl").exists() or Path("/proc/driver/nvidia/version").exists()


def has_gpu_engine() -> bool:
    """Whether a GPU and PyTorch are both there; neither is touched to find out."""
    return has_gpu() and find_spec("torch") is not None and find_spec("timm") is not None


def _cpu_flags() -> frozenset[str]:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:  # not Linux
        return frozenset()
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()
