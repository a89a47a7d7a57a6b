"""Many columns predicted at once are each column predicted alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from headstart.examples import Outputs
from headstart.strategy import _indicators
from headstart.strategy._indicators import (
    COLUMN_PENALTY,
    PRIOR,
    from_features,
    from_other_labels,
    from_sources,
    leading_axes,
)

Ints = NDArray[np.int64]


def table(examples: int = 120, *, seed: int = 0) -> tuple[Ints, Outputs, Ints]:
    random = np.random.default_rng(seed)
    outputs = Outputs((2, 3, 2, 4))
    targets = np.stack([random.integers(0, size, examples) for size in outputs.sizes], axis=1)
    targets[random.random(targets.shape) < 0.4] = -1
    folds = np.stack([random.permutation(examples) % 4 for _ in range(2)])
    return targets, outputs, folds


def test_each_task_is_predicted_as_if_from_the_others_columns_alone() -> None:
    """scikit-learn's ridge regression on the columns of the other tasks, task by task."""
    targets, outputs, folds = table()
    found = from_other_labels(targets, outputs, folds)
    for task in range(4):
        columns = []
        for other in range(4):
            if other == task:
                continue
            columns.append(targets[:, other] >= 0)
            columns += [targets[:, other] == place for place in range(1, outputs.sizes[other])]
        inputs = np.stack(columns, axis=1).astype(float)
        for repeat, fold in np.ndindex(2, 4):
            inside = folds[repeat] == fold
            ridge = Ridge(alpha=COLUMN_PENALTY, tol=1e-10)
            ridge.fit(inputs[~inside], targets[~inside, task] < 0)
            np.testing.assert_allclose(
                found[repeat, inside, task], ridge.predict(inputs[inside]), atol=1e-9
            )


def test_no_task_is_told_by_its_own_label() -> None:
    targets, outputs, folds = table()
    folds[:, :10] = 0
    before = from_other_labels(targets, outputs, folds)
    targets[:10, 1] = np.where(targets[:10, 1] < 0, 2, -1)
    after = from_other_labels(targets, outputs, folds)
    np.testing.assert_array_equal(before[:, :10, 1], after[:, :10, 1])
    assert (before[:, :10, 0] != after[:, :10, 0]).any()


@pytest.mark.parametrize("width", [5, 300])
def test_the_penalty_is_one_of_those_allowed_and_chosen_on_the_training_part(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one penalty left, scikit-learn's ridge regression of the leading axes."""
    monkeypatch.setattr(_indicators, "PENALTIES", np.array([0.1]))
    random = np.random.default_rng(0)
    features = random.normal(size=(90, width)) * np.linspace(1, 3, width)
    wanted = (random.random((90, 3)) < 0.4).astype(float)
    folds = (np.arange(90) % 3)[None]
    found = from_features(features, wanted, folds)
    axes = leading_axes(features, 64)
    for fold in range(3):
        inside = folds[0] == fold
        largest = np.linalg.svd(axes[~inside] - axes[~inside].mean(axis=0))[1][0]
        ridge = Ridge(alpha=0.1 * largest**2).fit(axes[~inside], wanted[~inside])
        np.testing.assert_allclose(found[0, inside], ridge.predict(axes[inside]), atol=1e-8)


def test_noise_is_shrunk_and_a_clear_sign_is_not() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 40))
    wanted = np.stack([features[:, 0] > 0, random.random(400) < 0.5], axis=1).astype(float)
    found = from_features(features, wanted, (np.arange(400) % 5)[None])
    assert found[0, :, 0].std() > 0.3
    assert found[0, :, 1].std() < 0.1


def test_the_leading_axes_are_the_same_from_either_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_indicators, "SLICE", 7)
    random = np.random.default_rng(0)
    features = random.normal(size=(40, 40)) @ np.diag(np.linspace(1, 4, 40))
    tall, wide = features[:, :12], features[:12]
    for given in (tall, wide):
        axes = leading_axes(given, 5)
        left, deviations, _ = np.linalg.svd(given - given.mean(axis=0), full_matrices=False)
        np.testing.assert_allclose(np.abs(axes[:, ::-1]), np.abs(left[:, :5] * deviations[:5]),
                                   atol=1e-8)  # fmt: skip


def test_inputs_that_do_not_vary_tell_nothing() -> None:
    wanted = np.tile([[0.0], [1.0]], (20, 1))
    found = from_features(np.ones((40, 3)), wanted, (np.arange(40) // 2 % 4)[None])
    np.testing.assert_allclose(found, 0.5)


def test_a_source_is_told_by_its_other_examples() -> None:
    sources = np.repeat([7, 3], 6)
    wanted = np.repeat([[1.0], [0.0]], 6, axis=0)
    wanted[0] = 0.0
    folds = (np.arange(12) % 6)[None]
    found = from_sources(sources, wanted, folds)
    usual = 5 / 10
    assert found[0, 0, 0] == pytest.approx((5 + PRIOR * usual) / (5 + PRIOR))
    usual = 4 / 10
    assert found[0, 1, 0] == pytest.approx((4 + PRIOR * usual) / (5 + PRIOR))
    assert found[0, 7, 0] == pytest.approx(PRIOR * usual / (5 + PRIOR))


def test_what_is_never_held_out_is_not_predicted() -> None:
    targets, outputs, folds = table()
    folds[:, 5] = -1
    random = np.random.default_rng(0)
    wanted = (targets < 0).astype(float)
    for found in (
        from_other_labels(targets, outputs, folds),
        from_features(random.normal(size=(120, 6)), wanted, folds),
        from_sources(random.integers(0, 3, 120), wanted, folds),
    ):
        assert np.isnan(found[:, 5]).all()
        assert not np.isnan(np.delete(found, 5, axis=1)).any()
