"""What a training run leaves beside the model: metrics, held-out predictions, model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.activations import FrozenPass
from headstart.evaluation import TaskFigures, TasksFigures, summary
from headstart.examples import UNKNOWN
from headstart.heads import CrossValidated, Curve
from headstart.model import Model, write_json
from headstart.runs._card import model_card
from headstart.runs._depth import Depth
from headstart.runs._fitting import Fitting
from headstart.runs._predictions_file import write_predictions
from headstart.runs._prepared import HeldOutPart, Prepared

if TYPE_CHECKING:
    from headstart.heads import TasksCrossValidated


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
            ``(repeats, training examples, outputs)``: not flattered by any choice. NaN where there
            are none.
        held_out: the model's predictions of each part that the user held out, float64
            ``(examples, outputs)``, computed by the engine that predicts.
        figures: of each task on each held-out part or in the cross-validation; the headline first.
        verdict: in a sentence.
        thresholds: from which chance on a yes/no task of several is answered with yes, by name.
    """

    prepared: Prepared
    folds: NDArray[np.int64]
    solved: CrossValidated | TasksCrossValidated | None
    depth: Plan
    cross_validated: NDArray[np.float64]
    held_out: dict[HeldOutPart, NDArray[np.float64]]
    figures: Mapping[str, Sequence[TaskFigures]] = field(default_factory=dict)
    verdict: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """Whether the tasks share layers that were trained for all of them."""
        plan = self.depth.as_dict()
        return bool(plan["epochs"])

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
        known = (prepared.train_labels != UNKNOWN).sum(axis=0)
        described = [
            {
                "name": task.name,
                "kind": task.kind,
                "classes": list(task.classes),
                "known": int(known[place]),
            }
            for place, task in enumerate(prepared.tasks)
        ]
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
            "tasks": [
                figures.as_dict() | one | self._penalty(place)
                for place, (one, figures) in enumerate(zip(described, headline[1], strict=True))
            ],
            "summary": summary(headline[1]) if isinstance(headline[1], TasksFigures) else None,
            "other_parts": {
                part: [each.as_dict() | one for one, each in zip(described, figures, strict=True)]
                for part, figures in others
            },
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

    def _penalty(self, task: int) -> dict[str, Any]:
        """How the penalty of a task's output layer was chosen, where it was."""
        if self.solved is None:
            return {}
        curve: Curve | None
        if isinstance(self.solved, CrossValidated):
            curve, outer_penalties = self.solved.curve, self.solved.outer_penalties
        else:
            curve, outer_penalties = (
                self.solved.curves[task],
                self.solved.outer_penalties[..., task],
            )
        if curve is None:
            return {}
        columns = (curve.penalties, curve.log_loss, curve.standard_error)
        names = ("penalty", "log_loss", "standard_error")
        candidates = [
            dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)
        ]
        outer = [
            [None if np.isnan(penalty) else float(penalty) for penalty in repeat]
            for repeat in outer_penalties
        ]
        found = {"chosen": curve.chosen, "candidates": candidates, "pruned": curve.pruned}
        return {"penalty": found | {"outer": outer}}


def save_outcome(directory: Path, outcome: Outcome, metrics: dict[str, Any], model: Model) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and ``README.md`` into the model directory."""
    write_json(directory / "metrics.json", metrics)
    write_predictions(
        directory / "predictions.csv",
        outcome.prepared,
        outcome.folds[0],
        outcome.cross_validated[0],
        outcome.held_out,
    )
    card = model_card(model, metrics)
    # The command may name a folder whose name is not text.
    (directory / "README.md").write_bytes(card.encode("utf-8", "backslashreplace"))
