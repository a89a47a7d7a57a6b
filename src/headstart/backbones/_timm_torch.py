"""Any model of timm as a list of stages (extra ``train``)."""

from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import get_notrace_functions
from torch import Tensor, nn

from headstart.backbones._backbone import Backbone, PhotoPreprocessing
from headstart.backbones._facts import RANDOM
from headstart.backbones._graph import stages_from_json
from headstart.backbones._hub import hub_file
from headstart.backbones._recipe import Recipe, read_recipe
from headstart.backbones._split_torch import first_line, split
from headstart.backbones._torch_backbone import measured, torch_backbone
from headstart.backbones._torch_form import TorchForm
from headstart.backbones._weights import load_exactly, read_tensors
from headstart.errors import BackboneError, SettingError

SEED = 0

_LAST = (99999,)
"""With this timm marks, among the patterns of a network's groups, what comes behind the last."""

_GROUPS = (
    r"^(?:\w+_)?(?:blocks|stages|layers|network)\.\d+",
    r"^(?:layer|level|stage|block|s)\d+",
)
"""Names of groups in networks for which timm tells none."""

_DEFAULTS = {
    "crop_pct": 0.875,
    "input_size": (3, 224, 224),
    "mean": IMAGENET_DEFAULT_MEAN,
    "std": IMAGENET_DEFAULT_STD,
}
"""Of preprocessing, where timm tells nothing."""


@dataclass(frozen=True)
class _Weights:
    """Tensors, what is known of them, and where they come from in a sentence."""

    tensors: Mapping[str, Tensor] | None
    recipe: Recipe
    origin: str
    source: str = ""


def timm_backbone(
    name: str,
    *,
    weights: str | Path | None,
    download: bool,
    size: int | None = None,
    seed: int = SEED,
) -> Backbone:
    """A model of timm, without its output layer.

    Args:
        name: as in ``timm.list_models()``, with or without the name of its weights behind a dot.
        weights: a file of tensors; ``"random"`` for none; the hub's cache on this machine where
            ``None``. A JSON file of the same name beside it may hold ``create_model_args``,
            ``mean``, ``std``, ``input_size``, ``licence``.
        download: whether weights that are not there may be fetched.
        size: side of the photos that it reads; its own where ``None``.
        seed: of random weights.

    Raises:
        SettingError: timm has no such model, or it does not work on photos of that size.
        BackboneError: the weights are missing or do not fit, or the network cannot be cut into
            stages.
    """
    settings = _settings(name)
    found = _weights(name, settings, weights, download=download, seed=seed)
    preprocessing = _preprocessing(name, settings, found.recipe)
    arguments = dict(found.recipe.arguments)
    if size not in (None, preprocessing.size):
        preprocessing = _resized(preprocessing, size, whole=found.tensors is None)
        modules, arguments = _at_size(name, found, size, seed)
    else:
        modules = _stages(_filled(name, found, arguments, seed), preprocessing.size)
    described = {"kind": "timm", "model": name, "arguments": arguments, "input_kind": "photo"}
    return torch_backbone(
        modules,
        described,
        name=f"timm:{name}",
        architecture=" ".join(
            ["timm", _architecture(name), *(f"{key}={arguments[key]}" for key in sorted(arguments))]
        ),
        origin=found.origin,
        preprocessing=preprocessing,
    )


def _filled(name: str, found: _Weights, arguments: Mapping[str, Any], seed: int) -> nn.Module:
    """The network without its output layer, with the weights in it."""
    model = _created(name, arguments, seed)
    if found.tensors is not None:
        ignored = _output_layer(model, name, arguments)
        _load(model, found.tensors, ignored=ignored, source=found.source)
    return model


def _at_size(
    name: str, found: _Weights, size: int, seed: int
) -> tuple[dict[str, nn.Module], dict[str, Any]]:
    """Stages for photos of another size than the network's own, and the arguments that it takes.

    Convolutions work on any size; vision transformers have to be told it when they are made.

    Raises:
        SettingError: it does not work on photos of that size.
    """
    arguments = dict(found.recipe.arguments)
    try:
        _created(name, {**arguments, "img_size": size}, seed)
    except BackboneError:
        pass
    else:
        # Also for one that would stretch its places to any size while it runs: OpenVINO stretches
        # them in another way, and the graph would compute another function.
        arguments["img_size"] = size
    try:
        modules = _stages(_filled(name, found, arguments, seed), size)
        measured(modules, size)
    except BackboneError as error:
        raise SettingError(
            f"timm:{name} does not work on photos of {size} px ({error}); give a larger size, or "
            "none for its own"
        ) from error
    return modules, arguments


def timm_form(described: Mapping[str, Any]) -> TorchForm:
    """The form of a network that was saved, with untrained weights in it.

    Raises:
        BackboneError: this version of timm makes another network of that name.
    """
    model = _created(described["model"], described["arguments"])
    size = int(described["preprocessing"]["size"])
    modules = _stages(model, size)
    expected = stages_from_json(described["stages"])
    found = {stage.name: stage for stage in measured(modules, size)}
    if any(
        stage.name not in found
        or stage.tensors != found[stage.name].tensors
        or stage.outputs != found[stage.name].outputs
        for stage in expected
        if stage.tensors
    ):
        raise BackboneError(
            f"timm {timm.__version__} makes another network of the name {described['model']} than "
            "the one that was saved; install the version of timm that it was trained with"
        )
    return TorchForm(modules, described)


