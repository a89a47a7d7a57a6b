"""What identifies a stored activation: everything that could change it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from headstart.activations._engine import EngineInfo
from headstart.activations._hardware import instruction_set
from headstart.backbones import INPUT, Backbone
from headstart.media import decoder_versions

FORMAT_VERSION = 2
"""Raised whenever the meaning of a row changes; old rows are then never found again."""


@dataclass(frozen=True)
class DatasetKey:
    """What all rows of one dataset share.

    Attributes:
        fingerprint: of the stages before the cut, weights and architecture.
        backbone: its name, for people.
        preprocessing: size, resizing, mean and deviation.
        cut: name of the last stage before the cut, or `INPUT`.
        precision: ``"f32"`` or ``"bf16"``.
        engine: name and version of what computed it.
        decoders: versions of the libraries that decoded the files.
        instruction_set: of the processor (another may round differently).
        augmentation: empty for plain rows, which are those of view 0; for the rows of all other
            views, what they were drawn from (`Augmentation.canonical`).
    """

    fingerprint: str
    backbone: str
    preprocessing: dict[str, Any]
    cut: str
    precision: str
    engine: str
    decoders: dict[str, str]
    instruction_set: str
    augmentation: str = ""
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


def dataset_key(
    backbone: Backbone, cut: str, engine: EngineInfo, augmentation: str = ""
) -> DatasetKey:
    """Everything that activations at a cut depend on, besides the files.

    Stages behind the cut are no part of it: a network whose last stages were retrained finds the
    rows of the one it came from. At `INPUT` neither network nor engine are.

    Args:
        backbone: the network.
        cut: name of a stage, or `INPUT`.
        engine: what runs the stages before the cut.
        augmentation: `Augmentation.canonical` for views other than 0.
    """
    return dataset_keys(backbone, (cut,), engine, augmentation)[cut]


def dataset_keys(
    backbone: Backbone, cuts: Sequence[str], engine: EngineInfo, augmentation: str = ""
) -> dict[str, DatasetKey]:
    """`dataset_key` of each of some cuts."""
    hashes = backbone.sha256_before(cut for cut in cuts if cut != INPUT)
    preprocessing = backbone.preprocessing.as_dict()
    keys = {}
    for cut in cuts:
        if cut == INPUT:
            keys[cut] = DatasetKey(
                fingerprint="",
                backbone="any network",
                preprocessing={
                    name: value
                    for name, value in preprocessing.items()
                    if name not in {"mean", "std"}
                },
                cut=cut,
                precision="uint8",
                engine="none",
                decoders=decoder_versions(),
                instruction_set=instruction_set(),
                augmentation=augmentation,
            )
            continue
        keys[cut] = DatasetKey(
            fingerprint=_fingerprint(backbone, cut, hashes[cut]),
            backbone=backbone.name,
            preprocessing=preprocessing,
            cut=cut,
            precision=engine.precision,
            engine=f"{engine.name} {engine.version} {engine.device}",
            decoders=decoder_versions(),
            instruction_set=engine.instruction_set,
            augmentation=augmentation,
        )
    return keys


def _fingerprint(backbone: Backbone, cut: str, weights: str) -> str:
    """As the backbone's, of the stages before the cut alone; `weights` is the hash of theirs."""
    shapes = [[stage.name, {key: list(shape) for key, shape in stage.outputs.items()}]
              for stage in backbone.stages_before(cut)]  # fmt: skip
    described = json.dumps([backbone.architecture, backbone.input_kind, shapes])
    return hashlib.sha256((described + weights).encode()).hexdigest()
