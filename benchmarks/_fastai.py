"""fastai in an environment of its own: made once, then handed jobs (see `_fastai_side.py`)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from _common import Process, measure, progress
from _data import save_weights

PACKAGES = ("fastai", "timm", "safetensors")
EPOCHS = 4

File = tuple[Path, str]
"""A photo and its label."""


@dataclass(frozen=True)
class Draw:
    """What to train on, what to judge on, the seed, and whether all layers are trained at once."""

    train: Sequence[File]
    test: Sequence[File]
    seed: int
    all_layers: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "train": [[str(path.absolute()), label] for path, label in self.train],
            "test": [[str(path.absolute()), label] for path, label in self.test],
            "seed": self.seed,
            "all_layers": self.all_layers,
        }


def add_option(parser: argparse.ArgumentParser) -> None:
    """The option that says where the environment is."""
    parser.add_argument(
        "--env",
        type=Path,
        default=user_cache_path("headstart-benchmarks", appauthor=False) / "fastai",
        help="fastai's environment, made where it is missing: 6 GB, minutes [%(default)s]",
    )


def interpreter(environment: Path) -> Path:
    """Python of fastai's environment, which is made first where it is missing."""
    python = environment / "bin" / "python"
    if not (environment / "made").exists():
        progress(f"installing {', '.join(PACKAGES)} into {environment}")
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (environment / "made").touch()
    listing = "from importlib.metadata import version as v; print(*[f'{n} {v(n)}' for n in %r])"
    names = (*PACKAGES, "torch")
    found = subprocess.run(
        [str(python), "-c", listing % (names,)], check=True, capture_output=True, text=True
    )
    print("fastai's environment:", found.stdout.strip(), flush=True)
    return python


def train(
    python: Path, draws: Sequence[Draw], *, epochs: int = EPOCHS
) -> tuple[Process, list[dict[str, Any]]]:
    """`fine_tune(epochs)` for each draw in one process; that process and what each draw came to."""
    with tempfile.TemporaryDirectory() as temporary:
        job = {
            "weights": str(save_weights(Path(temporary) / "weights.safetensors")),
            "epochs": epochs,
            "draws": [draw.as_dict() for draw in draws],
        }
        path = Path(temporary) / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        side = Path(__file__).with_name("_fastai_side.py")
        ran = measure([str(python), "-W", "ignore", str(side), str(path)])
    return ran, [json.loads(line) for line in ran.output.splitlines() if line.startswith("{")]
