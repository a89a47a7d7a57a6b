"""How often a cross-validation is repeated."""

from __future__ import annotations

FEWEST_REPEATS, MOST_REPEATS = 2, 5
FITTED_EXAMPLES = 2_500
"""Examples times repeats, about: the fewer the examples, the more the partition matters and the
less a repeat costs."""


def repeats_for(examples: int) -> int:
    """2 to 5, fewer the more examples there are.

    Never 1: without a second partition nothing tells how steady the model is, and every interval is
    approximate (docs/decisions/0004).
    """
    return max(FEWEST_REPEATS, min(MOST_REPEATS, FITTED_EXAMPLES // max(examples, 1)))
