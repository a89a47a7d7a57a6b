"""A small model directory, as `headstart train` leaves it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from PIL import Image
from tests.report.documents import a_model, a_task, some_metrics

MakeModel = Callable[..., Path]


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
