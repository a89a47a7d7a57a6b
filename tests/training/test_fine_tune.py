"""One fit: the right arithmetic, the right examples, and no crash on little."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from tests.training.small_network import (
    CLASSES,
    HELD_OUT,
    NONE,
    TRAIN,
    Memory,
    assert_same_bits,
    memory,
    photos,
    pooled,
    settings,
    small_backbone,
    start,
    tune,
)
from torch import nn

from headstart import heads
from headstart.backbones import FEATURES, INPUT
from headstart.errors import SettingError
from headstart.heads import DenseHead
from headstart.training._batches import epoch_batches
from headstart.training._optimizer import rate_factor
from headstart.training._tail import Tail


def test_the_arithmetic_is_that_of_a_plain_loop() -> None:
    """Against PyTorch's own AdamW class on its own modules: order, loss, rates, decay, clipping."""
    weights = np.linspace(0.5, 2.0, 30)
    chosen = settings("last", epochs=2, gradient_norm=0.05)
    found = tune("middle", chosen, weights=weights, keep="last")

    stage = small_backbone().torch_stages()["last"]
    layer = start().layers[0]
    head = nn.Linear(12, CLASSES)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(layer.weights))
        head.bias.copy_(torch.from_numpy(layer.bias))
    rates = [(head.parameters(), 1e-2), (stage.parameters(), 1e-2 * 0.8)]
    optimizer = torch.optim.AdamW(
        [
            {"params": [one], "initial": rate, "weight_decay": 0.1 if one.ndim > 1 else 0.0}
            for parameters, rate in rates
            for one in parameters
        ]
    )
    everything = [one for group in optimizer.param_groups for one in group["params"]]
    data, targets = memory("middle"), photos()[1]
    scaled = torch.from_numpy(weights / weights[TRAIN].mean())
    for epoch in range(2):
        batches = epoch_batches(TRAIN, views=1, batch_size=7, seed=0, epoch=epoch)
        assert [len(batch.rows) for batch in batches] == [7, 7, 8]
        for step, batch in enumerate(batches):
            features = torch.from_numpy(data.read(batch.rows, batch.views)[FEATURES])
            pooled = stage({FEATURES: features})[FEATURES].mean(dim=(2, 3))
            losses = nn.functional.cross_entropy(
                head(pooled), torch.from_numpy(targets[batch.rows]), reduction="none"
            )
            optimizer.zero_grad()
            (losses * scaled[batch.rows]).mean().backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(everything, 0.05)
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * rate_factor(3 * epoch + step, 6, 0.1)
            optimizer.step()
    for name, tensor in stage.tensors().items():
        expected = found.weights.get(name, small_backbone().weights[name])
        np.testing.assert_allclose(tensor.detach().numpy(), expected, atol=2e-6)
    np.testing.assert_allclose(
        head.weight.detach().numpy(), found.head.layers[0].weights, atol=2e-6
    )


def test_the_learning_rate_rises_and_falls() -> None:
    factors = [rate_factor(step, 100, 0.1) for step in range(100)]
    assert int(np.argmax(factors)) == 10
    assert factors[10] == 1
    assert np.all(np.diff(factors[:11]) > 0)
    assert np.all(np.diff(factors[10:]) < 0)
    assert 0 < factors[0] < 0.1
    assert 0 < factors[-1] < 0.001
    assert [rate_factor(step, 2, 0.0) for step in range(2)] == [1, 0.5]
    assert rate_factor(0, 1, 0.1) > 0  # one step has to do something


