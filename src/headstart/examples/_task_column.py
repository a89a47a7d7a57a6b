"""One column read as a task: its classes, and which cells are known, unknown or uncertain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.examples._cells import Coded
from headstart.examples._rows import natural_order, printable
from headstart.examples._table import UNKNOWN, Task
from headstart.examples._task_options import Kind

MOST_CLASSES = 100
"""A column of more different values than this, among several columns, is hardly a task."""

MOST_NUMBERS = 20
"""A column of more different numbers than this holds measurements: CheXpert's ages are 73."""

NO_YES = ("no", "yes")
"""Classes of a binary task, whatever a table calls them."""

Reason = Literal["names", "numbers", "one value", "blank", "more than two"]
"""Why a column is no task."""

_UNKNOWN_WORDS = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
_PAIRS = (
    ("0", "1"), ("no", "yes"), ("false", "true"), ("n", "y"), ("negative", "positive"),
    ("absent", "present"),
)  # fmt: skip
_SIGNED = frozenset({"-1", "1"})
_DOUBT = "u"
_UNSURE_NUMBER = "-1"
"""Beside 0 or 1 this means that a label is uncertain (Irvin et al. 2019)."""

_MOST_LETTERS = 5
"""Beside more other single letters ``u`` is a letter, as in an alphabet of signs."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")


@dataclass(frozen=True, eq=False)
class TaskColumn:
    """A column that is a task.

    Attributes:
        task: its name, kind and classes, all that occur in it or, for a binary task, both.
        targets: class of each cell, `UNKNOWN` where it is not known for certain.
            int64 ``(rows,)``.
        uncertain: which of these cells are uncertain. bool ``(rows,)``.
        reading: what of it is not evident: ``"signed"``: -1 and 1 are no and yes;
            ``"ordered"``: a pair of other words, the second of which is yes.
        words: words other than ``?`` and ``nan`` that are read as unknown.
    """

    task: Task
    targets: NDArray[np.int64]
    uncertain: NDArray[np.bool_]
    reading: Literal["evident", "signed", "ordered"] = "evident"
    words: tuple[str, ...] = ()

    @property
    def two_known(self) -> bool:
        """Whether two classes are known, of whatever cells."""
        known = self.targets[self.targets != UNKNOWN]
        return bool(len(known)) and bool(known.min() < known.max())


def read_column(
    name: str,
    column: Coded,
    *,
    kind: Kind | None = None,
    named: bool = False,
    doubtful: bool = False,
) -> TaskColumn | Reason:
    """Read a column as a task, or say why it is none.

    Blank cells, ``?``, ``NA``, ``N/A``, ``nan``, ``null`` and ``None`` in any case are unknown.
    ``u``, and -1 beside 0 or 1, are uncertain. A column of but 0 and 1, no and yes, false and
    true, n and y, negative and positive, absent and present, in any case, is a binary task, and so
    is one of -1 and 1.

    Args:
        name: of the column.
        column: its cells.
        kind: what the user says that it is.
        named: whether the user says that it is a task, however many values it has.
        doubtful: whether the user says that it has uncertain cells, so that -1 is one of them
            even where no cell is 0.
    """
    texts = _without_points(column)
    words = [text.lower() for text in texts]
    letters = sum(len(word) == 1 for word in set(words) - _UNKNOWN_WORDS - {_DOUBT})
    unsure = {_DOUBT} if letters <= _MOST_LETTERS or kind == "binary" else set()
    said = {word for word in words if word not in _UNKNOWN_WORDS | unsure}
    pair = _pair(said, kind, doubtful=doubtful)
    if pair is not None:
        if _UNSURE_NUMBER in said and pair != ("-1", "1"):
            unsure.add(_UNSURE_NUMBER)
        number = {pair[0]: 0, pair[1]: 1}
        targets = [number.get(word, UNKNOWN) for word in words]
        task = Task(printable(name), "binary", NO_YES)
        reading: Literal["evident", "signed", "ordered"] = (
            "signed" if pair == ("-1", "1") else "evident"
        )
    else:
        held = [index for index, word in enumerate(words) if word in said]
        classes = natural_order({texts[index] for index in held})
        known = int(column.counts[held].sum())
        reason = _no_task(classes, known, kind=kind, named=named)
        if reason is not None:
            return reason
        place = {each: index for index, each in enumerate(classes)}
        targets = [place.get(text, UNKNOWN) for text in texts]
        task = Task(printable(name), kind or "category", tuple(printable(c) for c in classes))
        reading = "ordered" if kind == "binary" else "evident"
    return TaskColumn(
        task,
        np.array([*targets, UNKNOWN], np.int64)[column.codes],
        np.array([*(word in unsure for word in words), False])[column.codes],
        reading,
        tuple(w for w in dict.fromkeys(words) if w in _UNKNOWN_WORDS - {"?", "nan"}),
    )


def _without_points(column: Coded) -> list[str]:
    """Whole numbers without the points that a column with gaps brings: 1.0 and 0.0."""
    numbers = [value for value in column.values if _NUMBER.fullmatch(value)]
    if not all(_WHOLE.fullmatch(value) for value in numbers):
        return list(column.values)
    pointed = set(numbers)
    return [v.partition(".")[0].removeprefix("+") if v in pointed else v for v in column.values]


def _pair(said: set[str], kind: Kind | None, *, doubtful: bool) -> tuple[str, str] | None:
    """Words for no and yes, where a column holds no others."""
    if kind == "category" or not said:
        return None
    if said == _SIGNED and not doubtful:
        return "-1", "1"
    if _UNSURE_NUMBER in said and (said == {_UNSURE_NUMBER} or not said <= {"0", "1", "-1"}):
        return None
    return next((pair for pair in _PAIRS if said - {_UNSURE_NUMBER} <= set(pair)), None)


def _no_task(classes: list[str], known: int, *, kind: Kind | None, named: bool) -> Reason | None:
    """Why so many known cells of these values are no task, where they are none."""
    if not classes:
        return "blank"
    if kind == "binary" and len(classes) > 2:
        return "more than two"
    if named or kind is not None:
        return None
    if len(classes) == 1:
        return "one value"
    if len(classes) > MOST_NUMBERS and all(_NUMBER.fullmatch(each) for each in classes):
        return "numbers"
    return "names" if len(classes) > min(MOST_CLASSES, max(known / 2, 2)) else None
