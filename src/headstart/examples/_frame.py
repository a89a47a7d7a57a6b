"""Rows of a table that name an example: sources, groups and parts, whatever their labels are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from headstart.errors import DataError
from headstart.examples._columns import Table
from headstart.examples._rows import (
    PART_NAMES,
    cell_text,
    counted,
    first_few,
    is_garbled,
    printable,
)
from headstart.examples._table import FileSource, Part, Source

_PATIENT = re.compile(r"(?:^|[/\\])(patient[-_]?[0-9]+)[/\\]", re.IGNORECASE)
"""A folder of a patient's, as in CheXpert's ``patient08465/study1/view1_frontal.jpg``."""


NO_GROUP = "(no group, "
"""Begins the name of an example's own group, where its cell is blank."""


@dataclass(frozen=True)
class Frame:
    """What a table says about its examples beside their labels.

    Attributes:
        table: the table.
        kept: places of the rows that name an example.
        sources: of those rows.
        groups: likewise, or None where there are none.
        patients: whether the groups are patients' folders in the paths.
        parts: likewise.
        faults: what is wrong; more may be added before `refuse`.
        notes: what the user should know, a sentence each.
        missing: files that are not there.
    """

    table: Table
    kept: list[int]
    sources: list[Source]
    groups: tuple[str, ...] | None
    parts: list[Part] | None
    faults: list[str]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    patients: bool = False

    def check_text(self, values: Sequence[tuple[str, int]]) -> None:
        """Add a fault where labels, each with the place of its row, hold undecodable bytes."""
        garbled = [
            f"'{printable(text)}' (row {self.table.row(place)})"
            for text, place in values
            if is_garbled(text)
        ]
        if garbled:
            self.faults.append(
                f"{counted(len(garbled), 'label')} with characters that cannot be read: "
                f"{first_few(garbled)}; save the table as UTF-8"
            )

    def refuse(self) -> None:
        """Raise DataError, naming every fault, where the table cannot be used."""
        origin = self.table.origin
        if self.faults:
            raise DataError(f"{origin}: " + "; and ".join(self.faults))
        if self.missing and len(self.missing) == len(self.sources):
            assert self.table.folder is not None
            raise DataError(
                f"{origin}: none of the {counted(len(self.missing), 'file')} named in it exists: "
                f"{first_few(self.missing)}; paths are taken relative to the table's folder, "
                f"{printable(self.table.folder.absolute())}"
            )


def read_frame(
    table: Table,
    cells: Sequence[object],
    *,
    split: Sequence[object] | None,
    groups: Sequence[object] | None,
    column: str,
) -> Frame:
    """Read the columns of a table that are no labels.

    Files that are not there stay in: they are set aside later, with a reason.

    Args:
        table: the table.
        cells: of the file column.
        split: cells of the split column, where there is one.
        groups: cells of the group column, or groups that were given beside the table.
        column: name of the file column.

    Raises:
        DataError: there are no rows, or none names a file.
    """
    if not cells:
        raise DataError(f"{table.origin}: the table has no rows; add one for each photo")
    found = [table.source(cell, table.row(i)) for i, cell in enumerate(cells)]
    kept = [i for i, source in enumerate(found) if source is not None]
    if not kept:
        raise DataError(f"{table.origin}: the column '{column}' is blank in every row")
    faults = list(table.faults)
    names = None if groups is None else group_names(groups)
    sources = [source for source in found if source is not None]
    frame = Frame(
        table=table,
        kept=kept,
        sources=sources,
        groups=None if names is None else tuple(names[i] for i in kept),
        parts=None if split is None else _parts(table, split, kept, faults),
        faults=faults,
        missing=_missing(table, sources, kept),
    )
    return _noted(frame, len(cells), grouped=groups is not None)


def group_names(cells: Sequence[object]) -> tuple[str, ...] | None:
    """Groups as text; a blank one is a group of its own, and none at all are no groups."""
    texts = [cell_text(cell) for cell in cells]
    if all(text is None for text in texts):
        return None
    return tuple(f"{NO_GROUP}{i})" if text is None else text for i, text in enumerate(texts))


def there(path: Path) -> bool:
    """Whether there is such a file, or a link."""
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # a name too long, or one with a zero byte
        return False


def _missing(table: Table, sources: Sequence[Source], kept: Sequence[int]) -> list[str]:
    """Files that are not there. A dead link is: what is wrong with it is said when it is read."""
    if table.folder is None:
        return []
    return [
        f"{source.name} (row {table.row(i)})"
        for i, source in zip(kept, sources, strict=True)
        if isinstance(source, FileSource) and not there(source.path)
    ]


def _noted(frame: Frame, rows: int, *, grouped: bool) -> Frame:
    """Add what is to be said, and the patients that paths tell where nothing else gives groups."""
    table, notes = frame.table, frame.notes
    if frame.missing:
        notes.append(
            f"{table.origin}: {counted(len(frame.missing), 'file')} named in it that "
            f"{'does' if len(frame.missing) == 1 else 'do'} not exist: {first_few(frame.missing)}."
        )
    kept = set(frame.kept)
    blank = [f"row {table.row(i)}" for i in range(rows) if i not in kept]
    if blank:
        notes.append(
            f"{table.origin}: {counted(len(blank), 'row')} without a file left out: "
            f"{first_few(blank)}."
        )
    if grouped or (patients := _patients(frame.sources)) is None:
        return frame
    notes.append(
        f"{table.origin}: groups: {counted(len(set(patients)), 'patient')}, read from the paths; "
        "no split parts a patient's photos."
    )
    return replace(frame, groups=patients, patients=True)


def _patients(sources: Sequence[Source]) -> tuple[str, ...] | None:
    """The patient's folder in each path; None where one path has none."""
    found = []
    for source in sources:
        match = _PATIENT.search(source.name)
        if match is None:
            return None
        found.append(match[1].lower())
    return tuple(found)


def _parts(
    table: Table, cells: Sequence[object], kept: Sequence[int], faults: list[str]
) -> list[Part] | None:
    """The split column; None where it is blank throughout. Unknown words go to `faults`."""
    words = [cell_text(cells[i]) for i in kept]
    if all(word is None for word in words):
        return None
    parts = [PART_NAMES.get((word or "").lower()) for word in words]
    strange = [
        f"'{word or ''}' (row {table.row(i)})"
        for i, word, part in zip(kept, words, parts, strict=True)
        if part is None
    ]
    if strange:
        faults.append(
            f"the split column may say train, validation or test; {counted(len(strange), 'row')} "
            f"not: {first_few(strange)}"
        )
    return [part for part in parts if part is not None]
