"""Start from a network that already knows something."""

__version__ = "0.1.0"
