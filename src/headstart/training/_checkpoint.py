"""A fit on disk, from which it goes on to the bit where it was."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

FORMAT_VERSION = 1
SECONDS = 10.0
"""At most this long between two checkpoints, unless writing takes long."""

SHARE_OF_TIME = 0.05
"""At most this share of the time is spent on writing: the state of a vision transformer is a
gigabyte, and the epochs of ten examples last a tenth of a second."""

Tensors = Mapping[str, NDArray[Any]]


@dataclass
class Checkpoint:
    """One file, replaced as a whole.

    Attributes:
        path: of the file.
        identity: hash of everything that decides the result; a file with another is passed over.
    """

    path: Path
    identity: str

    def __post_init__(self) -> None:
        self._written = time.monotonic()
        self._took = 0.0

    def due(self, *, epoch_ended: bool) -> bool:
        """Whether it is time to write."""
        since = time.monotonic() - self._written
        affordable = since * SHARE_OF_TIME >= self._took
        return affordable and (epoch_ended or since >= SECONDS)

    def write(self, facts: Mapping[str, Any], tensors: Tensors) -> None:
        """Replace the file; a kill at any moment leaves the old one or the new one."""
        began = time.monotonic()
        fixed = {"version": FORMAT_VERSION, "identity": self.identity, "sha256": _sha256(tensors)}
        described = json.dumps({**facts, **fixed})
        part = _part(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(tensors), part, metadata={"headstart": described})
        part.replace(self.path)
        self._written = time.monotonic()
        self._took = self._written - began

    def read(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """Facts and tensors of a fit of this identity, ``None`` where there is no such file."""
        try:
            with safe_open(self.path, framework="numpy") as opened:
                facts = json.loads((opened.metadata() or {}).get("headstart", "{}"))
                if facts.get("version") != FORMAT_VERSION or facts["identity"] != self.identity:
                    return None
                names = opened.keys()
                tensors = {name: opened.get_tensor(name) for name in names}
        except (OSError, SafetensorError, ValueError):  # none yet, or damaged
            return None
        return (facts, tensors) if facts["sha256"] == _sha256(tensors) else None


def discard_checkpoint(path: Path) -> None:
    """Remove a checkpoint and what a kill left beside it."""
    for found in (path, *path.parent.glob(f"{path.name}.*.part")):
        found.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.part")


def _sha256(tensors: Tensors) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(tensors.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
