"""Which examples are the same photo, and what follows from it for labels and splits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.examples._rows import counted, first_few
from headstart.examples._table import UNKNOWN, Examples

_PART_RANK = {"train": 0, "validation": 1, "test": 2}


@dataclass(frozen=True)
class Identity:
    """What the identity of examples means for a run.

    Attributes:
        units: label of each example's unit, 0, 1, ... by first appearance; examples of one unit
            (byte-identical, of one group, or joined through others) must stay on the same side
            of every split. int64 ``(examples,)``.
        targets: the examples' targets, `UNKNOWN` where byte-identical examples contradict one
            another. int64 ``(examples, tasks)``.
        set_aside: row and reason of each example that must not be used at all, in row order.
        notes: what the user should know, a sentence each.
    """

    units: NDArray[np.int64]
    targets: NDArray[np.int64]
    set_aside: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def content_hash(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal: the identity of an example."""
    return hashlib.sha256(data).hexdigest()


def resolve_duplicates(examples: Examples, hashes: Sequence[str | None]) -> Identity:
    """Find byte-identical examples and see to it that they spoil neither labels nor figures.

    1. Where identical examples have different known labels in a task, nobody can tell which is
       right: the cells become unknown. A row whose last known label goes that way is set aside.
    2. Where identical examples stand in several parts of a split that the user made, only those
       of the last part (train, validation, test) are kept: a network that was trained on a photo
       is not tested by it. The others are set aside.
    3. Identical examples that agree, in one part, are kept as they are. They form a unit, and so
       do the examples of a group, so that no split of ours parts them.

    Feature vectors may be the same of different things (two molecules with one fingerprint):
    their labels are kept, even where they contradict one another.

    A group that stands in several parts is said in a note and left as the user made it.

    Args:
        examples: the table.
        hashes: `content_hash` of each example, None where it could not be read: such an example
            is identical to nothing, but still belongs to its group.

    Raises:
        ValueError: there is not one hash for each example.
    """
    if len(hashes) != len(examples):
        raise ValueError(f"{len(examples)} examples need as many hashes, not {len(hashes)}")
    copies = defaultdict(list)
    for row, digest in enumerate(hashes):
        if digest is not None:
            copies[digest].append(row)
    same = [rows for rows in copies.values() if len(rows) > 1]
    targets = examples.targets.copy()
    reasons: dict[int, str] = {}
    if examples.input_kind != "vector":
        for rows in same:
            _clear_contradictions(examples, rows, targets, reasons)
    leaks = [row for rows in same for row in _leaks(examples, rows, reasons)]
    return Identity(
        units=_units(examples, same),
        targets=targets,
        set_aside=tuple(sorted(reasons.items())),
        notes=_notes(examples, same, leaks, reasons, int((targets != examples.targets).sum())),
    )


def _clear_contradictions(
    examples: Examples, rows: Sequence[int], targets: NDArray[np.int64], reasons: dict[int, str]
) -> None:
    """Make contradicting cells of identical rows unknown, in place, and say why."""
    why: dict[int, str] = {}
    own = examples.targets[rows]
    known = own != UNKNOWN
    least = np.where(known, own, np.iinfo(np.int64).max).min(axis=0)
    for column in np.flatnonzero((known & (own != least)).any(axis=0)):
        task = examples.tasks[column]
        for row in (row for row in rows if examples.targets[row, column] != UNKNOWN):
            label = examples.targets[row, column]
            other = next(r for r in rows if examples.targets[r, column] not in {label, UNKNOWN})
            why[row] = (
                f"is byte for byte the same as {examples.sources[other].name}, but is labelled "
                f"'{task.classes[label]}' and that one "
                f"'{task.classes[examples.targets[other, column]]}'; correct one label or delete "
                "one of them"
            )
            targets[row, column] = UNKNOWN
    nothing_left = {row for row in why if (targets[row] == UNKNOWN).all()}
    if examples.uncertain is not None:
        nothing_left -= {row for row in why if (examples.uncertain[row] >= 0).any()}
    reasons |= {row: reason for row, reason in why.items() if row in nothing_left}


def _leaks(examples: Examples, rows: Sequence[int], reasons: dict[int, str]) -> list[int]:
    """Identical rows in an earlier part than the last one; their reasons are added."""
    if examples.parts is None:
        return []
    parts = examples.parts
    left = [row for row in rows if row not in reasons]
    last = max(left, key=lambda row: _PART_RANK[parts[row]], default=-1)
    leaks = [row for row in left if parts[row] != parts[last]]
    for row in leaks:
        reasons[row] = (
            f"is byte for byte the same as {examples.sources[last].name} in the {parts[last]} "
            "part, which would no longer test anything new"
        )
    return leaks


def _units(examples: Examples, same: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Join identical examples and those of one group, transitively (union-find)."""
    parent = list(range(len(examples)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    joined = [list(rows) for rows in same]
    if examples.groups is not None:
        members = defaultdict(list)
        for row, group in enumerate(examples.groups):
            members[group].append(row)
        joined.extend(members.values())
    for rows in joined:
        for row in rows[1:]:
            # The smaller row becomes the root, so that units are numbered by first appearance.
            first, second = sorted((root(rows[0]), root(row)))
            parent[second] = first
    roots = np.array([root(row) for row in range(len(examples))], np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _notes(
    examples: Examples,
    same: Sequence[Sequence[int]],
    leaks: Sequence[int],
    reasons: dict[int, str],
    cleared: int,
) -> tuple[str, ...]:
    notes = []
    alike = "equal vectors" if examples.input_kind == "vector" else "byte-identical files"
    contradicting = [row for row in reasons if row not in set(leaks)]
    if contradicting:
        notes.append(
            f"{counted(len(contradicting), 'example')} set aside: byte-identical files carry "
            f"different labels ({_named(examples, contradicting)})."
        )
    if cleared and len(examples.tasks) > 1:
        notes.append(
            f"{counted(cleared, 'label')} in which byte-identical files contradict one another "
            f"{'is' if cleared == 1 else 'are'} taken for unknown."
        )
    if leaks:
        notes.append(
            f"{counted(len(leaks), 'example')} set aside: {alike} stand in a part that is held "
            f"out ({_named(examples, leaks)})."
        )
    kept = [[row for row in rows if row not in reasons] for rows in same]
    spare = sum(max(len(rows) - 1, 0) for rows in kept)
    if spare and examples.input_kind == "vector":
        notes.append(
            f"{counted(spare, 'example')} with the vector of another one; no split parts them."
        )
    elif spare:
        notes.append(
            f"{counted(spare, 'byte-identical copy')} of other examples; no split parts them."
        )
    if examples.groups is not None and examples.parts is not None:
        parts_of = defaultdict(set)
        for group, part in zip(examples.groups, examples.parts, strict=True):
            parts_of[group].add(part)
        split = [f"'{group}'" for group, parts in parts_of.items() if len(parts) > 1]
        if split:
            notes.append(
                f"{counted(len(split), 'group')} with examples in more than one part of your "
                f"split ({first_few(split)}): held-out figures may be too good."
            )
    return tuple(notes)


def _named(examples: Examples, rows: Sequence[int]) -> str:
    return first_few([examples.sources[row].name for row in sorted(rows)])
