"""Few photos: accuracy and log loss from 1 to 50 photos a class, over many random draws.

Measures: from flowers5, xray and hymenoptera (its parts together) 1, 2, 5, 10, 20 and 50 photos a
class are drawn, 20 times each; headstart's head (folds and repeats as `headstart train` makes them)
is fitted to them and judged on all the rest. One split says little here, hence mean and spread.
Also which of the penalties were chosen, from strong (0) to weak (9); `-` is the fallback where
nothing could be held out. `--penalties` prints instead what each penalty would have given.

Against: the plain script's head on the same draws and the same activations (`_plain.head`:
`LogisticRegressionCV` by log loss, with one photo a class `LogisticRegression(C=1)`), with the mean
paired difference and its standard error. With `--fastai`: fastai (see vs_fastai.py) on the first
few of these draws, all three judged on the same 300 of the rest.

Command: python benchmarks/few_shot.py [--draws 20] [--penalties]
[--fastai --fastai-draws 3 --env DIRECTORY]
[--sets flowers5 xray hymenoptera] [--shots 1 2 5 10 20 50] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import _fastai
import _plain
from _common import accuracy, announce, arguments, folder, log_loss, progress
from _data import Labelled, labelled
from headstart import heads
from headstart.examples import stratified_folds
from headstart.heads._axes import principal_axes
from headstart.heads._linear import FALLBACK_PENALTY, RELATIVE_PENALTIES
from headstart.runs import TrainSettings
from headstart.strategy import repeats_for

SETS = ("flowers5", "xray", "hymenoptera")
SHOTS = (1, 2, 5, 10, 20, 50)
FOLDS = TrainSettings().folds
FASTAI_TEST = 300

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """Rows to train on, rows to judge on, and its number."""

    train: Rows
    test: Rows
    number: int


@dataclass(frozen=True)
class Score:
    """How well one head did on the test rows; `choice` is the place of its penalty."""

    accuracy: float
    log_loss: float
    choice: str = ""


VALUES: dict[str, Callable[[Score], float]] = {
    "accuracy": lambda score: score.accuracy,
    "log loss": lambda score: score.log_loss,
}


def draws(data: Labelled, shots: int, count: int) -> Iterator[Draw]:
    """So many draws of `shots` photos a class; none where a class would be left without a test."""
    if np.bincount(data.targets).min() <= shots:
        return
    for number in range(count):
        random = np.random.default_rng([number, shots])
        train = np.concatenate(
            [
                random.choice(np.flatnonzero(data.targets == target), shots, replace=False)
                for target in range(len(data.classes))
            ]
        )
        yield Draw(train, np.setdiff1d(np.arange(len(data.targets)), train), number)


def judge(probabilities: NDArray[np.float64], targets: Rows, choice: str = "") -> Score:
    return Score(accuracy(probabilities, targets), log_loss(probabilities, targets), choice)


def ours(data: Labelled, draw: Draw) -> Score:
    """Headstart's head, as `headstart train` fits it."""
    activations, targets = data.activations[draw.train], data.targets[draw.train]
    units = np.arange(len(targets))
    folds = [
        stratified_folds(targets, units, folds=FOLDS, seed=draw.number + repeat)
        for repeat in range(repeats_for(len(targets), len(data.classes)))
    ]
    head, found = heads.solve(
        activations, targets, np.stack(folds), classes=len(data.classes), threads=2
    )
    tried = found.curve.penalties
    choice = str(np.abs(tried - head.penalty).argmin()) if len(tried) else "-"
    return judge(head.predict(data.activations[draw.test]), data.targets[draw.test], choice)


def plain(data: Labelled, draw: Draw) -> Score:
    """The plain script's head."""
    head: Any = _plain.head(data.activations[draw.train], data.targets[draw.train])
    return judge(head.predict_proba(data.activations[draw.test]), data.targets[draw.test])


def each_penalty(data: Labelled, draw: Draw) -> list[Score]:
    """A head for every candidate penalty."""
    activations, targets = data.activations[draw.train], data.targets[draw.train]
    variance = principal_axes(activations, dtype=np.float32).variance
    fitted = [
        heads.fit(activations, targets, classes=len(data.classes), penalty=relative * variance)
        for relative in RELATIVE_PENALTIES
    ]
    test = data.activations[draw.test]
    return [judge(head.predict(test), data.targets[draw.test]) for head in fitted]


def summary(scores: Sequence[Score]) -> str:
    """Mean and standard deviation over the draws."""
    right = np.array([score.accuracy for score in scores])
    loss = np.array([score.log_loss for score in scores])
    return f"{right.mean():.3f} ± {right.std():.3f}  {loss.mean():6.3f} ± {loss.std():.3f}"


