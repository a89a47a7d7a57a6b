"""Tox21 and ToxCast as fingerprints: joint against separate, beside scikit-learn task by task.

Measures: mean AUROC over the tasks and what `headstart compare --with joint,separate,head` says,
of molecules as Morgan fingerprints of 1,024 bits (`pip install rdkit`) with a shared hidden layer.
Of ToxCast's 617 tasks `joint` and `head` only, unless `--ways` asks for more: 617 networks on five
folds are hours.

Against: scikit-learn's `LogisticRegression` on the known rows of each task on the same folds
(sparse, liblinear), its penalty chosen by cross-validation on the other folds by log loss among
`--penalties`.

Command: python benchmarks/molecules.py [--tables tox21 toxcast] [--hidden 256]
[--ways joint separate head] [--penalties 0.01 0.03 0.1 0.3 1]

Printed on 2026-11-22 and 30: see RESULTS.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from _common import announce, arguments, progress, stopwatch
from _molecules import molecules
from _vector_examples import vector_examples
from headstart.activations import ActivationStore, choose_engine
from headstart.evaluation import summary
from headstart.examples import UNKNOWN, Examples
from headstart.runs import TrainSettings, ignore
from headstart.runs._contest import Contest, figures_of
from headstart.runs._depth import shared_rung
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve_tasks
from headstart.runs._train import frozen_features, network_of
from headstart.runs._ways import Way, run_way

WAYS = {"tox21": ("joint", "separate", "head"), "toxcast": ("joint", "head")}


def examples_of(data: Path, table: str) -> Examples:
    found = molecules(data, table)
    return vector_examples(found.fingerprints.astype(np.float32), found.targets, found.tasks)


def scikit_learn(fitting: Fitting, penalties: Sequence[float]) -> Way:
    """Each task on its known rows, every example predicted held out on the same folds."""
    # By name: it brings no types.
    inputs = import_module("scipy.sparse").csr_matrix(fitting.features.astype(np.float64))
    folds = fitting.folds[0]
    tasks = fitting.targets.shape[1]
    chances = np.full((len(folds), tasks), 0.5)
    with stopwatch() as seconds:
        for task in range(tasks):
            progress(f"scikit-learn, task {task + 1} of {tasks}")
            known = fitting.targets[:, task] != UNKNOWN
            for fold in np.unique(folds[folds >= 0]):
                train, held = np.flatnonzero(known & (folds != fold)), np.flatnonzero(folds == fold)
                targets = fitting.targets[train, task]
                if len(np.unique(targets)) < 2:
                    chances[held, task] = targets.mean() if len(targets) else 0.5
                    continue
                head = _head(targets, penalties).fit(inputs[train], targets)
                chances[held, task] = head.predict_proba(inputs[held])[:, 1]
    both = np.stack([1 - chances, chances], axis=-1).reshape(1, len(folds), -1)
    return Way("scikit-learn", "LogisticRegression, task by task", both, seconds(),
               tasks * (inputs.shape[1] + 1), (0,) * tasks)  # fmt: skip


def _head(
    targets: NDArray[np.int64], penalties: Sequence[float]
) -> LogisticRegression | LogisticRegressionCV:
    few = np.bincount(targets).min()
    if len(penalties) == 1 or few < 3:
        return LogisticRegression(C=penalties[len(penalties) // 2], solver="liblinear")
    return LogisticRegressionCV(
        Cs=list(penalties), cv=3, scoring="neg_log_loss", solver="liblinear",
        use_legacy_attributes=False, l1_ratios=(0.0,),
    )  # fmt: skip


def compared(
    examples: Examples, names: Sequence[str], hidden: int, penalties: Sequence[float]
) -> None:
    settings, engine = TrainSettings(hidden=(hidden,)), choose_engine()
    with tempfile.TemporaryDirectory() as temporary, ActivationStore(Path(temporary)) as store:
        backbone = network_of(examples, settings)
        passed = frozen_features(examples, settings, backbone, engine, store, ignore)
        prepared = prepare(examples, passed)
        ground = Ground(settings, prepared, backbone, engine, store, Journal(Path(temporary)),
                        ignore)  # fmt: skip
        with stopwatch() as seconds:
            fitting = solve_tasks(ground)
        fitting.seconds = seconds()
        rung = shared_rung(backbone, settings)
        ways = []
        for name in names:
            progress(name)
            ways.append(run_way(name, fitting, rung, ground))
        ways.append(scikit_learn(fitting, penalties))
    for way in ways:
        means = summary(figures_of(way, fitting))
        cells = [f"{name} {_interval(means[name])}" for name in ("auroc", "log_loss")]
        print(f"  {way.name:<12} {', '.join(cells)}; {way.seconds:.0f} s", flush=True)
    for other in ways[1:]:
        contest = Contest.of(ways[0], other, fitting)
        for told in (contest.auroc, contest.log_loss):
            print(f"  {told.first} against {told.second}, {told.score}: {told.sentences[-1]}")
            print(f"    {told}", flush=True)


def _interval(found: object) -> str:
    assert isinstance(found, dict)
    return f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f})"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tables", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--ways", nargs="+", help="instead of the usual ones")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument(
        "--penalties", type=float, nargs="+", default=[0.01, 0.03, 0.1, 0.3, 1.0],
        help="scikit-learn's C; of one nothing is chosen",
    )  # fmt: skip
    given = parser.parse_args()
    announce(__doc__)
    for table in given.tables:
        examples = examples_of(given.data, table)
        if given.quick:
            rows = np.arange(600)
            examples = examples.select(rows)
        print(f"\n{table}: {len(examples):,} molecules, {len(examples.tasks)} tasks", flush=True)
        compared(examples, given.ways or WAYS[table], given.hidden, given.penalties)


if __name__ == "__main__":
    main()
