"""Heads of many tasks: 617 tasks of ToxCast on fingerprints, 71 % of the labels unknown.

Measures: seconds of `headstart.heads.solve_tasks` on about 8,600 molecules x 1,024 bits, 5 folds,
5 penalties, 2 threads; once as scikit-learn is asked to do it (``nested=False``: every fold with
every penalty, the best one for each task over all folds), once with the penalty of each fold chosen
inside its training part, three times the heads. Both also fit the final heads and predict every
molecule held out, whether or not its label is known. The fingerprints are computed beforehand.

Against: scikit-learn's `LogisticRegression` (as it comes, on sparse or dense float64 rows,
whichever took less on a sample of tasks), fitted task by task over the known rows, each fold with
each penalty once (25 fits a task), in two processes that were started beforehand, with one BLAS
thread each. ``--solver liblinear`` gives it that solver instead, the intercept scaled by 30 so that
it is next to unpenalised too.

The log losses are means over tasks of the held-out loss at each task's penalty; the nested one does
not gain from its choice.

Command: python benchmarks/tasks_heads.py [--runs 1] [--every 1] [--solver lbfgs] [--quick]
(needs ``pip install rdkit``)

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from _common import alternate, announce, arguments, judged, ratio, spread, stopwatch
from _molecules import molecules
from headstart import heads
from headstart.examples import Outputs

FOLDS = 5
JOBS = 2
RELATIVE_PENALTIES = 10.0 ** -np.arange(1.5, 6.5)
"""Every other one of headstart's own."""

TIMES = 2.0
WORSE_AT_MOST = 0.001
SAMPLE = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Fingerprints float32 ``(examples, bits)``, targets, one fold for each example."""

    features: NDArray[np.float32]
    targets: Ints
    folds: Ints

    @property
    def penalties(self) -> Floats:
        return RELATIVE_PENALTIES * float(self.features.astype(np.float64).var(axis=0).sum())


@dataclass(frozen=True)
class Solved:
    """Seconds of wall clock and of processors, held-out log loss of each task, and a remark."""

    seconds: float
    processor: float
    losses: Floats
    remark: str


def ours(table: Table, *, nested: bool) -> Solved:
    outputs = Outputs((2,) * table.targets.shape[1])
    started = time.process_time()
    with stopwatch() as seconds:
        head, found = heads.solve_tasks(
            table.features,
            table.targets,
            table.folds[None],
            outputs=outputs,
            penalties=RELATIVE_PENALTIES,
            nested=nested,
            threads=JOBS,
        )
    processor = time.process_time() - started
    known = table.targets >= 0
    chances = outputs.chances(found.probabilities[0], table.targets)
    losses = -np.log(np.maximum(chances, np.finfo(np.float64).eps)).sum(axis=0) / known.sum(axis=0)
    remark = (f"{int(found.unconverged.sum())} heads not converged; final heads: relative gradient "
              f"norm at most {head.gradient_norm.max():.0e}")  # fmt: skip
    return Solved(seconds(), processor, losses, remark)


class Peer:
    """scikit-learn's way, in its own processes."""

    def __init__(self, table: Table, solver: str) -> None:
        self._executor = ProcessPoolExecutor(
            JOBS,
            multiprocessing.get_context("spawn"),
            initializer=_prepare,
            initargs=(table, solver),
        )
        list(self._executor.map(_warm, range(JOBS)))

    def solve(self, tasks: Sequence[int], *, sparse: bool) -> Solved:
        with stopwatch() as seconds:
            found = list(self._executor.map(partial(_one_task, sparse=sparse), tasks))
        losses, stopped, processor = (np.array(each) for each in zip(*found, strict=True))
        remark = (
            f"{stopped.sum()} of {len(found) * FOLDS * len(RELATIVE_PENALTIES)} fits stopped early"
        )
        return Solved(seconds(), float(processor.sum()), losses, remark)

    def close(self) -> None:
        self._executor.shutdown()


_here: dict[str, object] = {}


def _prepare(table: Table, solver: str) -> None:
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    dense = table.features.astype(np.float64)
    csr_matrix = import_module("scipy.sparse").csr_matrix  # by name: it brings no types
    _here.update(table=table, dense=dense, sparse=csr_matrix(dense), solver=solver)


def _warm(number: int) -> int:
    from sklearn.linear_model import LogisticRegression

    time.sleep(0.5)  # so that each process gets one
    LogisticRegression().fit(np.eye(4), [0, 1, 0, 1])
    return number


