"""All layers from random weights: the schedule, and that it trains everything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.training.small_network import (
    CLASSES,
    HELD_OUT,
    TRAIN,
    Memory,
    assert_same_bits,
    photos,
    small_backbone,
    start,
    tune,
)

from headstart.backbones import INPUT
from headstart.errors import SettingError
from headstart.training import scratch_schedule


def test_everything_is_trained_at_one_rate() -> None:
    backbone = small_backbone()
    chosen = scratch_schedule(backbone, examples=100)
    assert chosen.trainable == {"stem", "middle", "last"}
    assert chosen.statistics == "learned"
    assert chosen.layer_decay == 1
    assert chosen.patience == 0, "nothing is held out to stop by"


def test_what_the_user_says_is_taken() -> None:
    given = {"epochs": 7, "learning_rate": 0.5, "batch_size": 24, "seed": 3}
    chosen = scratch_schedule(small_backbone(), examples=100, precision="bf16", **given)  # type: ignore[arg-type]
    assert {name: getattr(chosen, name) for name in given} == given
    assert chosen.precision == "bf16"
    with pytest.raises(SettingError, match="learning_rate is 50"):
        scratch_schedule(small_backbone(), examples=100, learning_rate=50)


def test_more_examples_are_seen_less_often_and_in_larger_batches() -> None:
    sizes = [1, 3, 30, 300, 3000, 30_000, 3_000_000]
    found = [scratch_schedule(small_backbone(), examples=size) for size in sizes]
    epochs = [one.epochs for one in found]
    batches = [one.batch_size for one in found]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[-1] >= 10
    assert epochs[0] <= 100
    assert batches == sorted(batches)
    assert all(math.log2(batch).is_integer() and batch >= 8 for batch in batches)
    rates = [one.learning_rate for one in found]
    assert rates == sorted(rates)


def test_it_learns_from_nothing_statistics_too() -> None:
    pixels = photos(views=6)[0]
    settings = scratch_schedule(small_backbone(), examples=len(TRAIN), epochs=60)
    data = Memory(small_backbone(), INPUT, pixels)
    found = tune(INPUT, settings, views=6, keep="last", data=data)
    train, held_out = found.log_loss
    assert held_out[0] == pytest.approx(math.log(CLASSES), abs=0.1)
    assert held_out[-1] < 0.5 * held_out[0]
    assert train[-1] < 0.5
    before = small_backbone().weights
    moved = [
        name for name, array in found.weights.items() if not np.array_equal(array, before[name])
    ]
    assert set(moved) == set(before), "a parameter or statistic never moved"
    seen = {view for (row, view) in data.read_views if row not in HELD_OUT}
    assert seen == set(range(6))
    again = tune(INPUT, settings, views=6, keep="last")
    assert_same_bits(again, found)


def test_its_head_starts_at_equal_chances() -> None:
    """Of features nobody has seen."""
    found = tune(INPUT, scratch_schedule(small_backbone(), examples=22, epochs=1), head=start())
    np.testing.assert_allclose(found.held_out[0], 1 / CLASSES, atol=0.1)
