"""Tensors from a weight file in PyTorch's legacy format, without an unpickler.

The legacy format is five pickles and then the raw data of each storage. As the file is pinned by
its hash, where each tensor lies in it is known beforehand: a table that ships with headstart says
so (made once by ``benchmarks/make_weight_table.py``). The pickles are never looked at.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from headstart.errors import BackboneError


def read_legacy_weights(path: Path, table: str) -> dict[str, NDArray[np.float32]]:
    """Read every tensor that the table names.

    Args:
        path: the weight file.
        table: name of the table, a JSON file beside this module: the file's SHA-256 and a row of
            name, shape, strides (in elements) and offset (in bytes) for each float32 tensor.

    Raises:
        BackboneError: the file is missing or is not the one that the table describes.
    """
    known = json.loads(files("headstart.backbones").joinpath(table).read_text("utf-8"))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BackboneError(f"{path}: the pretrained weights cannot be read ({error.strerror}); "
                            "reinstall headstart") from None  # fmt: skip
    found = hashlib.sha256(data).hexdigest()
    if found != known["sha256"]:
        raise BackboneError(f"{path}: not the expected weights (SHA-256 {found[:16]}… instead of "
                            f"{known['sha256'][:16]}…); reinstall headstart")  # fmt: skip
    return {
        name: _tensor(data, tuple(shape), strides, offset)
        for name, shape, strides, offset in known["tensors"]
    }


def _tensor(
    data: bytes, shape: tuple[int, ...], strides: list[int], offset: int
) -> NDArray[np.float32]:
    flat = np.frombuffer(data, dtype="<f4", count=int(np.prod(shape)), offset=offset)
    # Convolution weights lie in the file as they did in TensorFlow: height, width, in, out.
    view = as_strided(flat, shape, [stride * flat.itemsize for stride in strides], writeable=False)
    return np.ascontiguousarray(view, dtype=np.float32)
