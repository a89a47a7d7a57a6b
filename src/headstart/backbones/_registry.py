"""Pretrained networks by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.backbones import _efficientnet_lite0
from headstart.backbones._backbone import Backbone, PhotoPreprocessing, Weights
from headstart.backbones._drop import drop_stages
from headstart.errors import BackboneError, MissingExtraError, SettingError

if TYPE_CHECKING:
    from torch import nn

DEFAULT = _efficientnet_lite0.NAME
TIMM_PREFIX = "timm:"


def names() -> tuple[str, ...]:
    """The networks that come with headstart."""
    return (_efficientnet_lite0.NAME,)


def load_backbone(
    name: str = DEFAULT, *, weights: str | Path | None = None, download: bool = False
) -> Backbone:
    """A pretrained network.

    Args:
        name: one of `names()`, or ``timm:`` and the name of a model of timm (extra ``train``).
        weights: a file of tensors (safetensors, or PyTorch's format read with
            ``weights_only=True``), or ``"random"`` for none; what the network comes with where
            ``None``.
        download: whether timm may fetch weights from its hub. Nothing is fetched otherwise.

    Raises:
        SettingError: no such network.
        BackboneError: the weights are missing or are not what they should be.
        MissingExtraError: a model of timm, without timm.
    """
    if name == _efficientnet_lite0.NAME:
        if weights is not None:
            raise SettingError(
                f"{name} comes with its weights; --weights is for timm: networks, as in "
                f"--backbone timm:{name}"
            )
        return _efficientnet_lite0.efficientnet_lite0()
    if name.startswith(TIMM_PREFIX):
        timm_backbone = _door("_timm_torch", "timm_backbone", "a timm: network")
        found: Backbone = timm_backbone(
            name.removeprefix(TIMM_PREFIX), weights=weights, download=download
        )
        return found
    raise SettingError(
        f"no pretrained network is named {name!r}; there is {', '.join(names())}, and with the "
        "extra 'train' any model of timm as timm:NAME"
    )


def restore_backbone(described: Mapping[str, Any], weights: Weights, directory: Path) -> Backbone:
    """A backbone from what a model directory says of it.

    Args:
        described: ``form`` as written by `Form.describe`, and ``name``.
        weights: its tensors by name.
        directory: of the model; a graph lies there where the form needs one.

    Raises:
        BackboneError: this version knows no such network.
    """
    form = described["form"]
    kind = form["kind"]
    if kind == "builtin" and described["name"] == _efficientnet_lite0.NAME:
        whole = _efficientnet_lite0.efficientnet_lite0
        count = int(form.get("drop_stages", 0))
        if not count:
            return whole(weights)
        # What was thrown away is not in the directory.
        return drop_stages(whole(), count).with_weights(weights)
    if kind in {"timm", "module"}:
        from headstart.backbones._graph import graph_backbone  # only for networks of others

        return graph_backbone(described, weights, directory)
    raise BackboneError(
        f"this headstart has no network named {described['name']!r} of kind {kind!r}; update it: "
        "pip install --upgrade headstart"
    )


def backbone_from_module(
    module: nn.Module,
    *,
    stages: Sequence[str],
    preprocessing: PhotoPreprocessing,
    name: str = "module",
    origin: str = "a module of the user's own",
) -> Backbone:
    """A network of your own, a `torch.nn.Module`, as a backbone (extra ``train``).

    Args:
        module: a network, or anything that holds one; its weights are copied.
        stages: names of its submodules, called one after the other, as in ``["stem", "body.0"]``.
            Each takes what the one before it returned: the first a batch of scaled photos, float32
            ``(batch, 3, size, size)``. A submodule may return named arrays, a dict with
            ``"features"`` and for tokens ``"mask"``, bool ``(batch, tokens)``; the next then takes
            that dict, unless it is one of ``torch.nn``, which takes the features. What is in none
            of the stages, such as an old output layer, is left out. The mean over all places is
            added as the stage ``pool`` where the last output is not a vector.
        preprocessing: what happens to a photo before the first stage.
        name: what to call it.
        origin: where the weights come from and under which licence, a sentence.

    Raises:
        SettingError: a stage is named that is not there, or twice.
        BackboneError: a stage fails on what it is given, or two stages share parameters.
        MissingExtraError: PyTorch is not installed.
    """
    make = _door("_module_torch", "module_backbone", "a network of your own")
    found: Backbone = make(
        module, stages=tuple(stages), preprocessing=preprocessing, name=name, origin=origin
    )
    return found


def _door(file: str, name: str, feature: str) -> Any:
    try:
        module = import_module(f"headstart.backbones.{file}")  # imports torch and timm
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in {"torch", "timm"}:
            raise
        raise MissingExtraError(feature, "train") from None
    return getattr(module, name)
