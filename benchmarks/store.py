"""The activation store beside the fastest file there is: a raw memory-mapped array.

Measures: writing 50,000 rows of 1,280 float16 in portions of 64 that are committed one by one, as
in the frozen pass; reading all of them in the order they lie in, checksums verified; reading 10,000
by key in random order. Then two processes write the same rows at once: each row must be there once
and whole.

Against: `numpy.lib.format.open_memmap`, written, flushed, and read by row number. It knows no keys,
no checksums, no second writer, and after a kill nobody knows which rows are written: the distance
is the price of those.

Command: python benchmarks/store.py [--runs 3] [--rows 50000] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _common import alternate, announce, arguments, ratio, spread, stopwatch
from headstart.activations import ActivationStore, DatasetKey, RowKey
from headstart.activations._frozen_pass import ROWS_AT_ONCE
from headstart.backbones import FEATURES

WIDTH = 1280
BY_KEY = 10_000
KEY = DatasetKey(
    fingerprint="benchmark",
    backbone="benchmark",
    preprocessing={},
    cut="pool",
    precision="f32",
    engine="benchmark",
    decoders={},
    instruction_set="any",
)

STEPS = ("write", "scan", "by key")


@dataclass(frozen=True)
class Run:
    """Rows a second of each step, and bytes on disk."""

    rates: dict[str, float]
    bytes: int


def make(rows: int) -> NDArray[np.float16]:
    random = np.random.default_rng(0)
    return np.maximum(random.normal(size=(rows, WIDTH)), 0).astype(np.float16)


def row_key(number: int) -> RowKey:
    return RowKey(hashlib.sha256(number.to_bytes(8, "big")).hexdigest())


def portions(rows: int) -> Iterator[range]:
    for start in range(0, rows, ROWS_AT_ONCE):
        yield range(start, min(start + ROWS_AT_ONCE, rows))


def picked(rows: int) -> NDArray[np.int64]:
    return np.random.default_rng(1).permutation(rows)[:BY_KEY]


def store(rows: NDArray[np.float16], keys: list[RowKey]) -> Run:
    rates = {}
    with tempfile.TemporaryDirectory() as temporary:
        with ActivationStore(Path(temporary)) as opened:
            with stopwatch() as seconds:
                fill(opened, rows, keys)
            rates["write"] = len(rows) / seconds()
            with stopwatch() as seconds:
                intact = sum(whole for _, whole in opened.verify())
            rates["scan"] = intact / seconds()
            dataset, wanted = opened.dataset(KEY), picked(len(rows))
            with stopwatch() as seconds:
                for number in wanted:
                    found = opened.get(dataset, keys[number])
                    if found is None or found[FEATURES][0] != rows[number, 0]:
                        raise SystemExit(f"row {number} came back wrong")
            rates["by key"] = len(wanted) / seconds()
        size = sum(path.stat().st_size for path in Path(temporary).iterdir())
    return Run(rates, size)


def fill(opened: ActivationStore, rows: NDArray[np.float16], keys: list[RowKey]) -> None:
    dataset = opened.dataset(KEY)
    for portion in portions(len(rows)):
        opened.put(dataset, [(keys[number], {FEATURES: rows[number]}) for number in portion])


def raw(rows: NDArray[np.float16]) -> Run:
    rates = {}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "rows.npy"
        with stopwatch() as seconds:
            mapped = np.lib.format.open_memmap(path, "w+", np.float16, rows.shape)
            for portion in portions(len(rows)):
                mapped[portion.start : portion.stop] = rows[portion.start : portion.stop]
            mapped.flush()
        rates["write"] = len(rows) / seconds()
        reading, wanted = np.load(path, mmap_mode="r"), picked(len(rows))
        with stopwatch() as seconds:
            for portion in portions(len(rows)):
                np.array(reading[portion.start : portion.stop])
        rates["scan"] = len(rows) / seconds()
        with stopwatch() as seconds:
            for number in wanted:
                np.array(reading[number])
        rates["by key"] = len(wanted) / seconds()
        return Run(rates, path.stat().st_size)


def fill_at(directory: Path, count: int) -> None:
    """One of the two writers, in a process of its own."""
    rows, keys = make(count), [row_key(number) for number in range(count)]
    with ActivationStore(directory) as opened:
        fill(opened, rows, keys)


def at_once(count: int) -> str:
    """What is there after two processes wrote the same rows at the same time."""
    with tempfile.TemporaryDirectory() as temporary, stopwatch() as seconds:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
            list(processes.map(fill_at, [Path(temporary)] * 2, [count] * 2))
        with ActivationStore(Path(temporary)) as opened:
            there = sum(info.rows for info in opened.info())
            intact = sum(whole for _, whole in opened.verify())
    verdict = "each once and whole" if there == intact == count else "NOT as it should be"
    return (
        f"{count:,} rows by two processes at once: {there:,} there, {intact:,} intact, "
        f"{verdict} ({seconds():.1f} s)"
    )


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__, runs=3)
    parser.add_argument("--rows", type=int, default=50_000)
    given = parser.parse_args()
    if given.quick:
        given.runs, given.rows = 1, 2_000
    return given


def main() -> None:
    given = parsed()
    announce(__doc__)
    rows, keys = make(given.rows), [row_key(number) for number in range(given.rows)]
    sides: dict[str, Callable[[], Run]] = {
        "store": partial(store, rows, keys),
        "raw .npy": partial(raw, rows),
    }
    found = alternate(given.runs, sides)
    print(f"{given.rows:,} rows of {WIDTH:,} float16 ({rows.nbytes / 1e6:.0f} MB)")
    for step in STEPS:
        rates = {name: [run.rates[step] for run in runs] for name, runs in found.items()}
        texts = [f"{name} {spread(values, 'rows/s', digits=0)}" for name, values in rates.items()]
        times = ratio(rates["raw .npy"], rates["store"])
        print(f"{step:8}{'   '.join(texts)}   raw is {times:.1f} times faster")
    print("on disk: " + ", ".join(f"{name} {runs[-1].bytes / 1e6:.0f} MB"
                                  for name, runs in found.items()))  # fmt: skip
    print(at_once(given.rows), flush=True)


if __name__ == "__main__":
    main()
