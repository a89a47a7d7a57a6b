"""What the figures say, in a sentence no stronger than they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from headstart.evaluation import TaskFigures

_HOW = {
    "validation": "{n:,} examples of the validation part",
    "test": "{n:,} examples it was not trained on",
    "cross-validation": "{n:,} examples, each judged by a head that had not seen it",
}


def verdict(
    figures: TaskFigures, classes: tuple[str, ...], training_targets: NDArray[np.int64]
) -> str:
    """How good the model is, beside always naming the most frequent class of the training part.

    Args:
        figures: of the held-out part or cross-validation.
        classes: by target.
        training_targets: int64 ``(examples,)``, all known.
    """
    accuracy = figures.accuracy
    if accuracy.value is None or accuracy.low is None or accuracy.high is None:
        return f"Cannot tell how good this model is: {accuracy.why}."
    common = int(np.bincount(training_targets, minlength=len(classes)).argmax())
    share = sum(figures.confusion[common]) / max(figures.examples, 1)
    how = _HOW[figures.design].format(n=figures.examples)
    sentence = (
        f"Right in {accuracy.value:.1%} of {how} "
        f"({accuracy.level:.0%} interval {accuracy.low:.1%} to {accuracy.high:.1%})"
    )
    baseline = f"always saying {classes[common]!r} would be right in {share:.1%}"
    if accuracy.low > share:
        return f"{sentence}; {baseline}."
    if accuracy.high < share:
        return f"{sentence}: worse than no model at all, for {baseline}."
    return f"{sentence}: cannot tell it from no model at all, for {baseline}."
