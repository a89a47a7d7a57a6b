"""How often headstart's intervals hold the truth.

Measures: many data sets are drawn from classes with a known distribution. A linear discriminant
(scikit-learn) is fitted to each, headstart's figures are taken from held-out predictions, and the
truth is the same model's performance on 10,000 fresh examples. Where there are two classes they
are no and yes: F1 is at a threshold that was chosen on out-of-fold predictions, those of the other
folds or of the training part. Printed is the percentage of draws in which the 95 % interval holds
the truth, for each figure; recall and precision over all classes.
``*`` marks a cell where at least half of the intervals were marked approximate. A coverage of
95 % is known to within the error on the last line (one binomial standard error).

Against: the nominal 95 %.

Command: python benchmarks/interval_coverage.py [--draws 100] [--seed 0]

Printed on 2026-11-21 (two cores, other work beside it; columns in this order, shortened: the last
three are of yes/no tasks):

    data                   held out             acc  bal loss auroc  ece  rec prec   ap  f1  prev
    two classes, clear     part, n = 20         96   96*  90*  97*  98*  96*  94*  99*  98*  97
    two classes, clear     part, n = 50         94   94   92*  97*  98*  96   95   99*  94   98
    two classes, clear     part, n = 153        95   95   96   96   99*  97   97   97   91   96
    two classes, clear     part, n = 500        97   97   95   94   94*  94   96   97   97   92
    two classes, clear     5-fold x 1, n = 20   99*  99*  90*  94*  89*  94*  96*  95*  93*  98
    two classes, clear     5-fold x 1, n = 50   99*  98*  97*  98*  97*  99* 100*  99*  95*  97
    two classes, clear     5-fold x 1, n = 250  99*  99* 100* 100* 100*  98*  98* 100*  98*  94
    two classes, clear     5-fold x 5, n = 20   97   97*  93*  93*  92*  96*  96*  94*  93*  93
    two classes, clear     5-fold x 5, n = 50   99   99   94*  95* 100*  97   98   97*  97   93
    two classes, clear     5-fold x 5, n = 250  99   99  100  100  100*  99   98   99   98   93
    two classes, 85:15     part, n = 20         93   94*  96*  95*  98*  95*  94* 100*  94*  92
    two classes, 85:15     part, n = 50         95   94*  96*  98*  99*  94*  95*  98*  93*  95
    two classes, 85:15     part, n = 153        97   94   98   98*  97*  96   98   97*  94   94
    two classes, 85:15     part, n = 500        94   95   94   95   88*  98   97   94   93   91
    two classes, 85:15     5-fold x 1, n = 20   94*  94*  96*  94*  94*  93*  95* 100*  96*  97
    two classes, 85:15     5-fold x 1, n = 50   94*  91*  97*  92*  94*  95*  96*  99*  94*  95
    two classes, 85:15     5-fold x 1, n = 250  98*  94* 100* 100*  98*  98*  97* 100*  92*  95
    two classes, 85:15     5-fold x 5, n = 20   92   96*  98*  87*  97*  97*  94*  99*  99*  93
    two classes, 85:15     5-fold x 5, n = 50  100   98*  99*  95*  98*  97* 100* 100*  97* 100
    two classes, 85:15     5-fold x 5, n = 250  98   93   98   99*  98*  97   98   99*  95   97
    five classes           part, n = 50         97   97*  95*  99*  93*  97*  96*   -    -    -
    five classes           part, n = 153        94   98   97   98   94*  95   97    -    -    -
    five classes           part, n = 500        90   89   93   95   90*  93   93    -    -    -
    five classes           5-fold x 1, n = 50   92*  93*  96*  91*  89*  96*  97*   -    -    -
    five classes           5-fold x 1, n = 250  97*  98*  99*  98*  99*  97*  98*   -    -    -
    five classes           5-fold x 5, n = 50   96   95*  94*  87*  98*  95*  97*   -    -    -
    five classes           5-fold x 5, n = 250  98   97   97   94* 100*  98   98    -    -    -
    two classes, in groups part, n = 50         97*  96*  90*  94*  99*  96*  96*  94*  92*  96*
    two classes, in groups part, n = 153        94   93   94   91   93*  94   94   94   91   94
    two classes, in groups part, n = 500        94   93   92   95   89*  94   93   95   95   92
    two classes, in groups 5-fold x 1, n = 50   95*  95*  94*  95*  87*  96*  94*  95*  93*  96*
    two classes, in groups 5-fold x 1, n = 250  96*  95*  98*  99*  96*  98*  98*  99*  91*  92
    two classes, in groups 5-fold x 5, n = 50   93*  90*  95*  89*  92*  92*  92*  89*  94*  93*
    two classes, in groups 5-fold x 5, n = 250  98   98   98   99  100*  98   94   97   95   93

    100 draws a row: 95 is known to +-2.2; 931 s
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from headstart.evaluation import (
    Figure,
    TaskFigures,
    Thresholds,
    choose_thresholds,
    tasks_figures,
)
from headstart.examples import Task

FIGURES = ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece", "recall", "precision",
           "average_precision", "f1", "prevalence")  # fmt: skip
FRESH = 10_000
FOLDS = 5
TRAINING = 80  # examples that the model of a held-out part is fitted to

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Gaussian classes with unit spread in every direction.

    Attributes:
        name: what to print.
        shares: share of each class.
        inputs: number of inputs.
        distance: distance of the class means from their common mean.
        grouped: examples come in groups of 1 to 7 that are alike.
    """

    name: str
    shares: tuple[float, ...]
    inputs: int
    distance: float
    grouped: bool = False

    def sample(self, random: np.random.Generator, examples: int) -> tuple[Floats, Ints, Ints]:
        """Inputs, targets and groups; each class in three examples or five groups at least."""
        classes = len(self.shares)
        while True:
            units = np.arange(examples)
            if self.grouped:
                units = np.repeat(units, random.integers(1, 8, size=examples))[:examples]
            targets = random.choice(classes, size=examples, p=self.shares)
            if self.grouped:  # four of five examples have the class of their group
                own = random.random(examples) < 0.8
                targets = np.where(own, targets[units], targets)
            pairs_met = np.unique(np.stack([targets, units]), axis=1)[0]
            if np.bincount(pairs_met, minlength=classes).min() >= (5 if self.grouped else 3):
                break
        within = np.sqrt(0.51) if self.grouped else 1.0
        inputs = within * random.normal(size=(examples, self.inputs)) + self._means()[targets]
        if self.grouped:
            inputs += 0.7 * random.normal(size=(examples, self.inputs))[units]
        return inputs, targets.astype(np.int64), units.astype(np.int64)

    @property
    def task(self) -> Task:
        """Two classes are no and yes, so that there are figures of a yes/no task too."""
        names = tuple(str(number) for number in range(len(self.shares)))
        return Task(self.name, "binary" if len(names) == 2 else "category", names)

    def _means(self) -> Floats:
        means = np.random.default_rng(1).normal(size=(len(self.shares), self.inputs))
        means -= means.mean(axis=0)
        return np.asarray(self.distance * means / np.linalg.norm(means, axis=1, keepdims=True))


