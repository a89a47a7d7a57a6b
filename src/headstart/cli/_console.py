"""What a run tells, on the terminal. Everything but results goes to standard error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from headstart.runs import Event, Note, OnEvent, Planned, Progress, ignore


@contextmanager
def telling(*, quiet: bool) -> Iterator[OnEvent]:
    """A listener that prints plan and notes and draws progress bars."""
    if quiet:
        yield ignore
        return
    listener = _Listener()
    try:
        yield listener
    finally:
        listener.close()


class _Listener:
    def __init__(self) -> None:
        from rich.console import Console  # 0.1 s, not needed when quiet

        self._console = Console(stderr=True, highlight=False)
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case Planned():
                self._console.print(_plan_lines(event), markup=False)
            case Progress():
                self._progress(event)
            case Note():
                self._console.print(f"note: {event.text}", markup=False, style="yellow")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _progress(self, event: Progress) -> None:
        if self._bar is None:
            self._bar = _bar(self._console)
            self._bar.start()
        if event.step not in self._tasks:
            self._tasks[event.step] = self._bar.add_task(
                event.step, total=event.total, unit=event.unit
            )
        self._bar.update(self._tasks[event.step], completed=event.done)


def _bar(console: Any) -> Any:
    from rich import progress

    class Rate(progress.ProgressColumn):
        """Units a second, where units are counted."""

        def render(self, task: Any) -> str:
            unit, speed = task.fields["unit"], task.finished_speed or task.speed
            return f"{speed:.0f} {unit}/s" if unit and speed else ""

    return progress.Progress(
        progress.TextColumn("{task.description:<12}"),
        progress.BarColumn(bar_width=30),
        progress.TaskProgressColumn(),
        Rate(),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        refresh_per_second=5,
    )


def _plan_lines(plan: Planned) -> str:
    parts = ", ".join(f"{count} {part}" for part, count in plan.examples.items())
    stored = f", less for photos of earlier runs ({plan.stored:,} stored)" if plan.stored else ""
    return "\n".join(
        [
            f"Plan for {plan.data}",
            f"  examples   {parts}",
            _asked_line(plan),
            f"  network    {_network(plan)}",
            f"  retrain    {plan.retrain}",
            f"  held out   {plan.held_out}",
            f"  engine     {plan.engine}",
            f"  time       about {_duration(plan.seconds)} for {plan.forecast}{stored}",
        ]
    )


def _network(plan: Planned) -> str:
    if not plan.stages:
        return f"none: {plan.backbone} as they are given"
    return f"{plan.backbone}: {plan.stages} stages, {plan.parameters / 1e6:.1f} million weights"


def _asked_line(plan: Planned) -> str:
    """The classes of the only task, or the tasks, with how many examples each has."""
    word, named = "classes", [f"{name} {count}" for name, count in plan.classes.items()]
    if plan.tasks:
        word = "tasks  "
        named = [f"{name} {known} known" + ("" if yes is None else f" ({yes} yes)")
                 for name, (known, yes) in plan.tasks.items()]  # fmt: skip
    more = f" and {len(named) - 8} more" if len(named) > 8 else ""
    return f"  {word}    {len(named)}: {', '.join(named[:8])}{more}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns padded to their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
