"""How long to train and how sure to be, judged without flattery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import overload

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
    curves: Mapping[tuple[int, int], NDArray[np.floating]],
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
            and after each epoch, float ``(epochs + 1, examples of the fold, outputs)``. A fold
            that was stopped early counts with its last epoch from there on.
        targets: int64 ``(examples,)`` or ``(examples, tasks)``, -1 where unknown.
        folds: int64 ``(repeats, examples)``, -1 where never held out.
        question: number of classes, or what several tasks are trained for.

    Raises:
        SettingError: a fold without a curve, or with one for another number of examples.
    """
    by_epoch = _ByEpoch(curves, folds, outputs_of(question))
    if not isinstance(question, int):
        chosen = choose_epochs(by_epoch, targets, folds, question)
        temperatures = tuple(chosen.temperatures.tolist())
        return EpochChoice(chosen.epochs, temperatures, chosen.per_fold, chosen.probabilities)
    pairs = [(0, 1.0), *product(range(1, len(by_epoch)), TEMPERATURES)]
    said = list(by_epoch)
    given = [tempered(said[epoch], temperature) for epoch, temperature in pairs]
    losses = scored(given, targets, folds, None, question)
    probabilities, places = honest(given, losses, parts_of(folds, None, len(targets)), pick=least)
    per_fold = np.where(places >= 0, np.array([epoch for epoch, _ in pairs])[places], -1)
    return EpochChoice(*pairs[least(losses)], per_fold, probabilities)


class _ByEpoch(Sequence[NDArray[np.float64]]):
    """What all folds said before training and after each epoch, put together when it is asked for.

    Curves of 100 tasks on 100,000 examples are gigabytes; a copy of all of them would be as many.

    Args:
        curves: as of `honest_epochs`, like the folds.
        folds: likewise.
        outputs: how many.

    Raises:
        SettingError: a fold without a curve, or with one for another number of examples.
    """

    def __init__(
        self,
        curves: Mapping[tuple[int, int], NDArray[np.floating]],
        folds: NDArray[np.int64],
        outputs: int,
    ) -> None:
        self._curves, self._folds, self._outputs = curves, folds, outputs
        for repeat, fold in self._places():
            inside, curve = (folds[repeat] == fold).sum(), curves.get((repeat, fold))
            if curve is None or curve.shape[1:] != (inside, outputs):
                found = "none" if curve is None else f"one of the shape {curve.shape}"
                raise SettingError(
                    f"fold {fold} of repeat {repeat} has {inside} examples in {outputs} outputs; "
                    f"expected a curve (epochs + 1, {inside}, {outputs}), found {found}"
                )

    def __len__(self) -> int:
        return max((len(curve) for curve in self._curves.values()), default=1)

    @overload
    def __getitem__(self, epoch: int) -> NDArray[np.float64]: ...
    @overload
    def __getitem__(self, epoch: slice) -> Sequence[NDArray[np.float64]]: ...
    def __getitem__(
        self, epoch: int | slice
    ) -> NDArray[np.float64] | Sequence[NDArray[np.float64]]:
        """Float64 ``(repeats, examples, outputs)``, NaN where never held out."""
        if isinstance(epoch, slice):
            return [self[place] for place in range(*epoch.indices(len(self)))]
        if not 0 <= epoch < len(self):
            raise IndexError(epoch)
        found = np.full((*self._folds.shape, self._outputs), np.nan)
        for repeat, fold in self._places():
            curve = self._curves[repeat, fold]
            found[repeat, self._folds[repeat] == fold] = curve[min(epoch, len(curve) - 1)]
        return found

    def _places(self) -> list[tuple[int, int]]:
        return [(repeat, int(fold)) for repeat, row in enumerate(self._folds)
                for fold in np.unique(row[row >= 0])]  # fmt: skip
