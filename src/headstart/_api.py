"""The Python face of the commands: one call, the same work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.errors import SettingError
from headstart.examples import read_examples
from headstart.model import Model
from headstart.report import write_report
from headstart.runs import (
    OnEvent,
    PretrainSettings,
    TrainRun,
    TrainSettings,
    cache_directory,
    ignore,
)
from headstart.runs import train as run_train

if TYPE_CHECKING:
    from headstart.runs import Comparison, TasksComparison


Data = Path | tuple[Path, ...]
"""A folder, a table, or several tables that are joined."""

READING = ("file_column", "label_column", "tasks", "exclude", "task_kinds", "uncertain",
           "annotated", "features")  # fmt: skip
"""Settings that say how examples are read, not how a model is trained."""


def default_model_directory(data: Data, what: str = "model") -> Path:
    """``NAME-model`` in the current directory, named after the data."""
    data = data[0] if isinstance(data, tuple) else data
    # Not resolve(): of a link, the user knows the name, not where it leads.
    name = Path(os.path.abspath(data)).name if data.is_dir() else data.stem  # noqa: PTH100
    return Path(f"{name}-{what}")


def _named(data: Data) -> str:
    """As it stands in the model card."""
    return ", ".join(
        str(path.absolute()) for path in (data if isinstance(data, tuple) else (data,))
    )


def _data(given: str | Path | Sequence[str | Path]) -> Data:
    if isinstance(given, str | Path):
        return Path(given)
    return tuple(Path(path) for path in given)


def _split(settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the reading, and the others."""
    reading = {name: settings.pop(name) for name in READING if name in settings}
    return reading, settings


def train_and_report(
    data: Data,
    settings: TrainSettings,
    *,
    out: Path,
    command: str = "",
    on_event: OnEvent = ignore,
    **columns: Any,
) -> TrainRun:
    """Read, train, save, write the report: what ``headstart train`` does.

    Args:
        data: a folder of class folders or a table.
        settings: how to train.
        out: the model directory.
        command: that was run, for the model card.
        on_event: is told the plan, progress and notes.
        columns: passed on to `headstart.examples.read_examples`.
    """
    run = run_train(
        read_examples(data, **columns),
        settings,
        out=out,
        data=_named(data),
        command=command,
        on_event=on_event,
    )
    write_report(out, model=run.model, cache=cache_directory(settings.cache), maps=run.maps)
    return run


def pretrain_and_report(
    data: Data,
    settings: PretrainSettings,
    *,
    out: Path,
    command: str = "",
    on_event: OnEvent = ignore,
    **columns: Any,
) -> TrainRun:
    """Read, train all layers, save, write the report: what ``headstart pretrain`` does.

    Args:
        data: a folder of class folders or a table.
        settings: how to train.
        out: the model directory.
        command: that was run, for the model card.
        on_event: is told the plan, progress and notes.
        columns: passed on to `headstart.examples.read_examples`.
    """
    from headstart.runs import pretrain as run_pretrain

    run = run_pretrain(
        read_examples(data, **columns),
        settings,
        out=out,
        data=_named(data),
        command=command,
        on_event=on_event,
    )
    write_report(out, model=run.model, cache=cache_directory(settings.cache))
    return run


def compare_and_report(
    data: Data,
    *,
    out: Path,
    names: Sequence[str],
    sizes: Sequence[int | str] = ("all",),
    draws: int = 5,
    sweep: Sequence[int | str] = (),
    hide_labels: Sequence[str] = (),
    architecture: str | None = None,
    size: int | None = None,
    reading: Mapping[str, Any] | None = None,
    on_event: OnEvent = ignore,
    **train: Any,
) -> Comparison | TasksComparison:
    """Read, compare, write figures and report: what ``headstart compare`` does.

    Args:
        data: a folder of class folders or a table.
        out: the directory to write.
        names: as of `headstart.runs.CompareSettings`, like the next two and the two after
            `hide_labels`; or ways to learn several tasks, as of
            `headstart.runs.TasksCompareSettings`.
        sizes: likewise.
        draws: likewise.
        sweep: as of `headstart.runs.TasksCompareSettings`.
        hide_labels: likewise `hide`, each as in `headstart.runs.Hiding.parse`.
        architecture: the usual one where ``None``.
        size: likewise.
        reading: arguments of `headstart.examples.read_examples`.
        on_event: is told progress and notes.
        train: of `headstart.runs.TrainSettings`.
    """
    from headstart.report import check_comparison_target, write_comparison
    from headstart.runs import (
        CompareSettings,
        Hiding,
        TasksCompareSettings,
        compare_tasks,
        names_are_ways,
    )
    from headstart.runs import compare as run_compare

    check_comparison_target(out)
    settings: CompareSettings | TasksCompareSettings
    ways = names_are_ways(names)
    _check_unheeded(ways=ways, sizes=sizes, draws=draws, sweep=sweep, hide_labels=hide_labels,
                    architecture=architecture, size=size, folds=train.get("folds", 5))  # fmt: skip
    if ways:
        settings = TasksCompareSettings(
            names=tuple(names),
            sweep=tuple(sweep),
            hide=tuple(map(Hiding.parse, hide_labels)),
            train=TrainSettings(**train),
        )
    else:
        own = {"architecture": architecture, "size": size}
        settings = CompareSettings(
            names=tuple(names),
            sizes=tuple(sizes),
            draws=draws,
            train=TrainSettings(**train),
            **{key: value for key, value in own.items() if value is not None},  # type: ignore[arg-type]
        )
    examples = read_examples(data, **(reading or {}))
    found: Comparison | TasksComparison
    if isinstance(settings, TasksCompareSettings):
        found = compare_tasks(examples, settings, on_event=on_event)
    else:
        found = run_compare(examples, settings, on_event=on_event)
    write_comparison(out, found.as_dict(), data=_named(data))
    return found


def _check_unheeded(*, ways: bool, **given: Any) -> None:
    """Refuse what this kind of comparison would silently leave out.

    Raises:
        SettingError: names every such setting.
    """
    usual = {"sizes": ("all",), "draws": 5, "sweep": (), "hide_labels": (), "architecture": None,
             "size": None, "folds": 5}  # fmt: skip
    of_ways = {"sweep", "hide_labels", "folds"}
    kept = of_ways if ways else set(usual) - of_ways
    plain = {name: tuple(value) if isinstance(value, list) else value
             for name, value in given.items()}  # fmt: skip
    unheeded = [name for name in usual if name not in kept and plain[name] != usual[name]]
    if unheeded:
        kind = "ways to learn several tasks" if ways else "networks"
        raise SettingError(f"a comparison of {kind} does not heed {', '.join(unheeded)}")


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
    return pretrain_and_report(given, PretrainSettings(**others), out=target, **reading).model
