"""A model from its directory; whatever is wrong with it is said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart import backbones
from headstart.activations import choose_engine, has_bf16, has_gpu_engine
from headstart.backbones import Backbone, PhotoPreprocessing
from headstart.errors import ModelError
from headstart.examples import Task
from headstart.heads import LinearHead
from headstart.model._format import DESCRIPTION, read_checked, read_description
from headstart.model._model import Model

_PRECISIONS = {"f32": "f32", "bf16": "bf16"}


def load(directory: str | Path, *, device: str = "auto", threads: int | None = None) -> Model:
    """A model from its directory.

    Args:
        directory: as written by ``headstart train``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: of the processor; all that this process may use where ``None``.

    Raises:
        ModelError: the directory is damaged, incomplete or from a newer version.
        SettingError: no such device, or no such number of threads.
    """
    directory = Path(directory)
    described = read_description(directory)
    try:
        backbone = _backbone(directory, described)
        cut = described["backbone"]["cut"]
        width = math.prod(backbone.stages_before(cut)[-1].output_shape)
        task = _task(described["tasks"][0])
        head = _head(directory, described, (len(task.classes), width))
        trained_in = _PRECISIONS[described["engine"]["precision"]]
    except ModelError:
        raise
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ModelError(
            f"{directory}: is damaged, {DESCRIPTION} lacks or garbles something ({error}); train "
            "again or restore it from a copy"
        ) from error
    precision, notes = _precision_here(trained_in, device)
    return Model(
        backbone=backbone,
        cut=cut,
        task=task,
        head=head,
        engine=choose_engine(precision=precision, device=device, threads=threads),
        description={key: value for key, value in described.items() if key != "files"},
        notes=notes,
    )


def _backbone(directory: Path, described: Mapping[str, Any]) -> Backbone:
    stored = described["backbone"]
    name = stored["name"]
    if name not in backbones.names():
        raise ModelError(
            f"{directory}: is damaged, or of a newer headstart: this one has no network named "
            f"{name!r}; update it: pip install --upgrade headstart"
        )
    backbone = backbones.load_backbone(name, _arrays(directory, stored["file"], described))
    preprocessing = PhotoPreprocessing.from_dict(described["preprocessing"])
    if backbone.fingerprint != stored["fingerprint"] or backbone.preprocessing != preprocessing:
        raise ModelError(
            f"{directory}: was trained on another version of {name} than this headstart has; train "
            f"again, or use the headstart {described.get('headstart', '?')} that made it"
        )
    return backbone


def _task(stored: Mapping[str, Any]) -> Task:
    classes = stored["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("the classes are not a list of names")
    if len(set(classes)) < len(classes):
        raise ValueError("a class is named twice")
    return Task(stored["name"], stored["kind"], tuple(classes))


def _head(directory: Path, described: Mapping[str, Any], shape: tuple[int, int]) -> LinearHead:
    stored = described["head"]
    arrays = _arrays(directory, stored["file"], described)
    weights, bias = arrays["weights"], arrays["bias"]
    if weights.shape != shape or bias.shape != shape[:1]:
        raise ValueError(
            f"weights of shape {weights.shape} are no head from {shape[1]} features to "
            f"{shape[0]} classes"
        )
    return LinearHead(
        weights=weights,
        bias=bias,
        penalty=stored["penalty"],
        gradient_norm=stored["relative_gradient_norm"],
        converged=stored["converged"],
        iterations=stored["iterations"],
    )


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
