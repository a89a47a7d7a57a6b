"""How often "the other tasks were worth about N own labels" holds the truth.

Measures: many data sets of one yes/no task whose truth is known. Alone it is learned (ridge
regression) from nested training parts of several sizes; "beside others" from the same examples,
seen with noise that is partly another, and so many more that the task alone never sees, so that the
others are worth exactly that many.
`headstart.strategy.worth_in_labels` compares them. For each design, score, number of own labels
beside the others and true worth:

- holds: share of data sets whose 95 % interval holds the truth (an open end is right if the truth
  lies beyond what was measured);
- helps, no gain, harms: share in which that is said; number: in which "helps" comes with a number;
- width: median width of the interval over the truth, where both ends are closed.

Against: the nominal 95 %, and 2.5 % of "helps" and of "harms" where the truth is 0.

Command: python benchmarks/label_worth.py [--draws 100] [--seed 0]

Printed on 2026-11-21 (two cores, other work beside it):

    design                          score     worth  holds  helps number no gain  harms  width
    5-fold x 1, 250, 50 beside      log_loss      0   99.0    1.0    1.0     0.0    0.0      -
    5-fold x 1, 250, 50 beside      auroc         0  100.0    0.0    0.0     1.0    0.0      -
    5-fold x 1, 250, 50 beside      log_loss     40  100.0   16.0   13.0     0.0    0.0    3.8
    5-fold x 1, 250, 50 beside      auroc        40  100.0   10.0    6.0     0.0    0.0    2.5
    5-fold x 1, 250, 50 beside      log_loss    150  100.0   42.0   17.0     0.0    0.0      -
    5-fold x 1, 250, 50 beside      auroc       150  100.0   29.0    8.0     0.0    0.0      -
    5-fold x 1, 250, 50 beside      log_loss   1000  100.0   54.0    1.0     0.0    0.0      -
    5-fold x 1, 250, 50 beside      auroc      1000  100.0   45.0    1.0     0.0    0.0      -
    5-fold x 2, 250, 50 beside      log_loss      0   99.0    1.0    1.0     1.0    1.0      -
    5-fold x 2, 250, 50 beside      auroc         0   98.0    1.0    1.0     0.0    2.0      -
    5-fold x 2, 250, 50 beside      log_loss     40   98.0   27.0   24.0     0.0    0.0    3.4
    5-fold x 2, 250, 50 beside      auroc        40   96.0   20.0   12.0     0.0    0.0    1.6
    5-fold x 2, 250, 50 beside      log_loss    150  100.0   51.0    8.0     0.0    0.0      -
    5-fold x 2, 250, 50 beside      auroc       150  100.0   41.0    1.0     0.0    0.0      -
    5-fold x 2, 250, 50 beside      log_loss   1000  100.0   78.0    5.0     0.0    0.0      -
    5-fold x 2, 250, 50 beside      auroc      1000  100.0   66.0    0.0     0.0    0.0      -
    5-fold x 1, 1000, 100 beside    log_loss      0   94.0    5.0    5.0     3.0    2.0      -
    5-fold x 1, 1000, 100 beside    auroc         0   97.0    1.0    1.0     3.0    2.0      -
    5-fold x 1, 1000, 100 beside    log_loss     40   94.0   22.0   22.0     0.0    0.0    6.6
    5-fold x 1, 1000, 100 beside    auroc        40   95.0   14.0   14.0     0.0    0.0    6.7
    5-fold x 1, 1000, 100 beside    log_loss    150   98.0   47.0   38.0     0.0    0.0    2.4
    5-fold x 1, 1000, 100 beside    auroc       150   98.0   45.0   33.0     0.0    0.0    3.1
    5-fold x 1, 1000, 100 beside    log_loss   1000  100.0   81.0   28.0     0.0    0.0      -
    5-fold x 1, 1000, 100 beside    auroc      1000  100.0   75.0   18.0     0.0    0.0      -
    200 held, 3 x 400, 50 beside    log_loss      0  100.0    0.0    0.0     1.0    2.0      -
    200 held, 3 x 400, 50 beside    auroc         0  100.0    0.0    0.0     0.0    0.0      -
    200 held, 3 x 400, 50 beside    log_loss     40   97.0   25.0   23.0     0.0    0.0    4.0
    200 held, 3 x 400, 50 beside    auroc        40   96.0   19.0   13.0     0.0    0.0    3.6
    200 held, 3 x 400, 50 beside    log_loss    150   98.0   50.0   27.0     0.0    0.0    1.6
    200 held, 3 x 400, 50 beside    auroc       150  100.0   37.0   16.0     0.0    0.0    1.7
    200 held, 3 x 400, 50 beside    log_loss   1000   98.0   63.0   22.0     0.0    0.0    0.3
    200 held, 3 x 400, 50 beside    auroc      1000   99.0   46.0   11.0     0.0    0.0      -
    200 held, 3 x 400, 400 beside   log_loss      0   99.0    2.0    0.0     0.0    1.0      -
    200 held, 3 x 400, 400 beside   auroc         0   98.0    0.0    0.0     0.0    2.0      -
    200 held, 3 x 400, 400 beside   log_loss     40   99.0    4.0    0.0     0.0    1.0    8.5
    200 held, 3 x 400, 400 beside   auroc        40   99.0    3.0    0.0     0.0    1.0    8.0
    200 held, 3 x 400, 400 beside   log_loss    150  100.0    3.0    0.0     0.0    0.0      -
    200 held, 3 x 400, 400 beside   auroc       150  100.0    2.0    0.0     0.0    0.0      -
    200 held, 3 x 400, 400 beside   log_loss   1000  100.0    6.0    0.0     0.0    0.0      -
    200 held, 3 x 400, 400 beside   auroc      1000  100.0    2.0    0.0     0.0    0.0      -
    100 data sets a row: 95 is known to +-2.2; 716 s
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from _common import announce, stopwatch
from headstart.evaluation import TaskScore
from headstart.strategy import LabelWorth, worth_in_labels
from task_contrast_coverage import learned, said

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDTH = 10  # hidden inputs
STEEP = 3.0  # of the true logits
NOISE = 0.7  # of what both see of the hidden inputs
ALIKE = 0.8  # correlation of the noise
SCORES: tuple[TaskScore, ...] = ("log_loss", "auroc")
WORTHS = (0, 40, 150, 1000)


@dataclass(frozen=True)
class Design:
    """Labels to divide or to train on, sizes of training parts, who is held out.

    Attributes:
        labels: of the task.
        sizes: of training parts.
        beside: own labels beside the other tasks, one of `sizes`.
        held: of a held-out part, predicted after `draws` draws; 0: 5-fold cross-validation.
        draws: of training parts, or repeats.
    """

    labels: int
    sizes: tuple[int, ...]
    beside: int
    held: int = 0
    draws: int = 1

    def __str__(self) -> str:
        how = f"{self.held} held, {self.draws} x" if self.held else f"5-fold x {self.draws},"
        return f"{how} {self.labels}, {self.beside} beside"


DESIGNS = (
    Design(250, (20, 50, 100, 200), 50),
    Design(250, (20, 50, 100, 200), 50, draws=2),
    Design(1000, (50, 100, 200, 400, 800), 100, draws=1),
    Design(400, (25, 50, 100, 200, 400), 50, held=200, draws=3),
    Design(400, (25, 50, 100, 200, 400), 400, held=200, draws=3),
)


def drawn(random: np.random.Generator, examples: int) -> tuple[Ints, Floats, Floats]:
    """Targets ``(examples, 1)``, what the task alone sees and what it sees beside others."""
    hidden = random.normal(size=(examples, WIDTH))
    logits = STEEP * hidden[:, :1]
    targets = (random.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    noise, other = random.normal(size=(2, examples, WIDTH))
    other = np.sqrt(ALIKE) * noise + np.sqrt(1 - ALIKE) * other
    return targets, hidden + NOISE * noise, hidden + NOISE * other


def found(design: Design, worth: int, seed: int) -> dict[TaskScore, LabelWorth]:
    """Draw data, train and predict; headstart does the rest."""
    random = np.random.default_rng([seed, design.labels, design.held, design.draws])
    targets, inputs, beside = drawn(random, design.labels + design.held + worth)
    own = np.arange(design.labels + design.held)
    extra = np.arange(len(own), len(own) + worth)
    held = own[design.labels :] if design.held else own
    alone = {size: np.empty((design.draws, len(held), 2)) for size in design.sizes}
    joint = {design.beside: np.empty((design.draws, len(held), 2))}

    def trained(seen: Floats, rows: Ints, asked: Ints) -> Floats:
        return said(learned(seen[rows], targets[rows]), seen[asked])

    for draw in range(design.draws):
        order = random.permutation(design.labels)
        for fold in range(1 if design.held else 5):
            if design.held:
                train, inside = order, np.ones(len(held), dtype=np.bool_)
            else:
                inside = order.argsort() % 5 == fold
                train = order[~inside[order]]
            for size, into in alone.items():
                into[draw, inside] = trained(inputs, train[:size], held[inside])
            both = np.concatenate([train[: design.beside], extra])
            joint[design.beside][draw, inside] = trained(beside, both, held[inside])
    folds = None if design.held else 5
    labels = targets[held, 0]
    return {
        score: worth_in_labels(labels, alone, joint, others=99, score=score, folds=folds)[0]
        for score in SCORES
    }


def holds(told: LabelWorth, worth: int) -> bool:
    low = -np.inf if told.low is None else told.low
    high = np.inf if told.high is None else told.high
    return bool(low <= worth <= high)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=100, help="data sets a row [%(default)s]")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    announce(__doc__)
    print(f"{'design':32}{'score':9}{'worth':>6}{'holds':>7}{'helps':>7}{'number':>7}"
          f"{'no gain':>8}{'harms':>7}{'width':>7}")  # fmt: skip
    with stopwatch() as seconds:
        for design in DESIGNS:
            for worth in WORTHS:
                each = [found(design, worth, given.seed * 100_000 + draw)
                        for draw in range(given.draws)]  # fmt: skip
                for score in SCORES:
                    print(row(design, score, worth, [told[score] for told in each]), flush=True)
    error = 100 * np.sqrt(0.95 * 0.05 / given.draws)
    print(f"{given.draws} data sets a row: 95 is known to +-{error:.1f}; {seconds():.0f} s")


def row(design: Design, score: TaskScore, worth: int, told: list[LabelWorth]) -> str:
    words = [one.word for one in told]
    shares = [
        float(np.mean([holds(one, worth) for one in told])),
        words.count("helps") / len(told),
        float(np.mean([one.word == "helps" and one.worth is not None for one in told])),
        words.count("no gain") / len(told),
        words.count("harms") / len(told),
    ]
    widths = [(one.high - one.low) / worth for one in told
              if one.high is not None and one.low is not None and worth]  # fmt: skip
    width = f"{np.median(widths):.1f}" if widths else "-"
    cells = "".join(f"{100 * share:{space}.1f}"
                    for share, space in zip(shares, (7, 7, 7, 8, 7), strict=True))  # fmt: skip
    return f"{design!s:32}{score:9}{worth:6}{cells}{width:>7}"


if __name__ == "__main__":
    main()
