"""What a training run leaves beside the model: metrics, held-out predictions, model card."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import FrozenPass
from headstart.evaluation import TaskFigures
from headstart.heads import CrossValidated
from headstart.model import Model, write_json
from headstart.runs._card import model_card
from headstart.runs._prepared import Prepared


@dataclass(frozen=True)
class Outcome:
    """What was found out.

    Attributes:
        prepared: the examples that took part.
        folds: of the cross-validation, int64 ``(repeats, training examples)``.
        cross_validated: the penalties and held-out predictions of the training examples.
        figures: of each held-out part or of the cross-validation; the headline first.
        verdict: in a sentence.
    """

    prepared: Prepared
    folds: NDArray[np.int64]
    cross_validated: CrossValidated
    figures: dict[str, TaskFigures] = field(default_factory=dict)
    verdict: str = ""

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
        frozen = model.backbone.stages_before(model.cut)
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
            "tasks": [described | headline[1].as_dict() | {"penalty": self._penalty()}],
            "other_parts": {part: [described | figures.as_dict()] for part, figures in others},
            "plan": {
                "retrain": "head",
                "cut": model.cut,
                "frozen_stages": len(frozen),
                "trainable_parameters": int(model.head.weights.size + model.head.bias.size),
                "chosen_by": "this version retrains the output layer only",
                "candidates": [],
            },
            "cache": {"hits": passed.hits, "misses": passed.misses, "bytes": passed.bytes},
            "seconds": seconds,
        }

    def _penalty(self) -> dict[str, Any]:
        curve = self.cross_validated.curve
        columns = (curve.penalties, curve.log_loss, curve.standard_error)
        names = ("penalty", "log_loss", "standard_error")
        return {
            "chosen": curve.chosen,
            "candidates": [
                dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)
            ],
            "pruned": curve.pruned,
            "outer": [
                [None if np.isnan(penalty) else float(penalty) for penalty in repeat]
                for repeat in self.cross_validated.outer_penalties
            ],
        }


def save_outcome(directory: Path, outcome: Outcome, metrics: dict[str, Any], model: Model) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and ``README.md`` into the model directory."""
    write_json(directory / "metrics.json", metrics)
    _write_predictions(directory / "predictions.csv", outcome, model)
    card = model_card(model, metrics)
    # The command may name a folder whose name is not text.
    (directory / "README.md").write_bytes(card.encode("utf-8", "backslashreplace"))


def _write_predictions(path: Path, outcome: Outcome, model: Model) -> None:
    prepared = outcome.prepared
    classes = prepared.task.classes
    fixed = ["file", "sha256", "part", "group", "fold", "label", "predicted", "correct",
             "probability"]  # fmt: skip
    probabilities = np.full((len(prepared.names), len(classes)), np.nan)
    probabilities[prepared.train] = outcome.cross_validated.probabilities[0]
    for rows in prepared.held_out.values():
        probabilities[rows] = model.probabilities(prepared.activations[rows])
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
