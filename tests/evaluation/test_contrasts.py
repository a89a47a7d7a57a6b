"""Differences of candidates at several sizes: hand-worked, and blind to what judges them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import Scores, scores, task_figures
from headstart.evaluation._contrasts import ONE_DRAW
from headstart.evaluation._intervals import student_quantile, wilson
from headstart.evaluation._sampling import Sampling

Floats = NDArray[np.float64]


def made(
    accuracy: Floats | list[object],
    *,
    losses: Floats | None = None,
    sampling: Sampling | None = None,
    parts: NDArray[np.int64] | None = None,
    drawn: bool = False,
) -> Scores:
    """Scores of ``(candidates, sizes, repeats, examples)``."""
    right = np.asarray(accuracy, dtype=np.float64)
    *_, repeats, examples = right.shape
    return Scores(
        {"accuracy": right, "log_loss": right if losses is None else losses},
        sampling or Sampling(np.arange(examples), examples),
        np.zeros((repeats, examples), np.int64) if parts is None else parts,
        drawn,
    )


def half(figure: object) -> float:
    return (figure.high - figure.low) / 2  # type: ignore[attr-defined, no-any-return]


def test_a_difference_of_accuracy_is_hand_worked() -> None:
    one = np.repeat([1.0, 0.0], [30, 10])
    two = np.repeat([1.0, 0.0], [22, 18])
    found = made([[[one]], [[two]]]).contrast({(0, 0): 1.0, (1, 0): -1.0})
    spread = (one - two).var(ddof=1) / 40
    assert found.value == pytest.approx(0.2)
    assert half(found) == pytest.approx(2.0227 * np.sqrt(spread + 1 / 40**2), rel=1e-4)
    assert found.method == "paired Student"
    assert not found.approximate


def test_a_difference_of_shares_ends_where_shares_end() -> None:
    right, wrong = np.ones(3), np.array([1.0, 0.0, 0.0])
    found = made([[[right]], [[wrong]]])
    gain = found.contrast({(0, 0): 1.0, (1, 0): -1.0})
    assert gain.low is not None
    assert -1 <= gain.low < 0
    assert gain.high == 1
    mean = found.contrast({(0, 0): 0.5, (1, 0): 0.5})
    assert mean.high == 1


def test_a_difference_of_log_loss_is_hand_worked() -> None:
    one, two = np.linspace(0, 1, 40), np.linspace(0, 2, 40) ** 2
    found = made([[[one]], [[two]]]).contrast({(1, 0): 1.0, (0, 0): -1.0}, "log_loss", level=0.9)
    values = two - one
    assert found.value == pytest.approx(values.mean())
    assert half(found) == pytest.approx(1.6849 * np.sqrt(values.var(ddof=1) / 40), rel=1e-4)
    assert found.level == 0.9


def test_weights_take_any_mixture_of_cells() -> None:
    random = np.random.default_rng(0)
    right = (random.random((2, 3, 1, 50)) < 0.7).astype(float)
    found = made(right).contrast({(0, 2): 1.0, (1, 0): -0.25, (1, 1): -0.75})
    values = right[0, 2, 0] - 0.25 * right[1, 0, 0] - 0.75 * right[1, 1, 0]
    assert found.value == pytest.approx(values.mean())
    assert half(found) == pytest.approx(
        student_quantile(0.95, 49) * np.sqrt(values.var(ddof=1) / 50 + 1 / 50**2)
    )


def test_agreeing_on_a_few_examples_is_no_proof_of_being_equal() -> None:
    """Two candidates right of the same 20: one of 20 may still differ, and more."""
    same = np.ones((2, 1, 1, 20))
    found = made(same).contrast({(0, 0): 1.0, (1, 0): -1.0})
    assert found.value == 0
    assert half(found) > 0.1
    many = made(np.ones((2, 1, 1, 2000))).contrast({(0, 0): 1.0, (1, 0): -1.0})
    assert half(many) < 0.001


def test_dependent_examples_count_once() -> None:
    random = np.random.default_rng(0)
    single = (random.random((2, 1, 1, 30)) < 0.6).astype(float)
    copies = np.repeat(single, 4, axis=3)
    units = Sampling(np.repeat(np.arange(30), 4), 30)
    weights = {(0, 0): 1.0, (1, 0): -1.0}
    plain, grouped = made(single).contrast(weights), made(copies, sampling=units).contrast(weights)
    assert half(grouped) == pytest.approx(half(plain))
    assert half(made(copies).contrast(weights)) < 0.6 * half(plain)
    assert half(made(copies, sampling=units).figure((0, 0), "accuracy")) == pytest.approx(
        half(made(single).figure((0, 0), "accuracy")), rel=0.02
    )


def test_cross_validation_is_inflated_shares_less_than_scores() -> None:
    random = np.random.default_rng(1)
    right = (random.random((2, 1, 2, 60)) < 0.7).astype(float)
    sampling = Sampling(np.arange(60), 60, share_inflation=1.4, score_inflation=1.9)
    found = made(right, sampling=sampling)
    values = (right[0, 0] - right[1, 0]).astype(float)
    variance = values.var(axis=1, ddof=1).mean() / 60
    weights = {(0, 0): 1.0, (1, 0): -1.0}
    quantile = student_quantile(0.95, 59)
    shares, losses = found.contrast(weights), found.contrast(weights, "log_loss")
    assert half(shares) == pytest.approx(quantile * np.sqrt(1.4 * variance + 1 / 60**2))
    assert half(losses) == pytest.approx(quantile * np.sqrt(1.9 * variance))


def test_draws_vary_beside_the_examples() -> None:
    random = np.random.default_rng(2)
    losses = random.normal(size=(1, 1, 4, 50)) + random.normal(size=(1, 1, 4, 1))
    found = made(losses, drawn=True).contrast({(0, 0): 1.0}, "log_loss")
    values = losses[0, 0]
    examples = values.mean(axis=0).var(ddof=1) / 50
    between = values.mean(axis=1).var(ddof=1) / 4
    assert half(found) == pytest.approx(student_quantile(0.95, 49) * np.sqrt(examples + between))


def test_one_training_part_is_allowed_for() -> None:
    """Several draws of all there is are one draw."""
    values = np.random.default_rng(3).normal(size=50)
    for draws in (1, 5):
        losses = np.broadcast_to(values, (1, 1, draws, 50))
        found = made(losses, drawn=True).contrast({(0, 0): 1.0}, "log_loss")
        variance = ONE_DRAW * values.var(ddof=1) / 50
        assert half(found) == pytest.approx(student_quantile(0.95, 49) * np.sqrt(variance))


def test_a_log_loss_is_that_of_a_training_run() -> None:
    """Skewed: the rare, confident mistake that was not met is allowed for."""
    random = np.random.default_rng(6)
    targets = random.integers(0, 2, 80)
    right = 1 - random.random(80) ** 3
    given = np.where(np.arange(2) == targets[:, None], right[:, None], 1 - right[:, None])[None]
    alone = scores(targets, [[given]], parts=np.zeros((1, 80), np.int64), folds=5)
    found = alone.figure((0, 0), "log_loss")
    expected = task_figures(
        targets, given, classes=["no", "yes"], design="cross-validation", folds=5
    ).log_loss
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert found.method == expected.method


def test_an_accuracy_has_wilsons_interval() -> None:
    right = np.repeat([1.0, 0.0], [45, 5])
    found = made(right[None, None, None]).figure((0, 0), "accuracy")
    # With ddof=1 in the variance 49 examples are as uncertain as these.
    low, high = wilson(0.9, 49, quantile=student_quantile(0.95, 49))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.method == "Wilson"


def test_an_accuracy_of_one_is_not_certain() -> None:
    sampling = Sampling(np.repeat(np.arange(10), 5), 10, share_inflation=1.5)
    found = made(np.ones((1, 1, 1, 50)), sampling=sampling).figure((0, 0), "accuracy")
    low, _ = wilson(1.0, 10 / 1.5, quantile=student_quantile(0.95, 9))
    assert found.value == found.high == 1
    assert found.low == pytest.approx(float(low))
    assert found.approximate


def test_one_unit_has_no_interval() -> None:
    one = Sampling(np.zeros(4, np.int64), 1)
    found = made(np.array([[[[0, 1, 1, 1.0]]], [[[1, 1, 1, 1.0]]]]), sampling=one)
    for figure in (
        found.figure((0, 0), "accuracy"),
        found.figure((0, 0), "log_loss"),
        found.contrast({(0, 0): 1.0, (1, 0): -1.0}),
    ):
        assert figure.low is figure.high is None
        assert figure.why == "one example or group has no spread"


def test_few_units_are_approximate() -> None:
    assert made(np.ones((1, 1, 1, 29))).figure((0, 0), "accuracy").approximate
    assert not made(np.ones((1, 1, 1, 30))).figure((0, 0), "accuracy").approximate


def test_the_best_of_equals_is_chosen_without_the_part_it_is_judged_on() -> None:
    """Of four equal candidates the best looks good; the one chosen by the other parts does not."""
    random = np.random.default_rng(4)
    naive, honest = [], []
    parts = np.arange(50)[None] % 5
    for _ in range(200):
        losses = random.exponential(size=(4, 1, 1, 50))
        found = made((losses < 0.7).astype(float), losses=losses, parts=parts)
        naive.append(losses.mean(axis=-1).min() - 1)
        chosen = found.with_chosen(range(4)).figure((4, 0), "log_loss").value
        assert chosen is not None
        honest.append(chosen - 1)
    error = 1 / np.sqrt(50 * 200)
    assert np.mean(naive) < -0.1
    assert abs(np.mean(honest)) < 4 * error


def test_the_choice_does_not_change_with_the_part_itself() -> None:
    losses = np.random.default_rng(5).exponential(size=(3, 1, 1, 40))
    parts = np.arange(40)[None] // 8
    right = np.arange(3.0)[:, None, None, None] * np.ones_like(losses)  # tells who was chosen
    before = made(right, losses=losses, parts=parts).with_chosen(range(3)).values["accuracy"][3]
    inside = parts[0] == 2
    losses[:, :, :, inside] = losses[::-1][:, :, :, inside]
    after = made(right, losses=losses, parts=parts).with_chosen(range(3)).values["accuracy"][3]
    np.testing.assert_array_equal(before[..., inside], after[..., inside])


def test_a_clear_best_is_chosen_everywhere_and_others_are_not_asked() -> None:
    losses = np.stack([np.full((2, 2, 30), level) for level in (0.1, 0.5, 0.2)])
    right = np.stack([np.full((2, 2, 30), level) for level in (1.0, 0.0, 0.5)])
    parts = np.tile(np.arange(30) % 3, (2, 1))
    found = made(right, losses=losses, parts=parts)
    assert found.with_chosen([1, 2]).figure((3, 1), "accuracy").value == 0.5
    assert found.with_chosen([0, 1, 2]).figure((3, 0), "log_loss").value == pytest.approx(0.1)
    assert len(found.values["accuracy"]) == 3  # itself unchanged


def test_a_choice_in_a_cross_validation_is_inflated_as_a_score_is() -> None:
    right = (np.random.default_rng(7).random((2, 1, 1, 60)) < 0.7).astype(float)
    sampling = Sampling(np.arange(60), 60, share_inflation=1.5, score_inflation=2.25)
    found = made(right, sampling=sampling, parts=np.arange(60)[None] % 5)
    weights = {(0, 0): 1.0, (1, 0): -1.0}
    plain, careful = found.contrast(weights), found.with_chosen([0, 1]).contrast(weights)
    quantile = student_quantile(0.95, 59)
    added = ((half(careful) / quantile) ** 2 - 1 / 60**2) / (
        (half(plain) / quantile) ** 2 - 1 / 60**2
    )
    assert added == pytest.approx(1.5)


def test_a_candidate_is_chosen_and_not_the_luck_of_one_draw() -> None:
    """The first is better in one of three draws, the second in all."""
    losses = np.full((2, 1, 3, 20), 0.5)
    losses[0, 0, 0] = 0.4
    losses[1] = 0.45
    right = np.arange(2.0)[:, None, None, None] * np.ones_like(losses)  # tells who was chosen
    parts = np.tile(np.arange(20) % 5, (3, 1))
    found = made(right, losses=losses, parts=parts, drawn=True).with_chosen([0, 1])
    assert found.values["accuracy"][2].min() == 1


def test_one_part_leaves_nothing_to_choose_by() -> None:
    found = made(np.array([[[[1.0]]], [[[0.0]]]])).with_chosen([0, 1])
    assert found.values["accuracy"].shape == (3, 1, 1, 1)


def test_predictions_become_scores() -> None:
    targets = np.array([0, 1, 1])
    given = np.array([[[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]]])
    found = scores(targets, [[given]], parts=np.zeros((1, 3), np.int64), folds=None)
    np.testing.assert_array_equal(found.values["accuracy"], [[[[1, 1, 0]]]])
    np.testing.assert_allclose(found.values["log_loss"], -np.log([[[[0.9, 0.6, 0.2]]]]))
    assert found.drawn
    assert found.sampling.share_inflation == 1


def test_folds_and_units_are_taken_over() -> None:
    given = np.full((2, 4, 2), 0.5)
    found = scores(
        np.array([0, 1, 0, 1]), [[given]], parts=np.zeros((2, 4), np.int64), folds=5,
        units=np.array([7, 7, 3, 9]),
    )  # fmt: skip
    assert not found.drawn
    assert found.sampling.count == 3
    assert found.sampling.share_inflation == pytest.approx(1 + 1.5 / 4)
    assert found.sampling.score_inflation == pytest.approx(1 / 2 + 5 / 4)


def test_predictions_of_other_examples_are_refused() -> None:
    parts = np.zeros((1, 3), np.int64)
    good, bad = np.full((1, 3, 2), 0.5), np.full((1, 4, 2), 0.5)
    with pytest.raises(SettingError, match=r"the shape \(1, 4, 2\); expected \(1, 3, 2\)"):
        scores(np.zeros(3, np.int64), [[good], [bad]], parts=parts, folds=5)