@pytest.mark.parametrize("cut", [INPUT, "middle", "pool"])
def test_the_same_seed_gives_the_same_bits(cut: str) -> None:
    trainable = {INPUT: ("stem", "middle", "last"), "middle": ("last",), "pool": ()}[cut]
    chosen = settings(*trainable, dropout=0.3)
    first = tune(cut, chosen, views=2, head=start((6,)))
    torch.manual_seed(99)  # what else draws does not matter
    assert_same_bits(tune(cut, chosen, views=2, head=start((6,))), first)
    other = tune(cut, settings(*trainable, dropout=0.3, seed=1), views=2, head=start((6,)))
    assert not np.array_equal(other.held_out[1:], first.held_out[1:])


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_what_comes_back_predicts_what_was_held_out(hidden: tuple[int, ...]) -> None:
    """Tensors in the backbone and the head on it give the kept epoch's predictions."""
    chosen = settings("middle", "last", epochs=6, dropout=0.1, statistics="learned")
    found = tune("stem", chosen, head=start(hidden))
    assert found.held_out.shape == (7, len(HELD_OUT), CLASSES)
    np.testing.assert_allclose(found.held_out.sum(axis=2), 1)
    predicted = found.head.predict(pooled(found, HELD_OUT))
    np.testing.assert_allclose(predicted, found.held_out[found.best_epoch], atol=1e-6)
    assert len(found.head.layers) == len(hidden) + 1
    assert found.head.origin["by"] == "gradient descent"


def test_epoch_0_is_the_start() -> None:
    found = tune("middle", settings("last", epochs=0))
    assert found.epochs_run == found.best_epoch == 0
    plain = Memory(small_backbone(), "pool", photos()[0]).read(HELD_OUT, np.zeros_like(HELD_OUT))
    np.testing.assert_allclose(found.held_out[0], start().predict(plain[FEATURES]), atol=1e-6)
    np.testing.assert_array_equal(found.weights["last.0.weight"],
                                  small_backbone().weights["last.0.weight"])  # fmt: skip


def test_photos_are_scaled_as_the_preprocessing_says() -> None:
    """The same tail from pixels and from activations at the first cut."""
    from_pixels = tune(INPUT, settings("last"))
    from_store = tune("stem", settings("last"))
    np.testing.assert_allclose(from_pixels.held_out, from_store.held_out, atol=1e-5)


@pytest.mark.parametrize("unknown", ["class", "weight"])
def test_examples_that_do_not_count_are_not_there(unknown: str) -> None:
    targets, weights = photos()[1].copy(), np.full(30, 3.0)
    if unknown == "class":
        targets[:4] = -1
    else:
        weights[:4] = 0
    data = memory("middle")
    chosen = settings("last")
    found = tune("middle", chosen, targets=targets, weights=weights, data=data)
    assert_same_bits(found, tune("middle", chosen, rows_train=TRAIN[4:]))
    assert not any(row < 4 for row, _ in data.read_views)


def test_weights_do_not_depend_on_the_batch() -> None:
    """A class that weighs more does so by a constant, however rare it is in a batch."""
    weights = np.where(photos()[1] == 0, 4.0, 1.0)
    one = tune("pool", settings(epochs=1, batch_size=22, learning_rate=1e-4), weights=weights)
    expected = (weights[TRAIN] / weights[TRAIN].mean() * -np.log(
        start().predict(memory("pool").read(TRAIN, np.zeros_like(TRAIN))[FEATURES])[
            np.arange(len(TRAIN)), photos()[1][TRAIN]
        ]
    )).mean()  # fmt: skip
    assert math.isclose(one.log_loss[0][1], expected, rel_tol=1e-5)
    many = tune("pool", settings(epochs=1, batch_size=3, learning_rate=1e-9), weights=weights)
    assert math.isclose(many.log_loss[0][1], expected, rel_tol=1e-5)


def test_views_take_turns_and_held_out_examples_are_seen_plain() -> None:
    data = memory("middle", views=3)
    tune("middle", settings("last", epochs=6), views=3, data=data)
    for row in TRAIN.tolist():
        assert [data.read_views[row, view] for view in range(3)] == [2, 2, 2]
    for row in HELD_OUT.tolist():
        assert [data.read_views[row, view] for view in range(3)] == [7, 0, 0]


