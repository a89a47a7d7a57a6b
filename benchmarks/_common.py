"""What the benchmarks share: arguments, whole processes, medians, printing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
Found = TypeVar("Found")

HEAD_ONLY = ("--retrain", "head")
"""What `headstart train` did when these benchmarks were written."""

VERSIONS = ("headstart", "numpy", "openvino", "scikit-learn", "torch", "timm")

# The child of a large process starts with that process's peak memory on its account (Linux counts
# it over an exec), so a small process stands between; it also keeps the clock.
_LAUNCHER = """
import json, os, sys, time
started = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
found = [time.perf_counter() - started, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(found, file)
"""


@dataclass(frozen=True)
class Process:
    """A process that has ended: wall seconds, peak memory in MB (10^6 bytes), what it printed."""

    seconds: float
    megabytes: float
    output: str


def arguments(documentation: str | None, *, runs: int | None = None) -> argparse.ArgumentParser:
    """A parser with the options that benchmarks share; without `--runs` where `runs` is None."""
    parser = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if runs is not None:
        parser.add_argument("--runs", type=int, default=runs, help="of each side [%(default)s]")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it work at all?")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of data sets [%(default)s]")
    return parser


def folder(data: Path, name: str) -> Path:
    """A data set, or the end with one clear line."""
    path = data / name
    if not path.is_dir():
        sys.exit(f"{path}: there is no such folder; give the one that holds {name}/ with --data")
    return path


def announce(documentation: str | None) -> None:
    """Print the headline, the date, the machine, what else keeps it busy, and versions."""
    print((documentation or "").strip().splitlines()[0])
    known = {name: _version(name) for name in VERSIONS}
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {_processor()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}")  # fmt: skip
    print(", ".join(f"{name} {found}" for name, found in known.items() if found), flush=True)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "?")


def progress(text: str) -> None:
    """Tell on standard error what is going on."""
    print(f"  {text}", file=sys.stderr, flush=True)


def headstart() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).parent / "headstart")


def measure(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Process:
    """Run a command to its end; a failure ends the benchmark with what the command said."""
    with tempfile.TemporaryDirectory() as temporary:
        result = Path(temporary) / "result.json"
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(result), *command],
            env={**_surroundings(), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if not result.exists():
            sys.exit(f"{' '.join(command)}: could not be started\n{ran.stderr[-2000:]}")
        seconds, peak, code = json.loads(result.read_text("utf-8"))
    if code:
        sys.exit(f"{' '.join(command)}: ended with code {code}\n{ran.stderr[-4000:]}")
    bytes_a_unit = 1 if sys.platform == "darwin" else 1024
    return Process(seconds, peak * bytes_a_unit / 1e6, ran.stdout)


def _surroundings() -> dict[str, str]:
    """The environment, but Python may keep bytecode.

    pip compiles what it installs; where nothing may be kept, as in many containers, each process of
    a checkout compiles headstart anew, which took 0.5 s of the 2 s of a training with all stored.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def train_afresh(data: Path) -> tuple[Process, dict[str, Any]]:
    """`headstart train --retrain head` with an empty store, and its ``metrics.json``."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        ran = measure(
            [headstart(), "train", str(data), *HEAD_ONLY, "--out", str(root / "model")],
            environment={"HEADSTART_CACHE": str(root / "cache")},
        )
        return ran, json.loads((root / "model" / "metrics.json").read_text("utf-8"))


def alternate(runs: int, sides: Mapping[str, Callable[[], Found]]) -> dict[str, list[Found]]:
    """Run every side once, then every side again, so that a slow minute meets them all."""
    found: dict[str, list[Found]] = {name: [] for name in sides}
    for run in range(runs):
        for name, side in sides.items():
            progress(f"run {run + 1} of {runs}: {name}")
            found[name].append(side())
    return found


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Seconds since the block began, or that it took once it has ended."""
    started, ended = time.perf_counter(), [0.0]
    yield lambda: (ended[0] or time.perf_counter()) - started
    ended[0] = time.perf_counter()


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def spread(values: Sequence[float], unit: str = "s", *, digits: int = 2) -> str:
    """Median and range, for people."""
    text = f"{middle(values):,.{digits}f} {unit}".rstrip()
    if len(values) == 1:
        return text
    return f"{text} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """Median over the runs of one side by the other, both from the same run."""
    return middle([one / other for one, other in zip(slow, fast, strict=True)])


def judged(*, met: bool, target: str) -> str:
    """A target and whether it was met."""
    return f"{'met' if met else 'MISSED'}: {target}"


def log_loss(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """Mean negative log probability of the true class."""
    true = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(true, np.finfo(np.float64).eps)).mean())


def accuracy(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """Share of the examples whose most probable class is the true one."""
    return float((probabilities.argmax(axis=1) == targets).mean())
