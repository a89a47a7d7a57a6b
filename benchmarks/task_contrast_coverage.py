"""How often the intervals of joint-or-separate comparisons hold the truth in all tasks at once.

Measures: many data sets are drawn from worlds whose truth is known: yes/no tasks of one kind, two
learners (ridge regressions of each task) that see the same hidden inputs through noise of their
own; `headstart.evaluation.task_contrasts` compares them, task by task. Truth: the mean difference
over training parts of that size, drawn anew, and over new examples; by symmetry it is the same for
all tasks. Tasks are

- ``alike``: their true directions correlate at 0.9, chance falls alike for all of them, and each
  label of each example is known, so that one hard example counts in all tasks;
- ``apart``: independent directions, half of the labels known, at random;
- ``own``: independent directions, each example labelled in one task only (up to 12 tasks).

For each design (what is held out), number of tasks and score:

- each: share of single tasks whose own 95 % interval holds the truth;
- alone: share of data sets in which those of all tasks do;
- Bonf., Šidák: the same with these corrections; max-t: as headstart corrects;
- width: of its intervals, relative to Bonferroni's;
- mean: share in which the interval of the mean over tasks holds the truth;
- false: data sets of two equal learners in which any task is said to differ, with max-t.

Against: the nominal 95 %, and 5 % of false alarms.

Bonferroni's and Šidák's intervals of an area are scaled from those of one task as if all labels
were one sample, which they are not where a class is rare: there compare with max-t by width only.

Command: python benchmarks/task_contrast_coverage.py [--draws 200] [--tasks 4 12 100]
    [--designs NAME ...] [--rare] [--seed 0]

Printed on 2026-11-21 (two cores, much other work beside it, in parts, --draws 100; here means over
the designs, all seven for 4 and 12 tasks, four for 100, and over the kinds of dependence, with the
worst and best row; then over the designs with --rare, part30, cv60 and part250):

    tasks score              each        alone          Bonf.          max-t      width      false
        4 log_loss  97.1 (94-100) 90.0 (79-99)  98.0 (94-100)  97.9 (94-100)  0.96-1.00 2.6 (0-10)
        4 auroc     97.0 (94-100) 89.3 (80-99)  98.0 (92-100)  97.7 (92-100)  0.97-1.00 3.0 (0-10)
        4 accuracy   96.9 (94-98) 89.0 (83-94)  97.3 (95-100)  97.3 (95-100)  0.98-1.00 2.9 (0-10)
       12 log_loss   97.2 (95-99) 75.3 (53-95)  98.4 (93-100)  98.2 (93-100)  0.93-1.00 1.7 (0-10)
       12 auroc      96.9 (94-99) 74.2 (49-90)  98.0 (94-100)  97.7 (94-100)  0.94-1.00  2.8 (0-8)
       12 accuracy   96.7 (95-98) 69.5 (56-79)  97.9 (93-100)  97.7 (93-100)  0.96-1.00  1.8 (0-6)
      100 log_loss   97.3 (96-99)  31.8 (2-70)  99.2 (96-100)  98.5 (95-100)  0.87-1.00  1.0 (0-4)
      100 auroc      97.2 (96-98)  29.4 (2-62)  98.6 (97-100)  98.2 (97-100)  0.89-1.00  2.0 (0-4)
      100 accuracy   97.0 (96-98)  19.8 (1-40)  98.9 (97-100)  98.8 (97-100)  0.92-1.00 2.2 (0-10)
    rare:
       12 log_loss   96.9 (95-99) 76.2 (57-90)  98.2 (95-100)  98.1 (95-100)  0.93-1.00  2.2 (0-6)
       12 auroc      96.2 (95-98) 69.1 (57-82)   96.5 (92-99)   96.8 (93-99)  0.94-1.00 5.8 (2-10)
       12 accuracy   97.6 (95-99) 79.3 (66-93)  98.3 (95-100)  98.3 (95-100)  0.96-1.00  1.3 (0-4)

100 data sets a row: 95 is known to +-2.2 in one row; 50 of two equal learners: 5 to +-3.1. The mean
over tasks was held in 95.7 to 97.4 % (worst row 90).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import Figure, TaskContrasts, TaskScore, task_contrasts
from headstart.evaluation._intervals import student_quantile
from headstart.examples import UNKNOWN, Outputs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Dependence = Literal["alike", "apart", "own"]

SCORES: tuple[TaskScore, ...] = get_args(TaskScore)
DEPENDENCE: tuple[Dependence, ...] = get_args(Dependence)
WIDTH = 10  # hidden inputs
ALIKE = 0.9
STEEP = 3.0  # of the true logits
PENALTY = 3.0
SHARPNESS = 3.0  # of a ridge regression's value as a logit
NOISE = (0.7, 1.0)  # of what the better and the worse learner see
TRUTHS = 60  # training parts
FRESH = 4000
MOST_OF_THEIR_OWN = 12  # tasks: each has rows of its own
RARE = -3.0  # added to the true logits where one label in six is a yes


@dataclass(frozen=True)
class World:
    """A number of tasks, how they hang together, and what learners see of their inputs."""

    tasks: int
    dependence: Dependence
    noise: tuple[float, float]
    rare: bool = False

    def sample(self, random: np.random.Generator, labels: int) -> tuple[Ints, list[Floats]]:
        """Targets with about so many labels of each task, and the inputs of both learners."""
        examples = labels * {"alike": 1, "apart": 2, "own": self.tasks}[self.dependence]
        common = random.normal(size=WIDTH)
        own = random.normal(size=(self.tasks, WIDTH))
        if self.dependence == "alike":
            own = np.sqrt(ALIKE) * common + np.sqrt(1 - ALIKE) * own
        directions = own / np.linalg.norm(own, axis=1, keepdims=True)
        hidden = random.normal(size=(examples, WIDTH))
        logits = STEEP * hidden @ directions.T + (RARE if self.rare else 0.0)
        chance = random.random((examples, 1 if self.dependence == "alike" else self.tasks))
        said = chance < 1 / (1 + np.exp(-logits))
        targets = np.where(self._known(random, examples), said.astype(np.int64), UNKNOWN)
        seen = [hidden + noise * random.normal(size=hidden.shape) for noise in self.noise]
        return targets, seen

    def _known(self, random: np.random.Generator, examples: int) -> NDArray[np.bool_]:
        shape = (examples, self.tasks)
        if self.dependence == "alike":
            return np.ones(shape, dtype=np.bool_)
        if self.dependence == "apart":
            return random.random(shape) < 0.5
        return np.asarray((random.permutation(examples) % self.tasks)[:, None] == np.arange(
            self.tasks))  # fmt: skip


@dataclass(frozen=True)
class Design:
    """Labels of each task, and who is held out.

    Attributes:
        name: on the command line.
        labels: of each task, to divide or to train on.
        repeats: of a 5-fold cross-validation; 0 where a part is held out.
        held: labels of each task in that part.
        draws: of training parts for it.
    """

    name: str
    labels: int
    repeats: int = 1
    held: int = 0
    draws: int = 1

    def __str__(self) -> str:
        if self.repeats:
            return f"5-fold x {self.repeats}, {self.labels} labels"
        return f"{self.held} held out, {self.draws} of {self.labels}"

    @property
    def trained_on(self) -> int:
        return self.labels * 4 // 5 if self.repeats else self.labels


DESIGNS = (
    Design("cv60", 60),
    Design("cv250", 250),
    Design("cv60x2", 60, repeats=2),
    Design("part30", 60, repeats=0, held=30),
    Design("part60", 100, repeats=0, held=60),
    Design("part250", 250, repeats=0, held=250),
    Design("part250x3", 250, repeats=0, held=250, draws=3),
)


def learned(inputs: Floats, targets: Ints) -> Floats:
    """Ridge regression of each task over its known labels, ``(tasks, inputs + 1)``."""
    padded = np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1)
    known = (targets != UNKNOWN).astype(np.float64)
    width = padded.shape[1]
    products = (padded[:, :, None] * padded[:, None]).reshape(len(inputs), -1)
    squares = (known.T @ products).reshape(-1, width, width) + PENALTY * np.eye(width)
    wanted = (known * (2.0 * targets - 1)).T @ padded
    return np.asarray(np.linalg.solve(squares, wanted[..., None])[..., 0])


def said(weights: Floats, inputs: Floats) -> Floats:
    """Probabilities of both classes of each task side by side, ``(examples, 2 * tasks)``."""
    values = inputs @ weights[:, :-1].T + weights[:, -1]
    of_one = 1 / (1 + np.exp(-SHARPNESS * values))
    return np.stack([1 - of_one, of_one], axis=-1).reshape(len(inputs), -1)


def compared(world: World, design: Design, seed: int) -> dict[TaskScore, TaskContrasts]:
    """Draw data, train and predict; headstart does the rest."""
    random = np.random.default_rng([seed, design.labels, design.repeats, design.held])
    outputs = Outputs((2,) * world.tasks)
    if design.repeats:
        targets, seen = world.sample(random, design.labels)
        found = np.empty((2, design.repeats, len(targets), len(outputs)))
        for repeat in range(design.repeats):
            folds = random.permutation(len(targets)) % 5
            for fold in range(5):
                inside = folds == fold
                for who, inputs in enumerate(seen):
                    weights = learned(inputs[~inside], targets[~inside])
                    found[who, repeat, inside] = said(weights, inputs[inside])
        held = targets
    else:
        # One world for both parts: the directions are drawn once.
        held_share = design.held / (design.held + design.labels * design.draws)
        targets, seen = world.sample(random, design.held + design.labels * design.draws)
        parts = np.split(
            random.permutation(len(targets)),
            [round(len(targets) * held_share)],
        )
        held = targets[parts[0]]
        found = np.empty((2, design.draws, len(held), len(outputs)))
        for draw, rows in enumerate(np.array_split(parts[1], design.draws)):
            for who, inputs in enumerate(seen):
                found[who, draw] = said(learned(inputs[rows], targets[rows]), inputs[parts[0]])
    folds_or_none = 5 if design.repeats else None
    return {
        score: task_contrasts(held, found[0], found[1], outputs=outputs, score=score,
                              folds=folds_or_none)
        for score in SCORES
    }  # fmt: skip


@cache
def truth(world: World, labels: int) -> dict[TaskScore, float]:
    """Expected differences, the mean over tasks, training parts and new examples."""
    random = np.random.default_rng([99, labels])
    many = World(20, world.dependence, world.noise, world.rare)
    outputs = Outputs((2,) * many.tasks)
    found: dict[TaskScore, list[float]] = {score: [] for score in SCORES}
    for _ in range(TRUTHS):
        everything = World(20, "alike", world.noise, world.rare)
        targets, seen = everything.sample(random, labels + FRESH)
        train, fresh = slice(0, labels), slice(labels, None)
        given = [said(learned(inputs[train], targets[train]), inputs[fresh])[None]
                 for inputs in seen]  # fmt: skip
        for score in SCORES:
            contrast = task_contrasts(targets[fresh], *given, outputs=outputs, score=score)
            found[score] += [figure.value for figure in contrast.figures
                             if figure.value is not None]  # fmt: skip
    return {score: float(np.mean(values)) for score, values in found.items()}


def holds(figure: Figure, true: float, stretch: float = 1.0) -> bool:
    """Whether it holds the truth, with its half width times `stretch`."""
    assert figure.value is not None
    assert figure.high is not None
    return abs(figure.value - true) <= (figure.high - figure.value) * stretch


@dataclass
class Tally:
    """Shares of a row of the table."""

    found: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)

    def cell(self, name: str) -> str:
        values = self.found.get(name)
        if not values:
            return "-"
        return f"{np.mean(values):.2f}" if name == "width" else f"{100 * np.mean(values):.1f}"


COLUMNS = ("each", "alone", "Bonf.", "Šidák", "max-t", "width", "mean", "false")


def look(tally: Tally, found: TaskContrasts, true: float) -> None:
    """Note which of one data set's intervals hold the truth."""
    pairs = [(figure, int(known)) for figure, known in zip(found.figures, found.known, strict=True)
             if figure.value is not None]  # fmt: skip
    if not pairs:
        return
    hits = [holds(figure, true) for figure, _ in pairs]
    tally.add("each", float(np.mean(hits)))
    tally.add("alone", all(hits))
    levels = {"Bonf.": 1 - 0.05 / len(pairs), "Šidák": 0.95 ** (1 / len(pairs))}
    for name, level in levels.items():
        tally.add(name, all(
            holds(figure, true, student_quantile(level, known - 1) / student_quantile(
                0.95, known - 1))
            for figure, known in pairs
        ))  # fmt: skip
    kept = [figure for figure in found.simultaneous if figure.value is not None]
    tally.add("max-t", all(holds(figure, true) for figure in kept))
    typical = int(np.median([known for _, known in pairs])) - 1
    tally.add("width", student_quantile(found.each_level, typical)
              / student_quantile(levels["Bonf."], typical))  # fmt: skip
    tally.add("mean", holds(found.mean, true))


