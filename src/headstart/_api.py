"""The Python face of the commands: one call, the same work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart._jobs import Data, compare_and_report, default_model_directory, train_and_report
from headstart.model import Model
from headstart.runs import PretrainSettings, TrainSettings

if TYPE_CHECKING:
    from headstart.runs import Comparison, TasksComparison

READING = ("file_column", "label_column", "tasks", "exclude", "task_kinds", "uncertain",
           "annotated", "features")  # fmt: skip
"""Settings that say how examples are read, not how a model is trained."""


def _data(given: str | Path | Sequence[str | Path]) -> Data:
    if isinstance(given, str | Path):
        return Path(given)
    return tuple(Path(path) for path in given)


def _split(settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the reading, and the others."""
    reading = {name: settings.pop(name) for name in READING if name in settings}
    return reading, settings


def compare(
    data: str | Path | Sequence[str | Path],
    candidates: Sequence[str],
    out: str | Path | None = None,
    **settings: Any,
) -> Comparison | TasksComparison:
    """Compare ways to learn labelled photos, as ``headstart compare`` does.

    Args:
        data: a folder of class folders, or a CSV, Parquet or JSON Lines table.
        candidates: what to compare, as after ``--with``: ``["scratch", "head", "2"]``.
        out: the directory of the page and its figures; ``NAME-comparison`` in the current directory
            where ``None``.
        settings: ``sizes``, ``draws``, ``architecture``, ``size``, and those of
            `headstart.runs.TrainSettings`.

    Returns:
        The findings, with ``findings.sentences`` in words.

    Raises:
        HeadstartError: says what was given, what was expected and what to do.

    Example:
        >>> import headstart
        >>> found = headstart.compare("photos/", ["scratch", "head"])  # doctest: +SKIP
        >>> found.findings.sentences[0]  # doctest: +SKIP
        'Transfer helps: +18 points (95 % +9.0 to +27) at 244 examples'
    """
    given, (reading, others) = _data(data), _split(settings)
    target = default_model_directory(given, "comparison") if out is None else Path(out)
    return compare_and_report(given, out=target, names=candidates, reading=reading, **others)


def train(
    data: str | Path | Sequence[str | Path], out: str | Path | None = None, **settings: Any
) -> Model:
    """Train a model on labelled photos, as ``headstart train`` does.

    Args:
        data: a folder of class folders, a CSV, Parquet or JSON Lines table, or several tables that
            are joined on their files.
        out: where to save the model directory; ``NAME-model`` in the current directory where
            ``None``.
        settings: of `headstart.runs.TrainSettings`: ``seed``, ``folds``, ``precision``, ...; and of
            `headstart.examples.read_examples`: ``tasks``, ``uncertain``, ...

    Returns:
        The model. Its directory holds the figures and the report.

    Raises:
        HeadstartError: says what was given, what was expected and what to do.

    Example:
        >>> import headstart
        >>> model = headstart.train("photos/")  # doctest: +SKIP
        >>> model.predict(["new.jpg"])[0].label  # doctest: +SKIP
        'tigger'
    """
    given, (reading, others) = _data(data), _split(settings)
    target = default_model_directory(given) if out is None else Path(out)
    return train_and_report(given, TrainSettings(**others), out=target, **reading).model


def pretrain(
    data: str | Path | Sequence[str | Path], out: str | Path | None = None, **settings: Any
) -> Model:
    """Train all layers of a network on a task of your own, as ``headstart pretrain`` does.

    Args:
        data: a folder of class folders, or a CSV, Parquet or JSON Lines table.
        out: where to save the model directory; ``NAME-pretrained`` in the current directory where
            ``None``.
        settings: of `headstart.runs.PretrainSettings`: ``architecture``, ``size``, ``epochs``, ...

    Returns:
        The model. ``headstart.train(other, backbone=out)`` starts from its network.

    Raises:
        HeadstartError: says what was given, what was expected and what to do.

    Example:
        >>> import headstart
        >>> headstart.pretrain("many_scans/", "scans-net", size=64)  # doctest: +SKIP
        >>> headstart.train("few_scans/", backbone="scans-net")  # doctest: +SKIP
    """
    given, (reading, others) = _data(data), _split(settings)
    target = default_model_directory(given, "pretrained") if out is None else Path(out)
    return train_and_report(given, PretrainSettings(**others), out=target, **reading).model
