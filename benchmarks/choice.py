"""How much to retrain: does choosing flatter, and is the right rung chosen?

Measures, with `headstart.strategy.choose`:

1. Simulated, four rungs that are equally good: how much better than the truth the best of them
   looks (in standard errors of its log loss), the one that the one-standard-error rule takes, and
   what headstart reports. ``unsteady`` adds what a model owes to its own training part.
2. Simulated, the third of four rungs better by 0 to 5 standard errors of the paired difference
   (corrected for overlapping training parts): which rung is taken, and how often the right one:
   the cheapest that in truth is within one standard error of the best.
3. scikit-learn's digits, odd or even: four cheap candidates stand for the rungs (logistic heads at
   four penalties; on 0 to 512 random hidden features; 9 to 1 nearest neighbours). What is reported
   less the truth, in log loss: the models' loss on all the digits that were not drawn. The models
   that predicted the other folds had seen this fold, which no simulation of losses has in it;
   ``nested`` is the expensive scheme in which they had not. Beside it: what headstart reports less
   the true loss of the model that is saved, which has all examples to learn from, a quarter more
   than those that were judged; the standard error of the figure itself; and the true loss of what
   headstart and the nested scheme chose.

Taken off every bias is what the four rungs miss the truth by on average, without a choice: its mean
is 0 by construction, and it carries most of the noise.

Against: the naive figure, and a nested cross-validation.

Command: python benchmarks/choice.py [--draws 2000] [--real-draws 200] [--seed 0] [--quick]

Printed on 2026-11-21 (two cores, other work beside it; table 3 without its standard errors, 0.0002
to 0.0035, and without what the nested scheme chose):

    1. four equal rungs, 5 folds, 2,000 draws: log loss less truth, standard errors
    examples x repeats            naive best   the rule, as it looks   headstart reports  head kept
    50 x 1                      -0.56 ± 0.01            -0.21 ± 0.01        -0.01 ± 0.01        84%
    250 x 1                     -0.56 ± 0.01            -0.19 ± 0.01        +0.01 ± 0.01        83%
    250 x 3                     -0.47 ± 0.01            -0.14 ± 0.01        +0.02 ± 0.01        84%
    1000 x 1                    -0.55 ± 0.01            -0.17 ± 0.01        +0.02 ± 0.01        84%
    250 x 1, unsteady           -0.61 ± 0.01            -0.25 ± 0.01        +0.02 ± 0.01        78%
    250 x 3, unsteady           -0.50 ± 0.01            -0.17 ± 0.01        +0.02 ± 0.01        82%

    2. the third of four rungs better, 250 x 1, 2,000 draws: share of draws in which each is taken
    better by    head      1      2      3   right      less truth
          0.0     83%    13%     3%     1%     83%   +0.01 ± 0.01
          0.5     70%    17%    12%     0%     70%   +0.00 ± 0.01
          1.0     46%    18%    36%     0%     46%   -0.00 ± 0.01
          1.5     22%    11%    66%     0%     66%   -0.00 ± 0.01
          2.0      6%     4%    89%     0%     89%   -0.01 ± 0.01
          3.0      0%     0%   100%     0%    100%   -0.01 ± 0.01
          4.0      0%     0%   100%     0%    100%   -0.01 ± 0.01
          5.0      0%     0%   100%     0%    100%   -0.01 ± 0.01

    3. digits, odd or even, 5 folds, 200 draws (neighbours: 2,000): reported less true log loss
    candidates       examples   naive best  headstart     nested  less saved  st. error  chosen
    penalties              60    -0.0135    -0.0085    +0.0007     +0.0070      0.075   0.387
    hidden features        60    -0.0293    -0.0082    -0.0012     +0.0186      0.092   0.369
    neighbours             60    -0.0120    -0.0031    -0.0011     +0.0389      0.047   0.374
    penalties             200    -0.0012    -0.0017    -0.0009     +0.0057      0.031   0.277
    hidden features       200    -0.0019    -0.0012    -0.0001     +0.0096      0.034   0.258
    neighbours            200    -0.0025    -0.0009    -0.0003     +0.0215      0.018   0.207

    2228 s
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from _common import announce, arguments, progress
from headstart import heads
from headstart.backbones import INPUT
from headstart.examples import stratified_folds
from headstart.strategy import Candidate, Rung, choose

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS, RUNGS = 5, 4
SPREAD, MEAN = 0.3, 1.3  # of a log loss: no draw falls below 0
ALIKE = 0.7  # correlation of two rungs' losses on the same examples
LADDER = tuple(
    Rung("head" if count == 0 else str(count), frozenset(map(str, range(count))), INPUT, RUNGS)
    for count in range(RUNGS)
)


def losses_of(probabilities: Floats, targets: Ints) -> Floats:
    """Minus the log probability of the true class, ``(rungs, examples)``."""
    true = probabilities[:, np.arange(len(targets)), targets]
    return np.asarray(-np.log(np.maximum(true, np.finfo(np.float64).eps)))


def candidates_of(probabilities: Floats) -> list[Candidate]:
    """The four rungs with predictions ``(rungs, repeats, examples, classes)``."""
    return [Candidate(LADDER[place], given, 0.0, 0) for place, given in enumerate(probabilities)]


def with_error(values: Sequence[float] | Floats, digits: int = 2) -> str:
    """Mean and its standard error."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):+.{digits}f} ± {error:.{digits}f}"


