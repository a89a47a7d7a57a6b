"""Road signs in four tasks: joint, separate and head only, with labels hidden or not.

    python benchmarks/road_signs.py [--sizes 100 600] [--seeds 5] [--retrain 1]
        [--hide none random rare]

For every size and seed photos of `road_signs` are drawn, whose four classes (trafficlight, stop,
speedlimit, crosswalk) are tasks of yes or no. `--hide random` hides half of all labels; `rare`
hides as many the way people leave things out: 80, 60, 40 and 20 % of a task's labels, most of the
rarest. Then `headstart compare --with joint,separate,head` judges all three on the same folds by
what is left. Printed are the AUROC of each task with its interval, and the verdicts.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _common import announce, arguments, folder
from headstart.examples import UNKNOWN, Examples, read_examples
from headstart.runs import TasksCompareSettings, TasksComparison, TrainSettings, compare_tasks

HIDE = ("none", "random", "rare")
SHARES = (0.8, 0.6, 0.4, 0.2)
"""Of the labels that are hidden, the rarest task first."""


def drawn(examples: Examples, size: int, seed: int) -> Examples:
    """So many of the photos."""
    order = np.random.default_rng([seed, size]).permutation(len(examples))
    return examples.select(np.sort(order[:size]))


def hidden(examples: Examples, how: str, seed: int) -> Examples:
    """With half of the labels unknown."""
    if how == "none":
        return examples
    targets = examples.targets.copy()
    shares: NDArray[np.float64] = np.full(len(examples.tasks), 0.5)
    if how == "rare":
        shares[np.argsort((targets == 1).sum(axis=0))] = SHARES
    random = np.random.default_rng([seed, 7])
    targets[random.random(targets.shape) < shares] = UNKNOWN
    return replace(examples, targets=targets)


def told(found: TasksComparison, title: str) -> None:
    """One line a way, then the verdicts."""
    print(f"\n{title}; shared: {found.what}")
    for way, figures in zip(found.ways, found.figures, strict=True):
        cells = []
        for name, each in zip(found.tasks, figures, strict=True):
            auroc = each.auroc
            cells.append(
                f"{name} undefined"
                if auroc.value is None or auroc.low is None
                else f"{name} {auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"
            )
        print(f"  {way.name:<9} {', '.join(cells)}; {way.seconds:.0f} s")
    for contest in found.contests:
        print(f"  against {contest.auroc.second}: {contest.auroc.sentences[-1]}; {contest.auroc}")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 600])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--retrain", default="1")
    parser.add_argument("--hide", nargs="+", choices=HIDE, default=HIDE)
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    announce(__doc__)
    data: Path = folder(given.data, "road_signs")
    everything = read_examples(data, annotated="all")
    train = TrainSettings(retrain=given.retrain, threads=given.threads)
    settings = TasksCompareSettings(("joint", "separate", "head"), train=train)
    for size in given.sizes:
        for seed in range(given.seeds):
            photos = drawn(everything, size, seed)
            for how in given.hide:
                title = f"{size} photos, seed {seed}, labels hidden: {how}"
                told(compare_tasks(hidden(photos, how, seed), settings), title)


if __name__ == "__main__":
    main()
