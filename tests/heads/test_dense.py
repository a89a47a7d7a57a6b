"""Heads of several layers, in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from headstart import heads
from headstart.errors import InputError
from headstart.heads import DenseHead, Layer

RIDGE = 1e-3


def layer(weights: list[list[float]], bias: list[float]) -> Layer:
    return Layer(np.array(weights, np.float32), np.array(bias, np.float32))


def shifted(random: np.random.Generator, count: int = 90, width: int = 20) -> NDArray[np.float32]:
    """Features far from mean 0 and variance 1, as they are after a ReLU."""
    scales = random.uniform(0.1, 3, width)
    return np.abs(random.normal(5, scales, (count, width))).astype(np.float32)


def classes_of(features: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.int64]:
    """Three classes that features tell with some error."""
    score = features @ random.normal(size=(features.shape[1], 3))
    score = (score - score.mean(axis=0)) / score.std(axis=0)
    found: NDArray[np.int64] = (score + random.normal(0, 0.7, score.shape)).argmax(axis=1)
    return found


def test_a_case_worked_by_hand() -> None:
    head = DenseHead(
        (
            layer([[1, -1], [0.5, 0.5], [-1, 0]], [0, -1, 2]),
            layer([[1, 0, 1], [0, 2, 0]], [0, 0.5]),
            layer([[1, 0], [0, 1], [-1, 1]], [0, 0, 0.25]),
        )
    )
    # (3, 1): first layer 2, 1, -1 -> 2, 1, 0; second 2, 2.5; logits 2, 2.5, 0.75.
    # (0, 4): first layer -4, 1, 2 -> 0, 1, 2; second 2, 2.5; the same.
    # (-2, 0): first layer -2, -2, 4 -> 0, 0, 4; second 4, 0.5; logits 4, 0.5, -3.25.
    found = head.predict(np.array([[3.0, 1.0], [0.0, 4.0], [-2.0, 0.0]]))
    logits = np.array([[2, 2.5, 0.75], [2, 2.5, 0.75], [4, 0.5, -3.25]])
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert (head.classes, head.features, head.parameters) == (3, 2, 9 + 8 + 9)


def test_it_predicts_as_pytorch_does(random: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    features = shifted(random)
    head = heads.random_head(features, hidden=(7, 5), classes=4, seed=2)
    values = torch.from_numpy(features)
    for number, each in enumerate(head.layers):
        values = torch.relu(values) if number else values
        values = values @ torch.from_numpy(each.weights).T + torch.from_numpy(each.bias)
    np.testing.assert_allclose(head.predict(features), torch.softmax(values, 1), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(-30_000, 30_000), st.sampled_from([np.float16, np.float32, np.float64]))
def test_probabilities_whatever_the_scale(scale: float, dtype: type[np.floating]) -> None:
    features = np.array([[1.0, -1.0], [0.5, 0.25]]).astype(dtype) * dtype(scale)
    head = DenseHead((layer([[1, 2], [-3, 4]], [0, 1]), layer([[1, 0], [0, 1]], [0, 0])))
    found = head.predict(features)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)


def test_no_features_at_all() -> None:
    head = heads.random_head(np.ones((3, 4)), hidden=(5,), classes=2, seed=0)
    assert head.predict(np.zeros((0, 4), np.float32)).shape == (0, 2)


def test_a_solved_head_stays_what_it_is(random: np.random.Generator) -> None:
    features = shifted(random)
    solved = heads.fit(features, classes_of(features, random), classes=3, penalty=0.01)
    dense = DenseHead.of(solved)
    np.testing.assert_array_equal(dense.predict(features), solved.predict(features))
    assert dense.origin["by"] == "solver"
    assert dense.origin["penalty"] == 0.01
    assert dense.origin["converged"] is True


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("hidden", [(), (6,), (40, 9)])
def test_a_solved_output_layer_is_that_of_scikit_learn(
    random: np.random.Generator, hidden: tuple[int, ...], weighted: bool
) -> None:
    features = shifted(random)
    targets = classes_of(features, random)
    weights = random.uniform(0.2, 2, len(targets)) if weighted else None
    start = heads.random_head(features, hidden=hidden, classes=3, seed=1)
    head = start.with_solved_output(features, targets, penalty=RIDGE, weights=weights)
    assert head.origin["converged"] is True
    assert head.origin["relative_gradient_norm"] <= heads.TOLERANCE
    for before, after in zip(start.layers[:-1], head.layers[:-1], strict=True):
        assert after is before
    inputs = features.astype(np.float64)
    for each in head.layers[:-1]:
        inputs = np.maximum(inputs @ each.weights.T.astype(np.float64) + each.bias, 0)
    total = len(targets) if weights is None else weights.sum()
    penalty = RIDGE * inputs.var(axis=0).sum() * total
    peer = LogisticRegression(C=1 / penalty, max_iter=20_000, tol=1e-9)
    peer.fit(inputs, targets, sample_weight=weights)
    np.testing.assert_allclose(head.predict(features), peer.predict_proba(inputs), atol=1e-4)


def test_hidden_units_that_are_all_silent(random: np.random.Generator) -> None:
    """Then only the classes' frequencies are left to learn."""
    silent = DenseHead((layer([[-1.0, -1.0]], [-1.0]), layer([[1.0], [-1.0]], [0.0, 0.0])))
    features = np.abs(random.normal(size=(20, 2)))
    targets = np.repeat([0, 1], [15, 5])
    head = silent.with_solved_output(features, targets, penalty=RIDGE)
    np.testing.assert_allclose(head.predict(features), np.tile([0.75, 0.25], (20, 1)), atol=1e-5)


