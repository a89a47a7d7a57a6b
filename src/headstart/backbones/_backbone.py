"""A pretrained network as an ordered list of stages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.errors import SettingError

if TYPE_CHECKING:
    from headstart.backbones._facts import TrainedOn
    from headstart.backbones._torch_stage import TorchStage

FEATURES = "features"
"""Name of the main array that travels between stages; ``mask`` and ``lengths`` may travel beside
it."""

INPUT = "input"
"""The cut before the first stage; the activations there are the pixels that enter the network,
uint8 ``(size, size, 3)``."""

InputKind = Literal["photo", "vector"]
Weights = Mapping[str, NDArray[Any]]
Shape = tuple[int, ...]


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
class VectorPreprocessing:
    """What is known of feature vectors that stand in the place of photos: nothing is done to them.

    Attributes:
        names: of the numbers, in their order.
    """

    names: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"names": list(self.names)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VectorPreprocessing:
        return cls(names=tuple(str(name) for name in values["names"]))


@dataclass(frozen=True)
class Stage:
    """One step of a network, and a place to cut behind it.

    A stage maps named arrays to named arrays. Pooling is a stage like any other.

    Attributes:
        name: as in the network's own module names.
        tensors: names of the parameters and buffers that it owns.
        outputs: shape of each array for one example, without the batch axis: a feature map
            ``(channels, height, width)``, tokens ``(tokens, width)``, a vector ``(width,)``.
        flops: of one example; a multiplication with its addition counts as two.
        parameters: those of `tensors` that training may move; running statistics are not among
            them.
    """

    name: str
    tensors: tuple[str, ...]
    outputs: Mapping[str, Shape]
    flops: int
    parameters: tuple[str, ...] = ()

    @property
    def output_shape(self) -> Shape:
        """Of the main array."""
        return self.outputs[FEATURES]


class Form(Protocol):
    """How a backbone is computed."""

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        """The stages up to the last of `cuts` as an OpenVINO model for one photo.

        Its input ``photo`` is uint8 ``(1, size, size, 3)``; scaling by mean and deviation is part
        of it. Each array at each cut is an output, float32 ``(1, *shape)``, named ``cut/array``.
        """

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        """The stages as PyTorch modules by name, in evaluation mode, with weights of their own."""

    def describe(self) -> dict[str, Any]:
        """What a model directory keeps to make the backbone again."""


@dataclass(frozen=True)
class Backbone:
    """A pretrained network: stages in order, preprocessing, weights, input kind.

    A cut is named by the last stage before it, or `INPUT`; the activations at the cut are that
    stage's output.

    Attributes:
        name: what the user calls it.
        architecture: what the weights belong to; enters the fingerprint.
        origin: where the weights come from and under which licence, a sentence.
        input_kind: what it reads.
        preprocessing: what happens to an input before the first stage.
        stages: in the order of the data.
        weights: parameters and buffers of all stages by name.
        form: how it is computed.
        trained_on: the task that it was trained on; ``None`` where nothing is known of it.
    """

    name: str
    architecture: str
    origin: str
    input_kind: InputKind
    preprocessing: PhotoPreprocessing | VectorPreprocessing
    stages: tuple[Stage, ...]
    weights: Weights
    form: Form
    trained_on: TrainedOn | None = None

    def torch_stages(self) -> dict[str, TorchStage]:
        """The stages as PyTorch modules by name (extra ``train``)."""
        return self.form.torch_stages(self)

    @property
    def photos(self) -> PhotoPreprocessing:
        """What happens to a photo before the first stage.

        Raises:
            SettingError: it reads no photos.
        """
        if not isinstance(self.preprocessing, PhotoPreprocessing):
            raise SettingError(f"this is for photos, and {self.name} reads {self.input_kind}s")
        return self.preprocessing

    @property
    def has_saved_graph(self) -> bool:
        """Whether its last cut is read from a file, and every other one has to be made anew."""
        return bool(getattr(self.form, "has_saved_graph", False))

    @property
    def only_head(self) -> str:
        """Why none of its stages can be retrained; empty where they can be."""
        return getattr(self.form, "only_head", "")

    @property
    def last_cut(self) -> str:
        """The cut that freezes every stage."""
        return self.stages[-1].name

    @property
    def weighted_stages(self) -> tuple[Stage, ...]:
        """The stages that own parameters: those that can be retrained."""
        return tuple(stage for stage in self.stages if stage.parameters)

    def stages_before(self, cut: str) -> tuple[Stage, ...]:
        """The stages up to and with `cut`; none for `INPUT`.

        Raises:
            SettingError: no stage has that name.
        """
        return self.stages[: self._place(cut)]

    def stages_after(self, cut: str) -> tuple[Stage, ...]:
        """The stages behind `cut`.

        Raises:
            SettingError: no stage has that name.
        """
        return self.stages[self._place(cut) :]

    def _place(self, cut: str) -> int:
        names = [INPUT, *(stage.name for stage in self.stages)]
        if cut not in names:
            raise SettingError(
                f"{self.name} has no stage {cut!r}; its stages are {', '.join(names[1:])}"
            )
        return names.index(cut)

    def output_shapes(self, cut: str) -> Mapping[str, Shape]:
        """Shape of each array at a cut, for one example."""
        if cut == INPUT:
            return {FEATURES: (self.photos.size, self.photos.size, 3)}
        return self.stages_before(cut)[-1].outputs

    def parameters(self, stage: Stage) -> int:
        """How many numbers of a stage training may move."""
        return sum(self.weights[name].size for name in stage.parameters)

    def frozen_sha256(self, stages: Iterable[str]) -> str:
        """Hash of every parameter and buffer of the named stages, in the network's order."""
        wanted = set(stages)
        named = tuple(stage for stage in self.stages if stage.name in wanted)
        if named == self.stages[: len(named)]:
            return self._hashes[len(named)]
        return self._hashed(named)[-1]

    def sha256_before(self, cuts: Iterable[str]) -> dict[str, str]:
        """`frozen_sha256` of all stages up to each of some cuts.

        Raises:
            SettingError: no stage has that name.
        """
        return {cut: self._hashes[self._place(cut)] for cut in cuts}

    @cached_property
    def _hashes(self) -> tuple[str, ...]:
        """Of the first 0, 1, 2, ... stages: store, model file and card all ask for them."""
        return self._hashed(self.stages)

    def _hashed(self, stages: Sequence[Stage]) -> tuple[str, ...]:
        """Of the first 0, 1, 2, ... of some stages."""
        digest = hashlib.sha256()
        found = [digest.hexdigest()]
        for stage in stages:
            for name in stage.tensors:
                array = np.ascontiguousarray(self.weights[name])
                digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
                digest.update(array.data)
            found.append(digest.copy().hexdigest())
        return tuple(found)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the architecture and of all weights, 64 hexadecimal digits."""
        stages = [[stage.name, {key: list(shape) for key, shape in stage.outputs.items()}]
                  for stage in self.stages]  # fmt: skip
        described = json.dumps([self.architecture, self.input_kind, stages])
        weights = self.frozen_sha256(stage.name for stage in self.stages)
        return hashlib.sha256((described + weights).encode()).hexdigest()

    def with_weights(self, weights: Weights) -> Backbone:
        """The same network with some tensors replaced.

        Raises:
            SettingError: a tensor is not one of the network's, or has another shape.
        """
        for name, array in weights.items():
            if name not in self.weights or self.weights[name].shape != array.shape:
                raise SettingError(f"{self.name} has no tensor {name!r} of shape {array.shape}")
        return replace(self, weights={**self.weights, **weights})
