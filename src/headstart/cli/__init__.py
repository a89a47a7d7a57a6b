"""The command line."""

from headstart.cli._main import group, main

__all__ = ["group", "main"]
