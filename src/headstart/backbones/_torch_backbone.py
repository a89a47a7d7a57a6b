"""A backbone of modules of PyTorch: shapes, costs and weights of its stages (extra ``train``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from headstart.backbones._backbone import FEATURES, Backbone, PhotoPreprocessing, Stage
from headstart.backbones._graph import stages_as_json
from headstart.backbones._split_torch import POOL, first_line
from headstart.backbones._torch_form import TorchForm
from headstart.backbones._torch_stage import Arrays, GlobalPool, TorchStage
from headstart.errors import BackboneError


def torch_backbone(
    modules: Mapping[str, nn.Module],
    described: Mapping[str, Any],
    *,
    name: str,
    architecture: str,
    origin: str,
    preprocessing: PhotoPreprocessing,
) -> Backbone:
    """A backbone of modules that are called one after the other.

    Args:
        modules: by stage name; their state-dict names are the tensors' names. They are taken over,
            and their tensors with them.
        described: ``kind`` and what that kind needs beyond what every kind needs.
        name: as of `Backbone`, like what follows.
        architecture: what the weights belong to.
        origin: where they come from, a sentence.
        preprocessing: of a photo before the first stage.

    Raises:
        BackboneError: a stage fails on what comes from the one before it, or two share parameters.
    """
    modules = {key: module.eval().float().requires_grad_(False) for key, module in modules.items()}
    _check_apart(modules)
    stages = measured(modules, preprocessing.size)
    if (last := stages[-1].outputs).keys() != {FEATURES} or len(last[FEATURES]) != 1:
        pool = POOL if POOL not in modules else f"global_{POOL}"
        modules = {**modules, pool: GlobalPool()}
        stages = measured(modules, preprocessing.size)
    made = {**described, "architecture": architecture, "origin": origin,
            "preprocessing": preprocessing.as_dict(), "stages": stages_as_json(stages)}  # fmt: skip
    weights = {
        key: np.asarray(tensor.detach().contiguous().numpy())
        for stage, module in modules.items()
        for key, tensor in TorchStage(module).tensors().items()
    }
    return Backbone(
        name=name,
        architecture=architecture,
        origin=origin,
        input_kind="photo",
        preprocessing=preprocessing,
        stages=stages,
        weights={key: weights[key] for stage in stages for key in stage.tensors},
        form=TorchForm(modules, made),
    )


def measured(modules: Mapping[str, nn.Module], size: int) -> tuple[Stage, ...]:
    """Shapes and costs of stages, by running one photo of noise.

    A stage that begins with an operation in place gets a hook, so that it works on a copy: what
    enters it are activations that others read too.

    Raises:
        BackboneError: a stage fails, or what it returns are not named arrays.
    """
    noise = torch.Generator().manual_seed(0)
    arrays: Arrays = {FEATURES: torch.randn(1, 3, size, size, generator=noise)}
    stages = []
    before = "the photo"
    for name, module in modules.items():
        stage = TorchStage(module)
        entered = {key: array.clone() for key, array in arrays.items()}
        try:
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                found = stage(arrays)
        except Exception as error:  # a stranger's code fails in any way
            raise BackboneError(
                f"stage {name!r} fails on {_shapes(entered)} from {before}: {first_line(error)}"
            ) from error
        _check_outputs(name, found)
        if any(not torch.equal(array, entered[key]) for key, array in arrays.items()):
            module.register_forward_pre_hook(_on_a_copy)
        tensors, flops = stage.tensors(), counter.get_total_flops()
        stages.append(
            Stage(
                name=name,
                tensors=tuple(sorted(tensors)),
                outputs={key: tuple(array.shape[1:]) for key, array in found.items()},
                # Pooling is additions only, which are not counted.
                flops=flops if flops or tensors else entered[FEATURES].numel(),
                parameters=tuple(sorted(dict(module.named_parameters()).keys() & tensors.keys())),
            )
        )
        arrays, before = found, repr(name)
    return tuple(stages)


def _on_a_copy(module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        {key: array.clone() for key, array in argument.items()}
        if isinstance(argument, dict)
        else argument.clone()
        for argument in arguments
    )


def _check_outputs(name: str, found: Mapping[str, Any]) -> None:
    faults = [
        f"{key!r} is a {type(array).__name__}"
        for key, array in found.items()
        if not isinstance(array, Tensor)
    ]
    if not faults:
        faults = [
            f"{key!r} has shape {tuple(array.shape)} for a batch of one"
            for key, array in found.items()
            if not array.ndim or len(array) != 1
        ]
    features = found.get(FEATURES)
    if features is None:
        faults.append(f"there is no {FEATURES!r}")
    elif not faults and (features.ndim not in {2, 3, 4} or not features.is_floating_point()):
        faults.append(f"{FEATURES!r} is {features.dtype} of shape {tuple(features.shape)}")
    if faults:
        raise BackboneError(
            f"stage {name!r} returns something else than a tensor or named arrays with the batch "
            f"axis first and a feature map, tokens or a vector as {FEATURES!r}: {'; '.join(faults)}"
        )


def _check_apart(modules: Mapping[str, nn.Module]) -> None:
    """Refuse tensors that two stages share: training the one would move the frozen other."""
    owners: dict[int, str] = {}
    for name, module in modules.items():
        for key, tensor in TorchStage(module).tensors().items():
            owner = owners.setdefault(id(tensor), name)
            if owner != name:
                raise BackboneError(
                    f"stages {owner!r} and {name!r} share the tensor {key!r}: retraining the one "
                    "would change the other, which may be frozen; make them one stage"
                )


def _shapes(arrays: Arrays) -> str:
    return ", ".join(f"{key} {tuple(array.shape)}" for key, array in arrays.items())
