"""The built-in network as PyTorch modules with the same stages (extra ``train``).

Written out instead of taken from timm for two reasons: importing timm takes 3 s more than
importing torch, and with fixed statistics BatchNorm is a factor and a shift of each channel that
can be folded into the convolution before it in every step. That is the same function with the same
gradients, and on 2 cores all layers train 1.5 times as fast.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from headstart.backbones._backbone import Backbone
from headstart.backbones._efficientnet_lite0 import BATCH_NORM_EPSILON, GROUPS, WIDTH
from headstart.backbones._torch_stage import GlobalPool, TorchStage

MOMENTUM = 0.1
"""Of the running statistics where they are learned; PyTorch's default."""


def torch_stages(backbone: Backbone) -> dict[str, TorchStage]:
    """Each stage as a module, in order, in evaluation mode, with its own copy of the weights."""
    stages = {}
    for stage in backbone.stages:
        made = _stage(stage.name)
        state = {
            name.removeprefix(made.prefix): torch.from_numpy(np.array(backbone.weights[name]))
            for name in stage.tensors
        }
        made.module.load_state_dict(state)
        stages[stage.name] = made
    return stages


def _stage(name: str) -> TorchStage:
    if name == "stem":
        return TorchStage(_ConvolutionStage("conv_stem", "bn1", 3, 32, kernel=3, stride=2))
    if name == "conv_head":
        return TorchStage(_ConvolutionStage("conv_head", "bn2", GROUPS[-1][3], WIDTH))
    if name == "pool":
        return TorchStage(GlobalPool())
    group = int(name.removeprefix("blocks."))
    repeats, stride, kernel, channels = GROUPS[group]
    entering = GROUPS[group - 1][3] if group else 32
    blocks = [
        _Block(
            entering if repeat == 0 else channels,
            channels,
            kernel=kernel,
            stride=stride if repeat == 0 else 1,
            widen=6 if group else 1,
        )
        for repeat in range(repeats)
    ]
    return TorchStage(nn.Sequential(*blocks), prefix=f"{name}.")


class _Norm(nn.Module):
    """BatchNorm's four tensors, by their usual names."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))


def _convolve(
    features: Tensor, convolution: nn.Conv2d, norm: _Norm, *, activate: bool = True
) -> Tensor:
    """Convolution with TensorFlow's padding, BatchNorm, and ReLU6 unless it is a projection."""
    stride, kernel = convolution.stride[0], convolution.kernel_size[0]
    padding = (kernel - 1) // 2
    if stride > 1:
        side = features.shape[-1]
        missing = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        before = missing // 2
        features = functional.pad(features, (before, missing - before) * 2)
        padding = 0
    settings = (convolution.stride, padding, 1, convolution.groups)
    if norm.training:
        found = functional.conv2d(features, convolution.weight, None, *settings)
        found = functional.batch_norm(
            found,
            norm.running_mean,
            norm.running_var,
            norm.weight,
            norm.bias,
            training=True,
            momentum=MOMENTUM,
            eps=BATCH_NORM_EPSILON,
        )
    else:
        factor = norm.weight * torch.rsqrt(norm.running_var + BATCH_NORM_EPSILON)
        weight = convolution.weight * factor[:, None, None, None]
        shift = norm.bias - norm.running_mean * factor
        found = functional.conv2d(features, weight, shift, *settings)
    return functional.hardtanh(found, 0.0, 6.0, inplace=True) if activate else found


class _ConvolutionStage(nn.Module):
    def __init__(
        self,
        name: str,
        norm: str,
        entering: int,
        channels: int,
        *,
        kernel: int = 1,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self._names = name, norm
        self.add_module(name, nn.Conv2d(entering, channels, kernel, stride, bias=False))
        self.add_module(norm, _Norm(channels))

    def forward(self, features: Tensor) -> Tensor:
        convolution, norm = (self.get_submodule(name) for name in self._names)
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, _Norm)
        return _convolve(features, convolution, norm)


class _Block(nn.Module):
    """An inverted residual: widen, filter each channel, project (Sandler et al. 2018)."""

    def __init__(
        self, entering: int, channels: int, *, kernel: int, stride: int, widen: int
    ) -> None:
        super().__init__()
        inner = entering * widen
        self.skip = stride == 1 and entering == channels
        self.widens = widen > 1
        depthwise = nn.Conv2d(inner, inner, kernel, stride, groups=inner, bias=False)
        if self.widens:
            self.conv_pw = nn.Conv2d(entering, inner, 1, bias=False)
            self.bn1 = _Norm(inner)
            self.conv_dw = depthwise
            self.bn2 = _Norm(inner)
            self.conv_pwl = nn.Conv2d(inner, channels, 1, bias=False)
            self.bn3 = _Norm(channels)
        else:  # the first group
            self.conv_dw = depthwise
            self.bn1 = _Norm(inner)
            self.conv_pw = nn.Conv2d(inner, channels, 1, bias=False)
            self.bn2 = _Norm(channels)

    def forward(self, features: Tensor) -> Tensor:
        if self.widens:
            found = _convolve(features, self.conv_pw, self.bn1)
            found = _convolve(found, self.conv_dw, self.bn2)
            found = _convolve(found, self.conv_pwl, self.bn3, activate=False)
        else:
            found = _convolve(features, self.conv_dw, self.bn1)
            found = _convolve(found, self.conv_pw, self.bn2, activate=False)
        return found + features if self.skip else found
