"""One network for many tasks against one for each: what training and predicting cost.

    python benchmarks/joint.py [training|predicting ...]

- `training`: 100 yes/no tasks on the same 1,000 made-up examples of 128 numbers with a shared
  hidden layer of 256 units, two epochs on each of three folds: one network for all of them, and one
  for each, both as `headstart compare --with joint,separate` trains them. At least 25 times.
- `predicting`: photos of road signs through one model of four tasks whose last stage was retrained,
  and through four such models of one task each. At least 4 times less a tenth.

The two sides take turns.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

import headstart
from _common import alternate, announce, arguments, folder, judged, ratio, spread
from _vector_examples import vector_examples
from headstart.activations import ActivationStore, choose_engine
from headstart.examples import Examples
from headstart.runs import TrainSettings, ignore
from headstart.runs._depth import shared_rung
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features, network_of
from headstart.runs._ways import JOINT, SEPARATE, run_way

PARTS = ("training", "predicting")
TASKS, EXAMPLES, WIDTH, HIDDEN, EPOCHS = 100, 1_000, 128, 256, 2
SIGNS = ("trafficlight", "stop", "speedlimit", "crosswalk")


def made_up() -> Examples:
    """Tasks that are all known of the same examples."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(EXAMPLES, WIDTH)).astype(np.float32)
    hidden = np.maximum(vectors @ random.normal(size=(WIDTH, 8)), 0)
    logits = hidden @ random.normal(size=(8, TASKS))
    targets = (logits > np.median(logits, axis=0)).astype(np.int64)
    return vector_examples(vectors, targets, [f"task {place}" for place in range(TASKS)])


def training(runs: int) -> None:
    settings = TrainSettings(hidden=(HIDDEN,), epochs=EPOCHS, folds=3, repeats=1)
    examples, engine = made_up(), choose_engine()
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary)
        with ActivationStore(cache) as store:
            backbone = network_of(examples, settings)
            passed = frozen_features(examples, settings, backbone, engine, store, ignore)
            ground = Ground(settings, prepare(examples, passed), backbone, engine, store,
                            Journal(cache), ignore)  # fmt: skip
            fitting = solve_tasks(ground)
            rung = shared_rung(backbone, settings)

            def way(name: str) -> Callable[[], float]:
                def run() -> float:
                    for noted in cache.glob("journal/*"):
                        noted.unlink()
                    started = time.perf_counter()
                    run_way(name, fitting, rung, ground)
                    return time.perf_counter() - started

                return run

            found = alternate(runs, {"one for all": way(JOINT), "one for each": way(SEPARATE)})
    told(f"training {TASKS} tasks", found["one for each"], found["one for all"], 25.0)


def predicting(runs: int, data: Path) -> None:
    photos = sorted((data / "images").glob("*.jpg"))[:80]
    with tempfile.TemporaryDirectory() as temporary:
        table = Path(temporary) / "signs.csv"
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", *SIGNS])
            for photo in photos:
                drawn = ET.parse(data / "annotations" / f"{photo.stem}.xml")  # noqa: S314
                names = {found.text for found in drawn.iterfind("object/name")}
                writer.writerow([str(photo.absolute()), *(int(name in names) for name in SIGNS)])
        trained = {"retrain": 1, "epochs": 1, "folds": 3, "cache": Path(temporary) / "cache"}
        together = headstart.train(table, Path(temporary) / "all", **trained)
        assert together.retrained
        alone = [
            headstart.train(table, Path(temporary) / name, tasks=[name], **trained)
            for name in SIGNS
        ]

        def one() -> float:
            started = time.perf_counter()
            together.predict(photos)
            return time.perf_counter() - started

        def each() -> float:
            started = time.perf_counter()
            for model in alone:
                model.predict(photos)
            return time.perf_counter() - started

        found = alternate(runs, {"one model": one, "four models": each})
    told(f"predicting {len(photos)} photos in {len(SIGNS)} tasks", found["four models"],
         found["one model"], 0.9 * len(SIGNS))  # fmt: skip


def told(what: str, each: list[float], together: list[float], target: float) -> None:
    """How many times as long the separate ones took."""
    times = ratio(each, together)
    met = judged(met=times >= target, target=f"{target:g} times")
    print(f"{what}: one for each {spread(each)}, one for all {spread(together)}: {times:.1f} times")
    print(f"  {met}", flush=True)


def main() -> None:
    parser = arguments(__doc__, runs=3)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    given = parser.parse_args()
    announce(__doc__)
    if "training" in given.parts:
        training(given.runs)
    if "predicting" in given.parts:
        predicting(given.runs, folder(given.data, "road_signs"))


if __name__ == "__main__":
    main()
