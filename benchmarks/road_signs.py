"""Road signs in four tasks: joint, separate and head only, with labels hidden or not.

    python benchmarks/road_signs.py [--sizes 100 600] [--seeds 5] [--rungs 1 auto]
        [--hide 50 rare:50]

For every size and seed photos of `road_signs` are drawn, whose four classes (trafficlight, stop,
speedlimit, crosswalk) are tasks of yes or no. `headstart compare --with joint,separate,head
--hide-labels 50,rare:50` judges all three on the same folds by all labels, trained on all of them,
on half, and on half hidden the way people leave things out (80, 60, 40 and 20 % of a task's
labels, most of the rarest). Printed are the AUROC of each task with its interval, and the verdicts;
last, over the seeds, the mean AUROC and the mean difference with the standard error over seeds.

On the rung `auto` every network, the joint one and each separate one, climbs the ladder for itself
as `headstart train` does it, with `--budget` for each; no labels are hidden there.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from _common import announce, arguments, folder, stopwatch
from headstart.activations import ActivationStore, choose_engine
from headstart.evaluation import TasksFigures
from headstart.examples import Examples, read_examples
from headstart.runs import (
    Hiding,
    TasksCompareSettings,
    TasksComparison,
    TrainSettings,
    compare_tasks,
    ignore,
)
from headstart.runs._contest import Contest, figures_of
from headstart.runs._depth import find_depth
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._settings import cache_directory
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._some_tasks import some_tasks
from headstart.runs._train import frozen_features, network_of
from headstart.runs._ways import Way


def drawn(examples: Examples, size: int, seed: int) -> Examples:
    """So many of the photos."""
    order = np.random.default_rng([seed, size]).permutation(len(examples))
    return examples.select(np.sort(order[:size]))


def told(
    what: str,
    tasks: Sequence[str],
    ways: Sequence[Way],
    figures: Sequence[TasksFigures],
    contests: Sequence[Contest],
) -> None:
    """One line a way, then the verdicts."""
    print(f"  {what}")
    for way, of_tasks in zip(ways, figures, strict=True):
        cells = []
        for name, each in zip(tasks, of_tasks, strict=True):
            auroc = each.auroc
            cells.append(
                f"{name} undefined"
                if auroc.value is None or auroc.low is None
                else f"{name} {auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"
            )
        print(f"    {way.name:<9} {', '.join(cells)}; {way.seconds:.0f} s")
    for contest in contests:
        print(f"    against {contest.auroc.second}: {contest.auroc.sentences[-1]}; {contest.auroc}")


def climbed(name: str, fittings: Sequence[Fitting]) -> Way:
    """Networks that each chose for itself how much to retrain, as one way."""
    said, epochs, rungs = [], [], []
    with stopwatch() as seconds:
        for fitting in fittings:
            depth = find_depth(fitting)
            heads_alone = fitting.solved.probabilities[:1]
            said.append(heads_alone if depth.choice is None else depth.choice.probabilities)
            epochs.append(depth.epochs)
            rungs.append(depth.rung.key)
    return Way(name, ", ".join(rungs), np.concatenate(said, axis=2), seconds(), 0, tuple(epochs))


def auto(examples: Examples, settings: TrainSettings) -> dict[str, float]:
    """Joint and separate where each network climbs the ladder; printed, and what is averaged."""
    engine = choose_engine(threads=settings.threads)
    with ActivationStore(cache_directory()) as store, tempfile.TemporaryDirectory() as temporary:
        backbone = network_of(examples, settings)
        passed = frozen_features(examples, settings, backbone, engine, store, ignore)
        ground = Ground(settings, prepare(examples, passed), backbone, engine, store,
                        Journal(Path(temporary)), ignore)  # fmt: skip
        fitting = solve_tasks(ground)
        tasks = [task.name for task in fitting.prepared.tasks]
        ways = [
            climbed("joint", [fitting]),
            climbed("separate", [some_tasks(fitting, [place]) for place in range(len(tasks))]),
        ]
    figures = [figures_of(way, fitting) for way in ways]
    contest = Contest.of(ways[0], ways[1], fitting)
    told("; ".join(f"{way.name}: {way.what}" for way in ways), tasks, ways, figures, [contest])
    return averaged(ways, figures, [contest])


def remembered(found: TasksComparison) -> Iterator[tuple[str, dict[str, float]]]:
    """What is averaged over seeds: mean AUROC of each way, and the difference to separate."""
    everything = [("none hidden", found.ways, found.figures, found.contests)]
    everything += [(str(less.hiding), less.ways, less.figures, less.contests)
                   for less in found.fewer]  # fmt: skip
    for what, ways, figures, contests in everything:
        yield what, averaged(ways, figures, contests)


def averaged(
    ways: Sequence[Way], figures: Sequence[TasksFigures], contests: Sequence[Contest]
) -> dict[str, float]:
    """Mean AUROC of each way, and the difference to the first."""
    kept: dict[str, Any] = {
        way.name: np.mean([each.auroc.value for each in of_tasks if each.auroc.value is not None])
        for way, of_tasks in zip(ways, figures, strict=True)
    }
    for contest in contests:
        kept[f"{contest.auroc.first} less {contest.auroc.second}"] = contest.auroc.mean.value
    return {name: float(value) for name, value in kept.items()}


def summed_up(kept: Mapping[str, Sequence[dict[str, float]]]) -> None:
    """Means over the seeds, with their standard errors."""
    for what, seeds in kept.items():
        cells = []
        for name in seeds[0]:
            values = np.array([each[name] for each in seeds])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            sign = "+" if " less " in name else ""
            cells.append(f"{name} {values.mean():{sign}.4f} ± {error:.4f}")
        print(f"  {what}: {', '.join(cells)}", flush=True)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 600])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rungs", nargs="+", default=["1", "auto"], help="1, 2, ..., all, auto")
    parser.add_argument("--budget", default="2m", help="of each network, on the rung auto")
    parser.add_argument("--hide", nargs="*", default=["50", "rare:50"])
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    announce(__doc__)
    data: Path = folder(given.data, "road_signs")
    everything = read_examples(data, annotated="all")
    for size, rung in product(given.sizes, given.rungs):
        train = TrainSettings(retrain=rung, threads=given.threads, budget=given.budget)
        settings = TasksCompareSettings(
            ("joint", "separate", "head"), hide=tuple(map(Hiding.parse, given.hide)), train=train
        )
        kept: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
        for seed in range(given.seeds):
            photos = drawn(everything, size, seed)
            print(f"\n{size} photos, rung {rung}, seed {seed}", flush=True)
            if rung == "auto":
                kept["none hidden"].append(auto(photos, train))
                continue
            found = compare_tasks(photos, settings)
            print(f"  shared: {found.what}; {found.seconds:.0f} s")
            told("none hidden", found.tasks, found.ways, found.figures, found.contests)
            for less in found.fewer:
                told(str(less.hiding), found.tasks, less.ways, less.figures, less.contests)
            for what, numbers in remembered(found):
                kept[what].append(numbers)
        print(f"\n{size} photos, rung {rung}, mean AUROC over {given.seeds} seeds")
        summed_up(kept)


if __name__ == "__main__":
    main()
