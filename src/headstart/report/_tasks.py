"""What the report says about one task."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._charts import Bin, Candidate, penalty_path, reliability_diagram
from headstart.report._design import how_measured
from headstart.report._figures import Figure, baselines, scale_start, small_figure, task_figures
from headstart.report._matrix import confusion_map
from headstart.report._svg import Svg

MOST_CELLS = 20
"""Classes up to which the confusion matrix is a table that can be read cell by cell."""

MOST_PAIRS = 16


@dataclass(frozen=True)
class ClassRow:
    """One class: how many examples it has, and how well it is told."""

    name: str
    known: str
    precision: Figure
    recall: Figure


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix; `shade` is how strongly it is coloured, in [0, 1]."""

    count: str
    shade: float
    percent: str
    kind: str


@dataclass(frozen=True)
class MatrixRow:
    """One true class of the confusion matrix."""

    name: str
    total: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Pair:
    """Two classes that were taken for one another: `true` was named `predicted`."""

    true: str
    predicted: str
    count: str
    percent: str


@dataclass(frozen=True)
class TaskSummary:
    """Everything that is shown of one task.

    Attributes:
        matrix: the confusion matrix as a table; empty where there are too many classes.
        matrix_map: the matrix as a picture, where there are too many classes for a table.
        rows_start: left end of the scale of precision and recall; the right end is 100 %.
        penalty_words: what was chosen, and from what.
    """

    name: str
    classes: tuple[str, ...]
    how: str
    figures: tuple[Figure, ...]
    has_baseline: bool
    has_approximate: bool
    rows: tuple[ClassRow, ...]
    rows_start: str
    matrix: tuple[MatrixRow, ...]
    matrix_map: Svg
    pairs: tuple[Pair, ...]
    reliability: Svg
    bins: tuple[Bin, ...]
    penalty: Svg
    penalty_words: str


def summarise_task(
    task: Mapping[str, object],
    *,
    input_kind: str,
    training: Mapping[str, int],
    retraining: str = "",
) -> TaskSummary:
    """Read one entry of ``metrics.json``'s tasks.

    Args:
        task: the entry.
        input_kind: ``"photo"`` and the like.
        training: how many training examples each class has; empty where that is not known.
        retraining: ``"measured"``, ``"asked for"`` or empty, as of `way_of_choosing`.
    """
    names = fields.texts(task.get("classes"))
    classes = tuple(form.visible(name) for name in names)
    confusion = _confusion(task.get("confusion"), len(classes))
    counts = [training.get(name, 0) for name in names]
    known = baselines(confusion, training=counts)
    figures = task_figures(task, input_kind=input_kind, known=known)
    small = len(classes) <= MOST_CELLS
    bins = _bins(task.get("reliability"))
    per_class = fields.mappings(task.get("per_class"))
    start = scale_start(*(row.get(key) for row in per_class for key in ("precision", "recall")))
    penalty, penalty_words = _penalty(fields.mapping(task.get("penalty")))
    return TaskSummary(
        name=form.visible(fields.text(task.get("name"))) or "label",
        classes=classes,
        how=how_measured(
            fields.mapping(task.get("held_out")), input_kind=input_kind, retraining=retraining
        ),
        figures=figures,
        has_baseline=any(figure.baseline for figure in figures),
        has_approximate=any(figure.approximate for figure in figures),
        rows=tuple(_class_row(row, start=start) for row in per_class),
        rows_start=form.percent(start, digits=0),
        matrix=_matrix(confusion, classes) if small else (),
        matrix_map=confusion_map(confusion, classes) if confusion and not small else Svg(""),
        pairs=_pairs(confusion, classes),
        reliability=reliability_diagram(bins) if any(item.count for item in bins) else Svg(""),
        bins=bins,
        penalty=penalty,
        penalty_words=penalty_words,
    )


def _class_row(row: Mapping[str, object], *, start: float) -> ClassRow:
    known = fields.whole(row.get("known"))
    return ClassRow(
        name=form.visible(fields.text(row.get("class"))),
        known=form.DASH if known is None else form.count(known),
        precision=small_figure(row.get("precision"), name="Precision", start=start),
        recall=small_figure(row.get("recall"), name="Recall", start=start),
    )


def _confusion(value: object, classes: int) -> list[list[int]]:
    """The confusion matrix, or an empty one where it does not fit the classes."""
    rows = [[fields.whole(cell) for cell in fields.items(row)] for row in fields.items(value)]
    counts = [[cell for cell in row if cell is not None and cell >= 0] for row in rows]
    square = len(counts) == classes and all(len(row) == classes for row in counts)
    return counts if square and any(map(any, counts)) else []


def _matrix(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> tuple[MatrixRow, ...]:
    rows = []
    for place, (name, cells) in enumerate(zip(classes, counts, strict=False)):
        total = sum(cells)
        shares = [cell / total if total else 0.0 for cell in cells]
        rows.append(
            MatrixRow(
                name=name,
                total=form.count(total),
                cells=tuple(
                    Cell(
                        count=form.count(cell),
                        # The root lets a few errors among many right ones be seen.
                        shade=share if column == place else math.sqrt(share),
                        percent=form.percent(share, digits=0) if total else "",
                        kind="none" if not cell else "good" if column == place else "bad",
                    )
                    for column, (cell, share) in enumerate(zip(cells, shares, strict=True))
                ),
            )
        )
    return tuple(rows)


def _pairs(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> tuple[Pair, ...]:
    """The most frequent confusions; none with two classes, where the matrix says it all."""
    if len(classes) < 3:
        return ()
    wrong = [
        (cell, row, column)
        for row, cells in enumerate(counts)
        for column, cell in enumerate(cells)
        if cell and row != column
    ]
    wrong.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    most = MOST_PAIRS if len(classes) > MOST_CELLS else MOST_PAIRS // 2
    return tuple(
        Pair(
            true=classes[row],
            predicted=classes[column],
            count=form.count(cell),
            percent=form.percent(cell / sum(counts[row]), digits=0),
        )
        for cell, row, column in wrong[:most]
    )


def _bins(value: object) -> tuple[Bin, ...]:
    bins = []
    for raw in fields.mappings(value):
        keys = ("low", "high", "confidence", "accuracy")
        low, high, confidence, accuracy = (fields.number(raw.get(key)) for key in keys)
        if low is None or high is None or confidence is None or accuracy is None:
            continue  # an empty bin
        bins.append(Bin(low, high, confidence, accuracy, fields.whole(raw.get("count")) or 0))
    return tuple(bins)


def _penalty(raw: Mapping[str, object]) -> tuple[Svg, str]:
    candidates = []
    for entry in fields.mappings(raw.get("candidates")):
        penalty, loss = fields.number(entry.get("penalty")), fields.number(entry.get("log_loss"))
        if penalty is not None and loss is not None:
            error = fields.number(entry.get("standard_error"))
            candidates.append(Candidate(penalty, loss, error or 0.0))
    chosen = fields.number(raw.get("chosen"))
    if chosen is None:
        return penalty_path(candidates, chosen=None), ""
    words = f"The penalty {form.penalty(chosen)} was chosen"
    if candidates:
        words += f" from {form.counted(len(candidates), 'candidate', 'candidates')} by log loss"
        words += " on examples held out of the fit"
    pruned = fields.whole(raw.get("pruned"))
    if pruned:
        words += (
            f"; {form.count(pruned)} more {'was' if pruned == 1 else 'were'} left out, "
            "since the loss was already rising"
        )
    return penalty_path(candidates, chosen=chosen), f"{words}."