def difference(one: Sequence[Score], other: Sequence[Score]) -> str:
    """Mean paired difference in accuracy and in log loss, and their standard errors."""
    texts = []
    for value in VALUES.values():
        apart = np.array([value(a) - value(b) for a, b in zip(one, other, strict=True)])
        error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else float("nan")
        texts.append(f"{apart.mean():+.3f} ± {error:.3f}")
    return "  ".join(texts)


def show_heads(data: Labelled, many: Sequence[int], count: int) -> None:
    """Headstart's head and the plain script's, by shots."""
    print("shots  headstart: accuracy, log loss   plain: accuracy, log loss       "
          "difference (± its standard error)   penalties chosen")  # fmt: skip
    for shots in many:
        both = []
        for draw in draws(data, shots, count):
            progress(f"{shots} a class, draw {draw.number + 1} of {count}")
            both.append((ours(data, draw), plain(data, draw)))
        if both:
            mine, theirs = [pair[0] for pair in both], [pair[1] for pair in both]
            chosen = Counter(score.choice for score in mine)
            listed = ", ".join(f"{place}: {times}" for place, times in sorted(chosen.items()))
            print(f"{shots:5}  {summary(mine):32}{summary(theirs):32}"
                  f"{difference(mine, theirs):36} {listed}", flush=True)  # fmt: skip


def show_penalties(data: Labelled, many: Sequence[int], count: int) -> None:
    """Mean accuracy and log loss of every penalty, by shots."""
    found = {}
    for shots in many:
        progress(f"{shots} a class")
        if scores := [each_penalty(data, draw) for draw in draws(data, shots, count)]:
            found[shots] = scores
    print(f"the fallback is penalty {FALLBACK_PENALTY}; * marks the best of a row")
    for title, value in VALUES.items():
        print(f"{title:8}" + "".join(f"{place:9}" for place in range(len(RELATIVE_PENALTIES))))
        for shots, scores in found.items():
            means = np.array([[value(score) for score in row] for row in scores]).mean(axis=0)
            best = means.argmax() if title == "accuracy" else means.argmin()
            cells = [f"{mean:8.3f}{'*' if place == best else ' '}"
                     for place, mean in enumerate(means)]  # fmt: skip
            print(f"{shots:8}" + "".join(cells), flush=True)


def show_fastai(data: Labelled, many: Sequence[int], count: int, python: Path) -> None:
    """The three on the same few draws and the same part of the rest."""
    print(f"with fastai, {count} draws, judged on {FASTAI_TEST}: accuracy, log loss")
    for shots in many:
        picked = []
        for draw in draws(data, shots, count):
            random = np.random.default_rng([draw.number, shots, 1])
            size = min(FASTAI_TEST, len(draw.test))
            test = random.choice(draw.test, size, replace=False)
            picked.append(Draw(draw.train, test, draw.number))
        if not picked:
            continue
        progress(f"fastai: {shots} a class, {count} draws")
        files = [(path, data.classes[target])
                 for path, target in zip(data.paths, data.targets, strict=True)]  # fmt: skip
        ran, said = _fastai.train(
            python,
            [
                _fastai.Draw(
                    [files[row] for row in draw.train],
                    [files[row] for row in draw.test],
                    draw.number,
                )
                for draw in picked
            ],
        )
        rows = {
            "headstart": [ours(data, draw) for draw in picked],
            "plain script": [plain(data, draw) for draw in picked],
            "fastai": [Score(one["accuracy"], one["log_loss"]) for one in said],
        }
        print(f"{shots:5}  " + "   ".join(f"{name} {summary(row)}" for name, row in rows.items())
              + f"; {said[0]['steps']} training steps of {said[0]['batch']}, "
              f"{ran.seconds / len(picked):.0f} s a draw", flush=True)  # fmt: skip


def parsed() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--shots", nargs="+", type=int, default=SHOTS, help="photos a class")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--penalties", action="store_true", help="what each penalty gives")
    parser.add_argument("--fastai", action="store_true", help="compare with fastai (slow)")
    parser.add_argument("--fastai-draws", type=int, default=3)
    _fastai.add_option(parser)
    given = parser.parse_args()
    if given.quick:
        given.draws, given.fastai_draws = 2, 1
        given.sets, given.shots = ["hymenoptera"], [1, 5]
    return given


def main() -> None:
    given = parsed()
    announce(__doc__)
    python = _fastai.interpreter(given.env) if given.fastai else None
    for name in given.sets:
        data = labelled(folder(given.data, name))
        print(f"\n{name}: {len(data.targets):,} photos, {len(data.classes)} classes; "
              f"{given.draws} draws", flush=True)  # fmt: skip
        if given.penalties:
            show_penalties(data, given.shots, given.draws)
        elif python is not None:
            show_fastai(data, given.shots, given.fastai_draws, python)
        else:
            show_heads(data, given.shots, given.draws)


if __name__ == "__main__":
    main()
