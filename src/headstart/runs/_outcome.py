"""What a training run leaves beside the model: metrics, held-out predictions, model card."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.activations import FrozenPass
from headstart.evaluation import TaskFigures, task_figures
from headstart.heads import CrossValidated
from headstart.model import Model, write_json
from headstart.runs._card import model_card
from headstart.runs._depth import Depth
from headstart.runs._fitting import Fitting
from headstart.runs._prepared import HeldOutPart, Prepared


class Plan(Protocol):
    """How much was trained, and why."""

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""


@dataclass(frozen=True)
class Outcome:
    """What was found out.

    Attributes:
        prepared: the examples that took part.
        folds: of the cross-validation, int64 ``(repeats, training examples)``.
        solved: the penalties of the output layer; ``None`` where it was not solved.
        depth: how much was retrained, and why.
        cross_validated: held-out predictions of the training examples, float64
            ``(repeats, training examples, classes)``: not flattered by any choice. NaN where there
            are none.
        held_out: the model's predictions of each part that the user held out, float64
            ``(examples, classes)``, computed by the engine that predicts.
        figures: of each held-out part or of the cross-validation; the headline first.
        verdict: in a sentence.
    """

    prepared: Prepared
    folds: NDArray[np.int64]
    solved: CrossValidated | None
    depth: Plan
    cross_validated: NDArray[np.float64]
    held_out: dict[HeldOutPart, NDArray[np.float64]]
    figures: dict[str, TaskFigures] = field(default_factory=dict)
    verdict: str = ""

    @classmethod
    def of(cls, fitting: Fitting, depth: Depth, model: Model) -> Outcome:
        """The predictions that the figures are made of."""
        prepared = fitting.prepared
        held_out = {}
        for part, rows in prepared.held_out.items():
            features = prepared.features[rows]
            if model.retrained:
                # As `predict` computes them: nothing is rounded for the store.
                sources = [prepared.sources[row] for row in rows]
                features = model.activations(sources).features
            held_out[part] = model.probabilities(features)
        choice = depth.choice
        compared = choice is not None and depth.chosen_by != "asked for"
        only_head = choice is None or not choice.per_fold.max(initial=0)
        predicted, folds = fitting.solved.probabilities, fitting.folds
        if choice is not None and compared and not only_head:
            predicted, folds = choice.probabilities, folds[:1]
        elif choice is not None and not compared:
            # The last: a head that was trained from random weights has the name of the first.
            predicted, folds = choice.candidates[-1].probabilities, folds[:1]
        return cls(prepared, folds, fitting.solved, depth, predicted, held_out)

    def metrics(
        self, passed: FrozenPass, model: Model, seconds: dict[str, float]
    ) -> dict[str, Any]:
        """Everything that ``metrics.json`` holds."""
        prepared = self.prepared
        headline, *others = self.figures.items()
        described = {
            "name": prepared.task.name,
            "kind": prepared.task.kind,
            "classes": list(prepared.task.classes),
            "known": len(prepared.train),
        }
        counts = {part: len(rows) for part, rows in prepared.held_out.items()}
        backbone = model.backbone
        retrained = [stage for stage in backbone.stages if stage.name in model.retrained]
        weights = sum(backbone.parameters(stage) for stage in retrained)
        return {
            "format_version": 1,
            "examples": {
                "train": len(prepared.train),
                "validation": counts.get("validation", 0),
                "test": counts.get("test", 0),
                "quarantined": len(prepared.set_aside),
            },
            "quarantined": [{"file": name, "reason": why} for name, why in prepared.set_aside],
            "verdict": self.verdict,
            "notes": list(prepared.notes),
            "tasks": [described | headline[1].as_dict() | self._penalty()],
            "other_parts": {part: [described | figures.as_dict()] for part, figures in others},
            "plan": {
                "frozen_stages": len(backbone.weighted_stages) - len(retrained),
                "weighted_stages": len(backbone.weighted_stages),
                "retrained_stages": list(model.retrained),
                "trainable_parameters": weights + model.head.parameters,
                **self.depth.as_dict(),
            },
            "cache": {"hits": passed.hits, "misses": passed.misses, "bytes": passed.bytes},
            "seconds": seconds,
        }

    def _penalty(self) -> dict[str, Any]:
        if self.solved is None:
            return {}
        curve = self.solved.curve
        columns = (curve.penalties, curve.log_loss, curve.standard_error)
        names = ("penalty", "log_loss", "standard_error")
        candidates = [
            dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)
        ]
        outer = [
            [None if np.isnan(penalty) else float(penalty) for penalty in repeat]
            for repeat in self.solved.outer_penalties
        ]
        found = {"chosen": curve.chosen, "candidates": candidates, "pruned": curve.pruned}
        return {"penalty": found | {"outer": outer}}


def held_out_figures(
    prepared: Prepared, predicted: Mapping[HeldOutPart, NDArray[np.float64]], *, seed: int
) -> dict[str, TaskFigures]:
    """Figures of each part that was held out, in the order of the parts.

    Args:
        prepared: the examples.
        predicted: the model's probabilities of each part, float64 ``(examples, classes)``.
        seed: of the intervals' draws.
    """
    return {
        part: task_figures(
            prepared.targets[rows],
            predicted[part][None],
            classes=prepared.task.classes,
            design=part,
            units=prepared.units[rows],
            seed=seed,
        )
        for part, rows in prepared.held_out.items()
    }


def save_outcome(directory: Path, outcome: Outcome, metrics: dict[str, Any], model: Model) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and ``README.md`` into the model directory."""
    write_json(directory / "metrics.json", metrics)
    _write_predictions(directory / "predictions.csv", outcome)
    card = model_card(model, metrics)
    # The command may name a folder whose name is not text.
    (directory / "README.md").write_bytes(card.encode("utf-8", "backslashreplace"))


def _write_predictions(path: Path, outcome: Outcome) -> None:
    prepared = outcome.prepared
    classes = prepared.task.classes
    fixed = ["file", "sha256", "part", "group", "fold", "label", "predicted", "correct",
             "probability"]  # fmt: skip
    probabilities = np.full((len(prepared.sources), len(classes)), np.nan)
    probabilities[prepared.train] = outcome.cross_validated[0]
    for part, rows in prepared.held_out.items():
        probabilities[rows] = outcome.held_out[part]
    parts = prepared.parts
    fold = np.full(len(prepared.names), -1)
    fold[prepared.train] = outcome.folds[0]
    # surrogateescape: a file name that is not valid UTF-8 is written as the bytes that it is.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*fixed, *(f"p_{name}" for name in classes)])
        for row, name in enumerate(prepared.names):
            chance = probabilities[row]
            held = not np.isnan(chance[0])
            top = int(chance.argmax()) if held else -1
            writer.writerow(
                [
                    name,
                    prepared.hashes[row],
                    parts[row],
                    prepared.groups[row] if prepared.groups else "",
                    int(fold[row]) if fold[row] >= 0 else "",
                    classes[prepared.targets[row]],
                    classes[top] if held else "",
                    int(top == prepared.targets[row]) if held else "",
                    f"{chance[top]:.6f}" if held else "",
                    *(f"{value:.6f}" if held else "" for value in chance),
                ]
            )
