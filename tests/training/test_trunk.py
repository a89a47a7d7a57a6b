"""How new hidden layers are trained."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.training import trunk_schedule


@given(st.integers(1, 200_000), st.integers(1, 5_000))
def test_a_step_takes_the_same_share_off_the_weights(examples: int, width: int) -> None:
    found = trunk_schedule(examples=examples, width=width)
    assert found.weight_decay * found.learning_rate == pytest.approx(0.004)
    assert found.trainable == frozenset()
    assert 0 < found.patience <= found.epochs


def test_no_rate_of_the_user_s_takes_more_off() -> None:
    usual, slow, fast = (
        trunk_schedule(examples=400, width=32, learning_rate=rate) for rate in (None, 1e-6, 5.0)
    )
    assert slow.learning_rate == 1e-6
    assert slow.weight_decay == usual.weight_decay
    assert fast.weight_decay * 5.0 == pytest.approx(0.004)


def test_narrow_vectors_and_large_batches_learn_at_higher_rates() -> None:
    narrow, wide = (trunk_schedule(examples=400, width=width) for width in (64, 1024))
    assert narrow.learning_rate == pytest.approx(4 * wide.learning_rate)
    many = trunk_schedule(examples=6400, width=1024)
    assert many.learning_rate / wide.learning_rate == pytest.approx(
        (many.batch_size / wide.batch_size) ** 0.5
    )


def test_who_says_how_long_gets_it_so() -> None:
    found = trunk_schedule(examples=400, width=32, epochs=3)
    assert (found.epochs, found.patience) == (3, 0)
