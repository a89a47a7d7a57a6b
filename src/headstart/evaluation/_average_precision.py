"""Average precision of a yes/no task, and its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._intervals import score_interval
from headstart.evaluation._scores import Floats

_TRUST = 30
"""Examples of the smaller class at which the measured variance weighs as much as the model's."""


def average_precision(positive: NDArray[np.bool_], scores: Floats) -> tuple[float, Floats]:
    """Mean, over the positive examples, of the precision at each one's score.

    That is the area under the stepwise curve of precision over recall. Examples of one score are
    taken together.

    Args:
        positive: bool ``(examples,)``, at least one of them true.
        scores: float64 ``(examples,)``.

    Returns:
        The value and its influence, float64 ``(examples,)``: with N(s) examples at or above a
        score and P(s) the share of positives among them, an example adds to the precision at
        every score below its own.
    """
    order = np.argsort(-scores, kind="stable")
    ordered, true = scores[order], positive[order].astype(np.float64)
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    group = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    above = np.append(starts[1:], len(ordered))[group].astype(np.float64)
    precision = np.cumsum(true)[above.astype(np.int64) - 1] / above
    count = true.sum()
    value = float(precision @ true / count)
    gained = _from_here_on(true / above)[starts][group]
    lost = _from_here_on(true * precision / above)[starts][group]
    influence = np.empty(len(scores))
    influence[order] = (true * (precision - value + gained) - lost) / count
    return value, influence


def average_precision_interval(
    value: float, influence: Floats, held: HeldOut, *, quantile: float
) -> tuple[float, float]:
    """Score interval with a variance between the binomial model's and the measured one.

    The binomial model is ``truth * (1 - truth) / positives``; it knows nothing of the negatives,
    but is not 0 where every positive ranks above all negatives. Its ratio to the measured variance
    is trusted the more, the more examples the smaller class has.

    Args:
        value: mean over the repeats.
        influence: float64 ``(repeats, examples)``.
        held: the predictions.
        quantile: half width in standard errors.

    References:
        Boyd, Eng and Page, *Area under the precision-recall curve: point estimates and confidence
        intervals* (2013).
    """
    sampling = held.sampling
    effect = float(sampling.design_effect(influence[:, :, None])[0])
    positives = float((held.targets == 1).sum())
    modelled = value * (1 - value) / positives
    ratio = 1.0
    if modelled > 0 and sampling.count > 1:
        smaller = min(positives, held.examples - positives) / effect
        measured = float(sampling.variance(influence[:, :, None])[0]) / effect / modelled
        ratio = min(max(measured ** (smaller / (smaller + _TRUST)), 0.4), 2.5)
    factor = effect * ratio * sampling.score_inflation / positives
    return score_interval(value, lambda truth: truth * (1 - truth) * factor, quantile=quantile)


def _from_here_on(values: Floats) -> Floats:
    return np.asarray(np.cumsum(values[::-1])[::-1])
