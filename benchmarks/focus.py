"""What the other 99 tasks are worth to the 100th, and what a shared layer's size does.

Measures, on the made-up tasks of `_related_tasks.py`, related and unrelated:

- `focus`: what `headstart train --focus` says of the last task: which helpers it keeps, the log
  loss with and without them, and the worth of the others in own labels. The truth stands beside
  it: models of the same code, alone on ever more labels of that task (`--draws` draws each) and
  beside the same helpers, judged on 20,000 new examples by their true chances; where alone reaches
  what beside helpers reaches is the true worth.
- `sweep`: what `headstart compare --with joint,separate --sweep-size` says of several widths.

Against: the truth.

Command: python benchmarks/focus.py [focus sweep] [--tasks 100] [--examples 1000] [--seeds 1]
[--relatedness 1 0] [--draws 3] [--widths 4 16 64 256]

Printed on 2026-11-22 and 30: see RESULTS.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _common import announce, arguments, progress, stopwatch
from _related_tasks import RelatedTasks, related_tasks
from _vector_examples import vector_examples
from headstart.activations import ActivationStore, choose_engine
from headstart.examples import UNKNOWN, Examples, VectorSource
from headstart.model import Model
from headstart.runs import TasksCompareSettings, TrainSettings, compare_tasks, ignore
from headstart.runs._depth import shared_rung
from headstart.runs._fitting import Fitting
from headstart.runs._focus import Focus, find_focus
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve
from headstart.runs._some_tasks import some_tasks
from headstart.runs._train import frozen_features, network_of

PARTS = ("focus", "sweep")
HIDDEN = 64
FRESH = 20_000
ALONE = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Labels with which the task in focus is truly trained alone, in shares of what it has."""

Floats = NDArray[np.float64]


def examples_of(table: RelatedTasks, tasks: Sequence[int]) -> Examples:
    """Some tasks of a table, as `headstart train --features` reads them."""
    rows = np.flatnonzero((table.targets[:, list(tasks)] != UNKNOWN).any(axis=1))
    targets = table.targets[rows][:, list(tasks)]
    return vector_examples(table.features[rows], targets, [f"task {place}" for place in tasks])


class Bench:
    """Fits as `headstart train` does, and judges on new examples of known chances."""

    def __init__(self, table: RelatedTasks, store: ActivationStore, cache: Path, seed: int) -> None:
        self.settings = TrainSettings(hidden=(HIDDEN,), seed=seed, threads=1)
        self.engine = choose_engine(threads=1)
        self.store, self.cache = store, cache
        self.fresh = table.fresh(FRESH, seed=seed)

    def fitting(self, examples: Examples) -> Fitting:
        backbone = network_of(examples, self.settings)
        passed = frozen_features(examples, self.settings, backbone, self.engine, self.store, ignore)
        prepared = prepare(examples, passed)
        return solve(Ground(self.settings, prepared, backbone, self.engine, self.store,
                            Journal(self.cache), ignore))  # fmt: skip

    def loss(self, fitting: Fitting, task: int) -> float:
        """True log loss of a task by the model that is trained on everything.

        The task is the first that the fitting answers.
        """
        rung = shared_rung(fitting.backbone, self.settings)
        found = fitting.cross_fit(rung)
        backbone, head, _ = fitting.final(rung, found.epochs, found.temperature)
        model = Model(backbone, fitting.prepared.tasks, head, self.engine, {})
        sources = [VectorSource(row, "") for row in self.fresh.features]
        said = model.probabilities(model.activations(sources).features)[:, :2]
        true = self.fresh.probabilities[:, task].astype(np.float64)
        logs = np.log(np.maximum(said, 1e-15))
        return float(-(true * logs[:, 1] + (1 - true) * logs[:, 0]).mean())


