"""Where retraining starts, and whether BatchNorm's statistics move: test curves of single fits.

    python benchmarks/starts.py [--sets xray hymenoptera flowers5 spoken_digits] [--sizes 20]

For every data set, size, seed and rung one fit from the solved head (as `headstart train` does
it), from a random one, without the penalty that the solved head was solved with, and with learned
statistics. Each is judged after every epoch on examples that it does not see: printed is the log
loss of the solved head, and by how much the fit differs after its last epoch and after its best,
with the standard error of the paired difference, at the temperature that is best for each, as
`headstart train` chooses one. Epoch and temperature are chosen in hindsight, so they are a bound on
what any way of stopping could reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from _common import announce, arguments
from _spectrograms import add_pictures_option, pictures_of
from depth import SETS, draw
from headstart import heads
from headstart.activations import ActivationStore, choose_engine
from headstart.examples import Examples, read_examples, stratified_folds
from headstart.heads import DenseHead
from headstart.runs import TrainSettings, cache_directory, ignore
from headstart.runs._cut_activations import CutActivations
from headstart.runs._prepared import Prepared, prepare
from headstart.runs._train import frozen_features
from headstart.strategy import Rung, rungs_of
from headstart.strategy._temperature import TEMPERATURES, tempered
from headstart.training import fine_tune, schedule

VARIANTS = ("solved", "random", "no penalty", "learned")


class Trial:
    """One draw of training examples and the network's activations of it."""

    def __init__(self, examples: Examples, store: ActivationStore) -> None:
        settings = TrainSettings()
        self.backbone, self.engine = settings.load_backbone(), choose_engine()
        passed = frozen_features(examples, settings, self.backbone, self.engine, store, ignore)
        self.prepared: Prepared = prepare(examples, passed)
        whole = replace(self.prepared, train=np.arange(len(self.prepared.sources)), held_out={})
        self.activations = CutActivations(self.backbone, self.engine, store, whole, 1, None, ignore)
        train = self.prepared.train
        folds = stratified_folds(
            self.prepared.train_targets, self.prepared.units[train], folds=5, seed=0
        )
        solved, _ = heads.solve(
            self.prepared.features[train], self.prepared.train_targets, folds[None],
            classes=len(self.prepared.task.classes),
        )  # fmt: skip
        self.solved = DenseHead.of(solved)

    def curve(self, rung: Rung, variant: str) -> NDArray[np.float64]:
        """Log loss of each test example after each epoch, ``(epochs + 1, examples)``."""
        prepared = self.prepared
        train, test = prepared.train, prepared.held_out["test"]
        start = self.solved
        if variant == "random":
            start = heads.random_head(
                prepared.features[train], hidden=(), classes=start.classes, seed=0
            )
        if variant == "no penalty":
            start = replace(start, penalty=0.0)
        plan = schedule(
            self.backbone, rung.trainable, examples=len(train),
            statistics="learned" if variant == "learned" else "fixed",
        )  # fmt: skip
        found = fine_tune(
            self.backbone, rung.cut, plan, head=start, data=self.activations.at(rung.cut),
            targets=prepared.targets, rows_train=train, rows_held_out=test,
            threads=self.engine.threads, keep="last",
        ).held_out  # fmt: skip
        return np.stack([_cooled(epoch, prepared.targets[test]) for epoch in found])

    def solved_losses(self) -> NDArray[np.float64]:
        """Log loss of each test example with the solved head alone."""
        test = self.prepared.held_out["test"]
        found = self.solved.predict(self.prepared.features[test])
        chances = found[np.arange(len(test)), self.prepared.targets[test]]
        return np.asarray(-np.log(np.maximum(chances, 1e-15)))


def _cooled(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log loss of each example at the temperature of the least mean."""
    rows = np.arange(len(targets))
    losses = [
        -np.log(np.maximum(tempered(probabilities, temperature)[rows, targets], 1e-15))
        for temperature in TEMPERATURES
    ]
    return min(losses, key=lambda found: float(found.mean()))


def _told(curve: NDArray[np.float64], solved: NDArray[np.float64]) -> Mapping[str, str]:
    found = {}
    for name, epoch in (("last", len(curve) - 1), ("best", int(curve.mean(axis=1).argmin()))):
        above = curve[epoch] - solved
        error = above.std(ddof=1) / len(above) ** 0.5
        found[name] = f"{above.mean():+.3f} ± {error:.3f}"
        if name == "best":
            found[name] += f" (epoch {epoch})"
    return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--sizes", nargs="+", type=int, default=[20])
    parser.add_argument("--rungs", nargs="+", default=["1", "2"])
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--test", type=int, default=400)
    add_pictures_option(parser)
    given = parser.parse_args()
    announce(__doc__)
    with ActivationStore(cache_directory()) as store:
        for name in given.sets:
            examples = read_examples(pictures_of(name, given))
            for size in given.sizes:
                for seed in range(given.seeds):
                    trial = Trial(draw(examples, size, seed=seed, most=given.test), store)
                    solved = trial.solved_losses()
                    print(f"{name}, {size} a class, seed {seed}: solved head {solved.mean():.3f}")
                    for rung in rungs_of(trial.backbone):
                        for variant in given.variants if rung.name in given.rungs else ():
                            told = _told(trial.curve(rung, variant), solved)
                            print(f"  {rung.name} {variant}: last {told['last']}, best "
                                  f"{told['best']}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