@dataclass(frozen=True)
class Simulated:
    """Losses around known means.

    Attributes:
        examples: how many.
        repeats: of the cross-validation.
        unsteady: what the model of one fold adds to the loss of all its examples, as a multiple
            of the standard error of a fold's mean log loss difference.
    """

    examples: int
    repeats: int = 1
    unsteady: float = 0.0

    def draw(self, random: np.random.Generator, means: Sequence[float]) -> tuple[Floats, Ints]:
        """Losses ``(rungs, repeats, examples)`` and folds ``(repeats, examples)``."""
        shape = (len(means), self.repeats, self.examples)
        folds = np.stack([random.permutation(self.examples) % FOLDS for _ in range(self.repeats)])
        shared = random.exponential(size=(1, 1, self.examples)) - 1
        own = random.exponential(size=(len(means), 1, self.examples)) - 1
        luck = random.exponential(size=shape) - 1
        of_fit = random.normal(size=(len(means), self.repeats, FOLDS))
        of_fit *= self.unsteady * np.sqrt((1 - ALIKE) * FOLDS / self.examples)
        spread = np.sqrt(ALIKE) * shared + np.sqrt((1 - ALIKE) / 2) * (own + luck)
        spread = spread + np.take_along_axis(of_fit, folds[None], axis=2)
        return np.maximum(np.array(means)[:, None, None] + SPREAD * spread, 1e-3), folds

    @property
    def paired_error(self) -> float:
        """Standard error of a difference that `choose` will find, on average."""
        one = 2 * (1 - ALIKE) * SPREAD**2 / self.examples
        return float(np.sqrt(one * (1 / self.repeats + FOLDS / (FOLDS - 1))))


def probabilities_of(losses: Floats) -> tuple[Floats, Ints]:
    """Predictions for two classes that have these losses."""
    right = np.exp(-losses)
    targets = (np.arange(losses.shape[-1]) % 2).astype(np.int64)
    of_one = np.where(targets == 1, right, 1 - right)
    return np.stack([1 - of_one, of_one], axis=-1), targets


@dataclass
class Tally:
    """One draw after another: what looked, what was reported, what was taken."""

    naive: list[float]
    ruled: list[float]
    honest: list[float]
    unit: list[float]
    index: list[int]


def simulate(world: Simulated, means: Sequence[float], draws: int, seed: int) -> Tally:
    random = np.random.default_rng([seed, world.examples, world.repeats])
    found = Tally([], [], [], [], [])
    for _ in range(draws):
        losses, folds = world.draw(random, means)
        probabilities, targets = probabilities_of(losses)
        choice = choose(candidates_of(probabilities), targets, folds, None, 2)
        looks, truth = losses.mean(axis=(1, 2)), np.array(means)
        used = np.take_along_axis(choice.per_fold, folds, axis=1)
        control = float((looks - truth).mean())
        found.naive.append(float(looks.min() - truth[looks.argmin()]) - control)
        found.ruled.append(float(looks[choice.index] - truth[choice.index]) - control)
        found.honest.append(float((choice.log_loss.value or 0.0) - truth[used].mean()) - control)
        found.unit.append(float(looks[0] - truth[0]))
        found.index.append(choice.index)
    return found


