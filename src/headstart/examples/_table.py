"""The table of examples: sources, tasks, targets with a mask, groups and parts."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from headstart.errors import UnreadableFileError

UNKNOWN = -1
"""Target of a cell whose label is not known; it is never trained on nor scored."""

Part = Literal["train", "validation", "test"]


class Source(Protocol):
    """Where the bytes of one example come from."""

    @property
    def name(self) -> str:
        """How the user named the example: a path, or a number for something in memory."""

    def read(self) -> bytes:
        """The bytes of an encoded photo, or of a vector's numbers.

        Raises:
            UnreadableFileError: the bytes cannot be had.
        """


@dataclass(frozen=True)
class FileSource:
    """An example that lies in a file."""

    path: Path
    name: str

    def read(self) -> bytes:
        try:
            # A named pipe would keep us waiting for ever.
            if not stat.S_ISREG(self.path.stat().st_mode) and not self.path.is_dir():
                raise UnreadableFileError(self.name, "is a device or pipe, not a photo")
            return self.path.read_bytes()
        except IsADirectoryError:
            raise UnreadableFileError(self.name, "is a directory, not a photo") from None
        except FileNotFoundError:
            reason = "is a dead link" if self.path.is_symlink() else "does not exist"
            raise UnreadableFileError(self.name, reason) from None
        except PermissionError:
            raise UnreadableFileError(self.name, "may not be read: permission denied") from None
        except OSError as error:
            raise UnreadableFileError(self.name, f"cannot be read: {error.strerror}") from None
        except ValueError as error:  # a zero byte in the path
            if isinstance(error, UnreadableFileError):
                raise
            raise UnreadableFileError(self.name, "is not a path") from None


@dataclass(frozen=True)
class MemorySource:
    """An example that was handed over from Python, as encoded bytes."""

    data: bytes
    name: str

    def read(self) -> bytes:
        return self.data


@dataclass(frozen=True, eq=False)
class VectorSource:
    """An example that is a feature vector, float32 ``(width,)``; its bytes are the numbers."""

    vector: NDArray[np.float32]
    name: str

    def read(self) -> bytes:
        return self.vector.tobytes()


@dataclass(frozen=True)
class Task:
    """One question that is asked of every example.

    Attributes:
        name: the column's name, or ``"label"`` for a folder of class folders.
        kind: ``"category"``: exactly one of `classes` holds (softmax);
            ``"binary"``: yes or no (logistic), `classes` is ``("no", "yes")`` or alike.
        classes: the classes in the order of their targets 0, 1, ...
    """

    name: str
    kind: Literal["category", "binary"]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """A table of examples, one a row.

    Attributes:
        sources: where each example's bytes come from.
        tasks: the questions; most often one.
        targets: class of each example in each task, `UNKNOWN` where it is not known, or not for
            certain. int64, shape ``(examples, tasks)``.
        groups: group of each example (a patient, a video): examples of one group never stand on
            both sides of a split. ``None`` where no groups were given.
        parts: ``"train"``, ``"validation"`` or ``"test"`` for each example as given by the user,
            or ``None`` where the user gave no split.
        input_kind: what the sources hold.
        notes: what the reader wants the user to know, a sentence each.
        uncertain: chance of the second class with which an uncertain cell of a binary task is
            trained, -1 for every other cell; such a cell is `UNKNOWN` in `targets`, and so never
            scored. float32 ``(examples, tasks)``; ``None`` where none is trained.
        vectors: feature vector of each example, where it has one instead of a file. float32
            ``(examples, width)``.
        vector_names: of the numbers of a vector, in their order.
    """

    sources: tuple[Source, ...]
    tasks: tuple[Task, ...]
    targets: NDArray[np.int64]
    groups: tuple[str, ...] | None = None
    parts: tuple[Part, ...] | None = None
    input_kind: Literal["photo", "vector"] = "photo"
    notes: tuple[str, ...] = ()
    uncertain: NDArray[np.float32] | None = None
    vectors: NDArray[np.float32] | None = None
    vector_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Mask of the known cells, bool ``(examples, tasks)``."""
        mask: NDArray[np.bool_] = self.targets != UNKNOWN
        return mask

    def select(self, rows: Sequence[int] | NDArray[np.int64]) -> Examples:
        """The examples at `rows`, in that order."""
        picked = [int(row) for row in rows]
        return replace(
            self,
            sources=tuple(self.sources[row] for row in picked),
            targets=self.targets[picked],
            uncertain=None if self.uncertain is None else self.uncertain[picked],
            vectors=None if self.vectors is None else self.vectors[picked],
            groups=None if self.groups is None else tuple(self.groups[row] for row in picked),
            parts=None if self.parts is None else tuple(self.parts[row] for row in picked),
        )
