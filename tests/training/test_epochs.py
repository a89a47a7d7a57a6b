"""Which epoch is kept, when training stops, and what comes back where something goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.training.small_network import (
    CLASSES,
    HELD_OUT,
    NONE,
    TRAIN,
    Memory,
    memory,
    photos,
    pooled,
    settings,
    small_backbone,
    tune,
)

from headstart.backbones import INPUT
from headstart.errors import SettingError


def test_the_best_epoch_is_kept() -> None:
    chosen = settings("stem", "middle", "last", epochs=12, learning_rate=0.05)
    best = tune(INPUT, chosen)
    train, held_out = best.log_loss
    assert best.epochs_run == 12
    assert best.best_epoch == int(np.argmin(held_out))
    targets = photos()[1][HELD_OUT]
    expected = -np.log(best.held_out[:, np.arange(len(HELD_OUT)), targets]).mean(axis=1)
    np.testing.assert_allclose(held_out, expected, rtol=1e-6)
    assert np.isnan(train[0])
    assert train[-1] < train[1]

    chosen_epoch = tune(INPUT, chosen, keep=best.best_epoch)  # what a fit on all data does
    assert chosen_epoch.epochs_run == best.best_epoch
    np.testing.assert_array_equal(chosen_epoch.weights["last.0.weight"],
                                  best.weights["last.0.weight"])  # fmt: skip
    last = tune(INPUT, chosen, keep="last")
    assert last.best_epoch == 12
    np.testing.assert_array_equal(last.held_out, best.held_out)


def test_early_stopping() -> None:
    """On labels that are noise the held-out loss soon rises."""
    noise = np.random.default_rng(0).integers(0, CLASSES, 30)
    chosen = settings("stem", "middle", "last", epochs=40, learning_rate=0.03, patience=2)
    found = tune(INPUT, chosen, targets=noise)
    assert found.epochs_run == found.best_epoch + 2 < 40
    unbroken = tune(INPUT, chosen, targets=noise, keep="last")
    assert unbroken.epochs_run == 40
    np.testing.assert_array_equal(unbroken.held_out[: found.epochs_run + 1], found.held_out)


def test_nothing_held_out() -> None:
    found = tune("middle", settings("last", patience=1), rows_held_out=NONE)
    assert found.epochs_run == found.best_epoch == 3
    assert found.held_out.shape == (4, 0, CLASSES)
    assert np.isnan(found.log_loss[1]).all()


def test_held_out_of_unknown_class_or_one_never_trained_on_chooses_nothing() -> None:
    targets = photos()[1].copy()
    targets[HELD_OUT[::2]] = -1
    some = tune("middle", settings("last"), targets=targets)
    known = targets[HELD_OUT] >= 0
    given = some.held_out[:, known, targets[HELD_OUT[known]]]
    np.testing.assert_allclose(some.log_loss[1], -np.log(given).mean(axis=1))
    targets[HELD_OUT] = -1
    assert tune("middle", settings("last"), targets=targets).best_epoch == 3

    without = TRAIN[photos()[1][TRAIN] != 2]
    found = tune("middle", settings("last"), rows_train=without)
    judged = photos()[1][HELD_OUT] != 2
    given = found.held_out[:, judged, photos()[1][HELD_OUT[judged]]]
    np.testing.assert_allclose(found.log_loss[1], -np.log(given).mean(axis=1))


def test_an_interrupt_keeps_the_best_so_far() -> None:
    chosen = settings("stem", "middle", "last", epochs=8)
    unbroken = tune(INPUT, chosen)

    def interrupt(share: float) -> None:
        if share > 0.6:
            raise KeyboardInterrupt

    found = tune(INPUT, chosen, on_progress=interrupt)
    assert found.interrupted
    assert not unbroken.interrupted
    assert 0 < found.epochs_run < 8
    np.testing.assert_array_equal(found.held_out, unbroken.held_out[: found.epochs_run + 1])
    assert found.best_epoch == int(np.argmin(found.log_loss[1]))
    predicted = found.head.predict(pooled(found, HELD_OUT))
    np.testing.assert_allclose(predicted, found.held_out[found.best_epoch], atol=1e-6)


class _Interrupted(Memory):
    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        raise KeyboardInterrupt("by hand")


def test_an_interrupt_before_there_is_anything() -> None:
    data = _Interrupted(small_backbone(), "middle", photos()[0])
    with pytest.raises(KeyboardInterrupt, match="by hand"):
        tune("middle", settings("last"), data=data)


class _Failing(Memory):
    def read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        raise OSError("the disk is gone")


def test_what_goes_wrong_while_reading_is_said() -> None:
    data = _Failing(small_backbone(), "middle", photos()[0])
    with pytest.raises(OSError, match="the disk is gone"):
        tune("middle", settings("last"), data=data)


def test_training_that_diverges() -> None:
    """With something held out the best epoch stays; without, it is said."""
    data = memory("middle")
    data.rows[TRAIN] = 1e38
    found = tune("middle", settings("last"), data=data)
    assert found.best_epoch == 0
    assert found.epochs_run == 1
    with pytest.raises(SettingError, match=r"diverged in epoch 1: .* rate below 0\.01"):
        tune("middle", settings("last"), data=data, rows_held_out=NONE)


def test_only_the_epoch_that_is_kept_is_predicted() -> None:
    chosen = settings("last", epochs=3)
    every = tune("middle", chosen, keep="last")
    one = tune("middle", chosen, keep=2)
    np.testing.assert_array_equal(one.held_out[2], every.held_out[2])
    assert len(one.held_out) == 3
    assert np.isnan(one.held_out[:2]).all()
