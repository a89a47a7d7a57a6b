"""The settings of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headstart.activations import DEVICES, PRECISIONS
from headstart.backbones import DEFAULT, Backbone, drop_stages
from headstart.errors import SettingError
from headstart.heads import TaskWeights
from headstart.runs._source import load_source
from headstart.strategy import parse_budget

BUDGET_SECONDS = 120.0
"""What ``--retrain auto`` may spend beyond the head, where the user does not say."""


@dataclass(frozen=True)
class TrainSettings:
    """How to train; checked as a whole when made.

    Attributes:
        backbone: name of the pretrained network, ``timm:NAME``, the directory of a model, or one
            made by `headstart.backbones.backbone_from_module`.
        weights: file of the network's weights, or ``"random"``; its own where ``None``.
        download: whether timm may fetch weights from its hub.
        retrain: ``"auto"``, ``"head"``, ``"all"``, how many of the last stages, or for each stage
            by name whether it is retrained.
        train_stages: names of the stages to retrain, any set of them, instead of `retrain`.
        hidden: widths of new hidden layers before the output layer.
        dropout: share of the head's inputs that is dropped in training.
        drop_stages: how many of the last stages are thrown away.
        head_init: ``"solved"``: retraining starts from the solved output layer; ``"random"``: from
            random weights.
        statistics: of BatchNorm in retrained stages: ``"fixed"`` or ``"learned"``.
        learning_rate: of the topmost retrained layers; chosen from the data where ``None``.
        epochs: at most so many; chosen from the data where ``None``.
        views: seeded views of each photo to train on, the plain one among them.
        budget: seconds that ``"auto"`` may spend on measuring, or a text such as ``"2m"``.
        max_cache: megabytes that activations at an earlier cut may take; what the disk has free
            where ``None``.
        seed: of the folds and of every random draw.
        folds: of the cross-validation, 3 or more.
        repeats: of the cross-validation; ``None`` lets the number of examples decide.
        precision: ``"auto"``, ``"f32"`` or ``"bf16"``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: of the processor; all that this process may use where ``None``.
        class_weight: ``"balanced"`` weighs each class by the inverse of its frequency.
        focus: name of a task: the others serve it, as far as they help.
        task_weights: what each of several tasks counts, as of `headstart.heads.Objective.of`.
        cache: directory of the activation store; `cache_directory()` where ``None``.

    Raises:
        SettingError: names every setting that cannot be used.
    """

    backbone: str | Path | Backbone = DEFAULT
    weights: str | Path | None = None
    download: bool = False
    retrain: str | int | Mapping[str, bool] = "auto"
    train_stages: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    drop_stages: int = 0
    head_init: Literal["solved", "random"] = "solved"
    statistics: Literal["fixed", "learned"] = "fixed"
    learning_rate: float | None = None
    epochs: int | None = None
    views: int = 1
    budget: float | str = BUDGET_SECONDS
    max_cache: float | None = None
    seed: int = 0
    folds: int = 5
    repeats: int | None = None
    precision: str = "auto"
    device: str = "auto"
    threads: int | None = None
    class_weight: Literal["balanced"] | None = None
    focus: str | None = None
    task_weights: TaskWeights = "formula"
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        checks = {
            f"hidden widths must be 1 or more, not {self.hidden}":
                any(width < 1 for width in self.hidden),
            f"dropout must be 0 or more and below 1, not {self.dropout}":
                not 0 <= self.dropout < 1,
            f"drop_stages must be 0 or more, not {self.drop_stages}": self.drop_stages < 0,
            f"head_init {self.head_init!r} is neither 'solved' nor 'random'":
                self.head_init not in ("solved", "random"),
            f"statistics {self.statistics!r} is neither 'fixed' nor 'learned'":
                self.statistics not in ("fixed", "learned"),
            f"learning_rate must be above 0, not {self.learning_rate}":
                self.learning_rate is not None and self.learning_rate <= 0,
            f"epochs must be 1 or more, not {self.epochs}":
                self.epochs is not None and self.epochs < 1,
            f"views must be 1 to 64, not {self.views}": not 1 <= self.views <= 64,
            f"max_cache must be 0 or more, not {self.max_cache}":
                self.max_cache is not None and self.max_cache < 0,
            f"seed must be 0 or more, not {self.seed}": self.seed < 0,
            f"folds must be 3 or more, not {self.folds}: one part to judge a head, one to choose "
            "its penalty, one to train it": self.folds < 3,
            f"repeats must be 1 or more, not {self.repeats}":
                self.repeats is not None and self.repeats < 1,
            f"precision {self.precision!r} is none of {', '.join(PRECISIONS)}":
                self.precision not in PRECISIONS,
            f"device {self.device!r} is none of {', '.join(DEVICES)}": self.device not in DEVICES,
            f"threads must be 1 or more, not {self.threads}":
                self.threads is not None and self.threads < 1,
            f"class_weight {self.class_weight!r} is neither 'balanced' nor None":
                self.class_weight not in (None, "balanced"),
        }  # fmt: skip
        faults = [text for text, wrong in checks.items() if wrong]
        try:
            parse_budget(self.budget)
        except SettingError as error:
            faults.append(str(error))
        if faults:
            raise SettingError("; ".join(faults))

    def load_backbone(self) -> Backbone:
        """The network, without the stages that are thrown away.

        Raises:
            SettingError: there is no such network, or too few stages would be left.
            BackboneError: its weights are missing or are not what they should be.
            ModelError: a directory is no model, or is damaged.
        """
        backbone = load_source(self.backbone, weights=self.weights, download=self.download)
        return drop_stages(backbone, self.drop_stages)

    @property
    def budget_seconds(self) -> float:
        """The budget as a number."""
        return parse_budget(self.budget)


def cache_directory(chosen: str | Path | None = None) -> Path:
    """Where activations are stored: `chosen`, ``HEADSTART_CACHE`` or the user's cache."""
    if chosen is not None:
        return Path(chosen)
    if from_environment := os.environ.get("HEADSTART_CACHE"):
        return Path(from_environment)
    from platformdirs import user_cache_path  # not needed by most commands

    return user_cache_path("headstart", appauthor=False)
