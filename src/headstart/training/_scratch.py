"""Learning rate and length of a fit of all layers from random weights."""

from __future__ import annotations

import math

from headstart.backbones import Backbone
from headstart.training._settings import FineTuning, Precision

RATE = 4e-3
"""Highest learning rate of AdamW in batches of `USUAL_BATCH`. On 800 spectrograms of 32 px, the
held-out log loss of a network of 0.4 million weights after 12 epochs was, in batches of 64, 0.66
with 0.002, 0.40 with 0.004, 0.34 with 0.008, 0.37 with 0.016; in batches of 16, 0.37 with 0.004; in
batches of 32, 0.33 with 0.008. Of one of 5 million, resnet10t, after 6 epochs in batches of 32, it
was 0.42 with 0.002 and with 0.006, the former with more right (89 % and 86 % of 500); after 8
epochs with 0.004, 0.33 (90 %)."""

WEIGHT_DECAY = 0.05
"""Usual where networks are trained from the start; five times that of retraining."""

WARMUP = 0.1
"""Share of the steps: random layers' first gradients point anywhere."""

STEPS_AN_EPOCH = 16
SMALLEST_BATCH, USUAL_BATCH, LARGEST_BATCH = 8, 32, 64
"""Batches are as large as leaves this many steps an epoch, a power of two within these bounds.
Below 8, BatchNorm learns its statistics from too little."""

EXAMPLES_SEEN = 60_000
FEWEST_EPOCHS, MOST_EPOCHS = 12, 80
"""Views differ from epoch to epoch, so few examples are worth seeing often."""


def scratch_schedule(
    backbone: Backbone,
    *,
    examples: int,
    epochs: int | None = None,
    learning_rate: float | None = None,
    batch_size: int | None = None,
    precision: Precision = "f32",
    seed: int = 0,
) -> FineTuning:
    """Settings for training every layer of a network, its statistics too, from the start.

    All stages learn at one rate, and nothing stops early: the cosine's end is where it is best.

    Args:
        backbone: the network, untrained.
        examples: to train on.
        epochs: the user's.
        learning_rate: the user's.
        batch_size: the user's.
        precision: as in `FineTuning`.
        seed: as in `FineTuning`.

    Raises:
        SettingError: a value is outside its range.

    Example:
        >>> scratch_schedule(backbone, examples=3000).statistics  # doctest: +SKIP
        'learned'
    """
    size = _batch_size(examples) if batch_size is None else batch_size
    usual = scratch_epochs(examples)
    return FineTuning(
        trainable=frozenset(stage.name for stage in backbone.weighted_stages),
        epochs=usual if epochs is None else epochs,
        # The root of the batch size, as where a part is retrained (Malladi et al. 2022).
        learning_rate=learning_rate or RATE * math.sqrt(size / USUAL_BATCH),
        batch_size=size,
        weight_decay=WEIGHT_DECAY,
        warmup=WARMUP,
        statistics="learned",
        precision=precision,
        seed=seed,
    )


def scratch_epochs(examples: int) -> int:
    """How many epochs a fit from the start takes without the user's wish."""
    return min(max(round(EXAMPLES_SEEN / max(examples, 1)), FEWEST_EPOCHS), MOST_EPOCHS)


def _batch_size(examples: int) -> int:
    wanted = 2 ** round(math.log2(max(examples, 1) / STEPS_AN_EPOCH))
    return int(min(max(wanted, SMALLEST_BATCH), LARGEST_BATCH))
