"""What the files of a model directory hold, in small."""

from __future__ import annotations

from typing import Any

from headstart.model import FORMAT_VERSION

Document = dict[str, Any]


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
        "format_version": FORMAT_VERSION,
        "created": "2026-11-21T12:00:00+00:00",
        "headstart": "0.1.0",
        "command": "headstart train photos",
        "seed": 0,
        "settings": {"retrain": "auto", "hidden": [], "views": 1, "epochs": None},
        "input_kind": "photo",
        "backbone": a_backbone(),
        "preprocessing": {"resize": 256, "size": 224},
        "engine": {"name": "openvino", "precision": "f32"},
        "tasks": [{"name": "label", "kind": "category", "classes": ["ants", "bees"]}],
        "head": {"file": "head.safetensors", "layers": [[2, 1280]], "origin": a_solution()},
        "versions": {"python": "3.11.9"},
        "files": {"head.safetensors": "cd" * 32},
    }


def a_backbone(*retrained: str) -> Document:
    stages = ["stem", "blocks.0", "blocks.1", "conv_head", "pool"]
    return {
        "name": "a_network",
        "architecture": "a_network",
        "origin": "ImageNet",
        "fingerprint": "ab" * 32,
        "form": {"kind": "builtin"},
        "file": "backbone.safetensors",
        "stages": stages,
        "retrained": list(retrained),
        "frozen": [stage for stage in stages if stage not in retrained],
        "frozen_sha256": "ef" * 32,
    }


def a_solution() -> Document:
    return {"by": "solver", "penalty": 0.1, "converged": True, "iterations": 12}


def fine_tuned(epochs: int = 3, **start: object) -> Document:
    return {"by": "fine-tuning", "epochs": epochs, "start": {**a_solution(), **start}}


def a_candidate(name: str, log_loss: float, *, above: float = 0.0, **others: object) -> Document:
    spread = 0.1 if above else 0.0
    difference = figure(above, above - spread, above + spread)
    return {
        "name": name,
        "hidden": [],
        "what": {"head": "head only", "all": "all stages retrained"}.get(
            name, f"{name} of 4 stages retrained"
        ),
        "log_loss": figure(log_loss, log_loss - 0.1, log_loss + 0.1),
        "accuracy": figure(0.9, 0.8, 0.95),
        "difference_to_best": {**difference, "standard_error": spread / 2 or None},
        "seconds": 1.5,
        "trainable_parameters": 2562,
        "epochs": 0 if name == "head" else 3,
        **others,
    }


def a_plan(*retrained: str, **others: object) -> Document:
    """The plan without candidates."""
    return {
        "frozen_stages": 4 - len(retrained),
        "weighted_stages": 4,
        "retrained_stages": list(retrained),
        "trainable_parameters": 2562,
        "retrain": str(len(retrained)) if retrained else "head",
        "epochs": 3 if retrained else 0,
        "chosen_by": "asked for",
        "why": "head only, as asked for",
        "candidates": [],
        **others,
    }


def a_choice(**others: object) -> Document:
    """The plan where 1 of 4 stages was chosen from three candidates."""
    return a_plan(
        "conv_head",
        **{
            "chosen_by": "measured",
            "why": "1 of 4 stages retrained: log loss 0.30 against 0.60 with the head only",
            "chosen": "1",
            "best": "2",
            "log_loss": figure(0.31, 0.2, 0.42),
            "gain": figure(0.29, 0.1, 0.4),
            "per_fold": [["1", "1", "head"]],
            "candidates": [
                a_candidate("head", 0.6, above=0.32),
                a_candidate("1", 0.3, above=0.02),
                a_candidate("2", 0.28),
            ],
        }
        | others,
    )


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
        "plan": a_plan(),
        "cache": {"hits": 0, "misses": 30, "bytes": 2048},
        "seconds": {"total": 5.0, "frozen_pass": 4.0, "head": 0.5},
    }
