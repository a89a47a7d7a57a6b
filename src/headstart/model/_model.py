"""The finished model: a backbone, a cut, a head; predict, save."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import ActivationStore, DatasetKey, EngineInfo, FrozenPass, dataset_key
from headstart.activations import frozen_pass as run_frozen_pass
from headstart.backbones import Backbone, import_openvino
from headstart.examples import FileSource, Source, Task
from headstart.heads import DenseHead
from headstart.model._format import DESCRIPTION, write_json

BACKBONE_FILE = "backbone.safetensors"
HEAD_FILE = "head.safetensors"
GRAPH_FILES = ("network.xml", "network.bin")
"""The network as an OpenVINO graph, where it is not one of headstart's own."""

PRETRAINED = "pre-training"
"""What a head was made by, in its origin, where all layers were trained with it from the start."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of one example.

    Attributes:
        name: the example as it was given.
        label: the most probable class; ``None`` where the example could not be read.
        probabilities: of each class; empty where it could not be read.
        error: why it could not be read.
    """

    name: str
    label: str | None
    probabilities: dict[str, float]
    error: str | None = None

    @property
    def probability(self) -> float | None:
        """Of the label."""
        return None if self.label is None else self.probabilities[self.label]


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        backbone: the network that computes features, with the weights that retraining gave it.
        task: the question that it answers.
        head: from features to class probabilities.
        engine: what runs the network here.
        description: what ``model.json`` says beyond that (command, versions, plan).
        retrained: names of the stages that were retrained; the others are frozen.
        notes: what is worth knowing about running it here, a sentence each.
    """

    backbone: Backbone
    task: Task
    head: DenseHead
    engine: EngineInfo
    description: dict[str, Any]
    retrained: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        return self.task.classes

    @property
    def frozen(self) -> tuple[str, ...]:
        """Names of the stages that are as they came."""
        return tuple(
            stage.name for stage in self.backbone.stages if stage.name not in self.retrained
        )

    def dataset_key(self) -> DatasetKey:
        """Under which features for this model are stored."""
        return dataset_key(self.backbone, self.backbone.last_cut, self.engine)

    def activations(
        self,
        sources: Sequence[Source],
        *,
        store: ActivationStore | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> FrozenPass:
        """Pooled features of `sources`, from the store where they are there."""
        return run_frozen_pass(
            sources,
            backbone=self.backbone,
            cuts=(self.backbone.last_cut,),
            engine=self.engine,
            store=store,
            on_progress=on_progress,
        )

    def probabilities(self, activations: NDArray[np.floating]) -> NDArray[np.float64]:
        """Class probabilities from pooled features, float64 ``(examples, classes)``."""
        return self.head.predict(activations)

    def predict(
        self,
        inputs: Iterable[str | Path | Source],
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        """Predict examples, one `Prediction` each in their order.

        A file that cannot be read gets a prediction without label that says why.
        """
        sources = [
            FileSource(Path(item), str(item)) if isinstance(item, str | Path) else item
            for item in inputs
        ]
        passed = self.activations(sources, on_progress=on_progress)
        readable = [row for row in range(len(sources)) if row not in passed.unreadable]
        found = dict(zip(readable, self.probabilities(passed.features[readable]), strict=True))
        return [
            self._prediction(source.name, found.get(row), passed.unreadable.get(row))
            for row, source in enumerate(sources)
        ]

    def _prediction(
        self, name: str, probabilities: NDArray[np.float64] | None, error: str | None
    ) -> Prediction:
        if probabilities is None:
            return Prediction(name, None, {}, error)
        label = self.classes[int(probabilities.argmax())]
        return Prediction(name, label, dict(zip(self.classes, probabilities.tolist(), strict=True)))

    def to_torch(self) -> Any:
        """The whole model as a `torch.nn.Module` (extra ``train``).

        It maps photos, uint8 ``(batch, size, size, 3)`` as `headstart.media.load_photo` gives them,
        to class probabilities, float32 ``(batch, classes)``.

        Raises:
            MissingExtraError: PyTorch is not installed.
        """
        from headstart.model._export import to_torch  # imports torch

        return to_torch(self)

    def save(self, directory: Path) -> None:
        """Write ``model.json`` and the weights into an existing directory."""
        from safetensors.numpy import save  # only when something is saved

        head = {}
        for number, layer in enumerate(self.head.layers):
            head[f"layers.{number}.weights"] = layer.weights
            head[f"layers.{number}.bias"] = layer.bias
        (directory / HEAD_FILE).write_bytes(save(head))
        weights = {name: np.ascontiguousarray(array)
                   for name, array in self.backbone.weights.items()}  # fmt: skip
        (directory / BACKBONE_FILE).write_bytes(save(weights))
        written = [HEAD_FILE, BACKBONE_FILE]
        if self.backbone.form.describe()["kind"] != "builtin":
            graph = self.backbone.form.graph(self.backbone, (self.backbone.last_cut,))
            path = directory / GRAPH_FILES[0]
            import_openvino().save_model(graph, str(path), compress_to_fp16=False)
            written += GRAPH_FILES
        files = {
            name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in written
        }
        write_json(directory / DESCRIPTION, self._described() | {"files": files})

    def _described(self) -> dict[str, Any]:
        backbone = self.backbone
        trained_on = backbone.trained_on
        return self.description | {
            "input_kind": backbone.input_kind,
            "backbone": {
                "name": backbone.name,
                "architecture": backbone.architecture,
                "origin": backbone.origin,
                "trained_on": None if trained_on is None else trained_on.as_dict(),
                "fingerprint": backbone.fingerprint,
                "form": backbone.form.describe(),
                "file": BACKBONE_FILE,
                "stages": [stage.name for stage in backbone.stages],
                "retrained": list(self.retrained),
                "frozen": list(self.frozen),
                "frozen_sha256": backbone.frozen_sha256(self.frozen),
            },
            "preprocessing": backbone.preprocessing.as_dict(),
            "engine": self.engine.as_dict(),
            "tasks": [
                {
                    "name": self.task.name,
                    "kind": self.task.kind,
                    "classes": list(self.task.classes),
                }
            ],
            "head": {
                "file": HEAD_FILE,
                "layers": [list(layer.weights.shape) for layer in self.head.layers],
                "origin": dict(self.head.origin),
            },
        }
