"""A user's own network as a list of stages (extra ``train``)."""

from __future__ import annotations

import copy
import hashlib
import inspect
import re
from collections.abc import Iterable

from torch import nn

from headstart.backbones._backbone import FEATURES, INPUT, Backbone, PhotoPreprocessing
from headstart.backbones._split_torch import first_line
from headstart.backbones._torch_backbone import torch_backbone
from headstart.backbones._torch_stage import Arrays
from headstart.errors import BackboneError, SettingError


def module_backbone(
    module: nn.Module,
    *,
    stages: tuple[str, ...],
    preprocessing: PhotoPreprocessing,
    name: str,
    origin: str,
) -> Backbone:
    """As of `headstart.backbones.backbone_from_module`."""
    _check_names(module, stages, name)
    try:
        own = copy.deepcopy(module).cpu()
    except Exception as error:  # a stranger's code fails in any way
        raise BackboneError(f"{name} cannot be copied: {first_line(error)}") from error
    modules = {stage: _Called(own.get_submodule(stage), stage) for stage in stages}
    return torch_backbone(
        modules,
        {"kind": "module", "input_kind": "photo"},
        name=name,
        architecture=f"{type(module).__qualname__} {_code(modules.values())}",
        origin=origin,
        preprocessing=preprocessing,
    )


def _check_names(module: nn.Module, stages: tuple[str, ...], name: str) -> None:
    known = {path for path, _ in module.named_modules(remove_duplicate=False) if path}
    if unknown := [stage for stage in stages if stage not in known]:
        top = ", ".join(path for path, _ in module.named_children()) or "none"
        raise SettingError(
            f"{name} has no submodule {', '.join(map(repr, unknown))}; on top it has {top}"
        )
    twice = sorted({stage for stage in stages if stages.count(stage) > 1})
    if twice or not stages or INPUT in stages:
        fault = f"{', '.join(twice)} stands there twice" if twice else f"{INPUT!r} means the photo"
        raise SettingError(
            f"stages of {name} must be names of submodules, each once: "
            f"{fault if stages else 'none was given'}"
        )


class _Called(nn.Module):
    """A submodule under its full name, from named arrays to named arrays."""

    takes_arrays = True

    def __init__(self, module: nn.Module, path: str) -> None:
        super().__init__()
        self._path = path
        self._whole = _takes_arrays(module)
        *outer, last = path.split(".")
        place: nn.Module = self
        for name in outer:
            place.add_module(name, nn.Module())
            place = place.get_submodule(name)
        place.add_module(last, module)

    def forward(self, arrays: Arrays) -> Arrays:
        module = self.get_submodule(self._path)
        alone = arrays.keys() == {FEATURES}
        whole = self._whole if self._whole is not None else not alone
        found = module(arrays if whole else arrays[FEATURES])
        return found if isinstance(found, dict) else {**arrays, FEATURES: found}


def _takes_arrays(module: nn.Module) -> bool | None:
    """Whether a module takes named arrays; ``None``: where there is more than the features."""
    if isinstance(module, nn.Sequential) and len(module):
        return _takes_arrays(module[0])
    if type(module).__module__.startswith("torch.nn."):
        return False
    said = getattr(module, "takes_arrays", None)
    return None if said is None else bool(said)


def _code(modules: Iterable[nn.Module]) -> str:
    """Hash of what the modules compute, as far as it can be told.

    Activations are stored under it: the same weights in other code are another network.
    """
    digest = hashlib.sha256()
    for module in modules:
        digest.update(re.sub("0x[0-9a-f]+", "", repr(module)).encode())
    kinds = {type(each) for module in modules for each in module.modules()} - {_Called}
    for kind in sorted(kinds, key=lambda kind: (kind.__module__, kind.__qualname__)):
        if not kind.__module__.startswith("torch."):
            try:
                digest.update(inspect.getsource(kind).encode())
            except (OSError, TypeError):  # typed in at a prompt
                digest.update(kind.__qualname__.encode())
    return digest.hexdigest()[:16]