def show_equal(draws: int, seed: int) -> None:
    print(f"\n1. four equal rungs, {FOLDS} folds, {draws:,} draws: reported less true log loss, in "
          "standard errors")  # fmt: skip
    print(f"{'examples x repeats':24}{'naive best':>16}{'the rule, as it looks':>24}"
          f"{'headstart reports':>20}{'head kept':>11}")  # fmt: skip
    for world in (
        Simulated(50), Simulated(250), Simulated(250, 3), Simulated(1000),
        Simulated(250, 1, 0.5), Simulated(250, 3, 0.5),
    ):  # fmt: skip
        found = simulate(world, [MEAN] * RUNGS, draws, seed)
        unit = float(np.std(found.unit))
        columns = [with_error(np.array(values) / unit)
                   for values in (found.naive, found.ruled, found.honest)]  # fmt: skip
        name = f"{world.examples} x {world.repeats}{', unsteady' if world.unsteady else ''}"
        kept = np.mean(np.array(found.index) == 0)
        print(f"{name:24}{columns[0]:>16}{columns[1]:>24}{columns[2]:>20}{kept:11.0%}", flush=True)


def show_better(draws: int, seed: int) -> None:
    world = Simulated(250)
    print(f"\n2. the third of four rungs better, {world.examples} x {world.repeats}, {draws:,} "
          "draws: share of draws in which each is taken")  # fmt: skip
    print(f"{'better by':>9}{'head':>8}{'1':>7}{'2':>7}{'3':>7}{'right':>8}"
          f"{'headstart reports less true, standard errors':>48}")  # fmt: skip
    for gain in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0):
        means = [MEAN, MEAN, MEAN - gain * world.paired_error, MEAN]
        found = simulate(world, means, draws, seed)
        taken = np.bincount(found.index, minlength=RUNGS) / draws
        right = taken[2] if gain > 1 else taken[0]
        bias = with_error(np.array(found.honest) / np.std(found.unit))
        print(f"{gain:9.1f}{taken[0]:8.0%}{taken[1]:7.0%}{taken[2]:7.0%}{taken[3]:7.0%}{right:8.0%}"
              f"{bias:>48}", flush=True)  # fmt: skip


Fit = Callable[[Floats, Ints, Floats], list[Floats]]
"""Inputs and targets to fit to, inputs to predict: the probabilities of each rung."""


def penalties(inputs: Floats, targets: Ints, asked: Floats) -> list[Floats]:
    variance = float(inputs.var(axis=0).sum())
    return [
        heads.fit(inputs, targets, classes=2, penalty=relative * variance).predict(asked)
        for relative in 10.0 ** np.array([-2.0, -2.5, -2.75, -3.0])
    ]


def hidden_features(inputs: Floats, targets: Ints, asked: Floats) -> list[Floats]:
    found = []
    for width in (0, 32, 128, 512):
        layer = np.random.default_rng(width).normal(size=(inputs.shape[1], width)) / 4
        seen, new = (
            np.maximum(given @ layer, 0).astype(np.float32) if width else given
            for given in (inputs, asked)
        )
        penalty = 1e-3 * float(seen.var(axis=0).sum())
        found.append(heads.fit(seen, targets, classes=2, penalty=penalty).predict(new))
    return found


def neighbours(inputs: Floats, targets: Ints, asked: Floats) -> list[Floats]:
    distance = np.square(inputs).sum(axis=1) - 2 * asked @ inputs.T
    order = np.argsort(distance, axis=1)[:, :9]
    votes = targets[order]
    found = []
    for count in (9, 5, 3, 1):
        of_one = (votes[:, :count].sum(axis=1) + 0.5) / (count + 1)
        found.append(np.stack([1 - of_one, of_one], axis=1))
    return found


@dataclass(frozen=True)
class Real:
    """One draw of digits with all models that two schemes need.

    Attributes:
        targets: int64 ``(examples,)``.
        folds: int64 ``(examples,)``.
        held: held-out predictions ``(rungs, 1, examples, 2)``.
        truth: log loss of these models on fresh digits, ``(rungs, folds)``.
        inner: by models that had seen neither the fold nor the example, ``(folds, rungs, 1,
            examples, 2)``; of no meaning for the fold itself.
        saved: log loss on fresh digits of models fitted to all examples, ``(rungs,)``.
    """

    targets: Ints
    folds: Ints
    held: Floats
    truth: Floats
    inner: Floats
    saved: Floats


