"""What is finished of a long run, so that a killed one goes on where it was.

A fit is named by the hash of everything that determines its result; its result lies in a file of
that name. There is no run to resume: whoever asks for the same fit again gets what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.errors import StoreError

FORMAT_VERSION = 2
"""Raised whenever a fit of the same name would end differently, or something else is noted."""

FOLDER = "journal"


class Journal:
    """Results of finished fits, in a folder of the cache directory.

    Args:
        directory: the cache directory.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER

    @staticmethod
    def key(determined_by: Mapping[str, Any]) -> str:
        """Name of a fit: the hash of what determines its result."""
        text = json.dumps([FORMAT_VERSION, determined_by], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def read(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The arrays of a finished fit; ``None`` where it is not finished, or damaged."""
        from safetensors import SafetensorError  # keeps --help fast
        from safetensors.numpy import load

        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        body, checksum = data[:-32], data[-32:]
        if hashlib.sha256(body).digest() != checksum:
            return None
        try:
            return load(body)
        except SafetensorError:
            return None

    def write(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Note a finished fit, whole or not at all."""
        from safetensors.numpy import save

        body = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(body + hashlib.sha256(body).digest())
            Path(temporary).replace(path)
        except OSError as error:
            raise _unwritable(path, error) from error

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        sizes = [path.stat().st_size for path in self._files()]
        return len(sizes), sum(sizes)

    def prune(self, *, unused_seconds: float = 0.0) -> tuple[int, int]:
        """Delete what was written longer ago; returns how many files, and their bytes."""
        doomed = [path for path in self._files()
                  if time.time() - path.stat().st_mtime >= unused_seconds]  # fmt: skip
        sizes = [path.stat().st_size for path in doomed]
        for path in doomed:
            path.unlink(missing_ok=True)
        return len(sizes), sum(sizes)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*")) if self._folder.is_dir() else []

    def checkpoint(self, key: str) -> Path:
        """Where an unfinished fit keeps its state."""
        path = self._folder / f"{key}.checkpoint"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
        return path

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path}: fits cannot be noted ({error.strerror}); choose another place with --cache or "
        "HEADSTART_CACHE"
    )