def rows(design: Design, tasks: int, draws: int, seed: int, *, rare: bool) -> Iterator[str]:
    for dependence in DEPENDENCE:
        if dependence == "own" and tasks > MOST_OF_THEIR_OWN:
            continue
        tallies = {score: Tally() for score in SCORES}
        world = World(tasks, dependence, NOISE, rare)
        equal = World(tasks, dependence, (NOISE[1], NOISE[1]), rare)
        true = truth(World(0, "alike", NOISE, rare), design.trained_on)
        for draw in range(draws):
            for score, found in compared(world, design, seed * 100_000 + draw).items():
                look(tallies[score], found, true[score])
            if draw % 2 == 0:
                again = compared(equal, design, seed * 100_000 + draw)
                for score, found in again.items():
                    said_apart = any(
                        not holds(figure, 0.0)
                        for figure in found.simultaneous
                        if figure.value is not None
                    )
                    tallies[score].add("false", said_apart)
        for score, tally in tallies.items():
            cells = "".join(f"{tally.cell(name):>7}" for name in COLUMNS)
            yield f"{design!s:24}{tasks:4} {dependence:6}{score:9}{cells}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200, help="data sets a row [%(default)s]")
    parser.add_argument("--tasks", type=int, nargs="+", default=[4, 12, 100])
    parser.add_argument("--designs", nargs="+", choices=[design.name for design in DESIGNS])
    parser.add_argument("--rare", action="store_true", help="about one label in six is a yes")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.perf_counter()
    print(f"{'held out':24}{'tasks':4} {'':6}{'score':8}"
          + "".join(f"{name:>7}" for name in COLUMNS))  # fmt: skip
    for design in DESIGNS:
        if given.designs and design.name not in given.designs:
            continue
        for tasks in given.tasks:
            for row in rows(design, tasks, given.draws, given.seed, rare=given.rare):
                print(row, flush=True)
    error = 100 * np.sqrt(0.95 * 0.05 / given.draws)
    print(f"{given.draws} data sets a row: 95 is known to +-{error:.1f}; "
          f"{time.perf_counter() - started:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
