"""The finished model: a backbone, a cut, a head; predict, save."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import (
    ActivationStore,
    DatasetKey,
    EngineInfo,
    FrozenPass,
    dataset_key,
    vector_pass,
)
from headstart.activations import frozen_pass as run_frozen_pass
from headstart.backbones import Backbone, VectorPreprocessing, import_openvino
from headstart.errors import SettingError
from headstart.examples import FileSource, Outputs, Source, Task
from headstart.heads import DenseHead
from headstart.model._format import DESCRIPTION, write_json
from headstart.model._prediction import Answer, Prediction

BACKBONE_FILE = "backbone.safetensors"
HEAD_FILE = "head.safetensors"
GRAPH_FILES = ("network.xml", "network.bin")
"""The network as an OpenVINO graph, where it is not one of headstart's own."""

PRETRAINED = "pre-training"
"""What a head was made by, in its origin, where all layers were trained with it from the start."""


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        backbone: the network that computes features, with the weights that retraining gave it.
        tasks: the questions that it answers.
        head: from features to class probabilities.
        engine: what runs the network here.
        description: what ``model.json`` says beyond that (command, versions, plan).
        retrained: names of the stages that were retrained; the others are frozen.
        notes: what is worth knowing about running it here, a sentence each.
        thresholds: above which chance of its second class the answer to a task with two classes is
            that class, by the task's name; one half where it is not named.
    """

    backbone: Backbone
    tasks: tuple[Task, ...]
    head: DenseHead
    engine: EngineInfo
    description: dict[str, Any]
    retrained: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The only one.

        Raises:
            SettingError: there are several.
        """
        if len(self.tasks) > 1:
            raise SettingError(
                f"this model answers {len(self.tasks)} questions at once "
                f"({', '.join(task.name for task in self.tasks[:3])}, ...); this needs one of one"
            )
        return self.tasks[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the only task."""
        return self.task.classes

    @property
    def outputs(self) -> Outputs:
        """Where the tasks' classes stand in a row of probabilities."""
        return Outputs.of(self.tasks)

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
        if self.backbone.input_kind == "vector":
            return vector_pass(sources, self.head.features)
        return run_frozen_pass(
            sources,
            backbone=self.backbone,
            cuts=(self.backbone.last_cut,),
            engine=self.engine,
            store=store,
            on_progress=on_progress,
        )

    def probabilities(self, activations: NDArray[np.floating]) -> NDArray[np.float64]:
        """Class probabilities from pooled features, float64 ``(examples, outputs)``."""
        return self.outputs.softmax(self.head.logits(activations))

    def predict(
        self,
        inputs: Iterable[str | Path | Source],
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        """Predict examples, one `Prediction` each in their order.

        A file that cannot be read gets a prediction without label that says why.

        Raises:
            SettingError: files are given to a model of feature vectors.
        """
        inputs = list(inputs)
        self._check_no_files(inputs)
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

    def _check_no_files(self, inputs: Sequence[str | Path | Source]) -> None:
        reads = self.backbone.preprocessing
        given = next((item for item in inputs if isinstance(item, str | Path)), None)
        if given is not None and isinstance(reads, VectorPreprocessing):
            raise SettingError(
                f"{given}: this model reads no files but feature vectors of {len(reads.names)} "
                "numbers; give what headstart.examples.read_sources makes of them, with "
                "vector_names=model.backbone.preprocessing.names"
            )

    def _prediction(
        self, name: str, probabilities: NDArray[np.float64] | None, error: str | None
    ) -> Prediction:
        if probabilities is None:
            return Prediction(name, {}, error)
        outputs = self.outputs
        return Prediction(name, {
            task.name: self._answer(task, probabilities[outputs.columns(place)])
            for place, task in enumerate(self.tasks)
        })  # fmt: skip

    def _answer(self, task: Task, probabilities: NDArray[np.float64]) -> Answer:
        place = int(probabilities.argmax())
        if task.name in self.thresholds:
            place = int(probabilities[1] >= self.thresholds[task.name])
        chances = dict(zip(task.classes, probabilities.tolist(), strict=True))
        return Answer(task.classes[place], chances)

    def to_torch(self) -> Any:
        """The whole model as a `torch.nn.Module` (extra ``train``).

        It maps photos, uint8 ``(batch, size, size, 3)`` as `headstart.media.load_photo` gives them,
        or feature vectors, float32 ``(batch, width)`` as they are, to class probabilities, float32
        ``(batch, classes)``.

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
        if self.backbone.form.describe()["kind"] not in ("builtin", "vectors"):
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
                    "name": task.name,
                    "kind": task.kind,
                    "classes": list(task.classes),
                    **(
                        {"threshold": self.thresholds[task.name]}
                        if task.name in self.thresholds
                        else {}
                    ),
                }
                for task in self.tasks
            ],
            "head": {
                "file": HEAD_FILE,
                "layers": [list(layer.weights.shape) for layer in self.head.layers],
                "origin": dict(self.head.origin),
            },
        }
