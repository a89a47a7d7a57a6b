"""What every reader hands over, and how it becomes a table of examples."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from headstart.errors import DataError
from headstart.examples._table import UNKNOWN, Examples, Part, Source, Task

PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
"""Words, in lower case, for the parts of a split that the user made."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?")


@dataclass(frozen=True)
class Rows:
    """Rows as a reader found them, before labels become targets.

    Attributes:
        origin: what was read, as the user named it; begins messages.
        task: name of the label column.
        sources: one a row.
        labels: one a row, None where it is not known.
        groups: one a row, or None where there are no groups.
        parts: one a row, or None where there is no split.
        notes: what the user should know, a sentence each.
    """

    origin: str
    task: str
    sources: Sequence[Source]
    labels: Sequence[str | None]
    groups: Sequence[str] | None = None
    parts: Sequence[Part] | None = None
    notes: Sequence[str] = field(default=())


def printable(name: str | os.PathLike[str]) -> str:
    r"""The name with line breaks, control characters and undecodable bytes as ``\n``, ``\xe9``."""
    text = os.fspath(name)
    return text if text.isprintable() else "".join(map(_printable_letter, text))


def _printable_letter(letter: str) -> str:
    if not is_garbled(letter):
        # Unlike str.isprintable, this lets no-break spaces and joined emoji stand.
        harmful = unicodedata.category(letter) in {"Cc", "Zl", "Zp"}
        return letter.encode("unicode_escape").decode("ascii") if harmful else letter
    # A byte that is not UTF-8 was read as U+DC00 plus its value (surrogateescape).
    byte = ord(letter) - 0xDC00
    return f"\\x{byte:02x}" if 0 <= byte < 256 else f"\\u{ord(letter):04x}"


def is_garbled(text: str) -> bool:
    """Whether the text holds halves of characters: bytes that were not UTF-8."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def cell_text(value: object) -> str | None:
    """A cell as text, or None where it says nothing: blank, a question mark, null, not a number.

    Whole numbers lose their decimal point, for Parquet and data frames turn the integers of a
    column with gaps into 1.0 and 2.0.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    text = str(value).strip()
    return None if text in {"", "?"} else text


def natural_order(names: Iterable[str]) -> list[str]:
    """Names as people sort them: numbers by value, ``img10`` after ``img2``, case aside."""
    listed = list(names)
    if all(_NUMBER.fullmatch(name) for name in listed):
        return sorted(listed, key=lambda name: (float(name), name))

    def key(name: str) -> tuple[list[tuple[str, int, str]], str]:
        pieces = re.split("([0-9]+)", name.casefold())
        texts, numbers = pieces[::2], [piece.lstrip("0") for piece in pieces[1::2]] + [""]
        # Compared as (length, digits), for Python refuses to make integers of very long ones.
        return [(t, len(n), n) for t, n in zip(texts, numbers, strict=True)], name

    return sorted(listed, key=key)


def first_few(items: Sequence[str], shown: int = 3) -> str:
    """The first items of a list, and how many more there are."""
    more = len(items) - shown
    return ", ".join(items[:shown]) + (f" and {more:,} more" if more > 0 else "")


def counted(number: int, noun: str) -> str:
    """A number and its noun: ``1 file``, ``3 files``, ``2 classes``."""
    plural = re.sub("(?<![aeou])y$", "ie", noun) + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def assemble(rows: Rows, *, for_training: bool) -> Examples:
    """Turn labels into targets and check that something can be learnt.

    Args:
        rows: what a reader found.
        for_training: also ask for two classes and, where there is a split, a training part.

    Raises:
        DataError: nothing is labelled, or training on it makes no sense.
    """
    known = [label for label in rows.labels if label is not None]
    if not known:
        raise DataError(
            f"{rows.origin}: none of the {counted(len(rows.labels), 'example')} has a label; "
            f"fill in '{rows.task}' for some of them"
        )
    classes = natural_order(set(known))
    if for_training:
        _check_training(rows, classes)
    number = {name: index for index, name in enumerate(classes)}
    targets = [UNKNOWN if label is None else number[label] for label in rows.labels]
    return Examples(
        sources=tuple(rows.sources),
        tasks=(Task(rows.task, "category", tuple(classes)),),
        targets=np.array(targets, np.int64).reshape(-1, 1),
        groups=None if rows.groups is None else tuple(rows.groups),
        parts=None if rows.parts is None else tuple(rows.parts),
        notes=(*rows.notes, *_label_notes(rows, classes)),
    )


def _check_training(rows: Rows, classes: Sequence[str]) -> None:
    """Raise DataError, naming every fault, where no head could be trained or judged."""
    faults = []
    if len(classes) == 1:
        faults.append(
            f"there is only one class, '{classes[0]}'; a classifier needs two or more, "
            "such as a second one for everything else"
        )
    if rows.parts is not None:
        trained = {c for c, p in zip(rows.labels, rows.parts, strict=True) if p == "train"}
        if trained <= {None}:
            faults.append("no labelled example is in the training part; put some into train")
        else:
            # Such a class could never be predicted: each of its held-out examples would count
            # as a mistake, and most often its name is only misspelt.
            for part in ("validation", "test"):
                there = {c for c, p in zip(rows.labels, rows.parts, strict=True) if p == part}
                alone = natural_order(c for c in there - trained if c is not None)
                if alone:
                    named = first_few([f"'{name}'" for name in alone])
                    faults.append(
                        f"the {part} part has {counted(len(alone), 'class')} that the training "
                        f"part has not: {named}; add examples to train, or correct the name"
                    )
    if faults:
        raise DataError(f"{rows.origin}: " + "; and ".join(faults))


def _label_notes(rows: Rows, classes: Sequence[str]) -> list[str]:
    """What is odd about the labels but stops nothing."""
    notes = []
    blank = sum(label is None for label in rows.labels)
    if blank:
        notes.append(f"{counted(blank, 'example')} without a label: neither trained on nor scored.")
    for spellings in _spellings(classes):
        quoted = " and ".join(f"'{name}'" for name in spellings)
        notes.append(f"The classes {quoted} differ only in case; they are kept apart.")
    if rows.parts is not None:
        for part in ("validation", "test"):
            there = {c for c, p in zip(rows.labels, rows.parts, strict=True) if p == part}
            missing = [f"'{name}'" for name in classes if name not in there]
            if there and missing:
                notes.append(f"The {part} part has no example of {first_few(missing)}.")
    if len(classes) > 2 and len(classes) == len(rows.labels) - blank:
        notes.append(f"Every label in '{rows.task}' is different: is it the right column?")
    return notes


def _spellings(classes: Sequence[str]) -> list[list[str]]:
    folded = Counter(name.casefold() for name in classes)
    return [
        [name for name in classes if name.casefold() == spelling]
        for spelling, count in folded.items()
        if count > 1
    ]
