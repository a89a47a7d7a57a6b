"""Which rung wins at how many examples a class, and whether auto finds it.

    python benchmarks/depth.py [--seeds 1] [--sets hymenoptera xray flowers5 spoken_digits]

For every data set, size and seed: examples are drawn, the others (at most `--test`) are the test
part. Each rung is cross-validated on the drawn ones and fitted on all of them, as `headstart train`
does it, and judged on the test part by the engine that predicts. Auto climbs the ladder as
`headstart train --retrain auto` does with time for all of it, and takes the rung that
`strategy.choose` takes from the cross-validation of those it tried. Its loss to the best rung in
hindsight is given beside the standard error of that paired difference on the test part.

The last lines give the table that the rule of thumb (`strategy/_rule.py`) is read from: how much
log loss each rung gains over the head, by examples a class. Stored activations and finished fits
are kept in the user's cache, so that a run that was stopped goes on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _common import announce, arguments, progress
from _spectrograms import add_pictures_option, pictures_of
from headstart.activations import ActivationStore, choose_engine
from headstart.evaluation import paired_difference
from headstart.examples import Examples, read_examples
from headstart.model import Model
from headstart.runs import TrainSettings, cache_directory, ignore
from headstart.runs._fitting import Fitting
from headstart.runs._journal import Journal
from headstart.runs._prepared import prepare
from headstart.runs._solving import Ground, solve
from headstart.runs._train import frozen_features
from headstart.strategy import Candidate, Rung, choose, next_rung, propose, rungs_of

SETS = ("hymenoptera", "xray", "flowers5", "spoken_digits")
SIZES = (5, 20, 100, 0)
"""A class; 0 is all there are, less a third for the test part."""

LARGEST_FOR_ALL = 250
"""Examples beyond which all layers are not retrained here: hours."""


@dataclass(frozen=True)
class Row:
    """One rung of one draw, on the test part."""

    rung: str
    log_loss: float
    accuracy: float
    seconds: float
    epochs: int
    probabilities: NDArray[np.float64]


def draw(examples: Examples, size: int, *, seed: int, most: int) -> Examples:
    """`size` examples of each class to train on, the others to test on."""
    rng = np.random.default_rng(seed)
    targets = examples.targets[:, 0]
    given = np.array(examples.parts or ("train",) * len(examples))
    parts = np.full(len(examples), "", dtype=object)
    for target in range(len(examples.tasks[0].classes)):
        rows = rng.permutation(np.flatnonzero((targets == target) & (given == "train")))
        count = size or (2 * len(rows) // 3 if (given == "train").all() else len(rows))
        parts[rows[:count]] = "train"
        parts[rows[count:]] = "test"
    if (given != "train").any():
        parts[given != "train"] = "test"
        parts[(given == "train") & (parts == "test")] = ""
    test = rng.permutation(np.flatnonzero(parts == "test"))
    parts[test[most:]] = ""
    rows = np.flatnonzero(parts != "")
    return replace(examples.select(rows), parts=tuple(parts[rows]))


def fitted(fitting: Fitting, rung: Rung, store: ActivationStore) -> tuple[Candidate, Row]:
    """Cross-validate a rung, fit it on everything, judge it on the test part."""
    prepared = fitting.prepared
    if rung.trainable:
        candidate = fitting.cross_fit(rung)
    else:
        candidate = Candidate(
            rung, fitting.solved.probabilities[:1], 0.0, fitting.trainable_parameters(rung)
        )
    backbone, head, _ = fitting.final(rung, candidate.epochs, candidate.temperature)
    model = Model(backbone, prepared.tasks, head, fitting.engine, {})
    rows = prepared.held_out["test"]
    features = prepared.features[rows]
    if candidate.epochs:
        features = model.activations([prepared.sources[row] for row in rows]).features
    found = model.probabilities(features)
    true = found[np.arange(len(rows)), prepared.targets[rows]]
    loss = float(-np.log(np.maximum(true, 1e-15)).mean())
    right = float((found.argmax(axis=1) == prepared.targets[rows]).mean())
    return candidate, Row(rung.key, loss, right, candidate.seconds, candidate.epochs, found)


def auto(candidates: list[Candidate], fitting: Fitting) -> Candidate:
    """The candidate that auto would have taken, had it fitted those it climbs to alone."""
    evidence: Any = (fitting.targets, fitting.folds[:1], fitting.units, fitting.question)
    by_rung = {candidate.rung.key: candidate for candidate in candidates}
    proposed = propose(
        [candidate.rung for candidate in candidates],
        examples=len(fitting.targets),
        classes=len(fitting.prepared.task.classes),
        seconds=dict.fromkeys(by_rung, 0.0),
        budget=np.inf,
    )
    tried = candidates[:1]
    while (rung := next_rung(proposed, tried, *evidence)) is not None:
        tried.append(by_rung[rung.key])
    return tried[choose(tried, *evidence).index]


def measured(examples: Examples, names: list[str], seed: int) -> dict[str, Any]:
    """All rungs of one draw."""
    settings = TrainSettings(seed=seed)
    backbone, engine = settings.load_backbone(), choose_engine()
    directory = cache_directory()
    with ActivationStore(directory) as store:
        passed = frozen_features(examples, settings, backbone, engine, store, ignore)
        prepared = prepare(examples, passed)
        fitting = solve(
            Ground(settings, prepared, backbone, engine, store, Journal(directory), ignore)
        )
        candidates, rows = [], []
        for rung in rungs_of(backbone):
            if rung.name not in names:
                continue
            if rung.name == "all" and len(fitting.targets) > LARGEST_FOR_ALL:
                continue
            progress(f"{rung}")
            candidate, row = fitted(fitting, rung, store)
            candidates.append(candidate)
            rows.append(row)
    picked = rows[candidates.index(auto(candidates, fitting))]
    best = min(rows, key=lambda row: row.log_loss)
    classes = len(prepared.task.classes)
    test = prepared.held_out["test"]
    behind = paired_difference(
        prepared.targets[test],
        picked.probabilities[None],
        best.probabilities[None],
        classes=classes,
        design="test",
    )
    assert behind.low is not None
    assert behind.high is not None
    error = (behind.high - behind.low) / 2 / 1.96
    return {
        "examples": len(fitting.targets),
        "test": len(test),
        "rungs": {
            row.rung: {"log_loss": row.log_loss, "accuracy": row.accuracy, "epochs": row.epochs,
                       "seconds": round(row.seconds, 1)}
            for row in rows
        },
        "auto": picked.rung,
        "best": best.rung,
        "behind": behind.value,
        "standard_error": error,
    }  # fmt: skip


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--rungs", nargs="+", default=["head", "1", "2", "3", "all"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--test", type=int, default=600, help="at most so many test examples")
    add_pictures_option(parser)
    options = parser.parse_args()
    announce(__doc__)
    found: list[dict[str, Any]] = []
    for name in options.sets:
        examples = read_examples(pictures_of(name, options))
        counts = np.bincount(examples.targets[:, 0])
        for size in options.sizes:
            if size and size > counts.min() * 2 // 3:
                continue
            for seed in range(options.seeds):
                progress(f"{name}, {size or 'all'} a class, seed {seed}")
                drawn = draw(examples, size, seed=seed, most=options.test)
                row = {"set": name, "size": size, "seed": seed}
                row |= measured(drawn, options.rungs, seed)
                found.append(row)
                print(json.dumps(row), flush=True)
    _report(found)


def _report(found: list[dict[str, Any]]) -> None:
    print("\nset, examples a class: log loss (accuracy) on the test part, mean over seeds")
    close = 0
    for key in dict.fromkeys((row["set"], row["size"]) for row in found):
        rows = [row for row in found if (row["set"], row["size"]) == key]
        cells = [
            f"{name} {np.mean([row['rungs'][name]['log_loss'] for row in rows]):.3f} "
            f"({np.mean([row['rungs'][name]['accuracy'] for row in rows]):.3f})"
            for name in rows[0]["rungs"]
        ]
        took, best = (", ".join(row[which] for row in rows) for which in ("auto", "best"))
        print(f"{key[0]}, {key[1] or 'all'}: {'  '.join(cells)};  auto took {took}; best {best}")
    for row in found:
        close += row["behind"] <= row["standard_error"]
    print(f"auto within one standard error of the best rung in hindsight: {close} of {len(found)}")


if __name__ == "__main__":
    main()