def _architecture(name: str) -> str:
    return name.partition(".")[0]


def _settings(name: str) -> dict[str, Any]:
    """What timm knows of a network's own weights."""
    # `hf-hub:` and `local-dir:` are names to timm too; the first would ask the hub.
    if not set(":/\\") & set(name) and timm.is_model(name):
        try:
            found = timm.get_pretrained_cfg(name)
        except RuntimeError as error:
            known = ", ".join(timm.list_pretrained(f"{_architecture(name)}.*")) or "none"
            raise SettingError(f"timm: {error} Known are: {known}") from None
        return {} if found is None else dict(found.to_dict())  # type: ignore[no-untyped-call]
    near = difflib.get_close_matches(_architecture(name), timm.list_models(), n=3)
    hint = f"; near it are {', '.join(near)}" if near else ""
    raise SettingError(f"timm {timm.__version__} has no model named {name!r}{hint}")


def _weights(
    name: str, settings: Mapping[str, Any], given: str | Path | None, *, download: bool, seed: int
) -> _Weights:
    architecture = _architecture(name)
    if given == RANDOM:
        origin = f"{architecture} of timm with random weights (seed {seed}), trained on nothing"
        return _Weights(None, Recipe(), origin)
    if given is None:
        path, source = hub_file(f"timm:{name}", settings, download=download)
        licence = settings.get("license") or "licence not stated"
        return _Weights(
            read_tensors(path), Recipe(), f"{architecture} of timm, weights of {source}, {licence}",
            source,
        )  # fmt: skip
    path = Path(given)
    tensors, recipe = read_tensors(path), read_recipe(path, architecture)
    parts = [f"{architecture} of timm, weights from {path.name}", recipe.licence, recipe.note]
    return _Weights(tensors, recipe, ", ".join(part for part in parts if part), str(path))


def _created(name: str, arguments: Mapping[str, Any], seed: int = SEED) -> nn.Module:
    try:
        # Not for the caller's own random numbers.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model: nn.Module = timm.create_model(name, pretrained=False, num_classes=0, **arguments)
    except Exception as error:  # each architecture has checks of its own
        given = f" with {dict(arguments)}" if arguments else ""
        raise BackboneError(f"timm cannot make {name}{given}: {first_line(error)}") from error
    return model.eval()


def _output_layer(model: nn.Module, name: str, arguments: Mapping[str, Any]) -> set[str]:
    """Names of the tensors that the network has with an output layer only."""
    try:
        with torch.device("meta"):
            whole = timm.create_model(name, pretrained=False, **arguments)
    except Exception:  # noqa: BLE001  some compute with values while they are made
        with torch.random.fork_rng(devices=[]):
            whole = timm.create_model(name, pretrained=False, **arguments)
    return set(whole.state_dict()) - set(model.state_dict())


def _load(
    model: nn.Module, tensors: Mapping[str, Tensor], *, ignored: set[str], source: str
) -> None:
    """As they are; or, where they are not timm's names, as timm itself renames them."""
    try:
        load_exactly(model, tensors, ignored=ignored, source=source)
    except BackboneError:
        rename = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
        if rename is None:
            raise
        try:
            renamed = rename(dict(tensors), model)
        except Exception:  # noqa: BLE001  they are not what it knows either
            renamed = None
        if not isinstance(renamed, dict) or renamed.keys() == tensors.keys():
            raise
        load_exactly(model, renamed, ignored=ignored, source=source)


def _preprocessing(name: str, settings: Mapping[str, Any], recipe: Recipe) -> PhotoPreprocessing:
    """What the weights were trained with; interpolation is always bicubic."""
    known = {key: value for key, value in settings.items() if value is not None}
    values = {**_DEFAULTS, **known, **recipe.preprocessing}
    channels, height, width = values["input_size"]
    if channels != 3 or height != width:
        raise BackboneError(
            f"timm:{name} takes inputs of {channels} x {height} x {width}; only square colour "
            "photos are prepared here"
        )
    return PhotoPreprocessing(
        size=int(height),
        resize=math.floor(height / values["crop_pct"]),
        mean=tuple(float(value) for value in values["mean"]),  # type: ignore[arg-type]
        std=tuple(float(value) for value in values["std"]),  # type: ignore[arg-type]
    )


def _resized(own: PhotoPreprocessing, size: int, *, whole: bool) -> PhotoPreprocessing:
    """For photos of another size; `whole` where no weights were made for the centre alone."""
    resize = size if whole else size * own.resize // own.size
    return replace(own, size=size, resize=resize)


def _stages(model: nn.Module, size: int) -> dict[str, nn.Module]:
    # Their pooling and norm are two stages: pooled features are what is worth storing.
    heads = "timm.layers.classifier"
    return split(
        model,
        torch.zeros(1, 3, size, size),
        groups=_groups(model),
        looked_into=lambda module: type(module).__module__ == heads,
        wrapped=get_notrace_functions(),  # type: ignore[no-untyped-call]
    )


def _groups(model: nn.Module) -> tuple[str, ...]:
    """Patterns of the names of a network's groups of blocks, timm's own where it has some."""
    try:
        patterns = model.group_matcher(coarse=True)["blocks"]  # type: ignore[operator]
    except (AttributeError, KeyError, TypeError):
        return _GROUPS
    if isinstance(patterns, str):
        return (patterns,)
    if not isinstance(patterns, list | tuple):
        return _GROUPS
    return tuple(pattern for pattern, mark in patterns if mark != _LAST)
