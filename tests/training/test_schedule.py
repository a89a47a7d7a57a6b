"""Settings from the size of the data, order of examples, and the memory allocator."""

from __future__ import annotations

import ctypes
import platform
from dataclasses import replace

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.training.small_network import small_backbone

from headstart.backbones import FEATURES, Backbone
from headstart.errors import SettingError
from headstart.training import FineTuning, schedule
from headstart.training import _memory as memory
from headstart.training import _schedule as module
from headstart.training._batches import epoch_batches

STAGES = ("stem", "middle", "last")


def usual_backbone(
    *, width: int = module.USUAL_WIDTH, flops: float = module.USUAL_FLOPS
) -> Backbone:
    """The small network, as if it were as wide and as dear as the built-in one."""
    backbone = small_backbone()
    *stages, last = backbone.stages
    return replace(
        backbone, stages=(*stages, replace(last, outputs={FEATURES: (width,)}, flops=int(flops)))
    )


@hypothesis.settings(deadline=None)
@given(examples=st.integers(1, 200_000), stages=st.integers(0, 3))
def test_a_schedule_is_sensible_for_any_size(examples: int, stages: int) -> None:
    chosen = schedule(usual_backbone(), STAGES[3 - stages :], examples=examples)
    steps = -(-examples // chosen.batch_size) * chosen.epochs
    assert steps >= module.FEWEST_STEPS
    assert module.SMALLEST_BATCH <= chosen.batch_size <= module.LARGEST_BATCH
    assert chosen.epochs >= module.FEWEST_EPOCHS
    if examples > 1000:
        assert chosen.epochs <= module.MOST_EPOCHS
    noise = (chosen.batch_size / module.LARGEST_BATCH) ** 0.5
    least, most = module.ALL_STAGES_RATE * noise, module.LAST_STAGE_RATE * noise
    assert least * 0.999 <= chosen.learning_rate <= most * 1.001


def test_more_examples_get_fewer_epochs_and_more_steps() -> None:
    found = [schedule(small_backbone(), STAGES, examples=n) for n in (10, 100, 1000, 10_000)]
    assert np.all(np.diff([one.epochs for one in found]) <= 0)
    assert np.all(np.diff([one.batch_size for one in found]) >= 0)


def test_the_more_is_trained_the_gentler() -> None:
    backbone = usual_backbone()
    rates = [
        schedule(backbone, STAGES[start:], examples=2000).learning_rate for start in (3, 2, 1, 0)
    ]
    assert rates[0] == rates[1] == module.LAST_STAGE_RATE
    assert rates[3] == pytest.approx(module.ALL_STAGES_RATE)
    assert rates[1] > rates[2] > rates[3]
    assert schedule(backbone, ["stem"], examples=2000).learning_rate == pytest.approx(rates[3])


@pytest.mark.parametrize(("width", "factor"), [(640, 2), (2560, 0.5), (10, 16), (99_999, 0.25)])
def test_the_narrower_the_faster(width: int, factor: float) -> None:
    found = schedule(usual_backbone(width=width), STAGES, examples=2000)
    assert found.learning_rate == pytest.approx(module.ALL_STAGES_RATE * factor)


def test_cheap_networks_are_trained_longer() -> None:
    usual, half, cheap = (
        schedule(usual_backbone(flops=flops), STAGES, examples=600).epochs
        for flops in (module.USUAL_FLOPS, module.USUAL_FLOPS / 2, 1e6)
    )
    assert (usual, half, cheap) == (5, 10, 20)
    longest = schedule(usual_backbone(flops=1e6), STAGES, examples=200).epochs
    assert longest == module.CHEAP_EPOCHS


def test_the_user_knows_better() -> None:
    backbone = small_backbone()
    chosen = schedule(backbone, ["last"], examples=50, learning_rate=0.02, epochs=2, dropout=0.5,
                      statistics="learned", precision="bf16", seed=3)  # fmt: skip
    assert (chosen.learning_rate, chosen.epochs, chosen.patience) == (0.02, 2, 0)
    assert (chosen.dropout, chosen.statistics) == (0.5, "learned")
    assert (chosen.precision, chosen.seed) == ("bf16", 3)


def test_a_stage_that_is_none() -> None:
    with pytest.raises(SettingError, match="no stage with weights named 'lats'"):
        schedule(small_backbone(), ["lats"], examples=50)


def test_all_faults_are_said_at_once() -> None:
    message = (
        r"epochs is -1 but must be 0 or more; learning_rate is 0 but must be more than 0 and "
        r"less than 10; layer_decay is 2 but must be"
    )
    with pytest.raises(SettingError, match=message):
        FineTuning(frozenset(), epochs=-1, learning_rate=0, batch_size=1, layer_decay=2)


@hypothesis.settings(deadline=None)
@given(
    examples=st.integers(1, 60),
    batch_size=st.integers(1, 20),
    views=st.integers(1, 4),
    seed=st.integers(0, 2**32),
    epoch=st.integers(0, 100),
)
def test_an_epoch_takes_every_example_once(
    examples: int, batch_size: int, views: int, seed: int, epoch: int
) -> None:
    rows = np.arange(examples) * 3
    batches = epoch_batches(rows, views=views, batch_size=batch_size, seed=seed, epoch=epoch)
    seen = np.concatenate([batch.rows for batch in batches])
    np.testing.assert_array_equal(np.sort(seen), rows)
    sizes = [len(batch.rows) for batch in batches]
    assert all(size == batch_size for size in sizes[:-1])
    assert sizes[-1] <= batch_size + 1
    assert sizes[-1] > 1 or examples == 1 or batch_size == 1
    assert all(((batch.views >= 0) & (batch.views < views)).all() for batch in batches)
    again = epoch_batches(rows, views=views, batch_size=batch_size, seed=seed, epoch=epoch)
    for one, other in zip(batches, again, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.views, other.views)


def test_the_order_changes_from_epoch_to_epoch() -> None:
    orders = [
        epoch_batches(np.arange(50), views=1, batch_size=50, seed=0, epoch=epoch)[0].rows
        for epoch in range(2)
    ]
    assert not np.array_equal(orders[0], orders[1])


def test_freed_memory_is_kept_where_the_c_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Library:
        def __init__(self, name: None) -> None: ...

        def mallopt(self, option: int, value: int) -> int:
            asked.append((option, value))
            return 1

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    memory.keep_freed_memory.__wrapped__()
    assert asked == [(-4, 0), (-1, 2**31 - 1)]
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))  # musl, macOS, Windows
    memory.keep_freed_memory.__wrapped__()
    assert len(asked) == 2
