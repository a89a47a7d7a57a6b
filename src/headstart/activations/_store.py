"""The activation store: one SQLite database, safe with several processes at once.

Rows are unique by key (``INSERT OR IGNORE``), commits are atomic (write-ahead log), each row
carries a checksum of its key and value. Why SQLite: docs/decisions/0002.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
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
COMMIT_SECONDS = 2.0
"""At most so much work is lost by a kill."""

BUSY_SECONDS = 60.0
"""How long to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (
    id INTEGER PRIMARY KEY,
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

_COLUMNS = ("content", "selector", "view", "segment", "value", "checksum")
_DAMAGED = f"row_is_damaged({', '.join(f'rows.{column}' for column in _COLUMNS)})"
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

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        self._last_commit = time.monotonic()
        with self._errors():
            directory.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            try:
                self._prepare()
            except sqlite3.Error:
                self._writer.close()
                raise

    def _prepare(self) -> None:
        # Order matters: these two take hold only in a database without tables.
        self._writer.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(_SCHEMA)
        self._writer.create_function("row_is_damaged", 6, _row_is_damaged, deterministic=True)

    def __enter__(self) -> ActivationStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit and close."""
        with self._errors():
            try:
                self.commit()
            finally:
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

    def get(self, dataset: int, key: RowKey) -> dict[str, NDArray[Any]] | None:
        """The arrays of a row; ``None`` where there is none or its checksum is wrong.

        A damaged row is thus computed anew; `put` then replaces it.
        """
        with self._errors():
            row = (
                self._reader()
                .execute(
                    "SELECT value, checksum FROM rows WHERE dataset = ? AND content = ?"
                    " AND selector = ? AND view = ? AND segment = ?",
                    (dataset, *key.values()),
                )
                .fetchone()
            )
        if row is None or _checksum(key, row[0]) != row[1]:
            return None
        return _decode(row[0])

    def put(self, dataset: int, rows: Iterable[tuple[RowKey, Arrays]]) -> int:
        """Add rows; those that are there already stay, unless they are damaged.

        Returns:
            How many bytes of values were handed over. They are committed within
            `COMMIT_SECONDS`, at `commit` or at `close`.
        """
        written = 0
        with self._errors():
            for key, arrays in rows:
                value = _encode(arrays)
                checksum = _checksum(key, value)
                written += len(value)
                self._writer.execute(_INSERT, (dataset, *key.values(), value, checksum))
            if time.monotonic() - self._last_commit > COMMIT_SECONDS:
                self.commit()
        return written

    def commit(self) -> None:
        """Make what was put durable."""
        with self._errors():
            self._writer.commit()
        self._last_commit = time.monotonic()

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
            for content, selector, view, segment, value, checksum in self._reader().execute(
                "SELECT content, selector, view, segment, value, checksum FROM rows"
            ):
                key = RowKey(content.hex(), selector, view, segment)
                yield key, _checksum(key, value) == checksum

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
            # Each step of this statement frees one page: it must be run to its end.
            self._writer.execute("PRAGMA incremental_vacuum").fetchall()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

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


def _row_is_damaged(
    content: bytes, selector: str, view: int, segment: int, value: bytes, checksum: bytes
) -> bool:
    return _checksum(RowKey(content.hex(), selector, view, segment), value) != checksum


def _checksum(key: RowKey, value: bytes) -> bytes:
    # The key is part of it, so that a value that slipped to another row is noticed too.
    content, selector, view, segment = key.values()
    digest = hashlib.blake2b(content, digest_size=16)
    digest.update(f"\n{selector}\n{view}\n{segment}\n".encode())
    digest.update(value)
    return digest.digest()


def _encode(arrays: Arrays) -> bytes:
    from safetensors.numpy import save  # keeps `headstart --help` fast

    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def _decode(value: bytes) -> dict[str, NDArray[Any]]:
    from safetensors.numpy import load  # keeps `headstart --help` fast

    return load(value)
