"""The activation store: one SQLite database, safe with several processes at once.

Rows are unique by key, commits are atomic (write-ahead log), each row
carries a checksum of its key and value. Why SQLite: docs/decisions/0002.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations._keys import DatasetKey, RowKey
from headstart.errors import StoreError

Arrays = Mapping[str, NDArray[Any]]

FILE_NAME = "activations.sqlite"
BUSY_SECONDS = 60.0
"""How long to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: a pruned one may still be written to
    key TEXT NOT NULL UNIQUE,
    used REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS rows (
    dataset INTEGER NOT NULL REFERENCES datasets(id),
    content BLOB NOT NULL,
    selector TEXT NOT NULL,
    view INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    value BLOB NOT NULL,
    checksum BLOB NOT NULL,
    UNIQUE (dataset, content, selector, view, segment)
);
"""

_COLUMNS = "dataset, content, selector, view, segment, value, checksum"
_DAMAGED = f"row_is_damaged({', '.join(f'rows.{name}' for name in _COLUMNS.split(', '))})"
_SELECT = (
    "SELECT value, checksum FROM rows"
    " WHERE dataset = ? AND content = ? AND selector = ? AND view = ? AND segment = ?"
)
_INSERT = (
    "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - values are parameters
    " ON CONFLICT (dataset, content, selector, view, segment)"
    f" DO UPDATE SET value = excluded.value, checksum = excluded.checksum WHERE {_DAMAGED}"
)


@dataclass(frozen=True)
class DatasetInfo:
    """What the store holds of one dataset: its key, rows, bytes, and when it was last used."""

    id: int
    key: str
    rows: int
    bytes: int
    used: float


class ActivationStore:
    """The database in a cache directory. Use as a context manager.

    Reading is safe from any thread; writing belongs to the thread that opened the store.
    """

    def __init__(self, directory: str | Path) -> None:
        directory = Path(directory)
        self.path = directory / FILE_NAME
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        with self._errors():
            directory.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            try:
                self._prepare()
            except sqlite3.Error:
                self._writer.close()
                raise

    def _prepare(self) -> None:
        # The first two take hold only in a database without tables. A row of 1,280 values fills
        # most of a page of 4 kB and wastes the rest; six fit one of 16 kB.
        self._writer.execute("PRAGMA page_size = 16384")
        self._writer.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(_SCHEMA)
        self._writer.create_function("row_is_damaged", 7, _is_damaged, deterministic=True)

    def __enter__(self) -> ActivationStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        with self._errors():
            for connection in (*self._readers, self._writer):
                connection.close()

    def dataset(self, key: DatasetKey) -> int:
        """Number of the dataset with this key, which is made where there is none."""
        with self._errors(), self._writer:
            self._writer.execute(
                "INSERT INTO datasets (key, used) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET used = excluded.used",
                (key.canonical(), time.time()),
            )
            row = self._writer.execute(
                "SELECT id FROM datasets WHERE key = ?", (key.canonical(),)
            ).fetchone()
        return int(row[0])

    def find(self, key: DatasetKey) -> int | None:
        """Number of the dataset with this key, from any thread; ``None`` where there is none."""
        with self._errors():
            found = (
                self._reader()
                .execute("SELECT id FROM datasets WHERE key = ?", (key.canonical(),))
                .fetchone()
            )
        return None if found is None else int(found[0])

    def count(self, key: DatasetKey) -> int:
        """How many rows the dataset with this key has."""
        with self._errors():
            found = self._writer.execute(
                "SELECT COUNT(*) FROM rows JOIN datasets ON dataset = id WHERE key = ?",
                (key.canonical(),),
            ).fetchone()
        return int(found[0])

    def get(self, dataset: int, key: RowKey) -> dict[str, NDArray[Any]] | None:
        """The arrays of a row; ``None`` where there is none or its checksum is wrong.

        A damaged row is thus computed anew; `put` then replaces it.
        """
        value = self._value(dataset, key)
        return None if value is None else _decode(value)

    def has(self, dataset: int, key: RowKey) -> bool:
        """Whether a row is there and its checksum is right."""
        return self._value(dataset, key) is not None

    def _value(self, dataset: int, key: RowKey) -> bytes | None:
        with self._errors():
            found = self._reader().execute(_SELECT, (dataset, *key.values())).fetchone()
        if found is None or _is_damaged(dataset, *key.values(), *found):
            return None
        value: bytes = found[0]
        return value

    def put(self, dataset: int, rows: Iterable[tuple[RowKey, Arrays]]) -> int:
        """Add rows and commit them; those that are there already stay, unless they are damaged.

        Other processes wait while rows are written, so that nothing is computed meanwhile.

        Returns:
            How many bytes of values were handed over.
        """
        encoded = [((dataset, *key.values()), _encode(arrays)) for key, arrays in rows]
        with self._errors(), self._writer:
            self._writer.executemany(
                _INSERT, ((*cells, value, _checksum(cells, value)) for cells, value in encoded)
            )
        return sum(len(value) for _, value in encoded)

    def info(self) -> list[DatasetInfo]:
        """What is stored, most recently used first."""
        with self._errors():
            found = self._writer.execute(
                "SELECT id, key, COUNT(content), COALESCE(SUM(LENGTH(value)), 0), used"
                " FROM datasets LEFT JOIN rows ON dataset = id GROUP BY id ORDER BY used DESC"
            ).fetchall()
        return [DatasetInfo(*row) for row in found]

    def verify(self) -> Iterator[tuple[RowKey, bool]]:
        """Check every row's checksum; yields each key and whether its value is intact."""
        with self._errors():
            for cells in self._reader().execute(f"SELECT {_COLUMNS} FROM rows"):  # noqa: S608
                content, *others = cells[1:5]
                name = content.hex() if isinstance(content, bytes) else ""
                yield RowKey(name, *others), not _is_damaged(*cells)

    def drop_damaged(self) -> int:
        """Delete every row whose checksum is wrong; they are computed anew when needed."""
        with self._errors(), self._writer:
            return self._writer.execute(f"DELETE FROM rows WHERE {_DAMAGED}").rowcount  # noqa: S608

    def prune(self, datasets: Iterable[int]) -> None:
        """Delete whole datasets and give their space back to the disk."""
        numbers = [(number,) for number in datasets]
        with self._errors():
            with self._writer:
                self._writer.executemany("DELETE FROM rows WHERE dataset = ?", numbers)
                self._writer.executemany("DELETE FROM datasets WHERE id = ?", numbers)
                # Written by another process after its dataset was pruned.
                self._writer.execute(
                    "DELETE FROM rows WHERE dataset NOT IN (SELECT id FROM datasets)"
                )
            # Each step of the first statement frees one page, and yields a row without columns,
            # at which `execute` stops; `executescript` runs it to its end.
            self._writer.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
        # In WAL mode a commit survives a kill; a power cut may lose the last, and corrupts nothing.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as one clear line."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {_advice(str(error))}") from error
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(
                f"{self.path}: the activation store cannot be made ({error.strerror}); "
                "choose another place with --cache or HEADSTART_CACHE"
            ) from error


