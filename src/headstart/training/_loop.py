"""Train the layers behind a cut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from headstart.activations import ActivationReader
from headstart.backbones import Backbone
from headstart.errors import SettingError
from headstart.heads import DenseHead, Objective
from headstart.training._batches import Request
from headstart.training._checkpoint import Checkpoint
from headstart.training._device import computing
from headstart.training._examples import Examples
from headstart.training._fit import Fit, Keep
from headstart.training._labels import examples_of, one_task, several_tasks
from headstart.training._result import FineTuned
from headstart.training._settings import FineTuning
from headstart.training._tail import Tail

Integers = NDArray[np.int64]


def fine_tune(
    backbone: Backbone,
    cut: str,
    settings: FineTuning,
    *,
    head: DenseHead,
    data: ActivationReader,
    targets: Integers,
    rows_train: Integers,
    rows_held_out: Integers,
    views: int = 1,
    weights: NDArray[np.floating] | None = None,
    objective: Objective | None = None,
    judge: Objective | None = None,
    uncertain: NDArray[np.float32] | None = None,
    device: str = "cpu",
    threads: int | None = None,
    checkpoint: Path | None = None,
    data_identity: str | None = None,
    keep: Keep = "best",
    on_progress: Callable[[float], None] | None = None,
) -> FineTuned:
    """Train the stages in ``settings.trainable`` and the head; everything else stays to the bit.

    The same arguments on the same machine give the same result to the bit, also where a fit was
    killed and goes on from its checkpoint.

    Args:
        backbone: the network; not changed.
        cut: name of the last stage before the activations that `data` gives; `INPUT` for photos.
        settings: see `schedule`.
        head: where the head starts.
        data: gives the activations of rows.
        targets: class of every example, -1 unknown, int64 ``(examples,)``; of several tasks with an
            objective, int64 ``(examples, tasks)``.
        rows_train: numbers of the examples to train on; those of unknown class or weight 0 are
            left out.
        rows_held_out: numbers of the examples to predict after each epoch, as view 0.
        views: of each example; one is taken an epoch.
        weights: of each example of one task, 0 or more; only their ratios matter. float
            ``(examples,)``.
        objective: what several tasks are trained for.
        judge: what the held-out examples are judged by, where that is something else: one of the
            tasks alone.
        uncertain: chance of the second class of labels that are trained but not certain, -1 for
            all others. float32 ``(examples, tasks)``.
        device: that PyTorch knows.
        threads: of the processor; PyTorch's own choice where ``None``.
        checkpoint: file to write every ten seconds or epoch, and to go on from where it belongs
            to this very fit; the caller removes it with `discard_checkpoint`.
        data_identity: what `data` reads, in a word or hash; needed with `checkpoint`.
        keep: which epoch's weights come back: the ``"best"`` by log loss of the held-out examples
            (the last where none is held out), the ``"last"``, or the one of that number (training
            stops there, on the learning rates that ``settings.epochs`` plans, and the held-out
            examples are predicted after it alone). Only with ``"best"`` does training stop early.
        on_progress: told the share that is done, after each step.

    Returns:
        The trained tensors and head, and held-out predictions after each epoch, NaN where there
        are none. After Ctrl-C what
        was to be kept of the epochs that ended, with ``interrupted`` set.

    Raises:
        SettingError: the settings do not fit the network or the examples, or training diverged.
        BackboneError: something frozen moved.
        KeyboardInterrupt: before the held-out examples were predicted for the first time.
    """
    if not isinstance(keep, str) and not 0 <= keep <= settings.epochs:
        raise SettingError(f"epoch {keep} cannot be kept: {settings.epochs} are to be run")
    if objective is None:
        labels = one_task(targets, weights, head.classes, rows_train)
    else:
        labels = several_tasks(targets, uncertain, objective, judge or objective, head.classes)
    examples = examples_of(labels, rows_train, rows_held_out, views)
    with computing(device, threads) as found, _reading_thread() as pool:
        saved = None
        if checkpoint is not None:
            if data_identity is None:
                raise SettingError("a checkpoint needs data_identity: it must not meet other data")
            said = {
                "settings": settings.as_dict(),
                "backbone": backbone.fingerprint,
                "data": data_identity,
                "plan": [cut, views, keep, np.asarray(head.penalty).tolist()],
                "machine": [str(found), torch.get_num_threads(), _capability(found)],
                "versions": [version("headstart"), torch.__version__, np.__version__],
            }
            saved = Checkpoint(checkpoint, _identity(said, examples, head))
        tail = Tail(backbone, cut, settings, head).to(found)
        fit = Fit(
            tail,
            settings,
            examples,
            read=lambda request: _checked(data, request),
            pool=pool,
            device=found,
            keep=keep,
            checkpoint=saved,
            on_progress=on_progress,
        )
        return fit.run()


def _checked(data: ActivationReader, request: Request) -> Mapping[str, NDArray[Any]]:
    arrays = data.read(request.rows, request.views)
    for name, array in arrays.items():
        assert len(array) == len(request.rows), f"{name}: {len(array)} rows for {len(request.rows)}"
    return arrays


def _identity(said: Mapping[str, Any], examples: Examples, head: DenseHead) -> str:
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    arrays: list[NDArray[Any]] = [examples.targets, examples.weights]
    arrays += [examples.train, examples.held_out]
    arrays += [] if examples.uncertain is None else [examples.uncertain]
    for layer in head.layers:
        arrays += [layer.weights, layer.bias]
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _capability(device: torch.device) -> str:
    """What decides which kernels are taken, and so the last bits."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability()


@contextmanager
def _reading_thread() -> Iterator[Executor]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="headstart-reader")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
