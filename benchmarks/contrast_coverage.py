"""How often the intervals of `headstart compare` hold the truth, and how often it sees ghosts.

Measures: many data sets are drawn from worlds whose truth is known: two classes, five learners
(ridge regressions), each with inputs of its own that share how hard an example is. The first has
the world's better inputs, the other four have inputs of one distribution, so that in truth nothing
lies between them. All are trained on the nested training parts that `headstart.examples` draws,
judged by `headstart.evaluation.scores`, and `headstart.strategy.find` draws the conclusions, with
the second learner as "scratch". The truth: the mean over training parts of that size, drawn anew,
and over new examples.

1. Coverage of the 95 % intervals: accuracy and log loss of one learner, their difference between
   the first and the second; and the share of comparisons of two equal learners that end in "helps"
   and in "harms" (2.5 % each would be the nominal share), of one against the other and of the best
   of three (chosen without the part it is judged on) against the fourth.
2. Coverage of "scratch would need about N" (the truth: where the second learner's own curve crosses
   what the first reaches; beyond what was measured only an open end is right) and of the forecast
   (the truth: the first learner's gain when the largest training part grows by as much as was
   forecast); how often its check says "NOT as forecast" in worlds where the true gain is what the
   rule allows; how often one of three equal networks is said to be worse than another.

Cells: mean over worlds (worst to best world). A world's coverage of 95 % is known to the error on
the last line (one binomial standard error).

Against: the nominal 95 %, and 2.5 % of false alarms on each side.

Command: python benchmarks/contrast_coverage.py [--draws 100] [--seed 0] [--designs NAME ...]

Printed on 2026-11-21 (two cores, other work beside it, in two parts; names of rows and columns
shortened: what is held out / examples in the training part, d: difference):

    coverage                     accuracy      log loss    d accuracy    d log loss           needed
    5-fold x 1, 60 / 12      96.8 (94-98)  97.1 (96-98)  94.8 (91-98)  97.5 (97-99)    99.3 (98-100)
    5-fold x 1, 60 / 24      96.1 (94-98)  96.0 (94-98)  96.2 (93-98)  97.5 (94-99)    99.3 (98-100)
    5-fold x 1, 60 / 48      94.5 (92-98)  94.4 (90-97) 95.0 (92-100)  94.2 (86-99)    99.2 (97-100)
    5-fold x 1, 250 / 20     95.3 (94-97)  96.3 (94-98)  96.3 (93-98) 97.3 (94-100)    98.3 (96-100)
    5-fold x 1, 250 / 80     96.2 (95-97) 97.5 (96-100)  97.0 (95-99)  97.5 (95-99)    99.3 (97-100)
    5-fold x 1, 250 / 200    96.7 (91-99) 97.6 (91-100)  95.8 (93-98) 98.0 (95-100)    98.8 (93-100)
    5-fold x 2, 60 / 12     98.8 (98-100)  97.4 (96-99) 99.2 (98-100) 98.3 (96-100)  100.0 (100-100)
    5-fold x 2, 60 / 24      97.6 (96-98)  96.7 (95-98) 98.0 (96-100) 97.8 (96-100)    99.7 (99-100)
    5-fold x 2, 60 / 48     95.3 (92-100)  91.8 (84-98) 95.2 (88-100)  91.7 (84-97)    98.8 (96-100)
    5-fold x 2, 250 / 20     96.9 (94-99) 96.8 (95-100) 97.8 (95-100) 97.7 (96-100)    99.2 (98-100)
    5-fold x 2, 250 / 80    97.9 (97-100)  97.6 (95-99) 98.5 (98-100) 97.7 (96-100)    99.7 (99-100)
    5-fold x 2, 250 / 200    96.5 (94-98) 96.8 (93-100)  96.3 (94-99) 97.5 (94-100)    99.2 (95-100)
    60 held, of 100 / 12    99.0 (98-100)  95.8 (92-98) 98.0 (96-100)  97.5 (97-99)    99.7 (99-100)
    60 held, of 100 / 30    99.4 (98-100)  94.7 (92-98) 98.3 (96-100)  96.8 (93-99)    99.8 (99-100)
    60 held, of 100 / 100    97.2 (96-98)  95.2 (93-96)  96.2 (94-99)  95.3 (93-98)    99.3 (97-100)
    150 held, of 245 / 20   98.8 (97-100)  93.0 (92-94)  97.0 (95-98)  96.3 (95-98)    98.3 (96-100)
    150 held, of 245 / 100  98.6 (98-100)  93.8 (92-96)  95.3 (93-98)  94.0 (92-96)    99.5 (97-100)
    150 held, of 245 / 245   96.1 (94-98)  95.2 (92-97) 96.7 (94-100)  95.8 (94-98)    99.3 (96-100)
    150 held, of 245 / 50   98.8 (98-100)  93.8 (92-96)  96.5 (95-99)  93.7 (92-96)    99.3 (97-100)
    150 held, of 245 / 150   97.6 (96-99)  94.0 (92-96)  95.2 (93-97)  94.5 (92-97)    99.2 (97-100)
    150 held, of 245 / 200   96.1 (94-98)  93.1 (92-96)  95.5 (93-98)  94.7 (92-96)    99.3 (97-100)

    said of equals, %             helps       harms   chosen helps       harms   a source worse
    5-fold x 1, 60 / 12       2.2 (1-4)   2.2 (0-5)      1.3 (0-4)   0.3 (0-2)        2.7 (1-5)
    5-fold x 1, 60 / 24       2.2 (0-4)   1.5 (0-4)      1.3 (0-3)   0.3 (0-1)        1.5 (0-3)
    5-fold x 1, 60 / 48       3.2 (0-6)   3.8 (0-8)      2.2 (0-4)   1.5 (0-3)       4.8 (0-10)
    5-fold x 1, 250 / 20      2.2 (0-5)   3.7 (2-7)      2.2 (1-4)   1.5 (1-3)        3.8 (2-8)
    5-fold x 1, 250 / 80      1.2 (0-3)   1.7 (0-3)      1.2 (0-3)   0.5 (0-3)        3.5 (1-5)
    5-fold x 1, 250 / 200     2.0 (0-5)   1.5 (0-3)      1.3 (0-7)   0.0 (0-0)        3.2 (0-6)
    5-fold x 2, 60 / 12       0.2 (0-1)   0.0 (0-0)      1.5 (0-4)   0.2 (0-1)        0.5 (0-1)
    5-fold x 2, 60 / 24       1.3 (0-2)   0.7 (0-2)      1.3 (0-3)   0.2 (0-1)        1.0 (0-3)
    5-fold x 2, 60 / 48       1.3 (0-4)   1.7 (0-4)      3.0 (0-5)   0.0 (0-0)        3.5 (0-7)
    5-fold x 2, 250 / 20      0.8 (0-3)   1.0 (0-2)      1.2 (0-3)   0.3 (0-1)        1.3 (0-2)
    5-fold x 2, 250 / 80      0.5 (0-1)   1.0 (0-3)      0.7 (0-2)   0.2 (0-1)        1.2 (0-3)
    5-fold x 2, 250 / 200     2.0 (1-5)   1.8 (0-4)      2.0 (1-3)   0.2 (0-1)        3.3 (0-5)
    60 held, of 100 / 12      0.8 (0-2)   1.5 (0-4)      1.5 (0-3)   0.8 (0-2)        0.8 (0-2)
    60 held, of 100 / 30      0.8 (0-2)   0.7 (0-2)      2.2 (0-5)   1.8 (0-4)        1.0 (0-2)
    60 held, of 100 / 100     2.7 (1-5)   1.2 (0-2)      2.3 (1-5)   1.3 (0-3)        1.8 (0-4)
    150 held, of 245 / 20     1.7 (1-3)   1.7 (0-3)      3.3 (2-6)   1.5 (0-4)        3.0 (0-7)
    150 held, of 245 / 100    1.7 (0-3)   1.8 (0-5)      2.2 (0-6)   1.8 (0-6)        2.5 (1-5)
    150 held, of 245 / 245    1.7 (1-4)   1.0 (0-3)      2.7 (2-4)   1.2 (0-2)        3.0 (1-4)
    150 held, of 245 / 50     1.0 (0-4)   2.2 (1-5)      1.8 (1-3)   1.8 (0-3)        2.3 (1-3)
    150 held, of 245 / 150    2.2 (0-3)   1.7 (1-3)      3.5 (1-5)   2.2 (0-5)        3.8 (2-7)
    150 held, of 245 / 200    3.2 (1-5)   2.2 (0-5)      4.0 (2-6)   3.2 (0-5)        4.7 (3-9)

                                  forecast   NOT as forecast
    5-fold x 1, 60           98.0 (93-100)                 -
    5-fold x 1, 250          99.3 (98-100)         2.0 (1-3)
    5-fold x 2, 60           98.8 (96-100)                 -
    5-fold x 2, 250        100.0 (100-100)         0.0 (0-0)
    60 held, of 100          86.8 (44-100)                 -
    150 held, of 245         99.8 (99-100)         0.0 (0-0)
    150 held, of 245, more   98.2 (89-100)                 -

    100 draws a world, 6 worlds: 95 is known to +-2.2 in one world, +-0.9 in the mean; 286 s
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import Figure, Scores, scores
from headstart.examples import Draw, fold_draws, part_draws
from headstart.strategy import Entrant, Findings, find

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCORES: tuple[Literal["accuracy", "log_loss"], ...] = ("accuracy", "log_loss")
LEARNERS = 5
PENALTY = 3.0
SHARPNESS = 3.0  # of a ridge regression's value as a logit
HARD = 0.7  # spread of what all learners find hard
NORMAL = NormalDist()
TRUTHS = 400  # training parts


@dataclass(frozen=True)
class World:
    """Inputs of the first learner and of the others: how many, and how far apart the classes."""

    name: str
    first: tuple[int, float]
    others: tuple[int, float]

    def sample(self, random: np.random.Generator, examples: int) -> tuple[Ints, list[Floats]]:
        """Targets, and inputs: the first learner's, and the others' ``(4, examples, inputs)``."""
        targets = random.integers(0, 2, examples)
        hard = HARD * random.normal(size=examples)
        inputs = []
        for (width, apart), learners in ((self.first, 1), (self.others, LEARNERS - 1)):
            block = random.normal(size=(learners, examples, width))
            block[:, :, 0] += (2 * targets - 1) * apart + hard
            inputs.append(block)
        return targets, inputs


WORLDS = (
    World("clear", (20, 1.0), (20, 0.5)),
    World("wide", (60, 1.0), (60, 0.9)),
    World("narrow and wide", (5, 0.7), (60, 0.7)),
    World("equal", (100, 1.2), (100, 1.2)),
    World("good", (10, 2.0), (30, 1.5)),
    World("nearly perfect", (10, 3.0), (10, 2.5)),
)


@dataclass(frozen=True)
class Design:
    """How many examples, and who is held out.

    Attributes:
        name: on the command line.
        examples: to divide, or to draw training parts from.
        sizes: of training parts; the last is all of one.
        repeats: of a 5-fold cross-validation; 0 where a part is held out.
        held: examples in that part.
        draws: for it.
    """

    name: str
    examples: int
    sizes: tuple[int, ...]
    repeats: int = 1
    held: int = 0
    draws: int = 5

    def __str__(self) -> str:
        if self.repeats:
            return f"5-fold x {self.repeats}, {self.examples} examples"
        return f"{self.held} held out, {self.draws} draws of {self.examples}"

    def drawn(self, targets: Ints, seed: int) -> list[Draw]:
        units = np.arange(len(targets))
        if self.repeats:
            return fold_draws(targets, units, folds=5, repeats=self.repeats, seed=seed)
        train, held = units[: self.examples], units[self.examples :]
        return part_draws(targets, units, train, held, draws=self.draws, seed=seed)


DESIGNS = (
    Design("cv60", 60, (12, 24, 48)),
    Design("cv250", 250, (20, 80, 200)),
    Design("cv60x2", 60, (12, 24, 48), repeats=2),
    Design("cv250x2", 250, (20, 80, 200), repeats=2),
    Design("part60", 100, (12, 30, 100), repeats=0, held=60),
    Design("part150", 245, (20, 100, 245), repeats=0, held=150),
    Design("part150-nearly-all", 245, (50, 150, 200), repeats=0, held=150),
)


def learned(inputs: Floats, targets: Ints) -> Floats:
    """Ridge regressions of several learners, ``(learners, inputs + 1)``."""
    padded = np.concatenate([inputs, np.ones((*inputs.shape[:2], 1))], axis=2)
    wide = padded.swapaxes(1, 2)
    squares = wide @ padded + PENALTY * np.eye(padded.shape[2])
    return np.asarray(np.linalg.solve(squares, (wide @ (2.0 * targets - 1))[..., None])[..., 0])


def predicted(weights: Floats, inputs: Floats) -> Floats:
    """Probability of the second class, ``(learners, examples)``."""
    logits = (inputs @ weights[:, :-1, None])[..., 0] + weights[:, -1:]
    return np.asarray(1 / (1 + np.exp(-SHARPNESS * logits)))


def said(inputs: Sequence[Floats], targets: Ints, train: Ints, held: Ints) -> Floats:
    """Probabilities of both classes by all learners, ``(learners, held out, 2)``."""
    of_one = np.concatenate([predicted(learned(block[:, train], targets[train]), block[:, held])
                             for block in inputs])  # fmt: skip
    return np.stack([1 - of_one, of_one], axis=-1)


@dataclass(frozen=True)
class Compared:
    """One comparison.

    Attributes:
        scores: of the first and the second learner.
        ours: what is said of these two, the second being "scratch".
        equals: what is said at each size of three equal learners and, as "scratch", a fourth.
    """

    scores: Scores
    ours: Findings
    equals: list[Findings]


def compared(world: World, design: Design, seed: int) -> Compared:
    """Draw data, train and predict; headstart does the rest."""
    random = np.random.default_rng([seed, design.examples, design.repeats])
    targets, inputs = world.sample(random, design.examples + design.held)
    draws = design.drawn(targets, seed)
    held = np.unique(np.concatenate([draw.held for draw in draws]))
    repeats = draws[-1].repeat + 1
    found = np.empty((LEARNERS, len(design.sizes), repeats, len(held), 2))
    parts = np.tile(np.arange(len(held)) % 5, (repeats, 1))
    for number, draw in enumerate(draws):
        inside = np.searchsorted(held, draw.held)
        if design.repeats:
            parts[draw.repeat, inside] = number % 5
        for place, size in enumerate(design.sizes):
            rows = draw.rows(size if size < len(draw.order) else None)
            found[:, place, draw.repeat, inside] = said(inputs, targets, rows, draw.held)
    folds = 5 if design.repeats else None

    def judged(learners: Sequence[int], sizes: Sequence[int]) -> tuple[Scores, Findings]:
        given = scores(targets[held], [[found[who, size] for size in sizes] for who in learners],
                       parts=parts, folds=folds)  # fmt: skip
        named = [Entrant(f"{who}", "", f"{who}", who == 1, 0, (0.0,) * 3, (0.0,) * 3)
                 for who in learners]  # fmt: skip
        return given, find(given, named, [design.sizes[size] for size in sizes], classes=2)

    every = range(len(design.sizes))
    given, ours = judged((0, 1), every)
    return Compared(given, ours, [judged((1, 2, 3, 4), (size,))[1] for size in every])


def expected(weights: Floats, apart: float) -> tuple[float, float]:
    """Accuracy and log loss over all new examples, the mean over learners, by quadrature."""
    spread = np.sqrt(np.square(weights[:, :-1]).sum(axis=1) + np.square(HARD * weights[:, 0]))
    nodes, shares = np.polynomial.hermite_e.hermegauss(60)
    shares = shares / shares.sum()
    right, losses = [], []
    for side in (-1, 1):
        middle = side * (side * apart * weights[:, 0] + weights[:, -1])
        right.append([NORMAL.cdf(each) for each in middle / spread])
        logits = SHARPNESS * (middle[:, None] + spread[:, None] * nodes)
        losses.append(np.logaddexp(0, -logits) @ shares)
    return float(np.mean(right)), float(np.mean(losses))


@cache
def truth(world: World, examples: int, *, first: bool) -> tuple[float, float]:
    """Accuracy and log loss to be expected of the first or of another learner."""
    random = np.random.default_rng([99, examples])
    single = replace(world, others=world.first) if first else world
    found = []
    for _ in range(TRUTHS // (LEARNERS - 1)):
        targets, (_, inputs) = single.sample(random, examples)
        found.append(learned(inputs, targets))
    return expected(np.concatenate(found), single.others[1])


def crossing(world: World, design: Design, size: int) -> float | None:
    """Examples that the second learner needs; 0 for fewer than measured, ``None`` for more."""
    wanted = truth(world, design.sizes[size], first=True)[0]
    first, last = design.sizes[0], design.sizes[-1]
    grid = np.unique(np.round(np.geomspace(first, last, 13)).astype(int))
    # Noise of the simulated truth must not make a learner's curve fall.
    curve = np.maximum.accumulate([truth(world, int(count), first=False)[0] for count in grid])
    if curve[0] >= wanted:
        return 0.0
    if curve[-1] < wanted:
        return None
    return float(np.exp(np.interp(wanted, curve, np.log(grid))))


def as_ruled(world: World, design: Design) -> bool:
    """Whether the true gain at the largest size is what a forecast from the smaller ones allows."""
    *_, before, last = design.sizes
    step = last / before
    curve = [truth(world, size, first=True)[0] for size in design.sizes]
    earlier = float(np.interp(np.log(before / step), np.log(design.sizes), curve))
    gained = curve[-2] - earlier
    return bool(gained / step <= curve[-1] - curve[-2] <= gained)


@dataclass
class Tally:
    """Hits by what was looked at, and by size where there are several."""

    hits: dict[tuple[str, int], list[bool]] = field(default_factory=dict)

    def add(self, name: str, size: int, *, hit: bool) -> None:
        self.hits.setdefault((name, size), []).append(hit)


def holds(figure: Figure, true: float) -> bool:
    assert figure.low is not None
    assert figure.high is not None
    return bool(figure.low <= true <= figure.high)


def look(tally: Tally, world: World, design: Design, seed: int) -> None:
    """Make one comparison and note what of it is right."""
    found = compared(world, design, seed)
    for size, count in enumerate(design.sizes):
        true = truth(world, count, first=True), truth(world, count, first=False)
        for which, score in enumerate(SCORES):
            figure = found.scores.contrast({(0, size): 1.0, (1, size): -1.0}, score)
            tally.add(f"{score} difference", size,
                      hit=holds(figure, true[0][which] - true[1][which]))  # fmt: skip
            for who in (0, 1):
                alone = found.scores.figure((who, size), score)
                tally.add(score, size, hit=holds(alone, true[who][which]))
        look_at_equals(tally, found.equals[size], size)
        needed, told = crossing(world, design, size), found.ours.worth[size]
        low = 0.0 if told.low is None else told.low
        high = np.inf if told.high is None else told.high
        tally.add("needed", size, hit=low <= (np.inf if needed is None else needed) <= high)
    more = found.ours.more
    assert more is not None
    before, after = (truth(world, count, first=True)[0]
                     for count in (more.examples, more.examples + more.more))  # fmt: skip
    tally.add("forecast", 0, hit=holds(more.gain, after - before))
    if more.check is not None and as_ruled(world, design):
        tally.add("not as forecast", 0, hit=not more.check.held)


def look_at_equals(tally: Tally, found: Findings, size: int) -> None:
    """What is said of learners that are equal; the first row is "scratch", the next another."""
    other = found.rows[1].difference
    assert other is not None
    assert other.low is not None
    assert other.high is not None
    tally.add("alarm helps", size, hit=other.low > 0)
    tally.add("alarm harms", size, hit=other.high < 0)
    tally.add("chosen helps", size, hit=found.verdicts[0].word == "helps")
    tally.add("chosen harms", size, hit=found.verdicts[0].word == "harms")
    assert found.sources is not None
    apart = "worse" in found.sources or "start from" in found.sources
    tally.add("sources", size, hit=apart)


def cell(tallies: Sequence[Tally], name: str, size: int) -> str:
    """Mean over worlds (worst to best), in percent."""
    shares = [100 * np.mean(tally.hits[name, size]) for tally in tallies if (name, size)
              in tally.hits]  # fmt: skip
    if not shares:
        return "-"
    return f"{np.mean(shares):.1f} ({min(shares):.0f}-{max(shares):.0f})"


FIRST = ("accuracy", "log_loss", "accuracy difference", "log_loss difference", "needed")
SECOND = ("alarm helps", "alarm harms", "chosen helps", "chosen harms", "sources")
THIRD = ("forecast", "not as forecast")


def header(names: Sequence[str]) -> str:
    return "| held out | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1)


def rows(design: Design, tallies: Sequence[Tally], names: Sequence[str]) -> Iterator[str]:
    if names == THIRD:
        yield f"| {design} | " + " | ".join(cell(tallies, name, 0) for name in names) + " |"
        return
    for size, count in enumerate(design.sizes):
        cells = [cell(tallies, name, size) for name in names]
        yield f"| {design}, train {count} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=100, help="data sets a world [%(default)s]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--designs", nargs="+", choices=[design.name for design in DESIGNS])
    given = parser.parse_args()
    started = time.perf_counter()
    tables: list[list[str]] = [[header(names)] for names in (FIRST, SECOND, THIRD)]
    for design in DESIGNS:
        if given.designs and design.name not in given.designs:
            continue
        tallies = [Tally() for _ in WORLDS]
        for world, tally in zip(WORLDS, tallies, strict=True):
            for draw in range(given.draws):
                look(tally, world, design, given.seed * 100_000 + draw)
        for table, names in zip(tables, (FIRST, SECOND, THIRD), strict=True):
            table.extend(rows(design, tallies, names))
    print("\n\n".join("\n".join(table) for table in tables))
    error = 100 * np.sqrt(0.95 * 0.05 / given.draws)
    print(f"\n{given.draws} draws a world, {len(WORLDS)} worlds: 95 is known to +-{error:.1f} in "
          f"one world, +-{error / np.sqrt(len(WORLDS)):.1f} in the mean; "
          f"{time.perf_counter() - started:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
