"""The files of a model directory, as far as the report needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headstart.errors import ModelError
from headstart.report import _fields as fields

NEWEST_FORMAT = 1
"""Newest ``format_version`` of ``model.json`` that is understood here."""


@dataclass(frozen=True)
class ModelFiles:
    """What was read from a model directory.

    Attributes:
        directory: the model directory.
        model: ``model.json``.
        metrics: ``metrics.json``; empty where there is none.
        predictions: path of ``predictions.csv``, or None where there is none.
    """

    directory: Path
    model: Mapping[str, object]
    metrics: Mapping[str, object]
    predictions: Path | None


def read_model_files(directory: Path) -> ModelFiles:
    """Read what a report is made of.

    Raises:
        ModelError: `directory` is not a model, is damaged or comes from a newer version.
    """
    model = _read_json(directory / "model.json")
    if model is None:
        raise ModelError(
            f"{directory}: is not a model directory, it holds no model.json; "
            "give the directory that `headstart train` wrote"
        )
    if model.get("format") != "headstart-model":
        raise ModelError(
            f"{directory / 'model.json'}: is not from headstart; "
            "give the directory that `headstart train` wrote"
        )
    version = fields.whole(model.get("format_version"))
    if version is None or version > NEWEST_FORMAT:
        raise ModelError(
            f"{directory / 'model.json'}: has format version {model.get('format_version')!r}, "
            f"this headstart reads up to {NEWEST_FORMAT}; install a newer headstart"
        )
    predictions = directory / "predictions.csv"
    return ModelFiles(
        directory=directory,
        model=model,
        metrics=_read_json(directory / "metrics.json") or {},
        predictions=predictions if predictions.is_file() else None,
    )


def _read_json(path: Path) -> Mapping[str, object] | None:
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # bad JSON and bad UTF-8 alike
        raise ModelError(f"{path}: is damaged, not valid JSON ({error}); train again") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: is damaged, expected a JSON object; train again")
    return fields.mapping(content)