WORLDS = (
    World("two classes, clear", (0.5, 0.5), inputs=10, distance=1.5),
    World("two classes, 85:15", (0.85, 0.15), inputs=10, distance=1.1),
    World("five classes", (0.2,) * 5, inputs=20, distance=2.3),
    World("two classes, in groups", (0.5, 0.5), inputs=10, distance=1.2, grouped=True),
)


@dataclass(frozen=True)
class Design:
    """How many examples, and how they are held out; ``repeats`` 0 is a held-out part."""

    examples: int
    repeats: int

    def __str__(self) -> str:
        kind = f"{FOLDS}-fold x {self.repeats}" if self.repeats else "held-out part"
        return f"{kind}, n = {self.examples}"


DESIGNS = tuple(Design(examples, 0) for examples in (20, 50, 153, 500)) + tuple(
    Design(examples, repeats) for repeats in (1, 5) for examples in (20, 50, 250)
)


def fitted(inputs: Floats, targets: Ints) -> LinearDiscriminantAnalysis:
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3).fit(inputs, targets)


def predict(model: LinearDiscriminantAnalysis, inputs: Floats, classes: int) -> Floats:
    probabilities = np.zeros((len(inputs), classes))
    probabilities[:, model.classes_] = model.predict_proba(inputs)
    return probabilities


def out_of_fold(
    random: np.random.Generator, inputs: Floats, targets: Ints, units: Ints, *, repeats: int
) -> tuple[Floats, Ints]:
    """Repeated K-fold predictions ``(repeats, examples, classes)``, and folds."""
    classes = int(targets.max()) + 1
    found = np.empty((repeats, len(targets), classes))
    folds = np.stack([stratified_folds(random, targets, units) for _ in range(repeats)])
    for row, fold in np.ndindex(repeats, FOLDS):
        test = folds[row] == fold
        model = fitted(inputs[~test], targets[~test])
        found[row, test] = predict(model, inputs[test], classes)
    return found, folds


