"""What ``model.json`` says beyond the model itself."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from headstart.media import decoder_versions
from headstart.model import FORMAT, FORMAT_VERSION
from headstart.runs._pretrain_settings import PretrainSettings
from headstart.runs._settings import TrainSettings


def describe(
    settings: TrainSettings | PretrainSettings, *, data: str, command: str
) -> dict[str, Any]:
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
            name: _plain(value)
            for name, value in vars(settings).items()
            if name not in {"backbone", "cache", "seed"}
        },
        "versions": {
            "headstart": ours,
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "openvino": version("openvino"),
            **decoder_versions(),
        },
    }


def _plain(value: Any) -> Any:
    """A setting as JSON can hold it."""
    if isinstance(value, Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value
