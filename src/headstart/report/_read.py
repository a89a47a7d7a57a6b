"""The files of a model directory, as far as the report needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headstart.errors import ModelError
from headstart.model import read_description
from headstart.report import _fields as fields


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
        ModelError: `directory` is not a model, is damaged or comes from another version.
    """
    predictions = directory / "predictions.csv"
    return ModelFiles(
        directory=directory,
        model=read_description(directory),
        metrics=_read_metrics(directory / "metrics.json"),
        predictions=predictions if predictions.is_file() else None,
    )


def _read_metrics(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # bad JSON and bad UTF-8 alike
        raise ModelError(f"{path}: is damaged, not valid JSON ({error}); train again") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: is damaged, expected a JSON object; train again")
    return fields.mapping(content)
