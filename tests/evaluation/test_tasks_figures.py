"""Figures of many tasks: each as by itself, and their means."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import (
    TasksFigures,
    Thresholds,
    choose_thresholds,
    summary,
    task_figures,
    tasks_figures,
)
from headstart.examples import Outputs, Task

NO_YES = ("no", "yes")
TASKS = (
    Task("rain", "binary", NO_YES),
    Task("sky", "category", ("clear", "grey", "dark")),
    Task("wind", "binary", NO_YES),
)
OUTPUTS = Outputs.of(TASKS)


def predictions(
    examples: int = 80, repeats: int = 1, hidden: float = 0.3
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(0)
    targets = np.stack([random.integers(0, size, examples) for size in OUTPUTS.sizes], axis=1)
    logits = random.normal(size=(repeats, examples, len(OUTPUTS)))
    columns = targets + OUTPUTS.starts
    np.put_along_axis(logits, columns[None], np.take_along_axis(logits, columns[None], 2) + 1.2, 2)
    targets[random.random(targets.shape) < hidden] = -1
    return targets, OUTPUTS.softmax(logits)


def test_each_task_is_as_task_figures_says_of_its_known_cells() -> None:
    targets, given = predictions(repeats=2)
    units = np.arange(80) // 2
    found = tasks_figures(
        targets, given, tasks=TASKS, design="cross-validation", folds=5, units=units
    )
    for number, task in enumerate(TASKS):
        assert found[number] == task_figures(
            targets[:, number],
            given[:, :, OUTPUTS.columns(number)],
            classes=task.classes,
            design="cross-validation",
            folds=5,
            units=units,
            threshold=0.5 if task.kind == "binary" else None,
        )


def test_hidden_targets_do_not_matter() -> None:
    """Whatever is predicted where a label is unknown."""
    targets, given = predictions()
    other = given.copy()
    unknown = (targets < 0)[:, OUTPUTS.task_of]
    other[0][unknown] = np.random.default_rng(1).random(int(unknown.sum()))
    one, two = (tasks_figures(targets, each, tasks=TASKS, design="test") for each in (given, other))
    assert one.each == two.each
    assert summary(one) == summary(two)


def test_the_figures_of_answers_are_those_at_the_threshold() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    targets, given = predictions()
    thresholds = Thresholds(np.array([0.2, np.nan, 0.7]))
    at_half = tasks_figures(targets, given, tasks=TASKS, design="test")
    found = tasks_figures(targets, given, tasks=TASKS, design="test", thresholds=thresholds)
    for number, threshold in ((0, 0.2), (2, 0.7)):
        known = targets[:, number] >= 0
        true = targets[known, number]
        said = given[0][known][:, OUTPUTS.columns(number)][:, 1] >= threshold
        each, before = found[number], at_half[number]
        assert each.confusion != before.confusion, "the threshold is to matter"
        assert np.array(each.confusion).tolist() == metrics.confusion_matrix(true, said).tolist()
        assert each.accuracy.value == pytest.approx(metrics.accuracy_score(true, said))
        assert each.balanced_accuracy.value == pytest.approx(
            metrics.balanced_accuracy_score(true, said)
        )
        assert each.f1 is not None
        assert each.f1.value == pytest.approx(metrics.f1_score(true, said))
        assert each.per_class[1].precision.value == pytest.approx(
            metrics.precision_score(true, said)
        )
        assert each.per_class[1].recall.value == pytest.approx(metrics.recall_score(true, said))
        # Of the chances, not of the answers.
        assert (each.ece, each.reliability) == (before.ece, before.reliability)
    assert found[1] == at_half[1]


def test_every_example_is_answered_at_the_threshold_that_others_chose() -> None:
    targets, given = predictions(repeats=2)
    applied = np.random.default_rng(3).random((2, 80, 3))
    thresholds = Thresholds(np.array([0.5, np.nan, 0.5]), applied)
    found = tasks_figures(
        targets, given, tasks=TASKS, design="cross-validation", folds=5, thresholds=thresholds
    )[0]
    known = targets[:, 0] >= 0
    right = (given[:, known, 1] >= applied[:, known, 0]) == targets[known, 0]
    assert found.accuracy.value == pytest.approx(right.mean())
    confusion = np.array(found.confusion)
    assert confusion.trace() == right[0].sum()


def test_thresholds_are_those_that_are_given() -> None:
    targets, given = predictions()
    thresholds = Thresholds(np.array([0.3, np.nan, 0.6]))
    found = tasks_figures(targets, given, tasks=TASKS, design="test", thresholds=thresholds)
    assert [each.threshold for each in found] == [0.3, None, 0.6]
    alone = task_figures(
        targets[:, 2], given[:, :, 5:], classes=NO_YES, design="test", threshold=0.6
    )
    assert found[2] == alone


def test_f1_in_folds_is_with_thresholds_of_the_other_folds() -> None:
    targets, given = predictions(repeats=2)
    folds = np.stack([np.random.default_rng(s).permutation(80) % 5 for s in range(2)])
    thresholds = choose_thresholds(targets, given, tasks=TASKS, folds=folds)
    found = tasks_figures(
        targets, given, tasks=TASKS, design="cross-validation", folds=5, thresholds=thresholds
    )
    assert thresholds.applied is not None
    known = targets[:, 0] >= 0
    said = given[:, known, 1] >= thresholds.applied[:, known, 0]
    true = targets[known, 0] == 1
    by_hand = [2 * (row & true).sum() / (row.sum() + true.sum()) for row in said]
    assert found[0].f1 is not None
    assert found[0].f1.value == pytest.approx(np.mean(by_hand))
    assert found[0].threshold == thresholds.chosen[0]


def test_only_yes_no_tasks_have_the_figures_of_one() -> None:
    targets, given = predictions()
    rain, sky, _ = tasks_figures(targets, given, tasks=TASKS, design="test")
    more = {"average_precision", "f1", "threshold", "prevalence", "known"}
    assert more <= set(rain.as_dict())
    assert not more & set(sky.as_dict())
    assert sky.average_precision is None


def test_a_summary_is_the_mean_over_the_tasks() -> None:
    targets, given = predictions()
    found = tasks_figures(targets, given, tasks=TASKS, design="test")
    mean = json.loads(json.dumps(summary(found), allow_nan=False))
    assert mean["tasks"] == 3
    assert "macro" in mean["averaged"]
    expected = np.mean([each.auroc.value for each in found])
    assert mean["auroc"]["value"] == pytest.approx(expected)
    assert mean["auroc"]["words"] == "3 of 3 tasks defined"
    assert (mean["f1"]["defined"], mean["f1"]["of"]) == (2, 2)
    assert mean["auroc"]["low"] < mean["auroc"]["value"] < mean["auroc"]["high"]


def test_a_summary_leaves_out_what_is_undefined() -> None:
    targets, given = predictions()
    targets[:, 2] = np.where(targets[:, 2] >= 0, 0, -1)
    found = tasks_figures(targets, given, tasks=TASKS, design="test")
    mean = json.loads(json.dumps(summary(found), allow_nan=False))
    assert mean["auroc"]["words"] == "2 of 3 tasks defined"
    assert mean["f1"]["words"] == "1 of 2 tasks defined"
    assert mean["accuracy"]["words"] == "3 of 3 tasks defined"
    assert mean["f1"]["value"] == pytest.approx(found[0].f1.value)  # type: ignore[union-attr]


def test_a_summary_of_nothing_known() -> None:
    targets, given = predictions()
    found = tasks_figures(np.full_like(targets, -1), given, tasks=TASKS, design="test")
    mean = json.loads(json.dumps(summary(found), allow_nan=False))
    assert mean["auroc"]["value"] is None
    assert mean["auroc"]["why"] == "defined for no task"
    assert mean["auroc"]["words"] == "0 of 3 tasks defined"


def twins(shift: int) -> TasksFigures:
    """Two tasks of the same labels and predictions, of the same examples or of others."""
    random = np.random.default_rng(0)
    targets = np.full((400, 2), -1)
    yes = np.zeros((400, 2))
    labels = random.integers(0, 2, 200)
    chances = np.clip(0.5 + 0.2 * (2 * labels - 1) + 0.3 * random.normal(size=200), 0.01, 0.99)
    for task, rows in enumerate((slice(0, 200), slice(shift, shift + 200))):
        targets[rows, task], yes[rows, task] = labels, chances
    given = np.stack([1 - yes, yes], axis=2).reshape(1, 400, 4)
    tasks = (TASKS[0], TASKS[2])
    return tasks_figures(targets, given, tasks=tasks, design="test")


@pytest.mark.parametrize("name", ["auroc", "accuracy", "log_loss", "average_precision", "f1"])
def test_tasks_that_share_examples_are_no_independent_evidence(name: str) -> None:
    """Twins on the same examples: the interval of one. On other examples: narrower by sqrt(2)."""
    same, apart = (summary(twins(shift))[name] for shift in (0, 200))
    width = [each["high"] - each["low"] for each in (same, apart)]  # type: ignore[index]
    # The correction for skewness depends on the number of examples too.
    assert width[0] / width[1] == pytest.approx(np.sqrt(2), rel=0.05)
    alone = getattr(twins(0)[0], name)
    assert width[0] == pytest.approx(alone.high - alone.low, rel=0.15)


def test_a_summary_from_folds_is_wider_than_from_a_part() -> None:
    targets, given = predictions(examples=200)
    part = tasks_figures(targets, given, tasks=TASKS, design="validation")
    folds = tasks_figures(targets, given, tasks=TASKS, design="cross-validation", folds=5)
    for name in ("accuracy", "auroc", "f1", "log_loss"):
        narrow, wide = (summary(each)[name] for each in (part, folds))
        assert wide["value"] == pytest.approx(narrow["value"])  # type: ignore[index]
        ratio = (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"])  # type: ignore[index]
        assert ratio > 1.1


@pytest.mark.parametrize(
    ("examples", "repeats", "doubted"),
    [(60, 2, True), (200, 2, True), (400, 2, False), (400, 1, True)],
)
def test_a_mean_from_folds_is_approximate_where_tasks_know_little(
    examples: int, repeats: int, doubted: bool
) -> None:
    """A single repeat, or fewer than 200 known labels in the middle task (70 % are known)."""
    targets, given = predictions(examples=examples, repeats=repeats)
    found = tasks_figures(targets, given, tasks=TASKS, design="cross-validation", folds=5)
    assert summary(found)["accuracy"]["approximate"] is doubted  # type: ignore[index]


def test_a_sequence_of_its_tasks() -> None:
    targets, given = predictions()
    found = tasks_figures(targets, given, tasks=TASKS, design="test")
    assert len(found) == 3
    assert list(found) == [found[0], found[1], found[2]]
    assert found[1:] == (found[1], found[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": np.zeros((80, 2), int)}, r"targets have the shape \(80, 2\); expected"),
        ({"probabilities": np.zeros((1, 80, 5))}, r"expected \(repeats, 80, 7\)"),
        ({"units": np.zeros(3, int)}, r"units have the shape \(3,\)"),
        ({"thresholds": Thresholds(np.zeros(2))}, "2 thresholds for 3 tasks"),
        ({"folds": 5}, "folds is 5 for a test part"),
    ],
)
def test_arguments_that_do_not_fit(change: dict[str, object], message: str) -> None:
    targets, given = predictions()
    arguments: dict[str, object] = {
        "targets": targets, "probabilities": given, "tasks": TASKS, "design": "test",
    }  # fmt: skip
    with pytest.raises(SettingError, match=message):
        tasks_figures(**(arguments | change))  # type: ignore[arg-type]
