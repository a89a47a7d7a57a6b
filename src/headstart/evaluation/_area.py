"""The interval of the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headstart.evaluation._held_out import HeldOut
from headstart.evaluation._intervals import score_interval
from headstart.evaluation._scores import Floats, ranking

_TRUST = 30
"""Examples of the smallest class at which the measured variance weighs as much as the model's."""

_CORRELATION = 1.3
"""Variance of a mean of areas over classes, relative to independent ones, where not measured."""


@dataclass(frozen=True)
class Area:
    """Mean area over repeats and classes.

    Attributes:
        value: the area.
        influence: what each example adds to it, float64 ``(repeats, examples)``.
        members: number of examples of each class that is in the mean, float64 ``(scores,)``.
    """

    value: float
    influence: Floats
    members: Floats


def area(held: HeldOut) -> Area:
    """The area of the second of two classes, else the mean over each class against the rest.

    At least two classes must have examples; classes that have none are left out.
    """
    counts = np.bincount(held.targets, minlength=len(held.classes))
    chosen = np.array([1]) if len(held.classes) == 2 else np.flatnonzero(counts)
    columns = np.full(len(held.classes), -1)
    columns[chosen] = np.arange(len(chosen))
    values = np.empty(held.repeats)
    influence = np.empty((held.repeats, held.examples))
    for repeat, probabilities in enumerate(held.probabilities):
        each, parts = ranking(columns[held.targets], probabilities[:, chosen])
        values[repeat], influence[repeat] = each.mean(), parts.mean(axis=1)
    return Area(float(values.mean()), influence, counts[chosen].astype(np.float64))


def area_interval(found: Area, held: HeldOut, *, quantile: float) -> tuple[float, float]:
    """Score interval with a variance between Hanley and McNeil's and DeLong's.

    DeLong's variance is measured, and is 0 where every pair is ranked right; Hanley and McNeil's
    follows from the area alone, and is too large for most classifiers. The model's is used at
    every possible truth, times the measured ratio of the two, which is trusted the more, the more
    examples the smallest class has.

    References:
        Hanley and McNeil, *The meaning and use of the area under a ROC curve* (1982).
        Newcombe, *Confidence intervals for an effect size measure based on the Mann-Whitney
        statistic* (2006), method 5.
    """
    sampling = held.sampling
    influence = found.influence[:, :, None]
    effect = float(sampling.design_effect(influence)[0])
    members, others = found.members, held.examples - found.members
    half = held.examples / 2 - 1
    scores = len(members)
    factor = 1.0 if scores == 1 else _CORRELATION

    def modelled(truth: float) -> float:
        shape = 1 + half * (1 - truth) / (2 - truth) + half * truth / (1 + truth)
        each = truth * (1 - truth) * shape / (members * others)
        return float(each.sum() * factor / scores**2)

    expected = modelled(found.value)
    ratio = 1.0
    if expected > 0 and sampling.count > 1:
        smallest = float(min(members.min(), others.min())) / effect
        measured = float(sampling.variance(influence)[0]) / effect / expected
        ratio = min(max(measured ** (smallest / (smallest + _TRUST)), 0.4), 2.5)
    inflation = effect * ratio * sampling.score_inflation
    return score_interval(found.value, lambda truth: modelled(truth) * inflation, quantile=quantile)
