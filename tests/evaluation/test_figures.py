import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from headstart.errors import SettingError
from headstart.evaluation import TaskFigures, task_figures

NAMES = ["ants", "bees", "wasps", "flies"]


def predictions(
    *, examples: int, classes: int, repeats: int = 1, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    targets = np.concatenate([np.arange(classes), random.integers(0, classes, examples - classes)])
    logits = random.normal(size=(repeats, examples, classes))
    logits += 1.5 * np.eye(classes)[targets]
    odds = np.exp(logits)
    return targets.astype(np.int64), odds / odds.sum(axis=2, keepdims=True)


def every_figure(figures: TaskFigures) -> list[dict[str, object]]:
    held = figures.as_dict()
    names = ["accuracy", "balanced_accuracy", "log_loss", "auroc", "ece"]
    found = [held[name] for name in names]
    for row in held["per_class"]:  # type: ignore[attr-defined]
        found += [row["precision"], row["recall"]]
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_values_are_scikit_learns(classes: int, seed: int) -> None:
    targets, probabilities = predictions(examples=60, classes=classes, seed=seed)
    figures = task_figures(targets, probabilities, classes=NAMES[:classes], design="test")
    given, predicted = probabilities[0], probabilities[0].argmax(axis=1)
    scores = given[:, 1] if classes == 2 else given
    recalls = metrics.recall_score(targets, predicted, average=None)
    precisions = metrics.precision_score(targets, predicted, average=None)
    assert figures.accuracy.value == pytest.approx(metrics.accuracy_score(targets, predicted))
    assert figures.balanced_accuracy.value == pytest.approx(
        metrics.balanced_accuracy_score(targets, predicted)
    )
    assert figures.log_loss.value == pytest.approx(metrics.log_loss(targets, given))
    assert figures.auroc.value == pytest.approx(
        metrics.roc_auc_score(targets, scores, multi_class="ovr", average="macro")
    )
    assert [row.recall.value for row in figures.per_class] == pytest.approx(list(recalls))
    assert [row.precision.value for row in figures.per_class] == pytest.approx(list(precisions))
    assert [row.known for row in figures.per_class] == list(np.bincount(targets))
    assert figures.confusion == tuple(
        tuple(row) for row in metrics.confusion_matrix(targets, predicted).tolist()
    )


def test_area_counts_ties_as_half() -> None:
    targets, probabilities = predictions(examples=80, classes=2)
    coarse = np.round(probabilities, 1)
    figures = task_figures(targets, coarse, classes=NAMES[:2], design="test")
    assert figures.auroc.value == pytest.approx(metrics.roc_auc_score(targets, coarse[0, :, 1]))


def test_repeats_are_averaged_and_counts_are_of_the_first() -> None:
    targets, probabilities = predictions(examples=50, classes=3, repeats=4)
    whole = task_figures(
        targets, probabilities, classes=NAMES[:3], design="cross-validation", folds=5
    )
    single = [
        task_figures(
            targets, probabilities[[row]], classes=NAMES[:3], design="cross-validation", folds=5
        )
        for row in range(4)
    ]
    for name in ("accuracy", "balanced_accuracy", "log_loss", "auroc", "ece"):
        values = [getattr(figures, name).value for figures in single]
        assert getattr(whole, name).value == pytest.approx(np.mean(values))
    assert whole.confusion == single[0].confusion
    assert whole.reliability == single[0].reliability
    assert (whole.repeats, whole.folds, whole.examples) == (4, 5, 50)


@pytest.mark.parametrize("examples", [4, 20, 100])
@pytest.mark.parametrize("folds", [None, 5])
@pytest.mark.parametrize("grouped", [False, True])
def test_intervals_hold_the_value_and_stay_in_range(
    examples: int, folds: int | None, grouped: bool
) -> None:
    repeats = 1 if folds is None else 3
    targets, probabilities = predictions(examples=examples, classes=3, repeats=repeats)
    figures = task_figures(
        targets,
        probabilities,
        classes=NAMES[:3],
        design="test" if folds is None else "cross-validation",
        folds=folds,
        units=np.arange(examples) // 2 if grouped else None,
    )
    assert figures.groups == (examples // 2 if grouped else None)
    for figure in every_figure(figures):
        if figure["value"] is not None:
            assert 0 <= figure["low"] <= figure["value"] <= figure["high"]  # type: ignore[operator]
    for name in ("accuracy", "balanced_accuracy", "auroc", "ece"):
        assert getattr(figures, name).high <= 1


def test_unknown_and_never_held_out_examples_change_nothing() -> None:
    targets, probabilities = predictions(examples=40, classes=3, repeats=2)
    units = np.arange(40) // 3
    plain = task_figures(
        targets, probabilities, classes=NAMES[:3], design="cross-validation", folds=5, units=units
    )
    more = np.concatenate([probabilities, probabilities[:, :2], np.full((2, 2, 3), np.nan)], axis=1)
    padded = task_figures(
        np.concatenate([targets, [-1, -1, 0, 1]]),
        more,
        classes=NAMES[:3],
        design="cross-validation",
        folds=5,
        units=np.concatenate([units, [90, 91, 92, 0]]),
    )
    assert padded == plain


def test_figures_do_not_depend_on_the_order_of_examples() -> None:
    targets, probabilities = predictions(examples=45, classes=3)
    units = np.arange(45) // 4
    order = np.random.default_rng(5).permutation(45)
    first = task_figures(targets, probabilities, classes=NAMES[:3], design="test", units=units)
    second = task_figures(
        targets[order],
        probabilities[:, order],
        classes=NAMES[:3],
        design="test",
        units=units[order],
    )
    for one, two in zip(every_figure(first), every_figure(second), strict=True):
        for end in ("value", "low", "high"):
            assert one[end] == pytest.approx(two[end])


def test_copies_are_no_new_evidence() -> None:
    targets, probabilities = predictions(examples=40, classes=2)
    once = task_figures(targets, probabilities, classes=NAMES[:2], design="test")
    fourfold = task_figures(
        np.tile(targets, 4),
        np.tile(probabilities, (1, 4, 1)),
        classes=NAMES[:2],
        design="test",
        units=np.tile(np.arange(40), 4),
    )
    for name in ("accuracy", "balanced_accuracy", "log_loss", "auroc"):
        one, four = getattr(once, name), getattr(fourfold, name)
        assert four.value == pytest.approx(one.value)
        assert four.high - four.low == pytest.approx(one.high - one.low, rel=0.05)


def test_cross_validation_is_given_less_weight_than_a_held_out_part() -> None:
    targets, probabilities = predictions(examples=60, classes=3)
    part = task_figures(targets, probabilities, classes=NAMES[:3], design="validation")
    folds = task_figures(
        targets, probabilities, classes=NAMES[:3], design="cross-validation", folds=5
    )
    for name in ("accuracy", "balanced_accuracy", "log_loss", "auroc"):
        narrow, wide = getattr(part, name), getattr(folds, name)
        assert wide.value == pytest.approx(narrow.value)
        assert wide.high - wide.low > 1.1 * (narrow.high - narrow.low)


def test_a_perfect_model_is_not_certain() -> None:
    targets = np.arange(30) % 2
    probabilities = np.eye(2)[targets][None] * 0.98 + 0.01
    figures = task_figures(targets, probabilities, classes=NAMES[:2], design="test")
    for figure in (figures.accuracy, figures.balanced_accuracy, figures.auroc):
        assert figure.value == 1
        assert figure.high == 1
        assert figure.low is not None
        assert 0.7 < figure.low < 0.95


def test_one_class_only_is_undefined_where_it_must_be() -> None:
    probabilities = np.tile([0.7, 0.3], (1, 6, 1))
    figures = task_figures(np.zeros(6, int), probabilities, classes=NAMES[:2], design="validation")
    assert figures.accuracy.value == 1
    assert figures.balanced_accuracy.value is None
    assert figures.auroc.why == "only one class in the held-out part"
    assert figures.per_class[1].precision.why == "never predicted"
    assert figures.per_class[1].recall.why == "no example of this class was held out"


def test_a_class_that_was_not_held_out_is_named() -> None:
    targets, probabilities = predictions(examples=30, classes=3)
    keep = targets != 2
    figures = task_figures(targets[keep], probabilities[:, keep], classes=NAMES[:3], design="test")
    assert figures.auroc.why == "leaves out wasps: no example was held out"
    assert figures.auroc.approximate
    assert figures.auroc.value is not None


def test_nothing_held_out_gives_reasons_and_empty_lists() -> None:
    figures = task_figures(
        np.zeros(3, int),
        np.full((2, 3, 2), np.nan),
        classes=NAMES[:2],
        design="cross-validation",
        folds=3,
    )
    for figure in every_figure(figures):
        assert figure["value"] is None
        assert figure["why"] == "no example with a known label was held out"
    assert figures.confusion == ((0, 0), (0, 0))
    assert figures.reliability == ()


def test_one_group_tells_nothing_about_new_groups() -> None:
    targets, probabilities = predictions(examples=12, classes=2)
    figures = task_figures(
        targets, probabilities, classes=NAMES[:2], design="test", units=np.zeros(12, int)
    )
    for figure in (figures.accuracy, figures.log_loss, figures.auroc):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.high - figure.low > 0.6
        assert figure.approximate


@pytest.mark.parametrize("classes", [2, 200])
def test_figures_are_plain_json(classes: int) -> None:
    targets, probabilities = predictions(examples=300, classes=classes)
    names = [str(number) for number in range(classes)]
    figures = task_figures(targets, probabilities, classes=names, design="test")
    again = json.loads(json.dumps(figures.as_dict(), allow_nan=False))
    assert set(again["accuracy"]) == {
        "value", "low", "high", "level", "method", "approximate", "why",
    }  # fmt: skip
    assert set(again["per_class"][0]) == {"class", "known", "precision", "recall"}
    assert set(again["reliability"][0]) == {"low", "high", "confidence", "accuracy", "count"}
    assert again["held_out"] == {
        "design": "test", "examples": 300, "groups": None, "folds": None, "repeats": None,
    }  # fmt: skip


def test_a_zero_probability_is_clipped() -> None:
    probabilities = np.array([[[1.0, 0.0], [1.0, 0.0]]])
    figures = task_figures(np.array([0, 1]), probabilities, classes=NAMES[:2], design="test")
    assert figures.log_loss.value == pytest.approx(-np.log(np.finfo(np.float64).eps) / 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"probabilities": np.full((1, 4, 3), 1 / 3)}, r"shape \(1, 4, 3\); expected"),
        ({"targets": np.array([0, 1, 2, 0])}, "targets range from 0 to 2"),
        ({"units": np.zeros(3, int)}, r"units have the shape \(3,\)"),
        ({"folds": 5}, "folds is 5 for a test part"),
        ({"design": "cross-validation"}, "folds is None; cross-validation needs at least 2"),
        ({"probabilities": np.full((2, 4, 2), 0.5)}, "2 repeats for a test part"),
        ({"probabilities": np.full((1, 4, 2), 1.5)}, "outside 0 to 1"),
        ({"level": 1.0}, "level is 1.0; expected"),
    ],
)
def test_arguments_that_do_not_fit(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {
        "targets": np.array([0, 1, 1, 0]),
        "probabilities": np.full((1, 4, 2), 0.5),
        "classes": NAMES[:2],
        "design": "test",
    }
    with pytest.raises(SettingError, match=message):
        task_figures(**(arguments | change))  # type: ignore[arg-type]


def test_held_out_in_some_repeats_only_is_refused() -> None:
    probabilities = np.full((2, 4, 2), 0.5)
    probabilities[1, 2] = np.nan
    with pytest.raises(SettingError, match="some repeats only"):
        task_figures(
            np.array([0, 1, 1, 0]),
            probabilities,
            classes=NAMES[:2],
            design="cross-validation",
            folds=2,
        )