def focus(table: RelatedTasks, bench: Bench, draws: int) -> None:
    tasks = table.targets.shape[1]
    last, name = tasks - 1, f"task {tasks - 1}"
    fitting = bench.fitting(examples_of(table, range(tasks)))
    rung = shared_rung(fitting.backbone, bench.settings)
    with stopwatch() as seconds:
        found = find_focus(fitting, name, rung)
    for sentence in found.sentences:
        print(f"  {sentence}", flush=True)
    gain = found.choice.gain
    pairs = zip(found.choice.sets, found.choice.losses, strict=True)
    losses = [f"{len(each) or 'no'}: {loss:.3f}" for each, loss in pairs]
    told = "" if gain is None else f"; gain {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    print(f"  log loss by number of helpers {', '.join(losses)}{told}; {seconds():.0f} s")
    true = truth(table, bench, fitting, found, last, draws)
    print(f"  {true}", flush=True)


def truth(
    table: RelatedTasks, bench: Bench, fitting: Fitting, found: Focus, last: int, draws: int
) -> str:
    """What alone truly reaches with more labels, and where it reaches the helpers' loss."""
    known = np.flatnonzero(fitting.targets[:, last] != UNKNOWN)
    alone = {}
    for share in ALONE:
        size = round(share * len(known))
        losses = []
        for draw in range(draws):
            progress(f"alone on {size} labels, draw {draw + 1} of {draws}")
            more = table.fresh(size, seed=1000 + draw)
            losses.append(bench.loss(bench.fitting(examples_of(more, [last])), last))
        alone[size] = float(np.mean(losses))
    told = "truly alone " + ", ".join(f"{size:,}: {loss:.3f}" for size, loss in alone.items())
    worth = found.worth
    if worth is None:
        return told
    helpers = found.choice.helpers or tuple(place for place in range(last))
    order = np.random.default_rng(bench.settings.seed).permutation(known)
    progress(f"beside helpers on {worth.own}")
    targets = fitting.targets.copy()
    targets[order[worth.own :], last] = UNKNOWN
    fewer = replace(fitting, fits=replace(fitting.fits, targets=targets))
    together = some_tasks(fewer, [last, *helpers], task_weights="equal", judged_by=last)
    reached = bench.loss(together, last)
    sizes, curve = np.array(list(alone)), np.array(list(alone.values()))
    falling = np.minimum.accumulate(curve)
    if reached < falling[-1]:
        needed = f"more than {sizes[-1] - worth.own:,}"
    else:
        # Losses fall along the curve; np.interp wants them to rise.
        at = np.exp(np.interp(-reached, -falling, np.log(sizes)))
        needed = f"{at - worth.own:+,.0f}"
    return f"{told}; beside helpers with {worth.own:,}: {reached:.3f}; true worth {needed} labels"


def sweep(table: RelatedTasks, widths: Sequence[int], seed: int, cache: Path) -> None:
    examples = examples_of(table, range(table.targets.shape[1]))
    settings = TasksCompareSettings(
        sweep=tuple(widths),
        train=TrainSettings(hidden=(widths[-1],), seed=seed, threads=1, cache=cache),
    )
    found = compare_tasks(examples, settings)
    for contest in found.sweep:
        print(f"  shared layer of {contest.width}: {contest.auroc}; by log loss {contest.log_loss}")
    for sentence in found.sweep_sentences:
        print(f"  {sentence}", flush=True)
    print(f"  {found.seconds:.0f} s", flush=True)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--examples", type=int, default=1000, help="labels of each task")
    parser.add_argument("--relatedness", type=float, nargs="+", default=[1.0, 0.0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--draws", type=int, default=3, help="of the truth alone")
    parser.add_argument("--widths", type=int, nargs="+", default=[4, 16, 64, 256])
    given = parser.parse_args()
    if given.quick:
        given.tasks, given.examples, given.draws, given.widths = 6, 200, 1, [4, 16]
    announce(__doc__)
    for relatedness in given.relatedness:
        for seed in range(given.seeds):
            print(f"\n{given.tasks} tasks of {given.examples:,} labels, relatedness "
                  f"{relatedness:g}, seed {seed}", flush=True)  # fmt: skip
            table = related_tasks(given.tasks, given.examples, relatedness=relatedness, seed=seed)
            with tempfile.TemporaryDirectory() as temporary:
                cache = Path(temporary)
                if "focus" in given.parts:
                    with ActivationStore(cache) as store:
                        focus(table, Bench(table, store, cache, seed), given.draws)
                if "sweep" in given.parts:
                    sweep(table, given.widths, seed, cache)


if __name__ == "__main__":
    main()
