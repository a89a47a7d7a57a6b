"""The store: unique rows, commits that survive, checksums that are believed, clear errors."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from headstart.activations import ActivationStore, DatasetKey, RowKey
from headstart.activations._store import FILE_NAME
from headstart.errors import StoreError

Arrays = Mapping[str, NDArray[Any]]


@pytest.fixture
def key() -> DatasetKey:
    return DatasetKey(
        fingerprint="ab" * 32,
        backbone="means",
        preprocessing={"size": 32, "resize": 32},
        cut="features",
        precision="f32",
        engine="means 1 cpu",
        decoders={"pillow": "1", "media": "1"},
        instruction_set="any",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ActivationStore]:
    with ActivationStore(tmp_path / "store") as store:
        yield store


def row_key(number: int) -> RowKey:
    return RowKey(hashlib.sha256(str(number).encode()).hexdigest())


def row(number: int, width: int = 16) -> tuple[RowKey, Arrays]:
    return row_key(number), {"features": np.full(width, number, np.float16)}


def filled(directory: Path, key: DatasetKey, count: int, width: int = 16) -> int:
    with ActivationStore(directory) as store:
        dataset = store.dataset(key)
        store.put(dataset, [row(number, width) for number in range(count)])
    return dataset


def change(directory: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(directory / FILE_NAME) as connection:
        connection.execute(statement, values)
    connection.close()


def flip_a_byte(directory: Path, number: int, column: str = "value") -> None:
    content = row_key(number).values()[0]
    with sqlite3.connect(directory / FILE_NAME) as connection:
        (old,) = connection.execute(
            f"SELECT {column} FROM rows WHERE content = ?",  # noqa: S608
            (content,),
        ).fetchone()
        new = old[:-1] + bytes([old[-1] ^ 1])
        connection.execute(f"UPDATE rows SET {column} = ? WHERE content = ?", (new, content))  # noqa: S608
    connection.close()


def test_arrays_come_back_as_they_were(store: ActivationStore, key: DatasetKey) -> None:
    arrays = {
        "features": np.arange(12, dtype=np.float16).reshape(3, 4)[:, ::2],
        "mask": np.array([True, False]),
        "lengths": np.array(7, np.int64),
    }
    dataset = store.dataset(key)
    store.put(dataset, [(row_key(0), arrays)])
    found = store.get(dataset, row_key(0))
    assert found is not None
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_a_row_is_found_and_its_checksum_read(tmp_path: Path, key: DatasetKey) -> None:
    dataset = filled(tmp_path, key, 2)
    flip_a_byte(tmp_path, 1)
    with ActivationStore(tmp_path) as store:
        assert store.find(key) == dataset
        assert store.find(replace(key, cut="stem")) is None
        assert len(store.info()) == 1  # looking for a dataset makes none
        assert [store.has(dataset, row_key(number)) for number in range(3)] == [True, False, False]


def test_a_row_that_is_there_stays(store: ActivationStore, key: DatasetKey) -> None:
    dataset = store.dataset(key)
    store.put(dataset, [row(1)])
    store.put(dataset, [(row_key(1), {"features": np.zeros(3)})])
    found = store.get(dataset, row_key(1))
    assert found is not None
    np.testing.assert_array_equal(found["features"], row(1)[1]["features"])


@pytest.mark.parametrize(
    "other", [{"selector": "frame 2"}, {"view": 1}, {"segment": 3}, {"content": "00" * 32}]
)
def test_every_part_of_a_row_key_tells_rows_apart(
    store: ActivationStore, key: DatasetKey, other: dict[str, Any]
) -> None:
    dataset = store.dataset(key)
    store.put(dataset, [row(1)])
    assert store.get(dataset, replace(row_key(1), **other)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"fingerprint": "cd" * 32},
        {"preprocessing": {"size": 32, "resize": 33}},
        {"cut": "blocks.3"},
        {"precision": "bf16"},
        {"engine": "means 2 cpu"},
        {"decoders": {"pillow": "2", "media": "1"}},
        {"decoders": {"pillow": "1", "media": "2"}},
        {"instruction_set": "other"},
        {"augmentation": "views"},
        {"format_version": 99},
    ],
    ids=lambda other: next(iter(other)),
)
def test_every_part_of_a_dataset_key_tells_datasets_apart(
    store: ActivationStore, key: DatasetKey, other: dict[str, Any]
) -> None:
    store.put(store.dataset(key), [row(1)])
    assert store.get(store.dataset(replace(key, **other)), row_key(1)) is None
    assert store.get(store.dataset(key), row_key(1)) is not None


_WRITE = """
import sys, time
from pathlib import Path
import numpy as np
from headstart.activations import ActivationStore, DatasetKey, RowKey
import hashlib
directory, start = Path(sys.argv[1]), float(sys.argv[2])
key = DatasetKey("ab", "means", {}, "features", "f32", "means", {}, "any")
while time.time() < start:
    pass
