"""Which rungs to try, in what order, and when to stop climbing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.strategy._candidate import Candidate, Question, classes_of, labelled, scored
from headstart.strategy._rule import CLIMB, GIVE_UP, HIDDEN_FROM, STEPS, effective_examples
from headstart.strategy._rungs import HEAD, Rung


def propose(
    rungs: Sequence[Rung],
    *,
    examples: int,
    classes: int,
    seconds: Mapping[str, float],
    budget: float,
) -> list[Rung]:
    """The rungs that are worth trying within a budget, in order of cost.

    The head is always tried. The deepest rung that the rule of thumb proposes strongly comes first
    where the time does not suffice for all, for it is the rule's best guess; the others follow
    from shallow to deep.

    Args:
        rungs: the ladder, in order of cost; also with hidden layers.
        examples: to train on, with known labels.
        classes: number of classes.
        seconds: forecast of fitting each rung on all folds, by its key; a rung without one is not
            proposed.
        budget: seconds for all of them.
    """
    effective = effective_examples(examples, classes)
    heads = [rung for rung in rungs if rung.name == HEAD and not rung.hidden]
    worth = [rung for rung in rungs if _worth_trying(rung, effective)]
    taken, left = heads, budget - sum(seconds.get(rung.key, 0.0) for rung in heads)
    guess = [
        rung
        for rung in worth
        if is_strong(rung, effective) and seconds.get(rung.key, np.inf) <= left
    ][-1:]
    for rung in [*guess, *(rung for rung in worth if rung not in guess)]:
        cost = seconds.get(rung.key, np.inf)
        if cost <= left:
            taken, left = [*taken, rung], left - cost
    return [rung for rung in rungs if rung in taken]


def _worth_trying(rung: Rung, effective: float) -> bool:
    """Not asked of the plain head, which needs no reason."""
    # Where there is no network to retrain, hidden layers are all that can be learned beyond a head.
    if rung.hidden and rung.weighted and effective < HIDDEN_FROM:
        return False
    if rung.name == HEAD:
        return bool(rung.hidden)
    return any(
        effective >= step.try_from and step.depth(rung.weighted) == len(rung.trainable)
        for step in STEPS
    )


def is_strong(rung: Rung, effective: float) -> bool:
    """Whether the rule of thumb wants a rung tried though shallower ones gained nothing."""
    return not rung.hidden and any(
        effective >= step.strong_from and step.depth(rung.weighted) == len(rung.trainable)
        for step in STEPS
    )


def pays(
    candidates: Sequence[Candidate],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
) -> bool:
    """Whether climbing goes on after the last candidate.

    It ends where even a perfect rung would not be better by more than one standard error. Else the
    first rung after the head is always worth its try; from then on the last one tried must be
    better than all before it by more than one standard error, unless the rule of thumb proposes
    a deeper one strongly: then it is enough that the last one is not clearly worse.

    Args:
        candidates: tried so far, in order.
        targets: int64 ``(examples,)``, -1 where unknown.
        folds: as in `choose`.
        units: dependent examples share a unit; ``None`` where there are none.
        question: number of classes, or what several tasks are trained for.

    Raises:
        SettingError: arguments that do not fit together.
    """
    outlook = _outlook(candidates, targets, folds, units, question)
    effective = effective_examples(labelled(targets), classes_of(question))
    return outlook == "gains" or (
        outlook == "open" and _strong_beyond(candidates[-1].rung, effective)
    )


def next_rung(
    proposed: Sequence[Rung],
    candidates: Sequence[Candidate],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
) -> Rung | None:
    """The rung to try after the last candidate; ``None`` where climbing ends.

    It ends as `pays` says. Where shallow rungs gain nothing and a deep one is proposed strongly,
    those between are left out.

    Args:
        proposed: by `propose`.
        candidates: tried so far, in order; none at the start.
        targets: as in `pays`, like the rest.
        folds: likewise.
        units: likewise.
        question: likewise.

    Raises:
        SettingError: arguments that do not fit together.
    """
    tried = {candidate.rung.key for candidate in candidates}
    left = [rung for rung in proposed if rung.key not in tried]
    if not left or not candidates:
        return left[0] if left else None
    outlook = _outlook(candidates, targets, folds, units, question)
    if outlook == "gains":
        return left[0]
    if outlook == "over":
        return None
    effective = effective_examples(labelled(targets), classes_of(question))
    reached = len(candidates[-1].rung.trainable)
    deeper = [rung for rung in left if len(rung.trainable) > reached]
    return next((rung for rung in deeper if is_strong(rung, effective)), None)


def _outlook(
    candidates: Sequence[Candidate],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64] | None,
    units: NDArray[np.int64] | None,
    question: Question,
) -> Literal["gains", "open", "over"]:
    """Whether the last candidate gained, gained nothing, or shows that nothing is to be gained."""
    given = [candidate.probabilities for candidate in candidates]
    losses = scored(given, targets, folds, units, question)
    if not losses.examples:
        return "over"
    means, last = losses.means, len(candidates) - 1
    best = int(means.argmin())
    if not means[best] > losses.standard_errors[best]:
        return "over"
    if not last:
        return "gains"
    before = int(means[:last].argmin())
    gain = means[before] - means[last]
    error = losses.difference_errors(before)[last]
    if gain > CLIMB * error:
        return "gains"
    return "open" if gain >= -GIVE_UP * error else "over"


def _strong_beyond(rung: Rung, effective: float) -> bool:
    return any(
        effective >= step.strong_from and step.depth(rung.weighted) > len(rung.trainable)
        for step in STEPS
    )
