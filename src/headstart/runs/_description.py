"""What ``model.json`` says beyond the model itself."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from headstart.media import decoder_versions
from headstart.model import FORMAT, FORMAT_VERSION
from headstart.runs._settings import TrainSettings


def describe(settings: TrainSettings, *, data: str, command: str) -> dict[str, Any]:
    """Where a model comes from: versions, command, data, seed."""
    ours = version("headstart")
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "headstart": ours,
        "command": command,
        "data": data,
        "seed": settings.seed,
        "settings": {
            "folds": settings.folds,
            "class_weight": settings.class_weight,
            "precision": settings.precision,
        },
        "versions": {
            "headstart": ours,
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "openvino": version("openvino"),
            **decoder_versions(),
        },
    }
