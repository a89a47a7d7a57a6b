"""A stage of a network as a PyTorch module (extra ``train``)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from headstart.backbones._backbone import FEATURES

Arrays = dict[str, Tensor]


class TorchStage(nn.Module):
    """Named arrays in, named arrays out.

    The wrapped module maps the main array to another; what travels beside it (``mask``,
    ``lengths``) goes through unchanged. A module that takes and returns named arrays itself says so
    by an attribute ``takes_arrays``.

    Args:
        module: the stage's computation.
        prefix: of its tensors' names in the backbone's weights.
    """

    def __init__(self, module: nn.Module, prefix: str = "") -> None:
        super().__init__()
        self.module = module
        self.prefix = prefix
        self.eval()

    def forward(self, arrays: Arrays) -> Arrays:
        if getattr(self.module, "takes_arrays", False):
            found: Arrays = self.module(arrays)
            return found
        return {**arrays, FEATURES: self.module(arrays[FEATURES])}

    def tensors(self) -> Arrays:
        """The live parameters and buffers, by the backbone's names."""
        # num_batches_tracked counts training batches and enters no result.
        return {
            self.prefix + name: tensor
            for name, tensor in self.module.state_dict(keep_vars=True).items()
            if not name.endswith("num_batches_tracked")
        }

    def learn_statistics(self, learn: bool) -> None:
        """Whether BatchNorm computes its statistics from the batch and moves the running ones."""
        for module in self.module.modules():
            if hasattr(module, "running_mean"):
                module.train(learn)


class GlobalPool(nn.Module):
    """Mean over all places: of a feature map, or of the valid tokens of a sequence.

    float ``(batch, channels, height, width)`` or ``(batch, tokens, width)`` becomes
    ``(batch, channels)``; a vector stays as it is. A mask, bool ``(batch, tokens)``, is used up.
    """

    takes_arrays = True

    def forward(self, arrays: Arrays) -> Arrays:
        features = arrays[FEATURES]
        if features.ndim == 4:
            return {FEATURES: features.mean(dim=(2, 3))}
        if features.ndim == 2:
            return {FEATURES: features}
        mask = arrays.get("mask")
        if mask is None:
            return {FEATURES: features.mean(dim=1)}
        valid = mask.to(features.dtype)[:, :, None]
        # An example without a valid token is zero, not NaN.
        return {FEATURES: (features * valid).sum(dim=1) / torch.clamp(valid.sum(dim=1), min=1)}
