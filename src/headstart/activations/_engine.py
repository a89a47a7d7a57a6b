"""Engines: what runs the frozen part of a network."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Precision = Literal["f32", "bf16"]
Photo = NDArray[np.uint8]
Activations = dict[str, dict[str, NDArray[np.float32]]]
"""Of one photo: the named arrays at each cut, without the batch axis."""

Results = Generator[tuple[int, Activations], None, None]


@dataclass(frozen=True)
class EngineInfo:
    """What ran a network, as far as it can change a result.

    Attributes:
        name: ``"openvino"`` or ``"torch"``.
        version: of that library.
        device: ``"cpu"`` or the accelerator's name.
        precision: of the arithmetic.
        threads: it ran on.
        instruction_set: of the processor.
    """

    name: str
    version: str
    device: str
    precision: Precision
    threads: int
    instruction_set: str

    @property
    def one_pass(self) -> bool:
        """Whether several cuts come from one pass and are what each would be alone.

        What OpenVINO fuses, and so where it rounds to bfloat16, depends on what is given out
        between: the pooled features moved by up to 0.5 % of the greatest (decision 0005).
        """
        return self.name != "openvino" or self.precision == "f32"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Engine(Protocol):
    """Runs the stages before some cuts: each stage once, where its `info.one_pass` says so."""

    info: EngineInfo

    def map(self, photos: Iterable[tuple[int, Photo]]) -> Results:
        """Activations at the cuts for each photo, under the number that came with it.

        Photos are pulled as the engine gets free; results come in any order. To be closed by who
        does not read to the end: an engine may still be working then.

        Args:
            photos: number and uint8 ``(size, size, 3)``.
        """
