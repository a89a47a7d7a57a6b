"""bfloat16, where it is faster than float32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from headstart.training._settings import Precision

QUICK_KERNEL, QUICK_STRIDE = (3, 3), (1, 1)
"""Depthwise convolutions that processors have a bfloat16 kernel for: 1.4 to 3 times as fast as in
float32, forward and backward. Others are as fast at best and up to 9 times as slow
(docs/decisions/0008)."""


@contextmanager
def arithmetic(device: torch.device, precision: Precision) -> Iterator[None]:
    """Compute in this precision what gains by it; everything else in float32.

    Args:
        device: that computes.
        precision: ``"f32"`` lowers nothing.
    """
    lowered = precision == "bf16"
    with (
        torch.autocast(device.type, dtype=torch.bfloat16, enabled=lowered),
        _SlowOnesInFloat32() if lowered and device.type == "cpu" else nullcontext(),
    ):
        yield


class _SlowOnesInFloat32(TorchFunctionMode):
    """Takes the depthwise convolutions that bfloat16 slows down out of autocast."""

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        named = kwargs or {}
        if func is torch.conv2d and _is_slow(*args, **named):
            with torch.autocast("cpu", enabled=False):
                exact = {name: _in_float32(given) for name, given in named.items()}
                return func(*map(_in_float32, args), **exact)
        return func(*args, **named)


def _in_float32(given: Any) -> Any:
    return given.float() if isinstance(given, Tensor) and given.is_floating_point() else given


def _is_slow(
    input: Tensor,  # noqa: A002 - the names that PyTorch gives its arguments
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    *rest: Any,
    groups: int = 1,
    **others: Any,
) -> bool:
    """Of the arguments of `torch.conv2d`."""
    del bias, others
    groups = rest[2] if len(rest) > 2 else groups  # after padding and dilation
    depthwise = groups > 1 and weight.shape[1] == 1
    strides = (stride, stride) if isinstance(stride, int) else tuple(stride)
    quick = tuple(weight.shape[2:]) == QUICK_KERNEL and strides in (QUICK_STRIDE, QUICK_STRIDE[:1])
    return depthwise and not quick and input.is_floating_point()
