"""A pretrained network as an ordered list of stages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError


@dataclass(frozen=True)
class PhotoPreprocessing:
    """What happens to a photo before it enters the network.

    Attributes:
        size: side of the square that enters the network, pixels.
        resize: length to which the photo's shorter side is brought before the centre crop, pixels.
        mean, std: of each channel (red, green, blue) on the scale 0 to 1.
        interpolation: of the resizing, antialiased.
    """

    size: int
    resize: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Literal["bicubic"] = "bicubic"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PhotoPreprocessing:
        return cls(
            size=int(values["size"]),
            resize=int(values["resize"]),
            mean=tuple(values["mean"]),
            std=tuple(values["std"]),
            interpolation=values["interpolation"],
        )


@dataclass(frozen=True)
class Stage:
    """One step of a network, and a place to cut behind it.

    Attributes:
        name: as in the network's own module names.
        tensors: names of the weights that it owns.
        output_shape: of one example, without the batch axis.
        build: adds the stage to a graph: ``build(weights, node) -> node``, where the nodes belong
            to the inference engine (OpenVINO).
    """

    name: str
    tensors: tuple[str, ...]
    output_shape: tuple[int, ...]
    build: Callable[[Mapping[str, NDArray[np.float32]], Any], Any]


@dataclass(frozen=True)
class Backbone:
    """A pretrained network: stages in order, preprocessing, weights, input kind.

    A cut is named by the last stage before it; the activations at the cut are that stage's output.

    Attributes:
        name: what the user calls it.
        architecture: what the weights belong to; enters the fingerprint.
        origin: where the weights come from and under which licence, a sentence.
        input_kind: what it reads.
        preprocessing: what happens to an input before the first stage.
        stages: in the order of the data.
        weights: float32 arrays by name, those of all stages.
        make_torch_stages: the stages as PyTorch modules by name, given the weights; ``None`` for a
            network without such a form.
    """

    name: str
    architecture: str
    origin: str
    input_kind: Literal["photo"]
    preprocessing: PhotoPreprocessing
    stages: tuple[Stage, ...]
    weights: Mapping[str, NDArray[np.float32]]
    make_torch_stages: Callable[[Mapping[str, NDArray[np.float32]]], dict[str, Any]] | None = None

    def torch_stages(self) -> dict[str, Any]:
        """The stages as PyTorch modules by name.

        Raises:
            SettingError: this network has no such form.
        """
        if self.make_torch_stages is None:
            raise SettingError(f"{self.name} cannot run on PyTorch")
        return self.make_torch_stages(self.weights)

    @property
    def last_cut(self) -> str:
        """The cut that freezes every stage."""
        return self.stages[-1].name

    def stages_before(self, cut: str) -> tuple[Stage, ...]:
        """The stages up to and with `cut`.

        Raises:
            SettingError: no stage has that name.
        """
        names = [stage.name for stage in self.stages]
        if cut not in names:
            raise SettingError(
                f"{self.name} has no stage {cut!r}; its stages are {', '.join(names)}"
            )
        return self.stages[: names.index(cut) + 1]

    def parameters(self, stage: Stage) -> int:
        """How many weights a stage owns."""
        return sum(self.weights[name].size for name in stage.tensors)

    def frozen_sha256(self, cut: str) -> str:
        """Hash of every weight and statistic before the cut."""
        digest = hashlib.sha256()
        for stage in self.stages_before(cut):
            for name in stage.tensors:
                array = np.ascontiguousarray(self.weights[name])
                digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
                digest.update(array.data)
        return digest.hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the architecture and of all weights, 64 hexadecimal digits."""
        stages = [[stage.name, list(stage.output_shape)] for stage in self.stages]
        described = json.dumps([self.architecture, self.input_kind, stages])
        return hashlib.sha256((described + self.frozen_sha256(self.last_cut)).encode()).hexdigest()
