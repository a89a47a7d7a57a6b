"""A small model directory, as `headstart train` leaves it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from PIL import Image

Document = dict[str, Any]
MakeModel = Callable[..., Path]


def figure(value: float | None, low: float | None = None, high: float | None = None) -> Document:
    return {
        "value": value,
        "low": low,
        "high": high,
        "level": 0.95,
        "method": "Wilson",
        "approximate": False,
        "why": None if value is not None else "only one class in the held-out part",
    }


def a_model() -> Document:
    return {
        "format": "headstart-model",
        "format_version": 1,
        "created": "2026-11-21T12:00:00+00:00",
        "headstart": "0.1.0",
        "command": "headstart train photos",
        "seed": 0,
        "input_kind": "photo",
        "backbone": {
            "name": "a_network",
            "fingerprint": "ab" * 32,
            "stages": ["stem", "blocks", "features"],
            "frozen_stages": 3,
        },
        "head": {"kind": "linear", "converged": True},
        "versions": {"python": "3.11.9"},
        "files": {"head.safetensors": "cd" * 32},
    }


def a_task() -> Document:
    share = figure(0.9, 0.8, 0.95)
    return {
        "name": "label",
        "kind": "category",
        "classes": ["ants", "bees"],
        "known": 20,
        "held_out": {"design": "validation", "examples": 10, "groups": None},
        "accuracy": share,
        "balanced_accuracy": share,
        "log_loss": figure(0.25, 0.1, 0.4),
        "auroc": figure(0.97, 0.9, 0.99),
        "ece": figure(0.05, 0.02, 0.1),
        "per_class": [
            {"class": "ants", "known": 5, "precision": share, "recall": share},
            {"class": "bees", "known": 5, "precision": share, "recall": figure(None)},
        ],
        "confusion": [[5, 1], [0, 4]],
        "reliability": [
            {"low": 0.5, "high": 0.75, "confidence": 0.6, "accuracy": 0.5, "count": 2},
            {"low": 0.75, "high": 1.0, "confidence": 0.9, "accuracy": 1.0, "count": 8},
        ],
        "penalty": {
            "chosen": 0.1,
            "candidates": [
                {"penalty": 1.0, "log_loss": 0.4, "standard_error": 0.02},
                {"penalty": 0.1, "log_loss": 0.3, "standard_error": 0.02},
            ],
            "pruned": 2,
        },
    }


def some_metrics(task: Document) -> Document:
    return {
        "examples": {"train": 20, "validation": 10, "test": 0, "quarantined": 1},
        "quarantined": [{"file": "bees/x.jpg", "reason": "is empty"}],
        "verdict": "Right nine times in ten.",
        "notes": ["Two photos are the same."],
        "tasks": [task],
        "plan": {"frozen_stages": 3, "trainable_parameters": 2562, "chosen_by": "measured"},
        "cache": {"hits": 0, "misses": 30, "bytes": 2048},
        "seconds": {"total": 5.0, "frozen_pass": 4.0, "head": 0.5},
    }


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """A function that writes a model directory.

    Its arguments replace entries of ``model.json``, ``metrics.json``, its one task, and give the
    rows of ``predictions.csv``; None leaves a file out.
    """

    def make(
        *,
        model: Mapping[str, object] | None = MappingProxyType({}),
        metrics: Mapping[str, object] | None = MappingProxyType({}),
        task: Mapping[str, object] = MappingProxyType({}),
        predictions: list[tuple[str, ...]] | None = None,
    ) -> Path:
        directory = tmp_path / "a-model"
        directory.mkdir(exist_ok=True)
        if model is not None:
            document = json.dumps({**a_model(), **model})
            (directory / "model.json").write_text(document, encoding="utf-8")
        if metrics is not None:
            document = json.dumps({**some_metrics({**a_task(), **task}), **metrics})
            (directory / "metrics.json").write_text(document, encoding="utf-8")
        if predictions is not None:
            with (directory / "predictions.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(("file", "sha256", "part", "label", "predicted", "probability"))
                writer.writerows(predictions)
        return directory

    return make


@pytest.fixture
def photo(tmp_path: Path) -> tuple[Path, str]:
    """A red photo of 640 x 480 pixels, and the hash of its file."""
    path = tmp_path / "photos" / "bees" / "red.jpg"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (640, 480), (200, 30, 30)).save(path, quality=90)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
