"""How often a cross-validation is repeated."""

from __future__ import annotations

MOST_REPEATS = 5
FITTED_EXAMPLES = 2_500
"""Examples times repeats, about: the fewer the examples, the more the partition matters and the
less a repeat costs."""


def repeats_for(examples: int) -> int:
    """1 to 5, fewer the more examples there are."""
    return max(1, min(MOST_REPEATS, FITTED_EXAMPLES // max(examples, 1)))
