import numpy as np
import pytest

from headstart.errors import SettingError
from headstart.evaluation import paired_comparison, paired_difference

TARGETS = np.array([0, 1] * 20)


def binary(right: np.ndarray) -> np.ndarray:
    """Probabilities that give `right` to the true class, one repeat."""
    of_one = np.where(TARGETS == 1, right, 1 - right)
    return np.stack([1 - of_one, of_one], axis=-1)[None]


def test_difference_of_log_loss_is_hand_worked() -> None:
    right = np.where(np.arange(40) < 10, 0.9, 0.8)
    figure = paired_difference(
        TARGETS, binary(right), binary(np.full(40, 0.8)), classes=2, design="test"
    )
    differences = np.where(np.arange(40) < 10, np.log(0.8 / 0.9), 0.0)
    half = 2.0227 * differences.std(ddof=1) / np.sqrt(40)
    assert figure.value == pytest.approx(differences.mean())
    assert figure.low == pytest.approx(differences.mean() - half, rel=1e-4)
    assert figure.high == pytest.approx(differences.mean() + half, rel=1e-4)


def test_difference_of_accuracy_counts_hits() -> None:
    right = np.where(np.arange(40) < 4, 0.4, 0.8)
    figure = paired_difference(
        TARGETS,
        binary(np.full(40, 0.8)),
        binary(right),
        classes=2,
        design="test",
        score="accuracy",
    )
    assert figure.value == pytest.approx(0.1)


def test_it_is_antisymmetric() -> None:
    random = np.random.default_rng(1)
    one, two = (binary(random.uniform(0.2, 0.9, 40)) for _ in range(2))
    forth = paired_difference(TARGETS, one, two, classes=2, design="test")
    back = paired_difference(TARGETS, two, one, classes=2, design="test")
    assert forth.value == pytest.approx(-back.value)  # type: ignore[operator]
    assert forth.low == pytest.approx(-back.high)  # type: ignore[operator]


def test_cross_validation_and_groups_widen_it() -> None:
    random = np.random.default_rng(1)
    per_group = np.repeat(random.uniform(0.3, 0.9, 10), 4)
    one, two = binary(per_group), binary(np.full(40, 0.6))
    plain = paired_difference(TARGETS, one, two, classes=2, design="test")
    folds = paired_difference(TARGETS, one, two, classes=2, design="cross-validation", folds=5)
    grouped = paired_difference(
        TARGETS, one, two, classes=2, design="test", units=np.arange(40) // 4
    )

    def width(figure: object) -> float:
        return figure.high - figure.low  # type: ignore[attr-defined, no-any-return]

    assert width(folds) > 1.1 * width(plain)
    assert width(grouped) > 1.5 * width(plain)


def test_nothing_in_common_is_undefined() -> None:
    nothing = np.full((1, 40, 2), np.nan)
    figure = paired_difference(TARGETS, nothing, nothing, classes=2, design="test")
    assert figure.value is None
    assert figure.why == "no example with a known label was held out"


def test_one_unit_has_a_value_and_no_interval() -> None:
    one = binary(np.full(40, 0.8))
    figure = paired_difference(
        TARGETS, one, one, classes=2, design="test", units=np.zeros(40, dtype=np.int64)
    )
    assert figure.value == 0
    assert figure.low is None
    assert figure.why == "one example or group has no spread"


def test_different_examples_are_refused() -> None:
    one, two = binary(np.full(40, 0.8)), binary(np.full(40, 0.7))
    two[:, 0] = np.nan
    with pytest.raises(SettingError, match="same examples and repeats"):
        paired_difference(TARGETS, one, two, classes=2, design="test")


def test_the_standard_error_is_that_of_the_interval() -> None:
    random = np.random.default_rng(2)
    one, two = (np.stack([binary(random.uniform(0.2, 0.9, 40))[0] for _ in range(3)]) for _ in "ab")
    found = paired_comparison(TARGETS, one, two, classes=2, design="cross-validation", folds=5)
    rows = np.arange(40)
    differences = -np.log(one[:, rows, TARGETS] / two[:, rows, TARGETS])
    # Nadeau and Bengio: (1 / (folds * repeats) + test / train) times the variance of a fold.
    of_a_fold = differences.var(axis=1, ddof=1).mean() / (40 / 5)
    assert found.standard_error == pytest.approx(np.sqrt((1 / 15 + 1 / 4) * of_a_fold))
    half = (found.figure.high - found.figure.low) / 2  # type: ignore[operator]
    assert half == pytest.approx(2.0227 * found.standard_error, rel=1e-4)  # type: ignore[operator]
    assert found.figure == paired_difference(
        TARGETS, one, two, classes=2, design="cross-validation", folds=5
    )


def test_without_spread_there_is_no_standard_error() -> None:
    one = binary(np.full(40, 0.8))
    nothing = np.full((1, 40, 2), np.nan)
    single = np.zeros(40, dtype=np.int64)
    for given, units in ((nothing, None), (one, single)):
        found = paired_comparison(TARGETS, given, given, classes=2, design="test", units=units)
        assert found.standard_error is None
