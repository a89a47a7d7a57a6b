"""A comparison -> one HTML file and its figures as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headstart.errors import SettingError
from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._curve_chart import COLOURS, Curve, Point, learning_curves
from headstart.report._depth import Cell
from headstart.report._page import replace_file, template
from headstart.report._svg import Svg
from headstart.report._tasks_comparison import read_tasks_comparison

FIGURES, PAGE = "comparison.json", "report.html"


@dataclass(frozen=True)
class Line:
    """One candidate at one size, as it stands in the table."""

    name: str
    what: str
    colour: int
    examples: str
    accuracy: Cell
    difference: Cell
    log_loss: Cell
    seconds: str
    parameters: str


@dataclass(frozen=True)
class ComparisonPage:
    """What the page shows.

    Attributes:
        title: the name of the data.
        headline: the most important finding.
        findings: the others.
        accuracy, log_loss: learning curves; empty for one size.
        names: of the candidates with the place of their colour and what they are.
        lines: of the table.
        first: name of the candidate that the others are compared with.
        facts: name and value.
        notes: what to keep in mind.
    """

    title: str
    headline: str
    findings: tuple[str, ...]
    accuracy: Svg
    log_loss: Svg
    names: tuple[tuple[int, str, str], ...]
    lines: tuple[Line, ...]
    first: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def check_comparison_target(directory: Path) -> None:
    """Refuse a place where the figures cannot be written, before any work is done.

    Raises:
        SettingError: it is a file, or a directory that holds something else.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise SettingError(f"{directory}: is a file; give another place with --out")
    strange = sorted(path.name for path in directory.iterdir() if path.name not in (FIGURES, PAGE))
    if strange:
        raise SettingError(
            f"{directory}: holds {form.listing(strange, most=3)} and is no comparison; nothing was "
            "changed. Give another place with --out"
        )


def write_comparison(directory: Path, found: Mapping[str, object], *, data: str) -> Path:
    """Write the figures and the page.

    Args:
        directory: is made where it is not there.
        found: as of `headstart.runs.Comparison.as_dict` or that of `TasksComparison`.
        data: what was compared on.

    Returns:
        The path of the page.

    Raises:
        SettingError: it cannot be written.
    """
    from headstart.model import write_json

    try:
        directory.mkdir(parents=True, exist_ok=True)
        write_json(directory / FIGURES, {"data": data, **found})
    except OSError as error:
        raise SettingError(
            f"{directory}: cannot be written ({error.strerror}); give another place with --out"
        ) from None
    title = Path(data).name
    if found.get("kind") == "tasks":
        html = template("tasks_comparison.html.jinja").render(
            report=read_tasks_comparison(found, title=title)
        )
    else:
        html = template("comparison.html.jinja").render(report=read_comparison(found, title=title))
    replace_file(directory / PAGE, html)
    return directory / PAGE


def read_comparison(found: Mapping[str, object], *, title: str) -> ComparisonPage:
    """What the page is to show of a comparison's figures."""
    rows = fields.mappings(found.get("candidates"))
    order = list(dict.fromkeys(fields.text(row.get("name")) for row in rows))
    whats = {fields.text(row.get("name")): fields.text(row.get("what")) for row in rows}
    said = [fields.text(text) for text in fields.items(found.get("sentences"))]
    return ComparisonPage(
        title=form.visible(title),
        # A no-break space: the sign stays with its number.
        headline=said[0].replace(" %", "\N{NO-BREAK SPACE}%")
        if said
        else f"{len(order)} candidates compared",
        findings=tuple(form.sentence(text) for text in said[1:]),
        accuracy=learning_curves(_curves(rows, order, "accuracy"), title="accuracy"),
        log_loss=learning_curves(_curves(rows, order, "log_loss"), title="log loss", share=False),
        names=tuple((place % COLOURS, name, whats[name]) for place, name in enumerate(order)),
        lines=tuple(_line(row, order) for row in rows),
        first=order[0] if order else "",
        facts=(
            ("held out", fields.text(found.get("design"))),
            ("took", form.seconds(fields.number(found.get("seconds")) or 0.0)),
            ("made", form.moment(datetime.now(UTC).isoformat())),
        ),
        notes=tuple(fields.text(note) for note in fields.items(found.get("notes"))),
    )


def _curves(rows: Sequence[Mapping[str, object]], order: Sequence[str], figure: str) -> list[Curve]:
    found = []
    for name in order:
        points = []
        for row in rows:
            ends = fields.mapping(row.get(figure))
            value, low, high = (fields.number(ends.get(key)) for key in ("value", "low", "high"))
            examples = fields.whole(row.get("examples"))
            if row.get("name") == name and None not in (value, low, high, examples):
                points.append(Point(examples or 0, value or 0.0, low or 0.0, high or 0.0))
        found.append(Curve(name, tuple(points)))
    return found


def _line(row: Mapping[str, object], order: Sequence[str]) -> Line:
    name = fields.text(row.get("name"))
    difference = row.get("difference_to_first")
    return Line(
        name=name,
        what=fields.text(row.get("what")),
        colour=order.index(name) % COLOURS,
        examples=form.count(fields.whole(row.get("examples")) or 0),
        accuracy=_cell(row.get("accuracy"), percent=True),
        difference=_points(difference) if difference is not None else Cell("", "", ""),
        log_loss=_cell(row.get("log_loss"), percent=False),
        seconds=form.seconds(fields.number(row.get("seconds")) or 0.0),
        parameters=form.count(fields.whole(row.get("trainable_parameters")) or 0),
    )


def _cell(figure: object, *, percent: bool) -> Cell:
    written = form.percent if percent else form.decimal
    return _figure(figure, written)


def _points(figure: object) -> Cell:
    return _figure(figure, lambda value: f"{100 * value:+.1f}".replace("-", "−"))


def _figure(figure: object, written: object) -> Cell:
    assert callable(written)
    known = fields.mapping(figure)
    value, low, high = (fields.number(known.get(key)) for key in ("value", "low", "high"))
    if value is None:
        return Cell("undefined", "", fields.text(known.get("why")))
    between = "" if low is None or high is None else f"{written(low)} to {written(high)}"
    return Cell(written(value), between, "" if between else fields.text(known.get("why")))
