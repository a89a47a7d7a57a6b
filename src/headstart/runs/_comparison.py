"""What a comparison's fits come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.backbones import FEATURES
from headstart.evaluation import Scores, scores
from headstart.examples import Draw
from headstart.runs._contenders import Contender
from headstart.runs._prepared import Prepared
from headstart.runs._trials import Trial
from headstart.strategy import Entrant, Findings, find

PARTS = 5
"""A held-out part is divided into so many, for choices that must not see what judges them."""


@dataclass(frozen=True)
class Design:
    """Who is trained on and who is predicted.

    Attributes:
        draws: of training parts.
        held: rows that are held out in some draw, sorted, int64.
        folds: of the cross-validation; ``None`` where the user held out a part.
    """

    draws: Sequence[Draw]
    held: NDArray[np.int64]
    folds: int | None

    def __str__(self) -> str:
        count = len(self.draws)
        if self.folds is None:
            return f"{count} draws of training examples, {len(self.held)} held-out examples"
        return f"{count} training parts: {self.folds}-fold cross-validation x {count // self.folds}"


@dataclass(frozen=True)
class Evidence:
    """Everything that was measured.

    Attributes:
        prepared: the examples.
        entered: what was compared.
        design: of the draws.
        sizes: of the training parts; ``None`` for all of it.
        trials: by place of the contender, of the size and of the draw.
    """

    prepared: Prepared
    entered: Sequence[Contender]
    design: Design
    sizes: Sequence[int | None]
    trials: Mapping[tuple[int, int, int], Trial]

    @property
    def classes(self) -> int:
        return len(self.prepared.task.classes)

    @property
    def counts(self) -> list[int]:
        """Examples in a training part of each size, the mean over draws."""
        draws = self.design.draws
        return [round(float(np.mean([len(draw.rows(size)) for draw in draws])))
                for size in self.sizes]  # fmt: skip

    def scores(self) -> Scores:
        """What each contender scored on each held-out example."""
        held, folds = self.design.held, self.design.folds
        repeats = self.design.draws[-1].repeat + 1
        parts = np.zeros((repeats, len(held)), dtype=np.int64)
        units = self.prepared.units[held]
        if folds is None:  # no unit lies across parts
            names, unit_of = np.unique(units, return_inverse=True)
            parts[:] = (np.random.default_rng(0).permutation(len(names)) % PARTS)[unit_of]
        shape = (len(self.entered), len(self.sizes), repeats, len(held), self.classes)
        found = np.full(shape, np.nan)
        for (place, size, number), trial in self.trials.items():
            draw = self.design.draws[number]
            inside = np.searchsorted(held, draw.held)
            found[place, size, draw.repeat, inside] = trial.probabilities
            if folds is not None:
                parts[draw.repeat, inside] = number % folds
        return scores(
            self.prepared.targets[held], [list(row) for row in found], parts=parts, folds=folds,
            units=units,
        )  # fmt: skip

    def entrants(self) -> list[Entrant]:
        """The contenders as the findings name them."""
        return [self._entrant(place, one) for place, one in enumerate(self.entered)]

    def _entrant(self, place: int, contender: Contender) -> Entrant:
        backbone = contender.backbone
        (width,) = backbone.output_shapes(backbone.last_cut)[FEATURES]
        stages = [stage for stage in backbone.stages if stage.name in contender.rung.trainable]
        by_size = [
            [self.trials[place, size, number] for number in range(len(self.design.draws))]
            for size in range(len(self.sizes))
        ]
        return Entrant(
            name=contender.name,
            what=str(contender),
            source=contender.source,
            scratch=contender.scratch,
            parameters=(width + 1) * self.classes + sum(map(backbone.parameters, stages)),
            seconds=tuple(max(trial.seconds for trial in row) for row in by_size),
            epochs=tuple(float(np.mean([trial.epochs for trial in row])) for row in by_size),
            whole=len(stages) == len(backbone.weighted_stages),
        )


@dataclass(frozen=True)
class Comparison:
    """A finished comparison.

    Attributes:
        findings: what came out.
        scores: that they rest on, of each candidate at each of ``findings.sizes``.
        design: how examples came to be held out, in words.
        seconds: that it took.
        notes: what the user should know.
        classes: names.
    """

    findings: Findings
    scores: Scores
    design: str
    seconds: float
    notes: tuple[str, ...]
    classes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For ``comparison.json``."""
        return {
            "format_version": 1,
            "design": self.design,
            "classes": list(self.classes),
            **self.findings.as_dict(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def of(cls, evidence: Evidence, seconds: float) -> Comparison:
        """The conclusions from what was measured."""
        judged = evidence.scores()
        findings = find(judged, evidence.entrants(), evidence.counts, evidence.classes)
        prepared = evidence.prepared
        return cls(
            findings, judged, str(evidence.design), seconds, tuple(prepared.notes),
            prepared.task.classes,
        )  # fmt: skip
