"""A model from its directory; whatever is wrong with it is said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import backbones
from headstart.activations import choose_engine, has_bf16, has_gpu_engine
from headstart.backbones import Backbone, PhotoPreprocessing, VectorPreprocessing
from headstart.errors import BackboneError, ModelError
from headstart.examples import Outputs, Task
from headstart.heads import DenseHead, Layer
from headstart.model._format import DESCRIPTION, read_checked, read_description
from headstart.model._model import GRAPH_FILES, PRETRAINED, Model

_PRECISIONS = {"f32": "f32", "bf16": "bf16"}


def load(
    directory: str | Path,
    *,
    device: str = "auto",
    precision: str | None = None,
    threads: int | None = None,
) -> Model:
    """A model from its directory.

    Args:
        directory: as written by ``headstart train``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        precision: ``"f32"`` or ``"bf16"``; that of the training, where this machine has it, where
            ``None``.
        threads: of the processor; all that this process may use where ``None``.

    Raises:
        ModelError: the directory is damaged, incomplete or from a newer version.
        SettingError: no such device, or no such number of threads.
    """
    directory = Path(directory)
    described = read_description(directory)
    with _garbled(directory):
        backbone = _backbone(directory, described)
        width = math.prod(backbone.stages[-1].output_shape)
        retrained = _retrained(described["backbone"]["retrained"], backbone)
        tasks = _tasks(described["tasks"])
        head = _head(directory, described, width, len(Outputs.of(tasks)))
        thresholds = _thresholds(described["tasks"])
        trained_in = _PRECISIONS[described["engine"]["precision"]]
    here, notes = _precision_here(trained_in, device)
    if precision is not None:
        here, notes = precision, ()
    return Model(
        backbone=backbone,
        tasks=tasks,
        head=head,
        engine=choose_engine(precision=here, device=device, threads=threads),
        description={key: value for key, value in described.items() if key != "files"},
        retrained=retrained,
        notes=notes,
        thresholds=thresholds,
    )


def load_network(directory: str | Path) -> Backbone:
    """The network of a model, to be transferred to another task; its head stays behind.

    Args:
        directory: as written by ``headstart train`` or ``headstart pretrain``.

    Raises:
        ModelError: the directory is damaged, incomplete or from a newer version.
    """
    directory = Path(directory)
    described = read_description(directory)
    with _garbled(directory):
        backbone = _backbone(directory, described)
        retrained = _retrained(described["backbone"]["retrained"], backbone)
        tasks = _tasks(described["tasks"])
        pretrained = described["head"]["origin"].get("by") == PRETRAINED
    if not retrained or pretrained:  # the origin of a pretrained one says it all
        return backbone
    return replace(
        backbone, origin=f"{backbone.origin}; {', '.join(retrained)} retrained {_purpose(tasks)}"
    )


def _purpose(tasks: tuple[Task, ...]) -> str:
    """What a network was retrained for."""
    several = len(tasks) > 1
    names = [task.name for task in tasks] if several else tasks[0].classes
    shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    return f"for {len(tasks)} tasks at once: {shown}" if several else f"to tell {shown} apart"


@contextmanager
def _garbled(directory: Path) -> Iterator[None]:
    """Whatever cannot be made of what a directory says is the directory's fault."""
    try:
        yield
    except ModelError:
        raise
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{directory}: is damaged, {DESCRIPTION} lacks or garbles something ({error}); train "
            "again or restore it from a copy"
        ) from error


def _backbone(directory: Path, described: Mapping[str, Any]) -> Backbone:
    stored = described["backbone"]
    weights = _arrays(directory, stored["file"], described)
    for name in GRAPH_FILES:
        if name in described["files"]:
            read_checked(directory, name, described)
    try:
        backbone = backbones.restore_backbone(
            {**stored, "preprocessing": described["preprocessing"]}, weights, directory
        )
    except BackboneError as error:
        raise ModelError(f"{directory}: {error}") from None
    kind = PhotoPreprocessing if backbone.input_kind == "photo" else VectorPreprocessing
    preprocessing = kind.from_dict(described["preprocessing"])
    if backbone.fingerprint != stored["fingerprint"] or backbone.preprocessing != preprocessing:
        raise ModelError(
            f"{directory}: was trained on another version of {stored['name']} than this headstart "
            "has; train again, or use the headstart "
            f"{described.get('headstart', '?')} that made it"
        )
    return backbone


def _retrained(names: Any, backbone: Backbone) -> tuple[str, ...]:
    known = {stage.name for stage in backbone.stages}
    if not isinstance(names, list) or not all(
        isinstance(name, str) and name in known for name in names
    ):
        raise ValueError(f"the retrained stages are {names!r}")
    return tuple(names)


def _tasks(stored: Any) -> tuple[Task, ...]:
    tasks = tuple(_task(one) for one in stored)
    names = [task.name for task in tasks]
    if not tasks or len(set(names)) < len(names):
        raise ValueError("there is no task, or one is named twice")
    return tasks


def _thresholds(stored: Any) -> dict[str, float]:
    found = {one["name"]: float(one["threshold"]) for one in stored if "threshold" in one}
    if not all(0 <= threshold <= 1 for threshold in found.values()):
        raise ValueError("a threshold is not a probability")
    return found


def _task(stored: Mapping[str, Any]) -> Task:
    classes = stored["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("the classes are not a list of names")
    if len(set(classes)) < len(classes):
        raise ValueError("a class is named twice")
    if len(classes) < 2:
        raise ValueError("a task has fewer than two classes")
    return Task(stored["name"], stored["kind"], tuple(classes))


def _head(directory: Path, described: Mapping[str, Any], width: int, classes: int) -> DenseHead:
    stored = described["head"]
    arrays = _arrays(directory, stored["file"], described)
    layers = []
    for number in range(len(stored["layers"])):
        weights, bias = arrays[f"layers.{number}.weights"], arrays[f"layers.{number}.bias"]
        if weights.ndim != 2 or weights.shape[1] != width or bias.shape != weights.shape[:1]:
            raise ValueError(
                f"layer {number} of the head, of shape {weights.shape}, does not fit {width} inputs"
            )
        layers.append(Layer(weights, bias))
        width = len(bias)
    if not layers or width != classes:
        raise ValueError(f"the head has {width} outputs for {classes} classes")
    if not isinstance(stored["origin"], dict):
        raise TypeError("it is not said how the head was made")
    return DenseHead(tuple(layers), stored["origin"])


def _arrays(
    directory: Path, name: str, described: Mapping[str, Any]
) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError  # keeps --help fast
    from safetensors.numpy import load as load_arrays

    try:
        arrays: dict[str, NDArray[np.float32]] = load_arrays(
            read_checked(directory, name, described)
        )
    except SafetensorError as error:
        raise ModelError(
            f"{directory}: is damaged, {name} is no safetensors file ({error}); train again or "
            "restore it from a copy"
        ) from None
    return arrays


def _precision_here(trained_in: str, device: str) -> tuple[str, tuple[str, ...]]:
    """The precision that a model was trained in, or float32 where this machine lacks it."""
    on_gpu = device != "cpu" and has_gpu_engine()
    if trained_in != "bf16" or has_bf16() or on_gpu:
        return trained_in, ()
    return "f32", (
        "this model was trained in bfloat16, which this processor does not compute in: it runs in "
        "float32, and probabilities may differ a little from those of the training machine",
    )
