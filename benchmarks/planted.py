"""Does `headstart compare` see gains where there is nothing to transfer?

Measures, on scikit-learn's digits at 32 px, three classes, 60 examples to learn from and 200 held
out, a new draw of classes, examples and weights in each seed; the network is small
(`timm:test_resnet`), every candidate has the schedule that `headstart compare` gives it:

1. ``random``: other random weights presented as pretrained, their head and their last stage
   retrained, against the same network trained from scratch.
2. ``tenth``: an A a tenth of B: the network is first trained on 6 digits of three other classes
   (`headstart pretrain`), then its head or all its layers on B, against scratch.

Counted is how often the verdict is "helps". Against: at most 1 of 20 seeds in each case.

Command: python benchmarks/planted.py [--cases random tenth] [--seeds 20] [--first 0]

Printed on 2026-11-21 (two cores, much other work beside it, in fifteen pieces; accuracy: means):

    random: harms 12, cannot tell 8; helps in 0 of 20; 1092 s (scratch 0.977, head 0.891, 1 0.915)
    tenth: cannot tell 15, harms 4, no gain 1; helps in 0 of 20; 1422 s (scratch 0.984, head 0.922,
    all 0.965)
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from _common import announce, arguments
from headstart.backbones import Backbone, load_backbone
from headstart.examples import Examples, Part, read_examples
from headstart.runs import (
    CompareSettings,
    Comparison,
    PretrainSettings,
    TrainSettings,
    compare,
    pretrain,
)
from headstart.runs._contenders import Contender
from headstart.strategy import resolve

ARCHITECTURE, SIZE, CLASSES = "timm:test_resnet", 32, 3
LEARNED, HELD, TENTH = 60, 200, 6


def write_digits(folder: Path) -> Path:
    """All of scikit-learn's digits as PNG class folders."""
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = folder / str(label) / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.round(image * (255 / 16)).astype(np.uint8)  # ink 0 to 16
        picture = Image.fromarray(255 - pixels)
        picture.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path)
    return folder


def chosen(
    digits: Examples, classes: Sequence[int], rows: NDArray[np.int64], held: int = 0
) -> Examples:
    """Some rows as a task of its own, the last of them held out where that is asked for."""
    found = digits.select(rows)
    task = replace(digits.tasks[0], classes=tuple(digits.tasks[0].classes[c] for c in classes))
    targets = np.array([[list(classes).index(int(target))] for target in found.targets[:, 0]])
    names: list[Part] = ["train"] * (len(rows) - held)
    parts: list[Part] = names + ["test"] * held
    return replace(found, tasks=(task,), targets=targets, parts=tuple(parts) if held else None)


def drawn(
    random: np.random.Generator, digits: Examples, classes: Sequence[int], count: int
) -> NDArray[np.int64]:
    """Rows of some classes, of each as many, one class after the other in turn."""
    of_each = [
        random.permutation(np.flatnonzero(digits.targets[:, 0] == target))[: -(-count // CLASSES)]
        for target in classes
    ]
    return np.stack(of_each, axis=1).ravel()[:count].astype(np.int64)


@dataclass(frozen=True)
class Shop:
    """What a seed draws from.

    Attributes:
        digits: all of them.
        cache: of the runs.
        random: of this seed.
        seed: of its weights.
    """

    digits: Examples
    cache: Path
    random: np.random.Generator
    seed: int

    def network(self, number: int) -> Backbone:
        """One with random weights of its own."""
        seed = 10 * self.seed + number
        return load_backbone(ARCHITECTURE, weights="random", size=SIZE, seed=seed)

    def against_scratch(
        self, classes: Sequence[int], network: Backbone, rungs: Sequence[str]
    ) -> Comparison:
        rows = drawn(self.random, self.digits, classes, LEARNED + HELD)
        examples = chosen(self.digits, classes, rows, HELD)
        start = self.network(0)
        entered = [Contender("scratch", "", start, resolve(start, "all"), scratch=True)]
        entered += [Contender(rung, "A", network, resolve(network, rung)) for rung in rungs]
        # Draws of all there is are one.
        settings = CompareSettings(
            names=(), draws=2, train=TrainSettings(cache=self.cache, seed=self.seed, threads=1)
        )
        return compare(examples, settings, entered=entered)


def random_weights(shop: Shop) -> Comparison:
    classes = shop.random.permutation(10)[:CLASSES].tolist()
    return shop.against_scratch(classes, shop.network(1), ("head", "1"))


def tenth(shop: Shop) -> Comparison:
    both = shop.random.permutation(10)[: 2 * CLASSES].tolist()
    first, second = both[:CLASSES], both[CLASSES:]
    a = chosen(shop.digits, first, drawn(shop.random, shop.digits, first, TENTH))
    settings = PretrainSettings(
        architecture=ARCHITECTURE, size=SIZE, seed=10 * shop.seed + 1, cache=shop.cache
    )
    network = pretrain(a, settings).model.backbone
    return shop.against_scratch(second, network, ("head", "all"))


CASES: dict[str, Callable[[Shop], Comparison]] = {"random": random_weights, "tenth": tenth}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed [%(default)s]")
    given = parser.parse_args()
    announce(__doc__)
    seeds = range(given.first, given.first + (2 if given.quick else given.seeds))
    for case in given.cases:
        started, words = time.perf_counter(), Counter[str]()
        for seed in seeds:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                shop = Shop(
                    read_examples(write_digits(folder / "digits")),
                    folder / "cache",
                    np.random.default_rng([seed, len(case)]),
                    seed,
                )
                found = CASES[case](shop).findings
            words[found.verdicts[-1].word] += 1
            reached = ", ".join(f"{row.entrant.name} {row.accuracy.value:.3f}"
                                for row in found.rows)  # fmt: skip
            print(f"{case} {seed}: {found.verdicts[-1]}; {reached}", flush=True)
        counts = ", ".join(f"{word} {count}" for word, count in words.most_common())
        print(f"{case}: {counts}; helps in {words['helps']} of {len(seeds)}; "
              f"{time.perf_counter() - started:.0f} s\n", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
