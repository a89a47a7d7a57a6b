"""What lies beside a weight file: how to build its network and how it was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headstart.errors import BackboneError

_NOT_OURS = {"cache_dir", "checkpoint_path", "features_only", "in_chans", "num_classes",
             "pretrained", "pretrained_cfg", "pretrained_cfg_overlay"}  # fmt: skip
"""Arguments of `timm.create_model` that choose weights or another kind of network."""


@dataclass(frozen=True)
class Recipe:
    """What a JSON file beside a weight file says: how to build the network, how it was trained.

    Attributes:
        arguments: of ``timm.create_model``.
        preprocessing: ``mean``, ``std`` and ``input_size`` as far as they are given.
        licence, note: for the origin.
        classes: of the output layer that the weights were trained with.
        trained_on: ``what`` (the data set), ``examples``, ``classes`` and ``origin`` of these
            figures, as far as they are given.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    licence: str | None = None
    note: str | None = None
    classes: int | None = None
    trained_on: Mapping[str, Any] = field(default_factory=dict)


def read_recipe(weights: Path, architecture: str) -> Recipe:
    """The recipe beside a weight file; an empty one where there is none.

    Args:
        weights: ``NAME.safetensors``, of which ``NAME.json`` is the recipe.
        architecture: the name that was asked for, without what timm puts behind a dot.

    Raises:
        BackboneError: it is not a recipe, or one of another network; all faults are named.
    """
    path = weights.with_suffix(".json")
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Recipe()
    except (OSError, ValueError, RecursionError) as error:
        raise BackboneError(
            f"{path}: lies beside the weights to say how to build the network, and cannot be read "
            f"({error})"
        ) from None
    faults = _faults(values, architecture) if isinstance(values, dict) else ["it is not an object"]
    if faults:
        raise BackboneError(f"{path}: does not fit the weights asked for: {'; '.join(faults)}")
    kept = {key: values[key] for key in ("mean", "std", "input_size", "crop_pct") if key in values}
    return Recipe(
        arguments=values.get("create_model_args", {}),
        preprocessing=kept,
        licence=values.get("licence"),
        note=values.get("note"),
        classes=values.get("num_classes"),
        trained_on=values.get("trained_on", {}),
    )


def _faults(values: Mapping[str, Any], architecture: str) -> list[str]:
    faults = []
    if values.get("library", "timm") != "timm":
        faults.append(f"library is {values['library']!r}, expected 'timm'")
    if values.get("architecture", architecture) != architecture:
        faults.append(
            f"architecture is {values['architecture']!r}, asked for was {architecture!r} "
            f"(give --backbone timm:{values['architecture']})"
        )
    arguments = values.get("create_model_args", {})
    if not isinstance(arguments, dict):
        faults.append("create_model_args is not an object")
    elif found := sorted(_NOT_OURS & arguments.keys()):
        faults.append(f"create_model_args must not hold {', '.join(found)}")
    faults += [
        f"{key} is {values[key]!r}, expected three numbers"
        for key in ("mean", "std")
        if key in values and not _are_numbers(values[key], 3)
    ]
    if "std" in values and _are_numbers(values["std"], 3) and min(values["std"]) <= 0:
        faults.append("std must be above 0")
    crop = values.get("crop_pct", 1)
    if not (_are_numbers([crop], 1) and 0 < crop <= 1):
        faults.append(f"crop_pct is {crop!r}, expected a share such as 0.875")
    size = values.get("input_size", [3, 1, 1])
    if not (_are_numbers(size, 3) and size[0] == 3 and size[1] == size[2] and size[1] > 0):
        faults.append(f"input_size is {size!r}, expected [3, side, side]")
    faults += [
        f"{key} is not text"
        for key in ("licence", "note")
        if not isinstance(values.get(key, ""), str)
    ]
    return faults + _training_faults(values)


def _training_faults(values: Mapping[str, Any]) -> list[str]:
    """Of what is said about the data that the weights were trained on."""
    told = values.get("trained_on", {})
    if not isinstance(told, dict):
        return ["trained_on is not an object"]
    counts = {
        "num_classes": values.get("num_classes"),
        **{f"trained_on.{key}": told.get(key) for key in ("examples", "classes")},
    }
    faults = [
        f"{key} is {count!r}, expected a whole number"
        for key, count in counts.items()
        if count is not None and (type(count) is not int or count < 0)
    ]
    faults += [
        f"trained_on.{key} is not text"
        for key in ("what", "origin")
        if not isinstance(told.get(key, ""), str)
    ]
    if told and "what" not in told:
        faults.append("trained_on lacks 'what', the name of the data set")
    return faults


def _are_numbers(values: Any, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    )