def real_draws(fit: Fit, examples: int, draws: int, seed: int) -> Iterator[Real]:
    """Draw digits, and fit every rung to all, to all but each fold, to all but each two folds."""
    digits = load_digits()
    inputs, labels = (digits.data / 16).astype(np.float32), (digits.target % 2).astype(np.int64)
    for number in range(draws):
        random = np.random.default_rng([seed, number, examples])
        order = random.permutation(len(labels))
        rows, fresh = order[:examples], order[examples:]
        given, targets = inputs[rows], labels[rows]
        folds = stratified_folds(targets, np.arange(examples), folds=FOLDS, seed=number)
        held = np.empty((RUNGS, 1, examples, 2))
        truth = np.empty((RUNGS, FOLDS))
        inner = np.full((FOLDS, RUNGS, 1, examples, 2), np.nan)
        for fold in range(FOLDS):
            test = folds == fold
            found = fit(given[~test], targets[~test], np.concatenate([given[test], inputs[fresh]]))
            both = np.stack(found)
            held[:, 0, test] = both[:, : test.sum()]
            truth[:, fold] = losses_of(both[:, test.sum() :], labels[fresh]).mean(axis=1)
            for other in range(fold):
                out = test | (folds == other)
                pair = np.stack(fit(given[~out], targets[~out], given[out]))
                inner[fold, :, 0, folds == other] = pair[:, folds[out] == other].swapaxes(0, 1)
                inner[other, :, 0, test] = pair[:, folds[out] == fold].swapaxes(0, 1)
        saved = losses_of(np.stack(fit(given, targets, inputs[fresh])), labels[fresh]).mean(axis=1)
        yield Real(targets, folds, held, truth, inner, saved)


def judge(real: Real) -> list[float]:
    """A row of numbers whose means (of the fifth the spread) are what is printed."""
    folds, every = real.folds, np.arange(FOLDS)
    apart = losses_of(real.held[:, 0], real.targets)
    looks = np.stack([apart[:, folds == fold].mean(axis=1) for fold in range(FOLDS)], axis=1)
    control = float((looks - real.truth).mean())
    best = np.full(FOLDS, looks.mean(axis=1).argmin())
    choice = choose(candidates_of(real.held), real.targets, folds[None], None, 2)
    ours, nested = choice.per_fold[0], nested_choice(real)
    biases = [float((looks - real.truth)[chosen, every].mean()) - control
              for chosen in (best, ours, nested)]  # fmt: skip
    against_saved = float(looks[ours, every].mean() - real.saved[choice.index]) - control
    true = [float(real.truth[chosen, every].mean()) for chosen in (ours, nested)]
    return [*biases, against_saved, control, *true]


def nested_choice(real: Real) -> Ints:
    """The rung that an inner cross-validation chooses for each fold."""
    found = np.empty(FOLDS, dtype=np.int64)
    for fold in range(FOLDS):
        rest = real.folds != fold
        numbers = np.unique(real.folds[rest], return_inverse=True)[1][None]
        inner = candidates_of(real.inner[fold][:, :, rest])
        found[fold] = choose(inner, real.targets[rest], numbers, None, 2).index
    return found


def show_real(fit: Fit, name: str, examples: int, draws: int, seed: int) -> None:
    table = np.array([judge(real) for real in real_draws(fit, examples, draws, seed)])
    print(f"{name:16}{examples:9}" + "".join(f"{with_error(table[:, c], 4):>18}" for c in range(4))
          + f"{table[:, 4].std():10.3f}{table[:, 5].mean():9.3f}{table[:, 6].mean():8.3f}",
          flush=True)  # fmt: skip


def main() -> None:
    parser: argparse.ArgumentParser = arguments(__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--real-draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.quick:
        given.draws, given.real_draws = 100, 10
    announce(__doc__)
    started = time.perf_counter()
    show_equal(given.draws, given.seed)
    show_better(given.draws, given.seed)
    print(f"\n3. digits, odd or even, {FOLDS} folds, {given.real_draws} draws (neighbours: "
          f"{10 * given.real_draws:,}): reported less true log loss")  # fmt: skip
    print(f"{'candidates':16}{'examples':>9}{'naive best':>18}{'headstart':>18}{'nested':>18}"
          f"{'less saved model':>18}{'st. error':>10}{'chosen':>9}{'nested':>8}")  # fmt: skip
    for examples in (60, 200):
        for name, fit, times in (
            ("penalties", penalties, 1), ("hidden features", hidden_features, 1),
            ("neighbours", neighbours, 10),
        ):  # fmt: skip
            progress(f"{name}, {examples} examples")
            show_real(fit, name, examples, times * given.real_draws, given.seed)
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