@pytest.mark.parametrize("statistics", ["fixed", "learned"])
@pytest.mark.parametrize("batch_size", [1, 7, 21, 64])
@pytest.mark.parametrize("examples", [1, 2, 22])
def test_batches_of_one(examples: int, batch_size: int, statistics: Any) -> None:
    chosen = settings("stem", "middle", "last", batch_size=batch_size, statistics=statistics,
                      dropout=0.2)  # fmt: skip
    found = tune(INPUT, chosen, rows_train=TRAIN[:examples], keep="last")
    assert all(np.isfinite(array).all() for array in found.weights.values())
    alone = examples == 1 or batch_size == 1
    if statistics == "learned":
        moved = not np.array_equal(
            found.weights["last.1.running_mean"], small_backbone().weights["last.1.running_mean"]
        )
        assert moved != alone, "the statistics of one example are none"


def test_one_held_out_example() -> None:
    assert tune("middle", settings("last"), rows_held_out=HELD_OUT[:1]).held_out.shape[1] == 1


def test_bfloat16_is_near_float32() -> None:
    exact = tune("stem", settings("middle", "last"))
    short = tune("stem", settings("middle", "last", precision="bf16"))
    assert 0 < np.abs(exact.held_out - short.held_out).max() < 0.02
    assert all(array.dtype == np.float32 for array in short.weights.values())


def test_global_settings_are_put_back() -> None:
    data, threads = memory("middle"), torch.get_num_threads()
    torch.manual_seed(4)
    state = torch.get_rng_state()
    tune("middle", settings("last", dropout=0.5), data=data, threads=threads + 1)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.backends.cudnn.deterministic


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": np.full(30, -1.0)}, "weights must be finite, 0 or more"),
        ({"weights": np.ones(29)}, "one for each example"),
        ({"targets": np.full(30, 3)}, "targets go up to 3 but the head has 3 classes"),
        ({"targets": np.full(30, -1)}, "no example with a known class"),
        ({"rows_train": NONE}, "no example with a known class"),
        ({"views": 0, "data": None}, "views is 0"),
        ({"keep": 4}, "epoch 4 cannot be kept: 3 are to be run"),
        ({"device": "quantum"}, "device 'quantum' is none that PyTorch knows"),
    ],
)
def test_examples_that_cannot_be_used(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        tune("middle", settings("last"), **({"data": memory("middle")} | changes))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu() -> None:
    with pytest.raises(SettingError, match="PyTorch finds no GPU here"):
        tune("middle", settings("last"), device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_nearly_the_same() -> None:
    chosen = settings("stem", "middle", "last", dropout=0.0)
    on_cpu, on_gpu = tune(INPUT, chosen), tune(INPUT, chosen, device="cuda")
    np.testing.assert_allclose(on_cpu.held_out, on_gpu.held_out, atol=0.01)
    assert_same_bits(on_gpu, tune(INPUT, chosen, device="cuda"))


@pytest.mark.parametrize("classes", [2, 3])
def test_training_starts_at_the_optimum_of_the_solved_head(classes: int) -> None:
    """The head's penalty is part of the loss, so that its gradient is 0 where it was solved."""
    data = memory("last")
    features = torch.from_numpy(data.read(TRAIN, np.zeros_like(TRAIN))[FEATURES])
    targets = photos()[1][TRAIN] % classes
    pooled = features.mean(dim=(2, 3)).numpy()
    head = DenseHead.of(heads.fit(pooled, targets, classes=classes, penalty=0.01))
    tail = Tail(small_backbone(), "last", settings(), head)
    losses = nn.functional.cross_entropy(tail({FEATURES: features}), torch.from_numpy(targets))
    weights = tail.moving()["headstart.head.0.weight"]
    (pull,) = torch.autograd.grad(losses, weights, retain_graph=True)
    (left,) = torch.autograd.grad(
        losses + tail.penalty(torch.full((classes,), float(head.penalty))), weights
    )
    assert pull.norm() > 1e-3
    assert left.norm() < 1e-3 * pull.norm()
