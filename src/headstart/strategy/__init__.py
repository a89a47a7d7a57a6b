"""How much to retrain, and what the evidence says in words."""

from headstart.strategy._repeats import repeats_for
from headstart.strategy._verdict import verdict

__all__ = ["repeats_for", "verdict"]