def _advice(message: str) -> str:
    if "full" in message:
        return (
            "the disk is full; what was stored is intact. Free some space, run "
            "`headstart cache prune`, or choose another place with --cache or HEADSTART_CACHE"
        )
    if "readonly" in message or "unable to open" in message:
        return ("the activation store cannot be written here; choose another place with --cache or "
                "HEADSTART_CACHE")  # fmt: skip
    if "locked" in message:
        return f"another process has kept the store locked for {BUSY_SECONDS:.0f} s; try again"
    if "malformed" in message or "not a database" in message:
        return (
            "is not an intact activation store; move the file away and run again: everything in "
            "it can be computed anew"
        )
    return f"the activation store failed ({message})"


def _is_damaged(*cells: object) -> bool:
    """Whether a row, its cells in the order of `_COLUMNS`, is not what was written.

    Where the disk lied, a cell may be of any type.
    """
    *key, value, checksum = cells
    return not isinstance(value, bytes) or _checksum(key, value) != checksum


def _checksum(key: Sequence[object], value: bytes) -> bytes:
    # The key is part of it, so that a value that slipped to another row is noticed too.
    digest = hashlib.blake2b(repr(tuple(key)).encode(), digest_size=16)
    digest.update(value)
    return digest.digest()


def _encode(arrays: Arrays) -> bytes:
    from safetensors.numpy import save  # keeps `headstart --help` fast

    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def _decode(value: bytes) -> dict[str, NDArray[Any]]:
    from safetensors.numpy import load  # keeps `headstart --help` fast

    return load(value)
