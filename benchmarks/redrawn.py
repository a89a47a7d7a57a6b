"""Is `--retrain auto` ever worse than the head alone, or than fastai? Over redrawn splits.

Measures: for every data set and size so many examples of each class are drawn, `--draws` times; at
most `--test` of the others judge. `headstart train --retrain auto` and `--retrain head` and (of the
sets and sizes in `--fastai`) fastai's `fine_tune(4)` learn from the same examples. Printed are mean
accuracy and log loss, and the paired differences of auto with a 95 % interval over the draws
(Student). The criterion is that the lower end in accuracy lies above -2 points in every comparison,
whose number is printed: at 95 % one in forty would fall below by chance where nothing is different.

Against: the new head alone; fastai in an environment of its own, with the same weights.

Command: python benchmarks/redrawn.py [--sets hymenoptera xray flowers5 spoken_digits]
[--sizes 5 20] [--draws 20] [--test 200] [--fastai hymenoptera:5 hymenoptera:20 xray:5]
[--env DIRECTORY]

Printed on 2026-11-22 and 30: see RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import _fastai
from _common import announce, arguments, progress
from _spectrograms import add_pictures_option, pictures_of
from depth import SETS, draw
from headstart.evaluation._intervals import student_quantile
from headstart.examples import Examples, FileSource, read_examples
from headstart.runs import TrainSettings, train

MARGIN = -0.02


@dataclass(frozen=True)
class Score:
    """How well one way did on the test part of one draw; `stages` were retrained."""

    accuracy: float
    log_loss: float
    stages: int = 0


def ours(drawn: Examples, retrain: str, seed: int) -> Score:
    """Train as `headstart train` does, judge on the test part."""
    parts = np.array(drawn.parts)
    learned, test = (drawn.select(np.flatnonzero(parts == part)) for part in ("train", "test"))
    model = train(learned, TrainSettings(retrain=retrain, seed=seed)).model
    found = model.probabilities(model.activations(test.sources).features)
    places = [model.tasks[0].classes.index(name) for name in test.tasks[0].classes]
    said = found[:, places]
    targets = test.targets[:, 0]
    true = said[np.arange(len(targets)), targets]
    return Score(
        float((said.argmax(axis=1) == targets).mean()),
        float(-np.log(np.maximum(true, 1e-15)).mean()),
        len(model.retrained),
    )


def fastai(python: Path, draws: Sequence[Examples]) -> list[Score]:
    """What fastai makes of the same examples."""
    asked = []
    for seed, drawn in enumerate(draws):
        named = []
        for source, row, part in zip(drawn.sources, drawn.targets, drawn.parts or (), strict=True):
            assert isinstance(source, FileSource)
            named.append((part, (Path(source.path), drawn.tasks[0].classes[row[0]])))
        learned, test = ([file for part, file in named if part == which]
                         for which in ("train", "test"))  # fmt: skip
        asked.append(_fastai.Draw(learned, test, seed))
    _, said = _fastai.train(python, asked)
    return [Score(one["accuracy"], one["log_loss"]) for one in said]


def difference(name: str, one: Sequence[Score], other: Sequence[Score]) -> bool:
    """Print the paired differences; whether accuracy stays above the margin."""
    ends = []
    for value in ("accuracy", "log_loss"):
        apart = np.array([getattr(a, value) - getattr(b, value)
                          for a, b in zip(one, other, strict=True)])  # fmt: skip
        error = apart.std(ddof=1) / np.sqrt(len(apart)) * student_quantile(0.95, len(apart) - 1)
        ends.append((apart.mean(), apart.mean() - error, apart.mean() + error))
    (right, low, high), (loss, *ends_of_loss) = ends
    met = low > MARGIN
    print(f"    auto less {name}: {100 * right:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})"
          f"{'' if met else ' MISSED'}; log loss {loss:+.4f} "
          f"({ends_of_loss[0]:+.4f} to {ends_of_loss[1]:+.4f})", flush=True)  # fmt: skip
    return bool(met)


def told(name: str, scores: Sequence[Score]) -> str:
    right = np.array([score.accuracy for score in scores])
    loss = np.array([score.log_loss for score in scores])
    stages = np.array([score.stages for score in scores])
    more = f", retrained in {np.count_nonzero(stages)} of {len(stages)}" if stages.any() else ""
    return f"    {name}: {right.mean():.3f} ± {right.std():.3f}, {loss.mean():.3f}{more}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--sizes", nargs="+", type=int, default=[5, 20])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--test", type=int, default=200, help="at most so many test examples")
    parser.add_argument("--fastai", nargs="*", default=[], metavar="SET:SIZE")
    add_pictures_option(parser)
    _fastai.add_option(parser)
    given = parser.parse_args()
    if given.quick:
        given.sets, given.sizes, given.draws, given.test = ["hymenoptera"], [5], 2, 20
    announce(__doc__)
    python = _fastai.interpreter(given.env) if given.fastai else None
    met = []
    for name in given.sets:
        examples = read_examples(pictures_of(name, given))
        for size in given.sizes:
            print(f"{name}, {size} a class, {given.draws} draws", flush=True)
            draws = [
                draw(examples, size, seed=seed, most=given.test) for seed in range(given.draws)
            ]
            scores: dict[str, list[Score]] = {"auto": [], "head": []}
            for seed, drawn in enumerate(draws):
                progress(f"{name}, {size} a class, draw {seed + 1} of {given.draws}")
                for way, found in scores.items():
                    found.append(ours(drawn, way, seed))
            if python is not None and f"{name}:{size}" in given.fastai:
                progress("fastai")
                scores["fastai"] = fastai(python, draws)
            for way, found in scores.items():
                print(told(way, found))
            met += [difference(way, scores["auto"], scores[way])
                    for way in scores if way != "auto"]  # fmt: skip
    print(f"lower end above {100 * MARGIN:+.0f} points in {sum(met)} of {len(met)} comparisons")


if __name__ == "__main__":
    main()
