"""The commands' jobs: read the examples, do the work, write the page."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.errors import SettingError
from headstart.examples import read_examples
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


def train_and_report(
    data: Data,
    settings: TrainSettings | PretrainSettings,
    *,
    out: Path,
    command: str = "",
    on_event: OnEvent = ignore,
    **columns: Any,
) -> TrainRun:
    """Read, train, save, write the report: what ``headstart train`` and ``pretrain`` do.

    Args:
        data: a folder of class folders or a table.
        settings: how to train; all layers from the start where they are of `PretrainSettings`.
        out: the model directory.
        command: that was run, for the model card.
        on_event: is told the plan, progress and notes.
        columns: passed on to `headstart.examples.read_examples`.
    """
    examples = read_examples(data, **columns)
    told: dict[str, Any] = {
        "out": out,
        "data": _named(data),
        "command": command,
        "on_event": on_event,
    }
    if isinstance(settings, TrainSettings):
        run = run_train(examples, settings, **told)
    else:
        from headstart.runs import pretrain

        run = pretrain(examples, settings, **told)
    write_report(out, model=run.model, cache=cache_directory(settings.cache), maps=run.maps)
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
