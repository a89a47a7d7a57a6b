"""The finished model: a backbone, a cut, a head; predict, save."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import (
    ActivationStore,
    DatasetKey,
    EngineInfo,
    FrozenPass,
    engine_maker,
    frozen_pass,
)
from headstart.backbones import Backbone
from headstart.examples import FileSource, Source, Task
from headstart.heads import LinearHead
from headstart.media import decoder_versions
from headstart.model._format import DESCRIPTION, write_json

BACKBONE_FILE = "backbone.safetensors"
HEAD_FILE = "head.safetensors"


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
        backbone: the network that computes activations.
        cut: name of the last frozen stage.
        task: the question that it answers.
        head: from activations to class probabilities.
        engine: what runs the frozen part here.
        description: what ``model.json`` says beyond that (command, versions, plan).
        notes: what is worth knowing about running it here, a sentence each.
    """

    backbone: Backbone
    cut: str
    task: Task
    head: LinearHead
    engine: EngineInfo
    description: dict[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        return self.task.classes

    def dataset_key(self) -> DatasetKey:
        """Under which activations for this model are stored."""
        return dataset_key(self.backbone, self.cut, self.engine)

    def activations(
        self,
        sources: Sequence[Source],
        *,
        store: ActivationStore | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> FrozenPass:
        """The frozen pass over `sources`, from the store where they are there."""
        return run_frozen_pass(
            sources, self.backbone, self.cut, self.engine, store=store, on_progress=on_progress
        )

    def probabilities(self, activations: NDArray[np.floating]) -> NDArray[np.float64]:
        """Class probabilities from activations, float64 ``(examples, classes)``."""
        if not len(activations):  # of nothing, not even the width is known
            return np.zeros((0, len(self.classes)))
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
        found = dict(zip(readable, self.probabilities(passed.activations[readable]), strict=True))
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

    def save(self, directory: Path) -> None:
        """Write ``model.json`` and the weights into an existing directory."""
        from safetensors.numpy import save  # only when something is saved

        head = {"weights": self.head.weights, "bias": self.head.bias}
        contents = {
            HEAD_FILE: save(head),
            BACKBONE_FILE: save(dict(self.backbone.weights)),
        }
        for name, data in contents.items():
            (directory / name).write_bytes(data)
        files = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        write_json(directory / DESCRIPTION, self._described() | {"files": files})

    def _described(self) -> dict[str, Any]:
        return self.description | {
            "input_kind": self.backbone.input_kind,
            "backbone": {
                "name": self.backbone.name,
                "origin": self.backbone.origin,
                "fingerprint": self.backbone.fingerprint,
                "file": BACKBONE_FILE,
                "stages": [stage.name for stage in self.backbone.stages],
                "cut": self.cut,
                "frozen_stages": len(self.backbone.stages_before(self.cut)),
                "frozen_sha256": self.backbone.frozen_sha256(self.cut),
            },
            "preprocessing": self.backbone.preprocessing.as_dict(),
            "engine": self.engine.as_dict(),
            "tasks": [
                {
                    "name": self.task.name,
                    "kind": self.task.kind,
                    "classes": list(self.task.classes),
                }
            ],
            "head": {
                "kind": "linear",
                "file": HEAD_FILE,
                "penalty": self.head.penalty,
                "converged": self.head.converged,
                "relative_gradient_norm": self.head.gradient_norm,
                "iterations": self.head.iterations,
            },
        }


def dataset_key(backbone: Backbone, cut: str, engine: EngineInfo) -> DatasetKey:
    """Everything that the activations of a backbone depend on, besides the files."""
    return DatasetKey(
        fingerprint=backbone.fingerprint,
        backbone=backbone.name,
        preprocessing=backbone.preprocessing.as_dict(),
        cut=cut,
        precision=engine.precision,
        engine=f"{engine.name} {engine.version} {engine.device}",
        decoders=decoder_versions(),
        instruction_set=engine.instruction_set,
    )


def run_frozen_pass(
    sources: Sequence[Source],
    backbone: Backbone,
    cut: str,
    engine: EngineInfo,
    *,
    store: ActivationStore | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> FrozenPass:
    """The frozen pass of a backbone up to a cut, under its own dataset of the store."""
    return frozen_pass(
        sources,
        make_engine=engine_maker(backbone, cut, engine),
        preprocessing=backbone.preprocessing,
        threads=engine.threads,
        store=store,
        dataset=0 if store is None else store.dataset(dataset_key(backbone, cut, engine)),
        on_progress=on_progress,
    )
