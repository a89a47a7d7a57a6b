"""The head: from activations to a chosen penalty, final weights and held-out predictions.

Measures: seconds of `headstart.heads.solve` (5 folds, 10 penalties, 2 threads) and the log loss of
its held-out predictions, each outer fold's penalty being chosen inside its training part. Two
problems: hymenoptera's training photos (about 244 x 1,280, 2 classes), and 5,000 x 1,280 with
10 classes drawn from a Gaussian mixture. The mixture's spread within classes is that of the
activations of flowers5, along the same axes; the spread of its class means follows theirs (less
what chance alone gives means of so many photos), scaled so that the best possible classifier is
right in 90 % of cases. Its accuracy and log loss are printed: nobody can do better.

Against: scikit-learn's `LogisticRegressionCV` (the same 5 folds, the same 10 penalties, chosen by
log loss, n_jobs=2, otherwise as it comes) fitted once for the final head, and 5-fold
`cross_val_predict(method="predict_proba")` around it for the held-out predictions, over the same
outer folds. Its worker processes are started beforehand. `--peer-grid default` gives it
scikit-learn's own ten penalties instead of ours; `--peer-jobs 1` takes no worker processes, BLAS
then having all threads (on a busy machine that was far slower: they wait for each other spinning).

Command: python benchmarks/head.py [--runs 3] [--peer-grid same|default] [--peer-jobs 2] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _common import (
    accuracy,
    alternate,
    announce,
    arguments,
    folder,
    judged,
    log_loss,
    ratio,
    spread,
    stopwatch,
)
from _data import Labelled, labelled
from headstart import heads
from headstart.examples import stratified_folds
from headstart.heads._linear import RELATIVE_PENALTIES

FOLDS = 5
JOBS = 2
BAYES_ACCURACY = 0.9
WORSE_AT_MOST = 0.001

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Activations float32 ``(examples, features)``, targets, folds and what is asked for."""

    name: str
    activations: NDArray[np.float32]
    targets: NDArray[np.int64]
    folds: NDArray[np.int64]
    times: float

    @classmethod
    def make(
        cls, name: str, activations: NDArray[np.float32], targets: NDArray[np.int64], times: float
    ) -> Problem:
        folds = stratified_folds(targets, np.arange(len(targets)), folds=FOLDS, seed=0)
        return cls(name, activations, targets, folds, times)

    @property
    def classes(self) -> int:
        return int(self.targets.max()) + 1


@dataclass(frozen=True)
class Solved:
    """Seconds, held-out probabilities, the chosen penalty and a remark."""

    seconds: float
    probabilities: Floats
    penalty: float
    remark: str


def ours(problem: Problem) -> Solved:
    with stopwatch() as seconds:
        head, found = heads.solve(
            problem.activations,
            problem.targets,
            problem.folds[None],
            classes=problem.classes,
            threads=JOBS,
        )
    remark = (
        f"{found.curve.pruned} of {len(RELATIVE_PENALTIES)} penalties pruned, "
        f"{found.unconverged} heads not converged; final head: relative gradient norm "
        f"{head.gradient_norm:.0e} after {head.iterations} iterations"
    )
    return Solved(seconds(), found.probabilities[0], head.penalty, remark)


def peer(problem: Problem, penalties: Floats | None, jobs: int) -> Solved:
    """scikit-learn's way to the same; `penalties` are ours, ``None`` for its own."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import cross_val_predict

    everything = np.arange(len(problem.targets))
    outer = [
        (everything[problem.folds != fold], everything[problem.folds == fold])
        for fold in range(FOLDS)
    ]
    # Our losses are means and its are sums: C is 1 / (penalty * examples), of a fold's fit.
    count = len(everything) * (FOLDS - 1) / FOLDS
    grid = 10 if penalties is None else 1 / (penalties * count)
    make = partial(LogisticRegressionCV, Cs=grid, scoring="neg_log_loss", n_jobs=jobs)
    with stopwatch() as seconds, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # defaults that will change, and steps that ran out
        final = make(cv=outer).fit(problem.activations, problem.targets)
        held_out = cross_val_predict(
            make(cv=FOLDS), problem.activations, problem.targets, cv=outer, method="predict_proba"
        )
    chosen = 1 / (float(np.ravel(final.C_)[0]) * count)
    iterations = np.asarray(final.n_iter_)
    stopped = int((iterations >= final.max_iter).sum())
    remark = (
        f"{stopped} of {iterations.size} fits of the final one stopped at step {final.max_iter}"
    )
    return Solved(seconds(), np.asarray(held_out), chosen, remark)


def mixture(
    real: Labelled, *, examples: int, classes: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64], str]:
    """Gaussian classes shaped like real activations, and how well one can do at best."""
    within, between, basis = _spectrum(real)
    means = random.normal(size=(classes, len(within))) * np.sqrt(between)
    noise = random.normal(size=(examples, len(within))) * np.sqrt(within)
    targets = random.permutation(np.arange(examples) % classes).astype(np.int64)

    def best(scale: float) -> Floats:
        """The Bayes classifier's probabilities: all classes share one known covariance."""
        sample, centres = (scale * means[targets] + noise) / within, scale * means
        logits = sample @ centres.T - (centres**2 / within).sum(axis=1) / 2
        logits -= logits.max(axis=1, keepdims=True)
        return np.asarray(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))

    low, high = 0.0, 10.0
    for _ in range(30):
        scale = (low + high) / 2
        low, high = (
            (scale, high) if accuracy(best(scale), targets) < BAYES_ACCURACY else (low, scale)
        )
    remark = (f"class means at {scale:.2f} times the spread of the real ones; best possible: "
              f"accuracy {accuracy(best(scale), targets):.3f}, "
              f"log loss {log_loss(best(scale), targets):.4f}")  # fmt: skip
    activations = (scale * means[targets] + noise) @ basis.T
    return activations.astype(np.float32), targets, remark


