"""Learning rate and length of a fit, chosen from the data's size and from what is trained."""

from __future__ import annotations

import math
from collections.abc import Iterable

from headstart.backbones import FEATURES, Backbone
from headstart.errors import SettingError
from headstart.training._settings import FineTuning, Precision, Statistics

LAST_STAGE_RATE = 3e-4
ALL_STAGES_RATE = 2e-4
"""Highest learning rate in batches of 32 where only the last stage is trained, and where all are;
geometric between them. With 1e-3 the solved head was thrown off its optimum at once: held-out log
loss 0.165, 0.187, 0.255 after epochs 0, 1, 2 on 245 ants and bees with the last stage; with 3e-4 it
fell on x-rays (0.150 to 0.101) and spectrograms (1.42 to 1.27), and hardly moved on flowers."""

USUAL_WIDTH = 1280
WIDTH_FACTORS = 0.25, 16.0
"""The rates are those of a network that ends in so many features. Steps of AdamW are of the same
size for every weight, so what they do to a unit grows with the weights that enter it: the rate
falls with the width (Yang et al. 2022, *Tensor Programs V*), within these factors. A network of 96
features, pre-trained on spectrograms, went from a log loss of 0.34 with the solved head to 0.29 in
8 epochs at 2e-4, and to 0.18 in 12 at 2e-3."""

LAYER_DECAY = 0.75
"""Per stage."""

WEIGHT_DECAY = 0.01
"""AdamW's usual value."""

WARMUP = 0.1
"""AdamW's second moments are unknown at first; a solved head, too, should not be thrown off its
optimum by the first steps."""

STEPS_AN_EPOCH = 16
SMALLEST_BATCH, LARGEST_BATCH = 4, 32
"""Batches are as large as leaves this many steps an epoch, a power of two within these bounds: a
handful of examples still gives some steps, and beyond 32 two cores gain no speed."""

EXAMPLES_SEEN = 3_000
FEWEST_EPOCHS, MOST_EPOCHS = 4, 12
"""An epoch costs what its examples cost, so the number of epochs falls as they grow."""

USUAL_FLOPS = 8e8
CHEAP_FACTOR, CHEAP_EPOCHS = 4.0, 30
"""Of networks that cost less than this an example, up to so many times as many examples are seen,
in so many epochs at most: 0.146 after 30 epochs where 12 gave 0.175, in the example above."""

FEWEST_STEPS = 40
"""Fewer than these do not leave the warm-up behind; they may take more than `MOST_EPOCHS`."""

FEWEST_WAITED = 4
"""Epochs without a better held-out log loss that are waited for: these, or half of all. Retraining
three stages on spectrograms was no better than the start after half of its epochs and ended at 1.22
against 1.42, once the learning rate had fallen."""


def schedule(
    backbone: Backbone,
    trainable: Iterable[str],
    *,
    examples: int,
    learning_rate: float | None = None,
    epochs: int | None = None,
    dropout: float = 0.0,
    statistics: Statistics = "fixed",
    precision: Precision = "f32",
    seed: int = 0,
) -> FineTuning:
    """Settings that are sensible without the user's help.

    Args:
        backbone: the network.
        trainable: names of the stages to train.
        examples: to train on.
        learning_rate: the user's; also stands for all stages.
        epochs: the user's; nothing stops them early then.
        dropout: as in `FineTuning`.
        statistics: as in `FineTuning`.
        precision: as in `FineTuning`.
        seed: as in `FineTuning`.

    Raises:
        SettingError: a name is not that of a stage with weights.

    Example:
        >>> from dataclasses import replace
        >>> settings = schedule(backbone, ["conv_head"], examples=245)  # doctest: +SKIP
        >>> replace(settings, weight_decay=0.1)  # doctest: +SKIP
    """
    names = frozenset(trainable)
    weighted = [stage.name for stage in backbone.weighted_stages]
    unknown = sorted(names.difference(weighted))
    if unknown:
        raise SettingError(
            f"{backbone.name} has no stage with weights named {unknown[0]!r}; they are "
            f"{', '.join(weighted)}"
        )
    batch_size = _batch_size(examples)
    planned = _epochs(backbone, examples, batch_size) if epochs is None else epochs
    return FineTuning(
        trainable=names,
        epochs=planned,
        learning_rate=learning_rate or _learning_rate(backbone, names, batch_size),
        batch_size=batch_size,
        layer_decay=LAYER_DECAY,
        weight_decay=WEIGHT_DECAY,
        warmup=WARMUP,
        dropout=dropout,
        statistics=statistics,
        precision=precision,
        patience=max(FEWEST_WAITED, planned // 2) if epochs is None else 0,
        seed=seed,
    )


def _batch_size(examples: int) -> int:
    wanted = 2 ** round(math.log2(max(examples, 1) / STEPS_AN_EPOCH))
    return int(min(max(wanted, SMALLEST_BATCH), LARGEST_BATCH))


def _epochs(backbone: Backbone, examples: int, batch_size: int) -> int:
    steps = math.ceil(examples / batch_size)
    flops = sum(stage.flops for stage in backbone.stages)
    cheap = min(max(USUAL_FLOPS / max(flops, 1), 1.0), CHEAP_FACTOR)
    most = min(round(MOST_EPOCHS * cheap), CHEAP_EPOCHS)
    usual = min(max(round(EXAMPLES_SEEN * cheap / examples), FEWEST_EPOCHS), most)
    return max(usual, math.ceil(FEWEST_STEPS / steps))


def _learning_rate(backbone: Backbone, trainable: frozenset[str], batch_size: int) -> float:
    """By how far from the head the first trained stage lies, the width, and the noise of a batch.

    Steps of AdamW do not shrink with the gradient, so the noise of small batches is met by the
    root of their size (Malladi et al. 2022, the square root scaling rule). Without it three stages
    retrained on 40 ants and bees in batches of 4 ended at a log loss of 1.06, where the head has
    0.19.
    """
    weighted = [stage.name for stage in backbone.weighted_stages]
    deepest = max((len(weighted) - weighted.index(name) for name in trainable), default=1)
    share = (deepest - 1) / max(len(weighted) - 1, 1)
    rate = LAST_STAGE_RATE * (ALL_STAGES_RATE / LAST_STAGE_RATE) ** share
    width = math.prod(backbone.output_shapes(backbone.last_cut)[FEATURES])
    narrow = min(max(USUAL_WIDTH / width, WIDTH_FACTORS[0]), WIDTH_FACTORS[1])
    return float(rate * narrow * math.sqrt(batch_size / LARGEST_BATCH))
