"""Retraining: from stored activations, against recomputing, against fastai; the whole ladder.

    python benchmarks/retraining.py [epochs|layers|ladder|auto ...]

- `epochs`: an epoch of retraining the last 1, 2 and 3 stages from the store, against the same loop
  that runs the frozen part in PyTorch for every batch (fused BatchNorm, channels_last), on decoded
  photos that lie ready; in float32, and in bfloat16 where the processor computes in it. The store's
  side is in the precision that `headstart train` takes here.
- `layers`: photos a second with all layers trained, against fastai's loop with the same network.
- `ladder`: head, 1, 2 and all on hymenoptera's 245 training photos with 5 folds and the final fit,
  nothing stored, against one `fine_tune(4)` of fastai, which fits once.
- `auto`: `headstart train` with `--retrain auto` beside `--retrain head`, whole processes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import _fastai
from _common import (
    alternate,
    announce,
    arguments,
    folder,
    headstart,
    judged,
    measure,
    middle,
    progress,
    ratio,
    spread,
    stopwatch,
)
from headstart.activations import ActivationStore, choose_engine, has_bf16
from headstart.backbones import INPUT
from headstart.examples import read_examples
from headstart.runs import TrainSettings, ignore
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve
from headstart.runs._train import frozen_features
from headstart.strategy import Rung, rungs_of
from headstart.training import fine_tune
from vs_fastai import files

TARGETS = {"1": 7, "2": 4, "3": 2}
PARTS = ("epochs", "layers", "ladder", "auto")


def fitting(data: Path, cache: Path, store: ActivationStore) -> Fitting:
    """Everything before the first rung."""
    examples = read_examples(data)
    rows = [row for row, part in enumerate(examples.parts or ()) if part == "train"]
    settings = TrainSettings()
    backbone, engine = settings.load_backbone(), choose_engine()
    chosen = replace(examples.select(rows), parts=None)
    passed = frozen_features(chosen, settings, backbone, engine, store, ignore)
    prepared = prepare(chosen, passed)
    return solve(Ground(settings, prepared, backbone, engine, store, Journal(cache), ignore))


def epoch(ready: Fitting, rung: Rung, cut: str, *, precision: str) -> float:
    """Seconds of the second of two epochs."""
    everything = np.arange(len(ready.targets))
    plan = replace(ready.plan(rung), epochs=2, batch_size=32, precision=precision)  # type: ignore[arg-type]
    half: list[float] = []

    def tell(share: float) -> None:
        if share >= 0.5 and not half:
            half.append(time.perf_counter())

    fine_tune(
        ready.backbone,
        cut,
        plan,
        head=ready.start(rung, everything, None),
        data=ready.activations.at(cut),
        targets=ready.targets,
        rows_train=everything,
        rows_held_out=everything[:0],
        threads=ready.engine.threads,
        keep="last",
        on_progress=tell,
    )
    return time.perf_counter() - half[0]


def epochs_part(ready: Fitting, runs: int) -> None:
    print(f"\nan epoch of {len(ready.targets)} photos, from the store and recomputed")
    for rung in rungs_of(ready.backbone)[1:4]:
        sides: dict[str, Callable[[], float]] = {
            "store": partial(epoch, ready, rung, rung.cut, precision=ready.engine.precision),
            "float32": partial(epoch, ready, rung, INPUT, precision="f32"),
        }
        if has_bf16():
            sides["bfloat16"] = partial(epoch, ready, rung, INPUT, precision="bf16")
        found = alternate(runs, sides)
        peers = {name: middle(seconds) for name, seconds in found.items() if name != "store"}
        peer = min(peers, key=lambda name: peers[name])
        times = ratio(found[peer], found["store"])
        target = TARGETS[rung.name]
        print(
            f"last {rung.name}: {spread(found['store'])} against {spread(found[peer])} ({peer}): "
            f"{times:.1f} times; {judged(met=times >= target, target=str(target))}"
        )


def layers_part(ready: Fitting, data: Path, python: Path, runs: int) -> None:
    every = rungs_of(ready.backbone)[-1]
    draw = _fastai.Draw(files(data, "train"), files(data, "train")[:8], 0, all_layers=True)
    found = alternate(
        runs,
        {
            "ours": lambda: (
                len(ready.targets) / epoch(ready, every, INPUT, precision=ready.engine.precision)
            ),
            "fastai": lambda: float(
                _fastai.train(python, [draw], epochs=2)[1][0]["photos_a_second"]
            ),
        },
    )
    times = ratio(found["ours"], found["fastai"])
    print(f"\nall layers, photos a second: {spread(found['ours'], '')} against fastai's "
          f"{spread(found['fastai'], '')}: {times:.1f} times; "
          f"{judged(met=times >= 3, target='3')}")  # fmt: skip


def ladder(data: Path) -> float:
    """Seconds of head, 1, 2, all on five folds and of the final fit with all layers."""
    with tempfile.TemporaryDirectory() as temporary, stopwatch() as clock:
        cache = Path(temporary)
        with ActivationStore(cache) as store:
            ready = fitting(data, cache, store)
            for rung in rungs_of(ready.backbone):
                if rung.name in ("1", "2", "all"):
                    found = ready.cross_fit(rung)
                    progress(f"{rung}: {found.seconds:.0f} s, {found.epochs} epochs")
            ready.final(rung, max(1, found.epochs))
    return clock()


def ladder_part(data: Path, python: Path) -> None:
    draw = _fastai.Draw(files(data, "train"), files(data, "train")[:8], 0)
    ours = ladder(data)
    theirs = _fastai.train(python, [draw])[0].seconds
    print(f"\nthe ladder: {ours:.0f} s, fastai's fine_tune(4) {theirs:.0f} s: "
          f"{ours / theirs:.2f} of it; {judged(met=ours <= 2 * theirs, target='2')}")  # fmt: skip


def auto_part(data: Path, runs: int) -> None:
    def process(retrain: str) -> float:
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary)
            command = [headstart(), "train", str(data), "--out", str(root / "model")]
            ran = measure([*command, "--retrain", retrain, "--quiet"],
                          environment={"HEADSTART_CACHE": str(root / "cache")})  # fmt: skip
            return ran.seconds

    found = alternate(runs, {name: partial(process, name) for name in ("head", "auto")})
    more = middle(found["auto"]) - middle(found["head"])
    print(f"\nhead only {spread(found['head'])}, auto {spread(found['auto'])}: {more:.1f} s more; "
          f"{judged(met=more <= 30, target='30 s')}")  # fmt: skip


def main() -> None:
    parser = arguments(__doc__, runs=3)
    _fastai.add_option(parser)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    given = parser.parse_args()
    data = folder(given.data, "hymenoptera")
    announce(__doc__)
    with tempfile.TemporaryDirectory() as temporary, ActivationStore(Path(temporary)) as store:
        if {"epochs", "layers"} & set(given.parts):
            ready = fitting(data, Path(temporary), store)
        if "epochs" in given.parts:
            epochs_part(ready, given.runs)
        if "layers" in given.parts:
            layers_part(ready, data, _fastai.interpreter(given.env), given.runs)
    if "ladder" in given.parts:
        ladder_part(data, _fastai.interpreter(given.env))
    if "auto" in given.parts:
        auto_part(data, given.runs)


if __name__ == "__main__":
    main()