def _spectrum(real: Labelled) -> tuple[Floats, Floats, Floats]:
    """Variance within and between classes along the axes of the former, and those axes.

    One half of the photos gives the axes, the other the variances along them: on the same photos
    the last axes would look much narrower than they are.
    """
    features, targets = real.activations.astype(np.float64), real.targets
    residual = features[::2] - _centres(features[::2], targets[::2])[targets[::2]]
    basis = np.linalg.eigh(residual.T @ residual)[1]
    features, targets = features[1::2] @ basis, targets[1::2]
    centres, counts = _centres(features, targets), np.bincount(targets)
    within = ((features - centres[targets]) ** 2).sum(axis=0) / (len(targets) - len(counts))
    by_chance = within * (1 / counts).mean()
    share = np.maximum(centres.var(axis=0, ddof=1) - by_chance, 0) / within
    # Few classes say little about one axis, so its neighbours have a say.
    smooth = np.convolve(share, np.full(65, 1 / 65), mode="same")
    return within, smooth * within, basis


def _centres(features: Floats, targets: NDArray[np.int64]) -> Floats:
    return np.stack([features[targets == one].mean(axis=0) for one in range(targets.max() + 1)])


def compare(problem: Problem, runs: int, *, same_grid: bool, jobs: int) -> None:
    """Both sides on one problem, and what is asked for."""
    examples, features = problem.activations.shape
    print(f"\n{problem.name}: {examples:,} x {features:,}, {problem.classes} classes")
    variance = float(problem.activations.astype(np.float64).var(axis=0).sum())
    penalties = RELATIVE_PENALTIES * variance if same_grid else None
    sides: dict[str, Callable[[], Solved]] = {
        "headstart": partial(ours, problem),
        "scikit-learn": partial(peer, problem, penalties, jobs),
    }
    found = alternate(runs, sides)
    for name, solved in found.items():
        last = solved[-1]
        print(f"{name:14}{spread([one.seconds for one in solved], digits=3):32}held out: log loss "
              f"{log_loss(last.probabilities, problem.targets):.4f}, accuracy "
              f"{accuracy(last.probabilities, problem.targets):.4f}; penalty {last.penalty:.3g}; "
              f"{last.remark}", flush=True)  # fmt: skip
    times = ratio(
        [one.seconds for one in found["scikit-learn"]], [one.seconds for one in found["headstart"]]
    )
    worse = log_loss(found["headstart"][-1].probabilities, problem.targets) - log_loss(
        found["scikit-learn"][-1].probabilities, problem.targets
    )
    faster = judged(met=times >= problem.times, target=f"{problem.times:.0f} times or more")
    as_good = judged(met=worse <= WORSE_AT_MOST, target=f"worse by {WORSE_AT_MOST} at most")
    print(f"{times:.1f} times faster   {faster}")
    print(f"held-out log loss worse by {worse:+.4f}   {as_good}", flush=True)


def problems(data: Path, *, quick: bool) -> list[Problem]:
    small = labelled(folder(data, "hymenoptera"))
    first = Problem.make(
        "hymenoptera", small.activations[small.training], small.targets[small.training], 20
    )
    real = labelled(folder(data, "flowers5"), every=20 if quick else 1)
    activations, targets, remark = mixture(
        real, examples=400 if quick else 5_000, classes=10, random=np.random.default_rng(0)
    )
    print(f"mixture: {remark}")
    return [first, Problem.make("mixture", activations, targets, 6)]


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__, runs=3)
    parser.add_argument("--peer-grid", choices=["same", "default"], default="same")
    parser.add_argument("--peer-jobs", type=int, default=JOBS, help="its n_jobs [%(default)s]")
    given = parser.parse_args()
    if given.quick:
        given.runs = 1
    return given


def main() -> None:
    given = parsed()
    os.environ["PYTHONWARNINGS"] = "ignore"  # defaults that will change, said by each worker
    announce(__doc__)
    todo = problems(given.data, quick=given.quick)
    warm = Problem.make("warm", todo[0].activations[::8], todo[0].targets[::8], 0)
    peer(warm, None, given.peer_jobs)  # starts the workers
    for problem in todo:
        compare(problem, given.runs, same_grid=given.peer_grid == "same", jobs=given.peer_jobs)


if __name__ == "__main__":
    main()
