"""Whole processes: seconds and peak memory of `headstart train`, `predict` and `--help`.

Measures: wall time from the start of the process to its end, and the kernel's peak of its resident
memory, of `headstart train --retrain head` on hymenoptera (398 photos of about 500 px) with nothing
stored, with everything stored and with one photo added; of `headstart predict MODEL photo.jpg` and
`headstart --help`; whether train and predict import what they must not. Then the peak memory of
training on 400 and on 10,000 photos (the same pictures, each with a JPEG comment of its own).

Against: the targets, printed beside; an interpreter that does nothing, as the floor.

Command: python benchmarks/whole_process.py [--runs 5] [--photos 400 10000] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from _common import (
    HEAD_ONLY,
    Process,
    alternate,
    announce,
    arguments,
    folder,
    headstart,
    judged,
    measure,
    middle,
    progress,
    spread,
)
from _data import copies, jpegs, varied

FORBIDDEN = ("torch", "torchvision", "timm", "sklearn", "scipy", "pandas")
SECONDS = {
    "train, nothing stored": 6.0,
    "train, all stored": 1.5,
    "train, one photo added": 2.0,
    "predict one photo": 1.0,
    "--help": 0.25,
}
PEAK_MEGABYTES = 800.0
PEAK_APART = 150.0

_IMPORTED = """
import sys
from headstart.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    code = end.code
print("imported:", *[name for name in sys.argv[1].split(",") if name in sys.modules])
sys.exit(code)
"""


@dataclass(frozen=True)
class Bench:
    """A temporary folder with photos, a cache that holds all their activations, and a model."""

    root: Path
    photos: Path
    numbers: count[int]

    @classmethod
    def make(cls, root: Path, data: Path, *, quick: bool) -> Bench:
        photos = root / "photos"
        if quick:
            copies(data, photos, count=40)
        else:
            shutil.copytree(data, photos)
        bench = cls(root, photos, count())
        bench.train(root / "cache")
        return bench

    @property
    def model(self) -> Path:
        return self.root / "model-0"

    def command(self) -> list[str]:
        out = self.root / f"model-{next(self.numbers)}"
        return ["train", str(self.photos), *HEAD_ONLY, "--out", str(out)]

    def train(self, cache: Path) -> Process:
        return measure([headstart(), *self.command()], environment={"HEADSTART_CACHE": str(cache)})

    def train_afresh(self) -> Process:
        with tempfile.TemporaryDirectory() as cache:
            return self.train(Path(cache))

    def train_stored(self) -> Process:
        return self.train(self.root / "cache")

    def train_added(self) -> Process:
        first = jpegs(self.photos)[0]
        number = next(self.numbers)
        added = first.with_stem(f"added-{number}")
        added.write_bytes(varied(first.read_bytes(), number))
        try:
            return self.train_stored()
        finally:
            added.unlink()

    def predict(self) -> Process:
        return measure([headstart(), "predict", str(self.model), str(jpegs(self.photos)[0])])

    def imported(self, command: list[str]) -> str:
        """Which of the forbidden packages a command of ours imports."""
        python = [sys.executable, "-c", _IMPORTED, ",".join(FORBIDDEN)]
        ran = measure(
            [*python, *command], environment={"HEADSTART_CACHE": str(self.root / "cache")}
        )
        return ran.output.rpartition("imported:")[2].strip()


def commands(bench: Bench, runs: int) -> None:
    """Seconds and memory of each command."""
    found = alternate(
        runs,
        {
            "train, nothing stored": bench.train_afresh,
            "train, all stored": bench.train_stored,
            "train, one photo added": bench.train_added,
            "predict one photo": bench.predict,
            "--help": lambda: measure([headstart(), "--help"]),
            "python -c pass": lambda: measure([sys.executable, "-c", "pass"]),
        },
    )
    for name, ran in found.items():
        seconds = [process.seconds for process in ran]
        limit = SECONDS.get(name)
        verdict = "" if limit is None else judged(met=middle(seconds) <= limit, target=f"{limit} s")
        peak = max(process.megabytes for process in ran)
        print(f"{name:24}{spread(seconds):30}{peak:6.0f} MB   {verdict}", flush=True)
    steps = json.loads((bench.model / "metrics.json").read_text("utf-8"))["seconds"]
    print("steps of the first training:", ", ".join(f"{k} {v:.2f} s" for k, v in steps.items()))
    predict = ["predict", str(bench.model), str(jpegs(bench.photos)[0])]
    for name, command in {"train": bench.command(), "predict": predict}.items():
        there = bench.imported(command)
        print(f"{name} imports {there or 'none'} of {', '.join(FORBIDDEN)}", flush=True)


def memory(data: Path, root: Path, sizes: list[int]) -> None:
    """Peak memory of training on so many photos."""
    peaks = []
    for size in sizes:
        progress(f"training on {size} photos")
        photos = root / f"{size}-photos"
        copies(data, photos, count=size)
        with tempfile.TemporaryDirectory() as cache:
            ran = measure(
                [
                    headstart(),
                    "train",
                    str(photos),
                    *HEAD_ONLY,
                    "--out",
                    str(root / f"{size}-model"),
                ],
                environment={"HEADSTART_CACHE": cache},
            )
        shutil.rmtree(photos)
        peaks.append(ran.megabytes)
        met = judged(met=ran.megabytes < PEAK_MEGABYTES, target=f"under {PEAK_MEGABYTES:.0f} MB")
        print(f"{size:6} photos: {ran.seconds:7.1f} s, peak {ran.megabytes:4.0f} MB   {met}")
    apart = max(peaks) - min(peaks)
    print(f"apart: {apart:.0f} MB   "
          f"{judged(met=apart <= PEAK_APART, target=f'at most {PEAK_APART:.0f} MB')}")  # fmt: skip


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__, runs=5)
    parser.add_argument("--photos", type=int, nargs="*", default=[400, 10_000])
    given = parser.parse_args()
    if given.quick:
        given.runs, given.photos = 1, [40, 120]
    return given


def main() -> None:
    given = parsed()
    data = folder(given.data, "hymenoptera")
    announce(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        if given.runs:
            commands(Bench.make(root, data, quick=given.quick), given.runs)
        if given.photos:
            memory(data, root, given.photos)


if __name__ == "__main__":
    main()