def stratified_folds(random: np.random.Generator, targets: Ints, units: Ints) -> Ints:
    """Fold of each example: whole groups, dealt out class by class."""
    first = np.unique(units, return_index=True)[1]
    order = np.lexsort((random.random(len(first)), targets[first]))
    fold_of_unit = np.empty(len(first), dtype=np.int64)
    fold_of_unit[order] = np.arange(len(first)) % FOLDS
    return fold_of_unit[units]


def one_draw(
    random: np.random.Generator, world: World, design: Design, fresh: tuple[Floats, Ints]
) -> tuple[TaskFigures, TaskFigures]:
    """The figures that headstart gives, and the truth (as figures of the fresh examples)."""
    task = world.task
    inputs, targets, units = world.sample(random, design.examples)
    groups = units if world.grouped else None
    if design.repeats:
        model = fitted(inputs, targets)
        held, folds = out_of_fold(random, inputs, targets, units, repeats=design.repeats)
        thresholds = choose_thresholds(targets[:, None], held, tasks=[task], folds=folds)
        figures = tasks_figures(
            targets[:, None], held, tasks=[task], design="cross-validation", folds=FOLDS,
            units=groups, thresholds=thresholds,
        )  # fmt: skip
    else:
        train, known, alike = world.sample(random, TRAINING)
        model = fitted(train, known)
        inside, _ = out_of_fold(random, train, known, alike, repeats=1)
        thresholds = choose_thresholds(known[:, None], inside, tasks=[task])
        held = predict(model, inputs, len(task.classes))[None]
        figures = tasks_figures(
            targets[:, None], held, tasks=[task], design="test", units=groups,
            thresholds=thresholds,
        )  # fmt: skip
    given = predict(model, fresh[0], len(task.classes))[None]
    final = Thresholds(thresholds.chosen)
    truth = tasks_figures(fresh[1][:, None], given, tasks=[task], design="test", thresholds=final)
    return figures[0], truth[0]


def pairs(name: str, figures: TaskFigures, truth: TaskFigures) -> Iterator[tuple[Figure, float]]:
    """The intervals of one kind that are defined, each with the truth."""
    if name in ("recall", "precision"):
        rows = zip(figures.per_class, truth.per_class, strict=True)
        found = [(getattr(given, name), getattr(true, name)) for given, true in rows]
    else:
        found = [(getattr(figures, name), getattr(truth, name))]
    for given, true in found:
        if given is not None and given.value is not None and true.value is not None:
            yield given, true.value


def measure(world: World, design: Design, *, draws: int, seed: int) -> list[str]:
    """One row of the table: coverage of each figure in percent."""
    random = np.random.default_rng([seed, design.examples, design.repeats])
    # Fresh examples are independent: they stand for one example each of many new groups.
    single = World(world.name, world.shares, world.inputs, world.distance)
    fresh = single.sample(random, FRESH)[:2]
    held: dict[str, list[bool]] = {name: [] for name in FIGURES}
    doubted: dict[str, list[bool]] = {name: [] for name in FIGURES}
    for _ in range(draws):
        figures, truth = one_draw(random, world, design, fresh)
        for name in FIGURES:
            for figure, true in pairs(name, figures, truth):
                if figure.low is not None and figure.high is not None:
                    held[name].append(figure.low <= true <= figure.high)
                    doubted[name].append(figure.approximate)
    return [
        f"{100 * np.mean(held[name]):.0f}{'*' if np.mean(doubted[name]) >= 0.5 else ''}"
        if held[name]
        else "-"
        for name in FIGURES
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of headstart's 95 % intervals.")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", default="", help="only those whose name holds this")
    options = parser.parse_args()
    started = time.perf_counter()
    print("| data | held out | " + " | ".join(FIGURES) + " |")
    print("| --- | --- |" + " ---: |" * len(FIGURES))
    for world in WORLDS:
        for design in DESIGNS:
            if options.worlds not in world.name:
                continue
            if design.examples < 50 and (world.grouped or len(world.shares) > 2):
                continue  # too few groups, or examples of a class, for five folds
            row = measure(world, design, draws=options.draws, seed=options.seed)
            print(f"| {world.name} | {design} | " + " | ".join(row) + " |", flush=True)
    error = 100 * np.sqrt(0.95 * 0.05 / options.draws)
    seconds = time.perf_counter() - started
    print(f"\n{options.draws} draws a row: 95 is known to +-{error:.1f}; {seconds:.0f} s")


if __name__ == "__main__":
    main()
