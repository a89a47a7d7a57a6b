"""The lecture's claims about transfer, as experiments that end in confirmed, contradicted or
cannot tell.

    python benchmarks/lecture.py [large_a b_example shrink kinds stages depth many_tasks]

- `large_a`: a large A helps a small B.
- `b_example`: an example of B is worth more to B than one of A: as many labels in all, half of them
  A's or all of them B's.
- `shrink`: the gain goes when A shrinks until it is smaller than B.
- `kinds`: pre-training on another kind of picture (flowers for spectrograms) helps less than on
  the same kind.
- `stages`: low stages carry over better than high ones: the lower or the upper half of A's network
  is kept, the other half starts at random, everything is trained (Yosinski et al. 2014).
- `depth`: few data: last layer; more data: more layers.
- `many_tasks`: A with many tasks (is it a 0, ..., a 4; does this speaker speak, or that one) is a
  better place to start from than A with one of them, and than scratch.

A and B are spectrograms of spoken digits, 0 to 4 and 5 to 9, unless said otherwise; the network is
a small one at 32 px, so that an experiment takes minutes. What is measured is accuracy on held-out
examples of B, over five folds; the interval of each contrast is that of `headstart compare`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from _common import announce, arguments, folder, progress
from _spectrograms import add_pictures_option, pictures_of
from headstart.backbones import Backbone, load_backbone
from headstart.evaluation import Figure
from headstart.examples import Examples, Task, read_examples
from headstart.runs import CompareSettings, Comparison, PretrainSettings, TrainSettings
from headstart.runs import compare as run_compare
from headstart.runs import pretrain as run_pretrain
from headstart.runs._contenders import Contender
from headstart.strategy import resolve
from headstart.strategy._points import points_interval

ARCHITECTURE, SIZE = "timm:test_resnet", 32
FEW = 40
"""Examples of a small B."""

WHOLE = 1200
"""Examples of B in all: a training part is small, and what is held out is not."""


@dataclass(frozen=True)
class Workshop:
    """What the experiments share: the data, and where networks and fits are kept."""

    digits: Examples
    flowers: Examples
    cache: Path

    def of(self, examples: Examples, classes: Sequence[int], count: int | None = None) -> Examples:
        """Examples of some classes only, so many of them in all."""
        targets = examples.targets[:, 0]
        rows = np.flatnonzero(np.isin(targets, list(classes)))
        rows = np.random.default_rng(0).permutation(rows)[:count]
        task = examples.tasks[0]
        names = tuple(task.classes[target] for target in classes)
        place = {target: number for number, target in enumerate(classes)}
        chosen = examples.select(rows)
        renamed = np.array([[place[int(target)]] for target in chosen.targets[:, 0]])
        return replace(chosen, tasks=(replace(task, classes=names),), targets=renamed, parts=None)

    def pretrained(self, examples: Examples) -> Backbone:
        """A network whose layers were all trained on some examples."""
        settings = PretrainSettings(architecture=ARCHITECTURE, size=SIZE, cache=self.cache)
        return run_pretrain(examples, settings).model.backbone

    def compare(self, b: Examples, entered: Sequence[Contender], *sizes: int | str) -> Comparison:
        settings = CompareSettings(
            names=(), sizes=sizes, train=TrainSettings(cache=self.cache, max_cache=2000)
        )
        return run_compare(b, settings, entered=entered)


def scratch() -> Contender:
    backbone = load_backbone(ARCHITECTURE, weights="random", size=SIZE, seed=0)
    return Contender("scratch", "", backbone, resolve(backbone, "all"), scratch=True)


def from_(name: str, backbone: Backbone, retrain: str = "all") -> Contender:
    return Contender(name, name, backbone, resolve(backbone, retrain))


def told(
    found: Comparison, contrasts: Mapping[str, Mapping[tuple[int, int], float]]
) -> list[Figure]:
    """Print what each candidate reached and the contrasts; return these."""
    for row in found.findings.rows:
        print(f"  {row.entrant.name}, {row.examples} examples: accuracy {row.accuracy.value:.3f} "
              f"({row.accuracy.low:.3f} to {row.accuracy.high:.3f})")  # fmt: skip
    figures = []
    for words, weights in contrasts.items():
        figure = found.scores.contrast(weights)
        figures.append(figure)
        print(f"  {words}: {points_interval(figure)}")
    return figures


def verdict(figure: Figure) -> str:
    """Of a claim that says the figure is above 0."""
    assert figure.low is not None
    assert figure.high is not None
    if figure.low > 0:
        return "CONFIRMED"
    return "CONTRADICTED" if figure.high < 0 else "CANNOT TELL"


def large_a(shop: Workshop) -> str:
    a = shop.pretrained(shop.of(shop.digits, range(5)))
    b = shop.of(shop.digits, range(5, 10), WHOLE)
    found = shop.compare(b, [scratch(), from_("A", a), from_("A, head", a, "head")], FEW)
    gain, _ = told(found, {"A less scratch": {(1, 0): 1, (0, 0): -1},
                           "A, head only, less scratch": {(2, 0): 1, (0, 0): -1}})  # fmt: skip
    return verdict(gain)


def b_example(shop: Workshop) -> str:
    a = shop.pretrained(shop.of(shop.digits, range(5), FEW))
    b = shop.of(shop.digits, range(5, 10), WHOLE)
    found = shop.compare(b, [scratch(), from_(f"A of {FEW}", a)], FEW, 2 * FEW)
    (gain,) = told(found, {f"{2 * FEW} of B less {FEW} of A and {FEW} of B":
                           {(0, 1): 1, (1, 0): -1}})  # fmt: skip
    return verdict(gain)


def shrink(shop: Workshop) -> str:
    counts = (1500, 300, 60, 20)
    entered = [scratch()]
    for count in counts:
        progress(f"pre-training on {count}")
        a = shop.pretrained(shop.of(shop.digits, range(5), count))
        entered.append(from_(f"A of {count}", a))
    found = shop.compare(shop.of(shop.digits, range(5, 10), WHOLE), entered, 2 * FEW)
    contrasts = {f"A of {count} less scratch": {(place + 1, 0): 1.0, (0, 0): -1.0}
                 for place, count in enumerate(counts)}  # fmt: skip
    last = len(counts)
    contrasts["A of 1500 less A of 20"] = {(1, 0): 1.0, (last, 0): -1.0}
    figures = told(found, contrasts)
    smallest = figures[last - 1]
    assert smallest.low is not None
    if smallest.low > 0:
        return "CONTRADICTED: a gain is left where A has 20 examples and B 100"
    return verdict(figures[-1])


def kinds(shop: Workshop) -> str:
    count = 1500
    same = shop.pretrained(shop.of(shop.digits, range(5), count))
    other = shop.pretrained(shop.of(shop.flowers, range(5), count))
    b = shop.of(shop.digits, range(5, 10), WHOLE)
    found = shop.compare(b, [scratch(), from_("digits", same), from_("flowers", other)], FEW)
    _, gain = told(found, {"flowers less scratch": {(2, 0): 1, (0, 0): -1},
                           "digits less flowers": {(1, 0): 1, (2, 0): -1}})  # fmt: skip
    return verdict(gain)


def stages(shop: Workshop) -> str:
    a = shop.pretrained(shop.of(shop.digits, range(5)))
    fresh = load_backbone(ARCHITECTURE, weights="random", size=SIZE, seed=1)
    half = len(a.weighted_stages) // 2
    lower = {name for stage in a.weighted_stages[:half] for name in stage.tensors}

    def mixed(keep_lower: bool) -> Backbone:
        kept = {name: array for name, array in fresh.weights.items()
                if (name in lower) != keep_lower}  # fmt: skip
        return a.with_weights(kept)

    b = shop.of(shop.digits, range(5, 10), WHOLE)
    entered = [from_("lower half of A", mixed(True)), from_("upper half of A", mixed(False)),
               from_("A", a)]  # fmt: skip
    (gain,) = told(shop.compare(b, entered, 2 * FEW), {"lower less upper": {(0, 0): 1, (1, 0): -1}})
    return verdict(gain)


def depth(shop: Workshop) -> str:
    a = shop.pretrained(shop.of(shop.digits, range(5)))
    b = shop.of(shop.digits, range(5, 10), WHOLE)
    found = shop.compare(b, [from_("head", a, "head"), from_("all", a)], 20, "all")
    more = {(1, 1): 1.0, (0, 1): -1.0}
    few = {(1, 0): 1.0, (0, 0): -1.0}
    grows = {**more, **{cell: -weight for cell, weight in few.items()}}
    small, large, growth = told(found, {"all less head, few": few, "all less head, many": more,
                                        "more gained with many": grows})  # fmt: skip
    assert small.low is not None
    if small.low > 0:
        return f"{verdict(large)} for many, CONTRADICTED for few: all layers are ahead there too"
    return verdict(growth)


def many_tasks(shop: Workshop) -> str:
    a = shop.of(shop.digits, range(5))
    many = shop.pretrained(asked_of(a))
    one = shop.pretrained(asked_of(a, only=f"digit {a.tasks[0].classes[0]}"))
    b = shop.of(shop.digits, range(5, 10), WHOLE)
    found = shop.compare(b, [scratch(), from_("many tasks", many), from_("one task", one)], FEW)
    gain, over_scratch, _ = told(found, {
        "many tasks less one": {(1, 0): 1, (2, 0): -1},
        "many tasks less scratch": {(1, 0): 1, (0, 0): -1},
        "one task less scratch": {(2, 0): 1, (0, 0): -1},
    })  # fmt: skip
    return f"{verdict(gain)} against one task, {verdict(over_scratch)} against scratch"


def asked_of(digits: Examples, only: str | None = None) -> Examples:
    """A yes or no for each digit and each speaker, or for one of them."""
    classes = digits.tasks[0].classes
    digit = np.array([f"digit {classes[target]}" for target in digits.targets[:, 0]])
    # Pictures are named as their clips, digit_speaker_number.
    speaker = np.array([f"speaker {Path(source.name).stem.split('_')[1]}"
                        for source in digits.sources])  # fmt: skip
    names = [only] if only else [str(name) for each in (digit, speaker) for name in np.unique(each)]
    targets = [((digit == name) | (speaker == name)).astype(np.int64) for name in names]
    return replace(
        digits,
        tasks=tuple(Task(name, "binary", ("no", "yes")) for name in names),
        targets=np.stack(targets, axis=1),
    )


EXPERIMENTS: dict[str, Callable[[Workshop], str]] = {
    one.__name__: one for one in (large_a, b_example, shrink, kinds, stages, depth, many_tasks)
}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("experiments", nargs="*", default=list(EXPERIMENTS),
                        metavar="EXPERIMENT", help=", ".join(EXPERIMENTS))  # fmt: skip
    add_pictures_option(parser)
    parser.add_argument("--cache", type=Path, help="keep networks and fits there")
    given = parser.parse_args()
    announce(__doc__)
    pictures = pictures_of("spoken_digits", given)
    with tempfile.TemporaryDirectory() as temporary:
        shop = Workshop(
            read_examples(pictures),
            read_examples(folder(given.data, "flowers5")),
            given.cache or Path(temporary),
        )
        for name in given.experiments:
            print(f"\n{name}")
            print(f"  {EXPERIMENTS[name](shop)}", flush=True)


if __name__ == "__main__":
    main()
