"""What identifies a stored activation: everything that could change it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

FORMAT_VERSION = 1
"""Raised whenever the meaning of a row changes; old rows are then never found again."""


@dataclass(frozen=True)
class DatasetKey:
    """What all rows of one dataset share.

    Attributes:
        fingerprint: of the backbone, weights and architecture.
        backbone: its name, for people.
        preprocessing: size, resizing, mean and deviation.
        cut: name of the last stage before the cut.
        precision: ``"f32"`` or ``"bf16"``.
        engine: name and version of what computed it.
        decoders: versions of the libraries that decoded the files.
        instruction_set: of the processor (another may round differently).
    """

    fingerprint: str
    backbone: str
    preprocessing: dict[str, Any]
    cut: str
    precision: str
    engine: str
    decoders: dict[str, str]
    instruction_set: str
    format_version: int = FORMAT_VERSION

    def canonical(self) -> str:
        """The same text for the same key, always."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, order=True)
class RowKey:
    """One row of a dataset.

    Attributes:
        content: SHA-256 of the file's bytes, hexadecimal.
        selector: what part of the file (a window, a frame); empty for all of it.
        view: which seeded view (augmentation); 0 is the plain one.
        segment: which segment of a sequence.
    """

    content: str
    selector: str = ""
    view: int = 0
    segment: int = 0

    def values(self) -> tuple[bytes, str, int, int]:
        """The key's columns."""
        return bytes.fromhex(self.content), self.selector, self.view, self.segment