with ActivationStore(directory) as store:
    dataset = store.dataset(key)
    for number in range(300):
        content = hashlib.sha256(str(number).encode()).hexdigest()
        store.put(dataset, [(RowKey(content), {"features": np.full(8, number)})])
"""


def test_two_processes_that_write_the_same_rows_leave_each_once(tmp_path: Path) -> None:
    start = str(time.time() + 1)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITE, str(tmp_path), start]) for _ in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with ActivationStore(tmp_path) as store:
        (info,) = store.info()
        assert info.rows == 300
        assert all(intact for _, intact in store.verify())


def test_a_row_that_two_stores_write_is_there_once(
    tmp_path: Path, store: ActivationStore, key: DatasetKey
) -> None:
    dataset = store.dataset(key)
    store.put(dataset, [row(1)])
    with ActivationStore(tmp_path / "store") as other:
        other.put(other.dataset(key), [row(1), row(2)])
    assert store.info()[0].rows == 2


_WRITE_AND_WAIT = """
import sys, time
from pathlib import Path
from headstart.activations import ActivationStore, DatasetKey, RowKey
import numpy as np
store = ActivationStore(Path(sys.argv[1]))
dataset = store.dataset(DatasetKey("ab", "means", {}, "features", "f32", "means", {}, "any"))
store.put(dataset, [(RowKey("aa" * 32), {"features": np.ones(4)})])
store._writer.execute("DELETE FROM rows")  # in the middle of a transaction
print("committed", flush=True)
time.sleep(60)
"""


def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITE_AND_WAIT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "committed\n"
        writer.send_signal(signal.SIGKILL)
    with ActivationStore(tmp_path) as store:
        (info,) = store.info()
        assert info.rows == 1
        found = store.get(info.id, RowKey("aa" * 32))
        assert found is not None
        np.testing.assert_array_equal(found["features"], np.ones(4))


@pytest.mark.parametrize("column", ["value", "checksum"])
def test_a_flipped_byte_is_never_returned_and_is_mended(
    tmp_path: Path, key: DatasetKey, column: str
) -> None:
    dataset = filled(tmp_path, key, 3)
    flip_a_byte(tmp_path, 1, column)
    with ActivationStore(tmp_path) as store:
        assert store.get(dataset, row_key(1)) is None
        assert store.get(dataset, row_key(2)) is not None
        assert {key for key, intact in store.verify() if not intact} == {row_key(1)}
        store.put(dataset, [row(number) for number in range(3)])  # computed anew
        found = store.get(dataset, row_key(1))
        assert found is not None
        np.testing.assert_array_equal(found["features"], row(1)[1]["features"])
        assert store.info()[0].rows == 3
        assert all(intact for _, intact in store.verify())


def test_a_value_that_slipped_to_another_row_is_never_returned(
    tmp_path: Path, key: DatasetKey
) -> None:
    dataset = filled(tmp_path, key, 2)
    content = [row_key(number).values()[0] for number in range(2)]
    change(
        tmp_path,
        "UPDATE rows SET value = o.value, checksum = o.checksum"
        " FROM (SELECT value, checksum FROM rows WHERE content = ?) AS o WHERE content = ?",
        *content,
    )
    with ActivationStore(tmp_path) as store:
        assert store.get(dataset, row_key(0)) is not None
        assert store.get(dataset, row_key(1)) is None


@pytest.mark.parametrize("value", [None, 7, 1.5, "text", b"", b"\0" * 40])
@pytest.mark.parametrize("column", ["value", "checksum"])
def test_a_cell_of_the_wrong_type_is_damage_too(
    tmp_path: Path, key: DatasetKey, column: str, value: object
) -> None:
    dataset = filled(tmp_path, key, 2)
    change(tmp_path, "PRAGMA ignore_check_constraints = ON")
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    if value is None:  # NOT NULL holds for statements; a disk that lies knows no constraints
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'BLOB NOT NULL', 'BLOB')")
        connection.commit()
        connection.close()
        connection = sqlite3.connect(tmp_path / FILE_NAME)
    with connection:
        connection.execute(
            f"UPDATE rows SET {column} = ? WHERE content = ?",  # noqa: S608
            (value, row_key(1).values()[0]),
        )
    connection.close()
    with ActivationStore(tmp_path) as store:
        assert store.get(dataset, row_key(1)) is None
        assert [intact for _, intact in store.verify()].count(False) == 1
        assert store.drop_damaged() == 1
        assert [key for key, _ in store.verify()] == [row_key(0)]


def test_drop_damaged_deletes_the_damaged_alone(tmp_path: Path, key: DatasetKey) -> None:
    dataset = filled(tmp_path, key, 4)
    flip_a_byte(tmp_path, 2)
    with ActivationStore(tmp_path) as store:
        assert store.drop_damaged() == 1
        assert store.info()[0].rows == 3
        assert store.get(dataset, row_key(3)) is not None


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.floats(0, 0.999), mask=st.integers(1, 255))
def test_a_byte_changed_anywhere_gives_the_right_row_none_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, key: DatasetKey, at: float, mask: int
) -> None:
    directory = tmp_path_factory.mktemp("store")
    dataset = filled(directory, key, 30, width=200)
    path = directory / FILE_NAME
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= mask
    path.write_bytes(data)
    try:
        with ActivationStore(directory) as store:
            for number in range(30):
                found = store.get(dataset, row_key(number))
                if found is not None:
                    expected = row(number, 200)[1]["features"]
                    np.testing.assert_array_equal(found["features"], expected)
            list(store.verify())
            store.drop_damaged()
    except StoreError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right


def test_prune_gives_space_back_to_the_disk(tmp_path: Path, key: DatasetKey) -> None:
    doomed = filled(tmp_path, key, 500, width=1280)
    kept = filled(tmp_path, replace(key, cut="stem"), 5, width=1280)
    path = tmp_path / FILE_NAME
    before = path.stat().st_size
    assert before > 1_000_000
    with ActivationStore(tmp_path) as store:
        store.prune([doomed])
        assert [info.id for info in store.info()] == [kept]
        assert store.get(kept, row_key(3)) is not None
    assert path.stat().st_size < before / 10


def test_a_pruned_number_is_never_given_to_another_dataset(tmp_path: Path, key: DatasetKey) -> None:
    """Another process may still be writing rows under the number that was pruned."""
    with ActivationStore(tmp_path) as writing, ActivationStore(tmp_path) as other:
        old = writing.dataset(key)
        other.prune([old])
        new = other.dataset(replace(key, cut="stem"))
        writing.put(old, [row(1)])
        assert other.get(new, row_key(1)) is None


def test_rows_that_outlived_their_dataset_go_with_the_next_prune(
    tmp_path: Path, key: DatasetKey
) -> None:
    with ActivationStore(tmp_path) as store:
        dataset = store.dataset(key)
        store.prune([dataset])
        store.put(dataset, [row(1)])
        assert len(list(store.verify())) == 1
        store.prune([])
        assert list(store.verify()) == []


def test_a_full_disk_is_said_and_leaves_the_store_intact(tmp_path: Path, key: DatasetKey) -> None:
    dataset = filled(tmp_path, key, 10, width=1280)
    with ActivationStore(tmp_path) as store:
        (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
        store._writer.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(StoreError, match="disk is full; what was stored is intact") as raised:
            store.put(dataset, [row(number, 1280) for number in range(10, 200)])
        assert "prune" in str(raised.value)
        assert "\n" not in str(raised.value)
    with ActivationStore(tmp_path) as store:
        assert all(intact for _, intact in store.verify())
        assert all(store.get(dataset, row_key(number)) is not None for number in range(10))
        (ok,) = store._writer.execute("PRAGMA integrity_check").fetchone()
        assert ok == "ok"


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    for directory in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="choose another place with --cache"):
            ActivationStore(directory)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with pytest.raises(StoreError, match="choose another place with --cache"):
        ActivationStore(closed)


def test_a_store_on_a_read_only_file_says_where_else(
    tmp_path: Path, key: DatasetKey, store: ActivationStore
) -> None:
    dataset = store.dataset(key)
    store._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="cannot be written here; choose another place"):
        store.put(dataset, [row(1)])


@pytest.mark.parametrize("content", [b"garbage " * 1000, b"SQLite format 3\0" + b"\7" * 5000])
def test_a_garbage_file_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StoreError, match="not an intact activation store; move the file away"):
        ActivationStore(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_directory_in_the_place_of_the_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="cannot be written here; choose another place"):
        ActivationStore(tmp_path)


def test_a_database_that_is_not_ours(tmp_path: Path, key: DatasetKey) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE rows (a, b)")
    connection.close()
    with (
        pytest.raises(StoreError, match=r"not an intact activation store|store failed"),
        ActivationStore(tmp_path) as store,
    ):
        store.put(store.dataset(key), [row(1)])


def test_info_lists_the_most_recently_used_first(tmp_path: Path, key: DatasetKey) -> None:
    filled(tmp_path, key, 2)
    filled(tmp_path, replace(key, cut="stem"), 3)
    with ActivationStore(tmp_path) as store:
        assert [info.rows for info in store.info()] == [3, 2]
        assert store.count(key) == 2
        assert store.count(replace(key, cut="blocks.1")) == 0
        store.dataset(key)
        assert [info.rows for info in store.info()] == [2, 3]
        assert store.info()[0].bytes > 2 * 32