def _one_task(task: int, *, sparse: bool) -> tuple[float, int, float]:
    """Held-out log loss at the best penalty, how many fits ran out of steps, processor seconds."""
    from sklearn.linear_model import LogisticRegression

    started = time.process_time()
    table, features = _here["table"], _here["sparse" if sparse else "dense"]
    assert isinstance(table, Table)
    more = {"intercept_scaling": 30} if _here["solver"] == "liblinear" else {}
    targets = table.targets[:, task]
    known = np.flatnonzero(targets >= 0)
    total, stopped = np.zeros(len(RELATIVE_PENALTIES)), 0
    for fold in range(FOLDS):
        train = known[table.folds[known] != fold]
        held = known[table.folds[known] == fold]
        inputs, asked = features[train], features[held]  # type: ignore[index]
        for place, penalty in enumerate(table.penalties):
            model = LogisticRegression(
                C=1 / (penalty * len(train)), solver=str(_here["solver"]), **more
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(inputs, targets[train])
            stopped += int(model.n_iter_.max() >= model.max_iter)
            chances = model.predict_proba(asked)[np.arange(len(held)), targets[held]]
            total[place] -= np.log(np.maximum(chances, np.finfo(np.float64).eps)).sum()
    return float(total.min() / len(known)), stopped, time.process_time() - started


def compare(table: Table, *, runs: int, solver: str) -> None:
    tasks = range(table.targets.shape[1])
    peer = Peer(table, solver)
    largest_last = np.argsort((table.targets >= 0).sum(axis=0))
    sample = [int(task) for task in largest_last[:: max(1, len(tasks) // SAMPLE)]]
    kinds = {sparse: peer.solve(sample, sparse=sparse).processor for sparse in (True, False)}
    sparse = kinds[True] <= kinds[False]
    print(f"scikit-learn on {len(sample)} tasks: sparse {kinds[True]:.1f} s of a "
          f"processor, dense {kinds[False]:.1f} s", flush=True)  # fmt: skip
    sides: dict[str, Callable[[], Solved]] = {
        "headstart": partial(ours, table, nested=False),
        "headstart, nested": partial(ours, table, nested=True),
        f"scikit-learn, {solver}": partial(peer.solve, tasks, sparse=sparse),
    }
    found = alternate(runs, sides)
    peer.close()
    for name, solved in found.items():
        print(f"{name:24}{spread([one.seconds for one in solved], digits=1)}, of processors "
              f"{spread([one.processor for one in solved], digits=1)}; held out: mean log loss "
              f"{solved[-1].losses.mean():.4f}; {solved[-1].remark}")  # fmt: skip
    plain, nested, theirs = found.values()
    times, of_processor = _ratios(theirs, plain)
    print(f"{times:.1f} times faster, {of_processor:.1f} in processor time   "
          f"{judged(met=times >= TIMES, target=f'{TIMES:.0f} times or more')}")  # fmt: skip
    times, of_processor = _ratios(theirs, nested)
    print(f"nested: {times:.1f} times faster than scikit-learn without, {of_processor:.1f} in "
          "processor time")  # fmt: skip
    apart = plain[-1].losses - theirs[-1].losses
    worse = judged(met=apart.mean() <= WORSE_AT_MOST, target=f"worse by {WORSE_AT_MOST} at most")
    print(f"held-out log loss worse by {apart.mean():+.5f} (tasks: {apart.min():+.4f} to "
          f"{apart.max():+.4f})   {worse}")  # fmt: skip


def _ratios(slow: list[Solved], fast: list[Solved]) -> tuple[float, float]:
    """Of wall clock and of processors."""
    return (
        ratio([one.seconds for one in slow], [one.seconds for one in fast]),
        ratio([one.processor for one in slow], [one.processor for one in fast]),
    )


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__, runs=1)
    parser.add_argument("--every", type=int, default=1, help="take every n-th task [%(default)s]")
    parser.add_argument("--solver", default="lbfgs", help="scikit-learn's [%(default)s]")
    given = parser.parse_args()
    if given.quick:
        given.every = max(given.every, 60)
    return given


def main() -> None:
    given = parsed()
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    announce(__doc__)
    found = molecules(given.data, "toxcast_data")
    targets = found.targets[:, :: given.every]
    folds = np.random.default_rng(0).permutation(len(targets)) % FOLDS
    table = Table(found.fingerprints.astype(np.float32), targets, folds)
    examples, bits = table.features.shape
    print(f"{targets.shape[1]} tasks x {examples:,} molecules x {bits:,} bits "
          f"({table.features.mean():.1%} set), {(targets < 0).mean():.0%} unknown")  # fmt: skip
    compare(table, runs=given.runs, solver=given.solver)


if __name__ == "__main__":
    main()
