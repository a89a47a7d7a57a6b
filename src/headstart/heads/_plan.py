"""Which heads the nested cross-validation of one task needs, and what judges their penalties.

With folds F1..Fk, outer fold o is predicted by a head trained on the others. Its penalty must be
chosen inside those others, so they serve as the inner folds: the inner head (o, i) is trained
without Fo and Fi and judged on Fi. As (o, i) and (i, o) are the same head, k (k - 1) / 2 *pairs*
serve all outer folds; the k *singles* (trained without Fo) give the outer predictions and, judged
on Fo, the penalty of the final head.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from headstart.heads._problems import Float

Outer = tuple[int, int]
"""A repeat and its fold that is held out."""


@dataclass(frozen=True)
class Evidence:
    """Held-out examples of one head that judge its penalty.

    Attributes:
        head: which head.
        places: where the examples stand among those that it predicts, int64.
        examples: the same as rows of the table, int64.
    """

    head: int
    places: NDArray[np.int64]
    examples: NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """The heads of a nested cross-validation: ``(repeat, one fold, other fold)``.

    Attributes:
        keys: of the heads; a single has the same fold twice.
        out: examples that a head is trained without, bool ``(heads, examples)``.
        held: the same as rows; a head predicts these.
        evidence: what each curve is judged on, ``None`` standing for the final head's.
    """

    keys: list[tuple[int, int, int]]
    out: NDArray[np.bool_]
    held: list[NDArray[np.int64]]
    evidence: dict[Outer | None, list[Evidence]]

    @classmethod
    def make(
        cls,
        targets: NDArray[np.int64],
        folds: NDArray[np.int64],
        weights: Float,
        scored: NDArray[np.bool_],
        *,
        nested: bool,
    ) -> Plan:
        """The plan of one task.

        Args:
            targets: int64 ``(examples,)``; only those of positive weight are looked at.
            folds: int64 ``(repeats, examples)``, -1 for always in training.
            weights: float ``(examples,)``.
            scored: whether an example may judge a penalty, bool ``(examples,)``.
            nested: with pairs; without them no outer fold has a curve of its own.
        """
        keys: list[tuple[int, int, int]] = []
        out: list[NDArray[np.bool_]] = []
        evidence: dict[Outer | None, list[Evidence]] = {None: []}
        for repeat, row in enumerate(folds):
            used = np.unique(row[(row >= 0) & (weights > 0)])
            for one, other in combinations_with_replacement(used.tolist(), 2):
                if one != other and not nested:
                    continue
                left_out = (row == one) | (row == other)
                seen = np.unique(targets[~left_out & (weights > 0)])
                if len(seen) < 2:  # no problem at all
                    continue
                held = np.flatnonzero(left_out)
                # A class that this head has never seen says nothing about its penalty.
                usable = scored[held] & (weights[held] > 0) & np.isin(targets[held], seen)
                judges: dict[Outer | None, NDArray[np.bool_]]
                if one == other:
                    judges = {None: usable}
                    if nested:
                        evidence.setdefault((repeat, one), [])
                else:
                    judges = {(repeat, one): usable & (row[held] == other),
                              (repeat, other): usable & (row[held] == one)}  # fmt: skip
                for curve, picked in judges.items():
                    places = np.flatnonzero(picked)
                    found = Evidence(len(keys), places, held[places])
                    evidence.setdefault(curve, []).append(found)
                keys.append((repeat, one, other))
                out.append(left_out)
        shape = (len(keys), folds.shape[1])
        held_rows = [np.flatnonzero(row) for row in out]
        return cls(keys, np.array(out, dtype=bool).reshape(shape), held_rows, evidence)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def repeats(self) -> int:
        return len({repeat for repeat, _, _ in self.keys})

    @property
    def singles(self) -> dict[Outer, int]:
        """The head of each outer fold."""
        return {key[:2]: head for head, key in enumerate(self.keys) if key[1] == key[2]}
