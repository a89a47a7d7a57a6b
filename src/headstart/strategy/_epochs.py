"""How long to train and how sure to be, judged without flattery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.strategy._candidate import Question, outputs_of, scored
from headstart.strategy._honest import honest, least, parts_of
from headstart.strategy._task_epochs import choose_epochs
from headstart.strategy._temperature import TEMPERATURES, tempered


@dataclass(frozen=True)
class EpochChoice:
    """After how many epochs training ends, and at what temperature the logits are taken.

    Attributes:
        epochs: for the final model: those of the least log loss over all held-out examples.
        temperature: by which its logits are divided, 1 before training, where the head is solved;
            one for each of several tasks.
        per_fold: epochs that predicted each fold, chosen on the other folds, int64
            ``(repeats, folds)``, -1 for a fold without examples.
        probabilities: held out, float64 ``(repeats, examples, outputs)``.
    """

    epochs: int
    temperature: float | tuple[float, ...]
    per_fold: NDArray[np.int64]
    probabilities: NDArray[np.float64]


def honest_epochs(
    curves: Mapping[tuple[int, int], NDArray[np.float64]],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    question: Question,
) -> EpochChoice:
    """Choose epochs and temperature, and predict each fold with those that the others choose.

    Taking the best epoch of every fold for itself picks its luck too, as taking the best rung does.
    Both are chosen together, for the longer a network is trained the surer it gets: at each epoch
    what counts is what it knows, not how loudly it says it.

    Args:
        curves: by repeat and fold, probabilities of its examples (in their order) before training
            and after each epoch, float64 ``(epochs + 1, examples of the fold, outputs)``. A fold
            that was stopped early counts with its last epoch from there on.
        targets: int64 ``(examples,)`` or ``(examples, tasks)``, -1 where unknown.
        folds: int64 ``(repeats, examples)``, -1 where never held out.
        question: number of classes, or what several tasks are trained for.

    Raises:
        SettingError: a fold without a curve, or with one for another number of examples.
    """
    classes = outputs_of(question)
    longest = max((len(curve) for curve in curves.values()), default=1)
    by_epoch = np.full((longest, *folds.shape, classes), np.nan)
    for repeat, row in enumerate(folds):
        for fold in np.unique(row[row >= 0]):
            inside, curve = row == fold, curves.get((repeat, int(fold)))
            if curve is None or curve.shape[1:] != (inside.sum(), classes):
                found = "none" if curve is None else f"one of the shape {curve.shape}"
                raise SettingError(
                    f"fold {fold} of repeat {repeat} has {inside.sum()} examples in {classes} "
                    f"outputs; expected a curve (epochs + 1, {inside.sum()}, {classes}), found "
                    f"{found}"
                )
            epochs = np.minimum(np.arange(longest), len(curve) - 1)
            by_epoch[:, repeat, inside] = curve[epochs]
    if not isinstance(question, int):
        chosen = choose_epochs(by_epoch, targets, folds, question)
        temperatures = tuple(chosen.temperatures.tolist())
        return EpochChoice(chosen.epochs, temperatures, chosen.per_fold, chosen.probabilities)
    pairs = [(0, 1.0), *product(range(1, longest), TEMPERATURES)]
    given = [tempered(by_epoch[epoch], temperature) for epoch, temperature in pairs]
    losses = scored(given, targets, folds, None, question)
    probabilities, places = honest(given, losses, parts_of(folds, None, len(targets)), pick=least)
    per_fold = np.where(places >= 0, np.array([epoch for epoch, _ in pairs])[places], -1)
    return EpochChoice(*pairs[least(losses)], per_fold, probabilities)
