"""Where each tensor lies in the built-in network's weight file: made once, and checked since.

Reads the file with PyTorch's ``weights_only`` loader, finds every float32 tensor's bytes in the raw
data behind the pickles, and prints the table that ships as
``src/headstart/backbones/efficientnet_lite0.json``. Needs the extra ``train``.

    python benchmarks/make_weight_table.py > table.json
"""

from __future__ import annotations

import hashlib
import io
import json
import pickletools
import struct

import timm
import torch

from headstart.backbones._efficientnet_lite0 import _weight_file


def main() -> None:
    path = _weight_file()
    data = path.read_bytes()
    stream = io.BytesIO(data)
    for _ in range(5):  # magic number, protocol, system, tensors, keys: walked, never executed
        for _ in pickletools.genops(stream):
            pass
    stored = torch.load(path, weights_only=True, map_location="cpu")
    names = list(timm.create_model("efficientnet_lite0").state_dict())
    waiting: dict[bytes, list[tuple[str, torch.Tensor]]] = {}
    for name, tensor in zip(names, stored.values(), strict=True):
        flat = torch.tensor([], dtype=tensor.dtype).set_(tensor.untyped_storage())
        waiting.setdefault(flat.numpy().tobytes(), []).append((name, tensor))
    rows = []
    offset = stream.tell()
    while offset < len(data):
        (count,) = struct.unpack_from("<q", data, offset)
        offset += 8
        size = next(size for size in (4, 8) if waiting.get(data[offset : offset + count * size]))
        name, tensor = waiting[data[offset : offset + count * size]].pop(0)
        if tensor.dtype == torch.float32:
            rows.append([name, list(tensor.shape), list(tensor.stride()), offset])
        offset += count * size
    rows.sort(key=lambda row: names.index(str(row[0])))
    table = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "columns": ["name", "shape", "strides", "offset"],
        "tensors": rows,
    }
    print(json.dumps(table))


if __name__ == "__main__":
    main()
