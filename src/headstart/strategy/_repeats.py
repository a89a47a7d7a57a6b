"""How often a cross-validation is repeated."""

from __future__ import annotations

FEWEST_REPEATS, MOST_REPEATS = 2, 5
FITTED_CELLS = 10_000
"""Examples times classes times repeats, about: what the heads take grows with it, and the fewer
the examples, the more the partition matters."""


def repeats_for(examples: int, classes: int) -> int:
    """2 to 5, fewer the more examples and classes there are.

    Never 1: without a second partition nothing tells how steady the model is, and every interval is
    approximate (docs/decisions/0004).
    """
    return max(FEWEST_REPEATS, min(MOST_REPEATS, FITTED_CELLS // max(examples * classes, 1)))
