"""What the evidence says in words: never more than it shows."""

from __future__ import annotations

import numpy as np
import pytest

from headstart.evaluation import TaskFigures, task_figures
from headstart.strategy import repeats_for, verdict

CLASSES = ("bird", "cat")


def figures(right: int, wrong: int, *, share_of_cats: float = 0.5) -> TaskFigures:
    """Of a model that is right in so many of both classes alike."""
    count = right + wrong
    targets = (np.arange(count) < share_of_cats * count).astype(np.int64)
    targets = np.random.default_rng(0).permutation(targets)
    correct = np.arange(count) < right
    chances = np.full((count, 2), 0.1)
    chances[np.arange(count), np.where(correct, targets, 1 - targets)] = 0.9
    return task_figures(targets, chances[None], classes=CLASSES, design="test")


def said(found: TaskFigures, common: int = 0) -> str:
    return verdict(found, CLASSES, np.array([common] * 3 + [1 - common]))


def test_a_good_model_is_put_beside_no_model() -> None:
    text = said(figures(95, 5))
    assert text.startswith("Right in 95.0% of 100 examples it was not trained on")
    assert "interval" in text
    assert "always saying 'bird' would be right in 50.0%" in text
    assert "cannot tell" not in text


def test_a_model_no_better_than_chance_is_not_praised() -> None:
    assert "cannot tell it from no model at all" in said(figures(52, 48))


def test_a_model_worse_than_none() -> None:
    text = said(figures(20, 80))
    assert "worse than no model at all" in text


def test_the_baseline_is_the_most_frequent_class_of_training() -> None:
    found = figures(90, 10, share_of_cats=0.8)
    assert "'cat' would be right in 80.0%" in said(found, common=1)
    assert "'bird' would be right in 20.0%" in said(found, common=0)


def test_what_cannot_be_said() -> None:
    nobody = task_figures(
        np.zeros(0, np.int64), np.zeros((1, 0, 2)), classes=CLASSES, design="test"
    )
    text = said(nobody)
    assert text.startswith("Cannot tell how good this model is: ")
    assert not text.endswith(": None.")


@pytest.mark.parametrize(
    ("examples", "classes", "repeats"),
    [(0, 2, 5), (1, 2, 5), (1000, 2, 5), (1250, 2, 4), (100, 25, 4), (10**6, 2, 2), (500, 200, 2)],
)
def test_fewer_repeats_the_more_examples_and_classes(
    examples: int, classes: int, repeats: int
) -> None:
    assert repeats_for(examples, classes) == repeats
