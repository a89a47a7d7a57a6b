"""Learning rate and length of a fit of new hidden layers from random weights."""

from __future__ import annotations

import math

from headstart.training._settings import FineTuning, Precision

RATE = 1e-3
"""Highest learning rate in batches of 32, of vectors of `USUAL_WIDTH` numbers. With hidden layers
of 256 on 6,400 fingerprints of 1,024 bits and 12 tasks the least held-out loss was 2.044 at 3e-4
(still falling after 10 epochs), 2.017 at 1e-3 (after 4), and 2.088 at 3e-3 with half of the inputs
dropped."""

USUAL_WIDTH = 1024
MOST_WIDENED = 8.0
"""What a step of AdamW does to a unit grows with the weights that enter it, so narrow vectors learn
at higher rates: by the root of the width, and no more than so many times. Six tasks on 400 vectors
of 20 numbers with a shared layer of 16 had a mean AUROC of 0.846 at 1e-3 in batches of 32, and of
0.876 at about five times that rate."""

USUAL_BATCH = 32
SMALLEST_BATCH, LARGEST_BATCH = 8, 128
STEPS_AN_EPOCH = 64
"""Batches are as large as leaves this many steps an epoch: without a network before them, layers
cost so little that small batches only cost time."""

STEPS = 2_000
FEWEST_EPOCHS, MOST_EPOCHS = 20, 60
WARMUP = 0.1
WEIGHT_DECAY = 0.01

WAITED = 0.25
"""Share of the epochs that a better held-out loss is waited for."""


def trunk_schedule(
    *,
    examples: int,
    width: int,
    learning_rate: float | None = None,
    epochs: int | None = None,
    dropout: float = 0.0,
    precision: Precision = "f32",
    seed: int = 0,
) -> FineTuning:
    """Settings for new hidden layers and the output layer on them; nothing else is trained.

    Args:
        examples: to train on.
        width: numbers of a vector.
        learning_rate: the user's.
        epochs: the user's; nothing stops them early then.
        dropout: as in `FineTuning`.
        precision: as in `FineTuning`.
        seed: as in `FineTuning`.
    """
    wanted = 2 ** round(math.log2(max(examples, 1) / STEPS_AN_EPOCH))
    batch_size = int(min(max(wanted, SMALLEST_BATCH), LARGEST_BATCH))
    usual = math.ceil(STEPS / math.ceil(examples / batch_size))
    planned = min(max(usual, FEWEST_EPOCHS), MOST_EPOCHS) if epochs is None else epochs
    return FineTuning(
        trainable=frozenset(),
        epochs=planned,
        learning_rate=learning_rate or _rate(width) * math.sqrt(batch_size / USUAL_BATCH),
        batch_size=batch_size,
        weight_decay=WEIGHT_DECAY,
        warmup=WARMUP,
        dropout=dropout,
        precision=precision,
        patience=math.ceil(WAITED * planned) if epochs is None else 0,
        seed=seed,
    )


def _rate(width: int) -> float:
    return RATE * min(math.sqrt(USUAL_WIDTH / max(width, 1)), MOST_WIDENED)
