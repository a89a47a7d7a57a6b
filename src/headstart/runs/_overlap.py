"""Examples that a model's network was trained on before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headstart.backbones import Backbone
from headstart.runs._source import directory_of


def seen_before(source: str | Path | Backbone, contents: Iterable[str]) -> list[str]:
    """What to say where a model's network was trained on some of the very files at hand.

    Args:
        source: as of `load_source`.
        contents: SHA-256 of the files.
    """
    directory = directory_of(source)
    if directory is None:
        return []
    from headstart.runs._evaluate import training_hashes  # few start from a model of ours

    known = training_hashes(directory) or frozenset()
    shared = sum(content in known for content in contents)
    if not shared:
        return []
    return [
        f"{shared:,} of these files were among those that {directory} was trained on: its network "
        "knows them already, and the figures are too good by an unknown amount"
    ]
