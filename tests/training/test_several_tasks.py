"""Several tasks trained together: what is unknown moves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from headstart.errors import SettingError
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import DenseHead, Objective, random_head
from headstart.training import FineTuned, fine_tune
from headstart.training._labels import examples_of, several_tasks
from headstart.training._loss import TaskLoss
from headstart.training._tail import Tail

from .small_network import HELD_OUT, NONE, TRAIN, memory, settings, small_backbone

OUTPUTS = Outputs((2, 3, 2))
CPU = torch.device("cpu")


def labels(seed: int = 0, examples: int = 30, unknown: float = 0.4) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    found = random.integers(0, np.array(OUTPUTS.sizes), (examples, OUTPUTS.tasks))
    found[random.random(found.shape) < unknown] = UNKNOWN
    return np.asarray(found)


def head() -> DenseHead:
    return random_head(np.zeros((1, 12), np.float32), hidden=(), classes=len(OUTPUTS), seed=3)


def loss_of(
    logits: Tensor, targets: NDArray[np.int64], weights: NDArray[np.floating], **more: Any
) -> Tensor:
    return TaskLoss(OUTPUTS, CPU)(
        logits, torch.from_numpy(targets), torch.from_numpy(weights.astype(np.float32)), **more
    )


def with_gradient(*arguments: Any, **more: Any) -> tuple[float, NDArray[np.float32]]:
    logits = arguments[0].clone().requires_grad_()
    loss = loss_of(logits, *arguments[1:], **more)
    loss.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    return loss.item(), logits.grad.numpy()


def fitted(targets: NDArray[np.int64], **more: Any) -> FineTuned:
    backbone = small_backbone()
    given_settings = more.pop("settings", settings("last", epochs=2))
    arguments: dict[str, Any] = {
        "head": head(), "data": memory("middle"), "targets": targets, "rows_train": TRAIN,
        "rows_held_out": HELD_OUT, "threads": 1,
        "keep": "last", **more,
    }  # fmt: skip
    if "objective" not in more:
        arguments["objective"] = Objective.of(OUTPUTS, targets[TRAIN])
    return fine_tune(backbone, "middle", given_settings, **arguments)


def assert_same(one: FineTuned, other: FineTuned) -> None:
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name])
    for mine, theirs in zip(one.head.layers, other.head.layers, strict=True):
        np.testing.assert_array_equal(mine.weights, theirs.weights)
        np.testing.assert_array_equal(mine.bias, theirs.bias)
    np.testing.assert_array_equal(one.held_out, other.held_out)
    np.testing.assert_array_equal(one.log_loss, other.log_loss)


@hypothesis_settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_the_loss_is_that_of_the_objective(seed: int) -> None:
    targets = labels(seed)
    objective = Objective.of(OUTPUTS, targets)
    logits = torch.from_numpy(np.random.default_rng(seed).normal(size=(30, len(OUTPUTS))))
    found = loss_of(logits, targets, objective.cell_weights(targets))
    expected = objective.example_losses(OUTPUTS.softmax(logits.numpy()), targets)
    assert found.item() == pytest.approx(np.nansum(expected), rel=1e-6)


def test_flipping_hidden_values_leaves_loss_and_gradient_bit_identical() -> None:
    targets = labels()
    weights = Objective.of(OUTPUTS, targets).cell_weights(targets)
    logits = torch.from_numpy(np.random.default_rng(1).normal(size=(30, len(OUTPUTS))))
    flipped = np.where(targets == UNKNOWN, labels(7, unknown=0.0), targets)
    loss, gradient = with_gradient(logits, targets, weights)
    again, same = with_gradient(logits, flipped, weights)
    assert loss == again
    np.testing.assert_array_equal(gradient, same)


def test_flipping_hidden_values_leaves_the_trained_model_bit_identical() -> None:
    """Here hidden: of an example that weighs nothing in one task."""
    targets = labels()
    objective = Objective.of(OUTPUTS, targets[TRAIN])
    silent = replace(objective, factors=objective.factors * [1, 0, 1])
    flipped = targets.copy()
    flipped[:, 1] = np.where(targets[:, 1] == 0, 2, 0)
    assert_same(fitted(targets, objective=silent), fitted(flipped, objective=silent))


def test_parts_of_a_batch_give_the_gradient_of_the_whole() -> None:
    """However it is split over micro-batches or processes: sums with constants of training."""
    targets = labels()
    weights = Objective.of(OUTPUTS, targets).cell_weights(targets)
    logits = torch.from_numpy(np.random.default_rng(2).normal(size=(30, len(OUTPUTS))))
    loss, gradient = with_gradient(logits, targets, weights)
    for places in ([7, 13], [1, 2, 29], list(range(1, 30))):
        parts = np.split(np.arange(30), places)
        found = [with_gradient(logits[part], targets[part], weights[part]) for part in parts]
        assert sum(each for each, _ in found) == pytest.approx(loss, rel=1e-6)
        np.testing.assert_allclose(np.concatenate([each for _, each in found]), gradient, atol=1e-7)


@pytest.mark.parametrize("what", ["example", "task", "everything"])
def test_nothing_known_gives_no_loss_and_a_finite_gradient(what: str) -> None:
    targets = labels(unknown=0.0)
    if what == "example":
        targets[4] = UNKNOWN
    targets[:, 1] = UNKNOWN if what == "task" else targets[:, 1]
    targets = np.full_like(targets, UNKNOWN) if what == "everything" else targets
    weights = Objective.of(OUTPUTS, targets).cell_weights(targets)
    logits = torch.full((30, len(OUTPUTS)), 300.0)  # a softmax that would overflow
    logits[:, 0] = -300.0
    loss, gradient = with_gradient(logits, targets, weights)
    assert np.isfinite(loss)
    assert np.isfinite(gradient).all()
    if what == "example":
        assert not gradient[4].any()
    if what == "task":
        assert not gradient[:, OUTPUTS.columns(1)].any()
    if what == "everything":
        assert loss == 0
        assert not gradient.any()


def test_uncertain_labels_are_trained_with_their_chances() -> None:
    targets = np.array([[UNKNOWN, 1, UNKNOWN]])
    uncertain = np.array([[0.7, -1.0, -1.0]], np.float32)
    logits = torch.tensor([[0.2, 0.9, 0.0, 0.0, 0.0, 5.0, 5.0]])
    weights = np.array([[1.0, 0.0, 0.0]])
    loss = loss_of(logits, targets, weights, uncertain=torch.from_numpy(uncertain))
    chance = OUTPUTS.softmax(logits.numpy())[0, :2]
    assert loss.item() == pytest.approx(-0.3 * np.log(chance[0]) - 0.7 * np.log(chance[1]))


def test_a_batch_without_a_label_of_a_task_does_not_move_its_head() -> None:
    """Neither momentum nor weight decay nor the L2 penalty may."""
    targets = labels(unknown=0.0)
    # The last task is known of one training example only: of most batches it is absent.
    targets[1:, 2] = UNKNOWN  # TRAIN starts at 0
    backbone, trained = small_backbone(), {}
    one = settings(epochs=1, batch_size=7, weight_decay=0.5, warmup=0.0)
    start = replace(head(), penalty=np.full(len(OUTPUTS), 0.5))

    def watch(share: float) -> None:
        trained[round(share, 6)] = [array.copy() for array in tail_rows()]

    watched: list[Tail] = []
    made = Tail.__init__

    def remember(self: Tail, *arguments: Any) -> None:
        made(self, *arguments)
        watched.append(self)

    def tail_rows() -> list[NDArray[Any]]:
        live = watched[0].moving()
        return [live[name].detach().numpy()[-2:] for name in watched[0].output_layer]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tail, "__init__", remember)
        fine_tune(
            backbone, "middle", one, head=start, data=memory("middle"), targets=targets,
            rows_train=TRAIN, rows_held_out=NONE, threads=1, on_progress=watch,
            objective=Objective.of(OUTPUTS, targets[TRAIN]),
        )  # fmt: skip
    states = [
        np.concatenate([array.ravel() for array in rows]) for _, rows in sorted(trained.items())
    ]
    begun = np.concatenate([start.layers[0].weights[-2:].ravel(), start.layers[0].bias[-2:]])
    moved = [not np.array_equal(a, b) for a, b in zip([begun, *states], states, strict=False)]
    assert sum(moved) == 1  # the one batch that holds its label


def test_a_task_that_nobody_knows_stays_where_it_was() -> None:
    targets = labels()
    targets[:, 1] = UNKNOWN
    found = fitted(targets)
    columns = OUTPUTS.columns(1)
    before = head().layers[0]
    np.testing.assert_array_equal(found.head.layers[0].weights[columns], before.weights[columns])
    np.testing.assert_array_equal(found.head.layers[0].bias[columns], before.bias[columns])
    assert not np.array_equal(found.head.layers[0].weights[:2], before.weights[:2])


def test_held_out_predictions_are_probabilities_within_each_task() -> None:
    found = fitted(labels())
    sums = np.add.reduceat(found.held_out, OUTPUTS.starts, axis=2)
    np.testing.assert_allclose(sums, 1.0, rtol=1e-6)


def test_a_judge_decides_which_epoch_is_best_and_trains_nothing() -> None:
    targets = labels(unknown=0.1)
    objective = Objective.of(OUTPUTS, targets[TRAIN])
    judge = replace(objective, factors=objective.factors * [0, 0, 1])
    both = fitted(targets), fitted(targets, judge=judge)
    np.testing.assert_array_equal(both[0].held_out, both[1].held_out)
    chances = OUTPUTS.chances(both[1].held_out[-1], targets[HELD_OUT])[:, 2]
    known = targets[HELD_OUT, 2] != UNKNOWN
    assert both[1].log_loss[1][-1] == pytest.approx(-np.log(chances[known]).mean())


def test_examples_without_any_label_are_not_trained_on() -> None:
    targets = labels()
    targets[TRAIN[:5]] = UNKNOWN
    objective = Objective.of(OUTPUTS, targets[TRAIN])
    found = examples_of(
        several_tasks(targets, None, objective, objective, len(OUTPUTS)), TRAIN, HELD_OUT, 1
    )
    assert found.train.tolist() == [row for row in TRAIN if (targets[row] != UNKNOWN).any()]
    presence = found.presence(batch_size=4)
    assert (presence > 0).all()
    assert (presence <= 1).all()


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.zeros((30, 2), np.int64), r"targets of the shape \(30, 2\)"),
        (np.full((30, 3), 2, np.int64), "up to 2, do not fit 3 tasks of 2 to 3 classes"),
    ],
)
def test_targets_that_do_not_fit(targets: NDArray[np.int64], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        fitted(targets, objective=Objective.of(OUTPUTS, labels()[TRAIN]))


def test_a_head_that_does_not_fit() -> None:
    narrow = random_head(np.zeros((1, 12), np.float32), hidden=(), classes=3, seed=0)
    with pytest.raises(SettingError, match="the head has 3 outputs but the tasks have 7 classes"):
        fitted(labels(), head=narrow)