def test_a_single_class_is_refused(random: np.random.Generator) -> None:
    features = shifted(random)
    start = heads.random_head(features, hidden=(4,), classes=2, seed=0)
    with pytest.raises(InputError, match="two classes or more"):
        start.with_solved_output(features, np.zeros(len(features), np.int64), penalty=RIDGE)


def test_random_units_see_features_of_mean_0_and_variance_1(random: np.random.Generator) -> None:
    """He's initialisation: a ReLU after each layer keeps the mean square of what goes through."""
    features = shifted(random, count=400, width=300)
    head = heads.random_head(features, hidden=(500, 400), classes=10, seed=7)
    first = features @ head.layers[0].weights.T + head.layers[0].bias
    np.testing.assert_allclose(first.mean(axis=0), 0, atol=1e-3)
    assert 1.7 < first.var() < 2.3
    second = head.layers[1](np.maximum(first, 0))
    assert 1.6 < (second**2).mean() < 2.4
    for each in head.layers[1:]:
        assert not each.bias.any()


def test_a_random_start_is_near_equal_probabilities(random: np.random.Generator) -> None:
    for hidden in ((), (64,), (64, 32)):
        features = shifted(random)
        head = heads.random_head(features, hidden=hidden, classes=5, seed=3)
        np.testing.assert_allclose(head.predict(features), 0.2, atol=0.03)
        assert head.origin == {"by": "random weights", "seed": 3}


def test_the_seed_decides(random: np.random.Generator) -> None:
    features = shifted(random)
    one, same, other = (
        heads.random_head(features, hidden=(8,), classes=3, seed=seed) for seed in (1, 1, 2)
    )
    for first, second in zip(one.layers, same.layers, strict=True):
        np.testing.assert_array_equal(first.weights, second.weights, strict=True)
    assert not np.array_equal(one.layers[0].weights, other.layers[0].weights)
    assert {each.weights.dtype for each in one.layers} == {np.dtype(np.float32)}


def test_features_that_do_not_vary() -> None:
    features = np.full((5, 3), 4.0, np.float32)
    head = heads.random_head(features, hidden=(6,), classes=2, seed=0)
    assert np.isfinite(head.predict(features)).all()
    assert np.isfinite(head.with_solved_output(features, np.array([0, 1, 0, 1, 1]),
                                               penalty=RIDGE).predict(features)).all()  # fmt: skip


def test_a_temperature_divides_the_logits() -> None:
    head = DenseHead((layer([[1, -1], [2, 0]], [0, 1]), layer([[1, 0], [0, 3], [1, 1]], [0, 1, 2])))
    features = np.array([[1.0, 2.0], [3.0, -1.0]])
    logits = np.log(head.predict(features))
    expected = np.exp(logits / 2.5)
    found = head.tempered(2.5).predict(features)
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-6)
    assert head.tempered(2.5).origin["temperature"] == 2.5
    assert head.tempered(1.0) is head
