"""What may be reported of a candidate that was chosen for its held-out predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import SeveralLosses
from headstart.strategy._candidate import Candidate, Question, scored

PARTS = 5
"""A single held-out part is divided into so many, for the want of folds."""


def least(losses: SeveralLosses) -> int:
    """The candidate of least mean log loss; the first where nothing was held out."""
    return int(losses.means.argmin()) if losses.examples else 0


def cheapest_of_the_best(losses: SeveralLosses) -> int:
    """The one-standard-error rule.

    Among the candidates whose log loss is at most one standard error of the paired difference
    above the least, the first wins. Nothing held out leaves the first.

    References:
        Breiman, Friedman, Olshen and Stone, *Classification and regression trees* (1984), 3.4.3;
        there the standard error is that of the least loss itself.
    """
    if not losses.examples:
        return 0
    best = least(losses)
    above = losses.means - losses.means[best]
    return int(np.flatnonzero(above <= losses.difference_errors(best))[0])


def honest_predictions(
    candidates: Sequence[Candidate],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Held-out predictions of the choice, not flattered by the choosing.

    The least of several log losses is too low: it was picked for its luck too. So the examples of
    each fold are predicted by the candidate that is chosen on the other examples alone (in every
    repeat), which is the choice around which an outer cross-validation would be put. What is left
    of the flattery: models that predicted the other examples had this fold in their training
    part. ``benchmarks/choice.py`` measures it: about a tenth of a standard error at 60 examples.

    Args:
        candidates: in order of cost, fitted on the same folds.
        targets: int64 ``(examples,)`` or ``(examples, tasks)``, -1 where unknown.
        folds: of each example in each repeat, int64 ``(repeats, examples)``, -1 where never held
            out; ``None`` for one held-out part that no candidate was trained on.
        units: dependent examples share a unit; ``None`` where there are none.
        question: number of classes, or what several tasks are trained for.

    Returns:
        Probabilities, float64 ``(repeats, examples, outputs)``, and the place of the candidate
        that was chosen for each fold, int64 ``(repeats, folds)``, -1 for a fold without examples.

    Raises:
        SettingError: arguments that do not fit together.
    """
    given = [candidate.probabilities for candidate in candidates]
    losses = scored(given, targets, folds, units, question)
    return honest(given, losses, parts_of(folds, units, len(targets)), pick=cheapest_of_the_best)


def honest(
    given: Sequence[NDArray[np.float64]],
    losses: SeveralLosses,
    parts: NDArray[np.int64],
    *,
    pick: Callable[[SeveralLosses], int],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """`honest_predictions` for any way of picking by losses, given the part of each example."""
    _check_parts(parts, given[0])
    found = np.full(given[0].shape, np.nan)
    chosen = np.full((len(parts), int(parts.max(initial=0)) + 1), -1, dtype=np.int64)
    for repeat, part, inside in _each(parts):
        place = pick(losses.keep(~inside))
        chosen[repeat, part] = place
        found[repeat, inside] = given[place][repeat, inside]
    return found, chosen


def _each(parts: NDArray[np.int64]) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
    for repeat, row in enumerate(parts):
        for part in np.unique(row[row >= 0]):
            yield repeat, int(part), row == part


def parts_of(
    folds: NDArray[np.int64] | None, units: NDArray[np.int64] | None, examples: int
) -> NDArray[np.int64]:
    """The folds; without them a held-out part dealt out by units, ``(1, examples)``."""
    if folds is not None:
        return folds
    _, unit_of = np.unique(np.arange(examples) if units is None else units, return_inverse=True)
    count = int(unit_of.max(initial=-1)) + 1
    dealt = np.random.default_rng(0).permutation(count) % PARTS
    return np.asarray(dealt[unit_of][None], dtype=np.int64)


def _check_parts(parts: NDArray[np.int64], probabilities: NDArray[np.float64]) -> None:
    if parts.shape != probabilities.shape[:2]:
        raise SettingError(
            f"folds have the shape {parts.shape}; expected {probabilities.shape[:2]}, a fold for "
            "each repeat and example of the predictions"
        )
