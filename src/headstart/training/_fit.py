"""Gradient descent, epoch by epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headstart.errors import SettingError
from headstart.training._batches import (
    Request,
    epoch_batches,
    plain_batches,
    read_ahead,
    step_seed,
)
from headstart.training._checkpoint import Checkpoint
from headstart.training._device import seed_everything
from headstart.training._examples import Examples
from headstart.training._loss import TaskLoss
from headstart.training._optimizer import AdamW, rate_factor
from headstart.training._result import Epoch, FineTuned
from headstart.training._settings import FineTuning
from headstart.training._tail import Tail, Tensors, as_array

Keep = Literal["best", "last"] | int
Read = Callable[[Request], Mapping[str, NDArray[Any]]]

EVALUATION_BATCH = 64
"""Examples at once where no gradient is taken."""

SMALLEST_PROBABILITY = 1e-7
"""Probabilities are kept this far from 0 when log loss is taken to choose an epoch, as where the
solver chooses a penalty."""


class Fit:
    """One fit: what happened so far, and how it goes on.

    Args:
        tail: what is trained.
        settings: how.
        examples: on what.
        read: gives a batch; called on `pool` only.
        pool: one thread.
        device: that the tail is on.
        keep: whose weights to hand back.
        checkpoint: where to write, and to go on from.
        on_progress: told the share that is done.
    """

    def __init__(
        self,
        tail: Tail,
        settings: FineTuning,
        examples: Examples,
        *,
        read: Read,
        pool: Executor,
        device: torch.device,
        keep: Keep,
        checkpoint: Checkpoint | None,
        on_progress: Callable[[float], None] | None,
    ) -> None:
        self._tail, self._settings, self._examples = tail, settings, examples
        self._read, self._pool, self._device = read, pool, device
        self._checkpoint, self._on_progress = checkpoint, on_progress
        self._keep = keep
        self._judging = keep == "best" and bool(examples.judged.any())
        self._planned = keep if isinstance(keep, int) else settings.epochs
        live = tail.moving()
        self._optimizer = AdamW({name: live[name] for name in tail.depth}, tail.depth, settings)
        self._task_loss = TaskLoss(examples.outputs, device)
        self._penalty = torch.from_numpy(self._penalties()).to(device)
        self._epochs: list[Epoch] = []
        self._step = 0  # of the epoch that runs
        self._loss = torch.zeros((), dtype=torch.float64, device=device)  # its sum so far
        self._kept: tuple[int, Tensors] | None = None
        self._began, self._earlier = time.monotonic(), 0.0

    def run(self) -> FineTuned:
        """Train to the end, or until Ctrl-C."""
        fixed = self._tail.fixed_sha256()
        interrupted = False
        try:
            self._resume()
            if not self._epochs:
                self._end_epoch(math.nan)
            while not self._finished():
                self._run_epoch()
        except KeyboardInterrupt:
            if self._kept is None:
                raise
            interrupted = True
        self._tail.assert_fixed(fixed)
        assert self._kept is not None
        weights, head = self._tail.result(self._kept[1])
        return FineTuned(
            weights=weights,
            head=head,
            epochs=tuple(self._epochs),
            best_epoch=self._kept[0],
            seconds=self._seconds(),
            frozen_sha256=self._tail.frozen_sha256(),
            interrupted=interrupted,
        )

    def _finished(self) -> bool:
        run = len(self._epochs) - 1
        diverged = run > 0 and not math.isfinite(self._epochs[-1].train_log_loss)
        if diverged and not self._judging:
            raise SettingError(
                f"training diverged in epoch {run}: its loss is no longer a number; give a "
                f"learning rate below {self._settings.learning_rate:g}"
            )
        assert self._kept is not None
        patience = self._settings.patience if self._judging else 0
        impatient = patience > 0 and run - self._kept[0] >= patience
        return diverged or impatient or run >= self._planned

    def _run_epoch(self) -> None:
        epoch = len(self._epochs) - 1
        settings, examples = self._settings, self._examples
        batches = epoch_batches(
            examples.train,
            views=examples.views,
            batch_size=settings.batch_size,
            seed=settings.seed,
            epoch=epoch,
        )
        before = epoch * len(batches)
        for request, arrays in read_ahead(self._pool, self._read, batches[self._step :]):
            factor = rate_factor(
                before + self._step, settings.epochs * len(batches), settings.warmup
            )
            seed_everything(step_seed(settings.seed, epoch, self._step), self._device)
            self._take_step(request.rows, arrays, factor)
            self._step += 1
            self._save(epoch_ended=False)
            if self._on_progress is not None:
                self._on_progress((before + self._step) / (self._planned * len(batches)))
        self._end_epoch(self._loss.item() / len(examples.train))

    def _take_step(
        self, rows: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]], factor: float
    ) -> None:
        self._tail.prepare(training=True, examples=len(rows))
        given = (self._examples.targets, self._examples.weights, self._examples.uncertain)
        labels = [None if array is None else torch.from_numpy(array[rows]).to(self._device)
                  for array in given]  # fmt: skip
        targets, weights, uncertain = labels
        assert targets is not None
        assert weights is not None
        # Weights are scaled by constants of the training set, not by what is known in the batch:
        # the gradient stays that of the whole sum, however it falls into batches.
        loss = self._task_loss(self._logits(arrays), targets, weights, uncertain) / len(rows)
        penalty = self._tail.penalty(self._penalty)
        (loss + penalty).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step(factor, self._resting(rows))
        self._loss += loss.detach() * len(rows)

    def _resting(self, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        """Rows of the output layer whose task has no label in the batch."""
        absent = np.asarray(~(self._examples.weights[rows] > 0).any(axis=0))
        if not absent.any():
            return {}
        outputs = np.flatnonzero(absent[self._examples.outputs.task_of])
        index = torch.from_numpy(outputs).to(self._device)
        return dict.fromkeys(self._tail.output_layer, index)

    def _penalties(self) -> NDArray[np.float32]:
        """L2 of each output, larger where its task is in few batches: else it rests."""
        outputs = self._examples.outputs
        presence = self._examples.presence(self._settings.batch_size)[outputs.task_of]
        given = np.broadcast_to(self._tail.head_penalty, len(outputs))
        found = np.divide(given, presence, out=np.zeros(len(outputs)), where=presence > 0)
        return np.asarray(found, dtype=np.float32)

    def _logits(self, arrays: Mapping[str, NDArray[Any]]) -> Tensor:
        tensors = {
            name: torch.from_numpy(np.require(array, requirements=["C", "W"])).to(
                self._device, non_blocking=True
            )
            for name, array in arrays.items()
        }
        logits: Tensor = self._tail(tensors)
        return logits

    def _end_epoch(self, train_log_loss: float) -> None:
        wanted = self._keep in ("best", "last") or len(self._epochs) == self._keep
        held_out = self._predict() if wanted else self._unpredicted()
        log_loss = self._log_loss(held_out)
        self._epochs.append(Epoch(train_log_loss, log_loss, held_out))
        before = math.inf if self._kept is None else self._epochs[self._kept[0]].held_out_log_loss
        if self._kept is None or not self._judging or log_loss < before:
            self._kept = len(self._epochs) - 1, self._tail.copy()
        self._step = 0
        self._loss.zero_()
        self._save(epoch_ended=True)

    @torch.no_grad()
    def _predict(self) -> NDArray[np.float32]:
        """Class probabilities of the held-out examples, as they are after this epoch.

        Those of all epochs are kept, which for many tasks is most of the memory: in float32.
        """
        self._tail.prepare(training=False)
        requests = plain_batches(self._examples.held_out, EVALUATION_BATCH)
        found = [
            self._examples.outputs.softmax(self._logits(arrays).cpu().numpy()).astype(np.float32)
            for _, arrays in read_ahead(self._pool, self._read, requests)
        ]
        return np.concatenate([np.zeros((0, self._tail.classes), np.float32), *found])

    def _unpredicted(self) -> NDArray[np.float32]:
        """In the place of predictions that nobody asked for: they may cost more than training."""
        return np.full((len(self._examples.held_out), self._tail.classes), np.nan, np.float32)

    def _log_loss(self, held_out: NDArray[np.float32]) -> float:
        examples, judged = self._examples, self._examples.judged
        if not judged.any():
            return math.nan
        chances = examples.outputs.chances(held_out, examples.targets[examples.held_out])
        losses = -np.log(np.maximum(np.float64(chances), SMALLEST_PROBABILITY)) * judged
        return float(losses.sum() / (judged > 0).any(axis=1).sum())

    def _seconds(self) -> float:
        return self._earlier + time.monotonic() - self._began

    def _save(self, *, epoch_ended: bool) -> None:
        if self._checkpoint is None or not self._checkpoint.due(epoch_ended=epoch_ended):
            return
        assert self._kept is not None
        facts = {
            "step": self._step,
            "loss": self._loss.item(),
            "seconds": self._seconds(),
            "kept": self._kept[0],
            "train_log_loss": [epoch.train_log_loss for epoch in self._epochs],
            "held_out_log_loss": [epoch.held_out_log_loss for epoch in self._epochs],
        }
        state = {name: as_array(tensor) for name, tensor in self._optimizer.state().items()}
        tensors = {
            **{f"now/{name}": array for name, array in self._tail.copy().items()},
            **{f"kept/{name}": array for name, array in self._kept[1].items()},
            **{f"optimizer/{name}": array for name, array in state.items()},
            "held_out": np.stack([epoch.held_out for epoch in self._epochs]),
        }
        self._checkpoint.write(facts, tensors)

    def _resume(self) -> None:
        found = None if self._checkpoint is None else self._checkpoint.read()
        if found is None:
            return
        facts, tensors = found
        self._tail.restore(_under(tensors, "now/"))
        state = _under(tensors, "optimizer/")
        for name, tensor in self._optimizer.state().items():
            tensor.copy_(torch.from_numpy(state[name]))
        losses = zip(facts["train_log_loss"], facts["held_out_log_loss"], strict=True)
        self._epochs = [
            Epoch(train, held_out, probabilities)
            for (train, held_out), probabilities in zip(losses, tensors["held_out"], strict=True)
        ]
        self._kept = facts["kept"], _under(tensors, "kept/")
        self._step = facts["step"]
        self._loss.fill_(facts["loss"])
        self._earlier = facts["seconds"]


def _under(tensors: Mapping[str, NDArray[Any]], prefix: str) -> Tensors:
    return {
        name.removeprefix(prefix): array
        for name, array in tensors.items()
        if name.startswith(prefix)
    }
