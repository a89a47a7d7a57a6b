"""Road signs in four tasks: joint, separate and head only, with labels hidden or not.

    python benchmarks/road_signs.py [--sizes 100 600] [--seeds 5] [--retrain 1] [--hide 50 rare:50]

For every size and seed photos of `road_signs` are drawn, whose four classes (trafficlight, stop,
speedlimit, crosswalk) are tasks of yes or no. `headstart compare --with joint,separate,head
--hide-labels 50,rare:50` judges all three on the same folds by all labels, trained on all of them,
on half, and on half hidden the way people leave things out (80, 60, 40 and 20 % of a task's
labels, most of the rarest). Printed are the AUROC of each task with its interval, and the verdicts;
last, over the seeds, the mean AUROC and the mean difference with the standard error over seeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from _common import announce, arguments, folder
from headstart.evaluation import TasksFigures
from headstart.examples import Examples, read_examples
from headstart.runs import (
    Hiding,
    TasksCompareSettings,
    TasksComparison,
    TrainSettings,
    compare_tasks,
)
from headstart.runs._contest import Contest
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


def remembered(found: TasksComparison) -> Iterator[tuple[str, dict[str, float]]]:
    """What is averaged over seeds: mean AUROC of each way, and the difference to separate."""
    everything = [("none hidden", found.ways, found.figures, found.contests)]
    everything += [(str(less.hiding), less.ways, less.figures, less.contests)
                   for less in found.fewer]  # fmt: skip
    for what, ways, figures, contests in everything:
        kept: dict[str, Any] = {
            way.name: np.mean(
                [each.auroc.value for each in of_tasks if each.auroc.value is not None]
            )
            for way, of_tasks in zip(ways, figures, strict=True)
        }
        for contest in contests:
            kept[f"{contest.auroc.first} less {contest.auroc.second}"] = contest.auroc.mean.value
        yield what, {name: float(value) for name, value in kept.items()}


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
    parser.add_argument("--retrain", default="1")
    parser.add_argument("--hide", nargs="*", default=["50", "rare:50"])
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    announce(__doc__)
    data: Path = folder(given.data, "road_signs")
    everything = read_examples(data, annotated="all")
    settings = TasksCompareSettings(
        ("joint", "separate", "head"),
        hide=tuple(map(Hiding.parse, given.hide)),
        train=TrainSettings(retrain=given.retrain, threads=given.threads),
    )
    for size in given.sizes:
        kept: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
        for seed in range(given.seeds):
            found = compare_tasks(drawn(everything, size, seed), settings)
            print(f"\n{size} photos, seed {seed}; shared: {found.what}; {found.seconds:.0f} s")
            told("none hidden", found.tasks, found.ways, found.figures, found.contests)
            for less in found.fewer:
                told(str(less.hiding), found.tasks, less.ways, less.figures, less.contests)
            for what, numbers in remembered(found):
                kept[what].append(numbers)
        print(f"\n{size} photos, mean AUROC over {given.seeds} seeds")
        summed_up(kept)


if __name__ == "__main__":
    main()
