"""Pretrained networks by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.backbones import _efficientnet_lite0
from headstart.backbones._backbone import Backbone, PhotoPreprocessing, Weights
from headstart.backbones._drop import drop_stages
from headstart.backbones._facts import RANDOM, TIMM_PREFIX, TrainedOn, facts
from headstart.backbones._sizes import check_asked, check_size
from headstart.backbones._vectors import VECTORS, vector_backbone
from headstart.errors import BackboneError, MissingExtraError, SettingError

if TYPE_CHECKING:
    from torch import nn

DEFAULT = _efficientnet_lite0.NAME


def names() -> tuple[str, ...]:
    """The networks that come with headstart."""
    return (_efficientnet_lite0.NAME,)


def is_network(name: str) -> bool:
    """Whether `load_backbone` takes it for the name of a network."""
    return name in names() or name.startswith(TIMM_PREFIX)


def load_backbone(
    name: str = DEFAULT,
    *,
    weights: str | Path | None = None,
    download: bool = False,
    size: int | None = None,
    seed: int = 0,
) -> Backbone:
    """A pretrained network, or an untrained one.

    Args:
        name: one of `names()`, or ``timm:`` and the name of a model of timm (extra ``train``).
        weights: a file of tensors (safetensors, or PyTorch's format read with
            ``weights_only=True``), or ``"random"`` for none; what the network comes with where
            ``None``.
        download: whether timm may fetch weights from its hub. Nothing is fetched otherwise.
        size: side of the photos that it reads, in pixels; its own where ``None``. With random
            weights and a size, the whole square over a photo's shorter side is read.
        seed: of random weights.

    Raises:
        SettingError: no such network, or it does not work on photos of that size.
        BackboneError: the weights are missing or are not what they should be.
        MissingExtraError: a model of timm, without timm.
    """
    check_asked(size)
    if name == _efficientnet_lite0.NAME:
        found = _builtin(weights, size, seed)
    elif name.startswith(TIMM_PREFIX):
        timm_backbone = _door("_timm_torch", "timm_backbone", "a timm: network")
        found = timm_backbone(
            name.removeprefix(TIMM_PREFIX),
            weights=weights,
            download=download,
            size=size,
            seed=seed,
        )
    else:
        raise SettingError(_unknown(name))
    found = replace(found, trained_on=facts(name, weights))
    return found if size is None else check_size(found)


def _builtin(weights: str | Path | None, size: int | None, seed: int) -> Backbone:
    if weights == RANDOM:
        return _efficientnet_lite0.untrained(size=size, seed=seed)
    if weights is not None:
        name = _efficientnet_lite0.NAME
        raise SettingError(
            f"{name} comes with its weights, or has 'random' ones; a file with --weights is for "
            f"timm: networks, as in --backbone timm:{name}"
        )
    return _efficientnet_lite0.efficientnet_lite0(size=size)


def _unknown(name: str) -> str:
    return (
        f"no pretrained network is named {name!r}; there is {', '.join(names())}, and with the "
        "extra 'train' any model of timm as timm:NAME"
    )


def restore_backbone(described: Mapping[str, Any], weights: Weights, directory: Path) -> Backbone:
    """A backbone from what a model directory says of it.

    Args:
        described: ``form`` as written by `Form.describe`, and ``name``; ``origin``,
            ``preprocessing`` and ``trained_on`` where they are known.
        weights: its tensors by name.
        directory: of the model; a graph lies there where the form needs one.

    Raises:
        BackboneError: this version knows no such network.
    """
    kind = described["form"]["kind"]
    if kind == "builtin" and described["name"] == _efficientnet_lite0.NAME:
        found = _restored_builtin(described, weights)
    elif kind == VECTORS:
        found = vector_backbone(described["preprocessing"]["names"])
    elif kind in {"timm", "module"}:
        from headstart.backbones._graph import graph_backbone  # only for networks of others

        found = graph_backbone(described, weights, directory)
    else:
        raise BackboneError(
            f"this headstart has no network named {described['name']!r} of kind {kind!r}; update "
            "it: pip install --upgrade headstart"
        )
    told = described.get("trained_on")
    return replace(
        found,
        origin=described.get("origin", found.origin),
        trained_on=None if told is None else TrainedOn.from_dict(told),
    )


def _restored_builtin(described: Mapping[str, Any], weights: Weights) -> Backbone:
    told = described.get("preprocessing", {})
    size, resize = told.get("size"), told.get("resize")
    count = int(described["form"].get("drop_stages", 0))
    if not count:
        return _efficientnet_lite0.efficientnet_lite0(weights, size=size, resize=resize)
    # What was thrown away is not in the directory.
    whole = _efficientnet_lite0.efficientnet_lite0(size=size, resize=resize)
    return drop_stages(whole, count).with_weights(weights)


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
