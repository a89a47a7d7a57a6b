"""What is computed in bfloat16, and what stays in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tests.training.small_network import memory, settings, start, tune
from torch import nn

from headstart.backbones import FEATURES
from headstart.training._lowered import arithmetic

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Conv2d(8, 8, 3, padding=1), torch.bfloat16),
        (nn.Conv2d(8, 8, 5, padding=2, groups=2), torch.bfloat16),
        (nn.Conv2d(8, 8, 3, padding=1, groups=8), torch.bfloat16),
        (nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8), torch.float32),
        (nn.Conv2d(8, 16, 5, padding=2, groups=8), torch.float32),
        (nn.Conv2d(8, 8, 3, padding="same", groups=8), torch.bfloat16),
        (nn.Linear(8, 8), torch.bfloat16),
    ],
    ids=["plain", "groups", "depthwise", "depthwise, stride", "depthwise, 5", "same", "linear"],
)
def test_depthwise_convolutions_that_bfloat16_slows_down_stay_in_float32(
    layer: nn.Module, expected: torch.dtype
) -> None:
    given = torch.ones(2, 8, 8, 8)
    exact = layer(given)
    with arithmetic(CPU, "bf16"):
        found = layer(given.bfloat16())
    assert found.dtype == expected
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)
    with arithmetic(CPU, "f32"):
        assert torch.equal(layer(given), exact)


def test_keywords_are_read_as_places_are() -> None:
    given, weight = torch.ones(1, 4, 6, 6), torch.ones(4, 1, 3, 3)
    calls: list[dict[str, Any]] = [{"stride": 2, "groups": 4}, {"stride": (2, 2), "groups": 4}]
    with arithmetic(CPU, "bf16"):
        for call in calls:
            assert torch.conv2d(given, weight, **call).dtype == torch.float32
        assert torch.conv2d(given, weight, stride=[1], groups=4).dtype == torch.bfloat16
        by_name = torch.conv2d(input=given.bfloat16(), weight=weight.bfloat16(), stride=2, groups=4)
        assert by_name.dtype == torch.float32


def test_gradients_reach_what_was_taken_out() -> None:
    layer = nn.Conv2d(4, 4, 5, groups=4)
    with arithmetic(CPU, "bf16"):
        layer(torch.ones(1, 4, 6, 6)).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32
    torch.testing.assert_close(layer.weight.grad, torch.full_like(layer.weight, 4.0))


def test_the_head_is_computed_in_float32_in_any_case() -> None:
    """As the finished model computes it."""
    data = memory("pool")
    found = tune("pool", settings(precision="bf16"), data=data)
    rows = np.arange(22, 30)
    features = data.read(rows, np.zeros(len(rows), np.int64))[FEATURES]
    np.testing.assert_allclose(found.held_out[0], start().predict(features), atol=1e-6)
