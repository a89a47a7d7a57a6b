"""Rooms whose names are imported on first use.

A room's names come from many files, and a command needs some of them: `headstart train` of one
task has no use for the verdicts on several. `from headstart.strategy import choose` therefore
imports ``strategy/_choice.py`` and what that imports, and nothing else of the room.

Every ``__init__`` that does this has the same two parts: the imports, for type checkers and
readers, behind ``TYPE_CHECKING``; and, in its ``else``, where each name lives, for `lazy`. Were
``__getattr__`` seen by type checkers, they would take any misspelt name for one of the room's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy(
    room: str, homes: Mapping[str, Sequence[str]], *, own: Sequence[str] = ()
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """What a package needs to import its names on first use (PEP 562).

    Args:
        room: the package's ``__name__``.
        homes: the names that it offers, by the module inside it that they come from.
        own: names that it offers and defines itself.

    Returns:
        The package's ``__all__``, ``__getattr__`` and ``__dir__``.

    Example:
        >>> __all__, __getattr__, __dir__ = lazy("headstart", {"errors": ("DataError",)})
        >>> __getattr__("DataError")
        <class 'headstart.errors.DataError'>
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    offered = sorted([*home_of, *own])

    def attribute(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(f"{room}.{home_of[name]}"), name)
        setattr(sys.modules[room], name, found)  # so that it is not asked for again
        return found

    return offered, attribute, lambda: list(offered)
