"""What a cut costs in time and disk, before anyone pays for it."""

from __future__ import annotations

from dataclasses import dataclass

from headstart.activations import forecast_bytes
from headstart.backbones import Backbone

DECODING_SECONDS = 0.005
"""Of a photo of 500 pixels, on one thread."""

FROZEN_SPEED = {"f32": 45e9, "bf16": 135e9}
"""Floating-point operations a second that a thread makes of a compiled network. As float32 was
measured on a processor with AVX2; bfloat16 as on one with AVX-512's bfloat16, to within a
quarter."""

SLOWNESS_LAST, SLOWNESS_MORE = 0.0155e-9, 0.029e-9
"""Seconds of a thread for each operation of training: of the last stages, and what is added when
all stages are trained, in proportion to their share of the operations. The large maps of the first
stages are limited by memory. Fitted to the built-in network on 2 cores: its last 1, 2, 3, 4, 5 and
all 9 stages trained at 1,000, 340, 85, 45, 38 and 18 photos a second."""

LOWERED = 0.7
"""Time of training in bfloat16, of that in float32: 0.6 to 0.8 (docs/decisions/0008)."""

TRAINING_PASSES = 3
"""Forward, and twice that backward: for the activations and for the weights."""

HEAD_SECONDS = 5e-5
"""Of training's own for each example: reading it, the new layers."""

GPU_SPEED = {"frozen": 10e12, "training": 2e12}
"""Operations a second of a large accelerator, a guess: decoding takes longer."""


@dataclass(frozen=True)
class Cost:
    """A forecast, not a promise: within a factor of 2 on processors like those it was fitted on.

    Attributes:
        frozen_seconds: the pass of all examples through the stages before the cut, decoding
            included, where nothing is stored yet.
        epoch_seconds: one epoch of training all stages behind the cut.
        stored_bytes: that the activations take in the store.
    """

    frozen_seconds: float
    epoch_seconds: float
    stored_bytes: int


def cost(
    backbone: Backbone,
    cut: str,
    examples: int,
    views: int = 1,
    *,
    threads: int,
    precision: str = "f32",
    device: str = "cpu",
) -> Cost:
    """What freezing everything before a cut and training everything behind it costs.

    Args:
        backbone: the network.
        cut: name of the last frozen stage, or ``"input"``.
        examples: their number.
        views: of each example; all are computed once, and each epoch trains on one of them.
        threads: of the processor.
        precision: ``"f32"`` or ``"bf16"``.
        device: ``"cpu"``, or anything else for an accelerator.

    Raises:
        SettingError: no stage has the name of the cut.
    """
    before = sum(stage.flops for stage in backbone.stages_before(cut))
    behind = sum(stage.flops for stage in backbone.stages_after(cut))
    if device == "cpu":
        frozen = before / FROZEN_SPEED[precision] / threads
    else:
        frozen = before / GPU_SPEED["frozen"]
    once = training_seconds(behind, before, threads=threads, precision=precision, device=device)
    return Cost(
        frozen_seconds=examples * views * (DECODING_SECONDS / threads + frozen),
        epoch_seconds=examples * once,
        stored_bytes=forecast_bytes(backbone, cut, examples, views),
    )


def training_seconds(
    behind: float,
    before: float = 0.0,
    *,
    threads: int,
    precision: str = "f32",
    device: str = "cpu",
) -> float:
    """Seconds of training on one example, once.

    Args:
        behind: operations of the stages that are trained.
        before: of those that are not.
        threads: as of `cost`, like the next two.
        precision: likewise.
        device: likewise.
    """
    if device != "cpu":
        return HEAD_SECONDS + TRAINING_PASSES * behind / GPU_SPEED["training"]
    slowness = SLOWNESS_LAST + SLOWNESS_MORE * behind / max(before + behind, 1)
    lowered = LOWERED if precision == "bf16" else 1.0
    return HEAD_SECONDS + TRAINING_PASSES * behind * slowness * lowered / threads
