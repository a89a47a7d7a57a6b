"""What annotators drew in photos, and what follows for presence: drawn, absent or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.errors import DataError
from headstart.examples._rows import counted, first_few, natural_order, printable
from headstart.examples._table import UNKNOWN, Examples, FileSource, Task
from headstart.examples._task_column import NO_YES
from headstart.examples._task_options import TaskOptions, fitting
from headstart.examples._task_table import check_number, trainable

Annotated = Sequence[str] | Literal["all"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Objects that were drawn in photos.

    Attributes:
        origin: what was read, as the user named it; begins messages.
        sources: the photos.
        classes: what objects are called, in natural order.
        drawn: whether an object of a class was drawn in a photo. bool ``(photos, classes)``.
        absent: whether the annotators say that there is none, likewise.
        partial: whether they say that not all of a class were drawn, likewise.
        notes: what the user should know, a sentence each.
    """

    origin: str
    sources: tuple[FileSource, ...]
    classes: tuple[str, ...]
    drawn: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    partial: NDArray[np.bool_]
    notes: tuple[str, ...] = ()


def presence(
    origin: str,
    sources: Sequence[FileSource],
    objects: Sequence[Sequence[str]],
    notes: Sequence[str],
) -> Drawn:
    """From the names of the objects in each photo, where nothing is said of what is absent."""
    classes = natural_order({name for names in objects for name in names})
    place = {name: index for index, name in enumerate(classes)}
    drawn = np.zeros((len(sources), len(classes)), bool)
    for row, names in enumerate(objects):
        drawn[row, [place[name] for name in names]] = True
    none = np.zeros_like(drawn)
    return Drawn(origin, tuple(sources), tuple(classes), drawn, none, none, tuple(notes))


def drawn_examples(
    found: Drawn, annotated: Annotated, options: TaskOptions, *, for_training: bool
) -> Examples:
    """Make a binary task of each class: is there one in the photo?

    What was drawn is there. What was not is absent where the annotators say so, or where the user
    says that they looked for the class, unless they say that they did not draw all of it. All else
    is unknown.

    Args:
        found: what was drawn.
        annotated: classes, or patterns of them, that annotators looked for in every photo.
        options: which classes become tasks.
        for_training: leave out classes of which not both presence and absence are known.

    Raises:
        DataError: a class is not there, or nothing can be learnt.
    """
    if not found.classes:
        raise DataError(f"{found.origin}: nothing is drawn in any photo; annotate some objects")
    looked_for = _looked_for(found, annotated)
    targets = np.where(found.drawn, 1, UNKNOWN)
    targets[~found.drawn & looked_for & ~found.partial] = 0
    targets[~found.drawn & found.absent] = 0
    contradicted = found.drawn & found.absent
    targets[contradicted] = UNKNOWN
    names = options.candidates(found.classes, found.origin, "class")
    chosen = [found.classes.index(name) for name in names]
    examples = Examples(
        sources=found.sources,
        tasks=tuple(Task(printable(name), "binary", NO_YES) for name in names),
        targets=targets[:, chosen],
        notes=(*found.notes, *_notes(found, looked_for, targets, int(contradicted.sum()))),
    )
    if for_training:
        _check_absence(found, examples)
        examples = trainable(found.origin, examples)
    check_number(found.origin, examples)
    return examples


def _looked_for(found: Drawn, annotated: Annotated) -> NDArray[np.bool_]:
    """Which classes were looked for in every photo, bool ``(classes,)``."""
    if isinstance(annotated, str):
        if annotated != "all":
            raise DataError(
                f"annotated must be 'all' or a list of classes, not {annotated!r}; write "
                f"[{annotated!r}]"
            )
        return np.ones(len(found.classes), bool)
    named = {name: fitting(name, found.classes) for name in annotated}
    if strange := [name for name, classes in named.items() if not classes]:
        raise DataError(
            f"{found.origin}: nothing that is drawn is called {_few(strange)}; there are "
            f"{_few(found.classes, 10)}"
        )
    said = {each for classes in named.values() for each in classes}
    return np.array([each in said for each in found.classes], bool)


def _check_absence(found: Drawn, examples: Examples) -> None:
    if not (examples.targets == 0).any():
        raise DataError(
            f"{found.origin}: the annotations say what is in the photos but not what was looked "
            "for, so that no class is known to be absent anywhere and none can be learnt; name "
            f"with annotated those which were drawn wherever they are ({_few(found.classes, 10)}), "
            "or 'all'"
        )


def _notes(
    found: Drawn, looked_for: NDArray[np.bool_], targets: NDArray[np.int64], contradicted: int
) -> list[str]:
    """How the annotations were read, in words and counts."""
    counts = [
        f"'{printable(name)}' in {count:,}"
        for name, count in zip(found.classes, found.drawn.sum(axis=0), strict=True)
    ]
    read = [name for name, is_looked in zip(found.classes, looked_for, strict=True) if is_looked]
    rest = [name for name in found.classes if name not in set(read)]
    words = []
    if read:
        words.append(f"absent for {_all(read, found.classes)}, as you say")
    if rest:
        words.append(f"unknown for {_all(rest, found.classes)}")
    notes = [
        f"{found.origin}: {counted(len(found.classes), 'class')} drawn in "
        f"{counted(len(found.sources), 'photo')}: {first_few(counts, 10)}.",
        f"{found.origin}: what is not drawn is read as {' and as '.join(words)}: "
        f"{int((targets == 1).sum()):,} labels say yes, {int((targets == 0).sum()):,} no, and "
        f"{int((targets == UNKNOWN).sum()):,} are unknown.",
    ]
    if found.absent.any():
        notes.append(
            f"{found.origin}: the annotators' own lists say absent "
            f"{int(found.absent.sum()):,} times."
        )
    if found.partial.any():
        notes.append(
            f"{found.origin}: where the annotators did not draw all of a class "
            f"({int(found.partial.sum()):,} times), what is not drawn is unknown."
        )
    if contradicted:
        notes.append(
            f"{found.origin}: {counted(contradicted, 'label')} both drawn and said to be absent "
            "are unknown."
        )
    return notes


def _all(names: Sequence[str], classes: Sequence[str]) -> str:
    return "all classes" if len(names) == len(classes) else _few(names, 10)


def _few(names: Sequence[str], shown: int = 3) -> str:
    return first_few([f"'{printable(name)}'" for name in names], shown)
