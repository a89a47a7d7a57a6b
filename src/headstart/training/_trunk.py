"""Learning rate and length of a fit of new hidden layers from random weights."""

from __future__ import annotations

import math

from headstart.training._settings import FineTuning

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

DECAY = 4e-3
"""Share of each weight (not bias) that a step at the highest rate takes off: layers that begin at
random and see a few hundred labels of each task learn them by heart otherwise. Least held-out log
loss over the epochs, mean over tasks and two folds, with AdamW's usual decay of 0.01 and with this:
0.509 and 0.403 (made-up, related: 12 tasks of 400 labels), 0.381 and 0.315 (20 of 1,000; measured
at 1.4 times this), 0.349 and 0.351 (2 of 1,000), 0.205 and 0.197 (Tox21). After the last epoch it
was 0.79 and 0.40 in the first of these. The decay of AdamW, which is multiplied by the rate, is
therefore this by the rate (Loshchilov and Hutter 2019 have the two apart)."""

WAITED = 0.5
"""Share of the epochs that a better held-out loss is waited for: with the decay the best is near
the end, when the rate has fallen, and one task among many can be worse for a while before it."""


def trunk_schedule(
    *,
    examples: int,
    width: int,
    learning_rate: float | None = None,
    epochs: int | None = None,
    dropout: float = 0.0,
    seed: int = 0,
) -> FineTuning:
    """Settings for new hidden layers and the output layer on them; nothing else is trained.

    Args:
        examples: to train on.
        width: numbers of a vector.
        learning_rate: the user's.
        epochs: the user's; nothing stops them early then.
        dropout: as in `FineTuning`.
        seed: as in `FineTuning`.
    """
    wanted = 2 ** round(math.log2(max(examples, 1) / STEPS_AN_EPOCH))
    batch_size = int(min(max(wanted, SMALLEST_BATCH), LARGEST_BATCH))
    usual = math.ceil(STEPS / math.ceil(examples / batch_size))
    planned = min(max(usual, FEWEST_EPOCHS), MOST_EPOCHS) if epochs is None else epochs
    rate = _rate(width) * math.sqrt(batch_size / USUAL_BATCH)
    return FineTuning(
        trainable=frozenset(),
        epochs=planned,
        learning_rate=learning_rate or rate,
        batch_size=batch_size,
        # A slower rate of the user's takes less off; a faster one no more.
        weight_decay=DECAY / max(rate, learning_rate or 0.0),
        warmup=WARMUP,
        dropout=dropout,
        patience=math.ceil(WAITED * planned) if epochs is None else 0,
        seed=seed,
    )


def _rate(width: int) -> float:
    return RATE * min(math.sqrt(USUAL_WIDTH / max(width, 1)), MOST_WIDENED)
