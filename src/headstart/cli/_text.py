"""Text for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Control characters and bytes that are not text as escapes.

    A file name may hold a newline, and half a character that no terminal can be sent.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
