"""Which cheap sign tells which other tasks look for the same features?

Measures: made-up yes/no tasks of several families (`_related_tasks.py`); tasks of one family share
hidden features and weigh them as they please. A linear head is solved for each task on its own
labels. For each task the others are ordered by a sign of being related; the area under the ROC
curve of telling its own family by it, mean over tasks and seeds. 0.5 is chance. Signs:

- weights: the size of the correlation of two heads' weights;
- labels: of what the other task's head says with the focus task's labels;
- said: of what the two heads say of the same examples;
- once, ours, thrice: squared correlations as in `said`, then correlations of their rows, once, as
  often as `headstart.strategy.rank_helpers` does it, three times.

Against: chance, and one another.

Command: python benchmarks/helpers.py [--seeds 5]

Printed on 2026-11-21 (two cores, much other work beside it; a row of few tasks has more seeds):

    tasks families labels features related  weights   labels     said     once     ours   thrice
        4        2    300       32    1.00     0.80     0.81     0.80     0.60     0.80     0.55
        6        2    300       32    1.00     0.81     0.77     0.81     0.79     0.81     0.72
        8        2    300       32    1.00     0.78     0.79     0.80     0.86     0.86     0.87
       12        2    300       32    1.00     0.81     0.81     0.81     0.91     0.95     0.95
       40        2    100       32    1.00     0.73     0.73     0.74     0.91     0.96     0.97
       40        2    300      128    1.00     0.83     0.83     0.83     0.98     1.00     0.99
       60        2    300       32    0.50     0.65     0.65     0.65     0.77     0.83     0.85
       60        6    300       32    1.00     0.80     0.80     0.80     0.93     0.95     0.94
       60        6    300       32    0.50     0.64     0.64     0.64     0.67     0.68     0.67
       30        3   1000       32    1.00     0.80     0.80     0.80     0.93     0.94     0.94

Below 8 tasks ours is `said`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from _common import announce, stopwatch
from _related_tasks import RelatedTasks, related_tasks
from headstart.examples import UNKNOWN, Outputs
from headstart.strategy._helpers import ROUNDS, _profiles, _squared_correlations, rank_helpers

Floats = NDArray[np.float64]

# tasks, families, labels of each, features, relatedness
WORLDS = (
    (4, 2, 300, 32, 1.0),
    (6, 2, 300, 32, 1.0),
    (8, 2, 300, 32, 1.0),
    (12, 2, 300, 32, 1.0),
    (40, 2, 100, 32, 1.0),
    (40, 2, 300, 128, 1.0),
    (60, 2, 300, 32, 0.5),
    (60, 6, 300, 32, 1.0),
    (60, 6, 300, 32, 0.5),
    (30, 3, 1000, 32, 1.0),
)
PENALTY = 10.0
ROWS = 3000  # that heads are compared on
SIGNS = ("weights", "labels", "said", "once", "ours", "thrice")


def heads(table: RelatedTasks) -> Floats:
    """Ridge regression of each task over its known labels, ``(tasks, features + 1)``."""
    padded = np.concatenate([table.features, np.ones((len(table.features), 1))], axis=1)
    padded = padded.astype(np.float64)
    found = []
    for column in table.targets.T:
        mine = padded[column != UNKNOWN]
        squares = mine.T @ mine + PENALTY * np.eye(mine.shape[1])
        wanted = 2.0 * column[column != UNKNOWN] - 1
        found.append(np.linalg.solve(squares, mine.T @ wanted))
    return np.stack(found)


def signs(table: RelatedTasks) -> dict[str, Floats]:
    """Each sign of being related, ``(tasks, tasks)``."""
    weights, tasks = heads(table), table.targets.shape[1]
    values = table.features.astype(np.float64) @ weights[:, :-1].T + weights[:, -1]
    of_one = 1 / (1 + np.exp(-3 * values[:ROWS]))
    said = np.stack([1 - of_one, of_one], axis=-1).reshape(len(of_one), -1)
    outputs = Outputs((2,) * tasks)
    alike = _squared_correlations(said, outputs)
    once = _profiles(alike)
    ours = np.zeros((tasks, tasks))
    for focus in range(tasks):
        ranking = rank_helpers(said, outputs, focus)
        ours[focus, list(ranking.order)] = ranking.strengths
    again = once
    for _ in range(2):
        again = _profiles(again)
    return {
        "weights": np.abs(np.corrcoef(weights[:, :-1])),
        "labels": with_labels(values, table.targets),
        "said": alike,
        "once": once,
        "ours": ours,
        "thrice": again,
    }


def with_labels(values: Floats, targets: NDArray[np.int64]) -> Floats:
    """Correlation of what each head says with each task's labels; a row is a focus."""
    rows = []
    for column in targets.T:
        mine = column != UNKNOWN
        said = values[mine] - values[mine].mean(axis=0)
        labels = column[mine] - column[mine].mean()
        rows.append(np.abs(labels @ said) / np.linalg.norm(said, axis=0) / np.linalg.norm(labels))
    return np.stack(rows)


def found_family(sign: Floats, families: NDArray[np.int64]) -> float:
    """Area under the ROC curve of telling the own family, the mean over tasks."""
    areas = []
    for focus, row in enumerate(sign):
        others = np.arange(len(row)) != focus
        related = row[others & (families == families[focus])]
        strange = row[others & (families != families[focus])]
        if len(related) and len(strange):
            above = related[:, None] > strange
            level = related[:, None] == strange
            areas.append((above + level / 2).mean())
    return float(np.mean(areas))


def row(world: tuple[int, int, int, int, float], seeds: int) -> Mapping[str, float]:
    tasks, families, labels, features, relatedness = world
    found: dict[str, list[float]] = {name: [] for name in SIGNS}
    # Few tasks say little: as many comparisons in every row.
    for seed in range(seeds * max(1, 24 // tasks)):
        table = related_tasks(
            tasks, labels, families=families, features=features, relatedness=relatedness, seed=seed
        )
        for name, sign in signs(table).items():
            found[name].append(found_family(sign, table.families))
    return {name: float(np.mean(areas)) for name, areas in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    announce(__doc__)
    print(f"{ROUNDS} rounds are ours")
    print("tasks families labels features related" + "".join(f"{name:>9}" for name in SIGNS))
    with stopwatch() as seconds:
        for world in WORLDS:
            tasks, families, labels, features, relatedness = world
            cells = row(world, given.seeds)
            print(f"{tasks:5}{families:9}{labels:7}{features:9}{relatedness:8.2f}"
                  + "".join(f"{cells[name]:9.2f}" for name in SIGNS), flush=True)  # fmt: skip
    print(f"{seconds():.0f} s")


if __name__ == "__main__":
    main()
