"""Tables of labels whose rows have feature vectors."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from headstart.errors import DataError
from headstart.examples import (
    UNKNOWN,
    Examples,
    Task,
    VectorSource,
    content_hash,
    read_examples,
    read_sources,
    resolve_duplicates,
)

VALUES = np.arange(18, dtype=np.float64).reshape(6, 3) / 4
TABLE = """mol_id,toxic,bitter,split
m0,0,1,train
m1,1,0,train
m2,0,,train
m3,1,1,train
m4,?,1,test
m5,1,0,test
"""
TASKS = (Task("toxic", "binary", ("no", "yes")), Task("bitter", "binary", ("no", "yes")))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(TABLE)
    return path


def check(found: Examples, rows: list[int] | None = None) -> None:
    rows = list(range(6)) if rows is None else rows
    assert found.input_kind == "vector"
    assert found.tasks == TASKS
    assert found.vectors is not None
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, VALUES[rows])
    assert [source.name for source in found.sources] == [f"m{row}" for row in rows]
    for source, vector in zip(found.sources, found.vectors, strict=True):
        np.testing.assert_array_equal(np.frombuffer(source.read(), np.float32), vector)


def test_arrays_in_the_order_of_the_rows(table: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    np.savez_compressed(tmp_path / "b.npz", features=VALUES.astype(np.float32))
    for features in (VALUES, tmp_path / "a.npy", str(tmp_path / "b.npz")):
        found = read_examples(table, features=features)
        check(found)
        assert found.vector_names == ("0", "1", "2")
        assert found.parts == ("train",) * 4 + ("test",) * 2
        assert found.targets.tolist() == [[0, 1], [1, 0], [0, -1], [1, 1], [-1, 1], [1, 0]]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_of_features_is_joined_on_the_name_of_the_rows(
    table: Path, tmp_path: Path, suffix: str
) -> None:
    order = [5, 3, 4, 0, 2, 1]
    frame = pd.DataFrame(VALUES[order], columns=["a", "b", "c"])
    frame.insert(1, "Mol_ID", [f"m{row}" for row in order])
    frame["text"] = "words"
    path = tmp_path / f"features{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    found = read_examples(table, features=path)
    check(found)
    assert found.vector_names == ("a", "b", "c")
    assert f"{path.name}: 'text' hold no numbers: not among the features." in found.notes
    check(read_examples(table, features=pl.from_pandas(frame)))


def test_rows_without_features_are_left_out(table: Path) -> None:
    frame = pd.DataFrame(VALUES, columns=["a", "b", "c"])
    frame["mol_id"] = [f"m{row}" for row in range(6)]
    found = read_examples(table, features=frame.drop(index=2))
    check(found, [0, 1, 3, 4, 5])
    assert "1 row left out, for the data frame has no features of it: m2" in found.notes[0]


def test_columns_of_the_table_itself(tmp_path: Path) -> None:
    lines = TABLE.strip().split("\n")
    rows = [f"{line},{a},{b},{c},x{a}" for line, (a, b, c) in zip(lines[1:], VALUES, strict=True)]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join([lines[0] + ",f1,f2,g,h", *rows]))
    check(read_examples(path, features=["f*", "g"]))
    found = read_examples(path, features=["f*", "g"])
    assert found.vector_names == ("f1", "f2", "g")
    found = read_examples(path, features="*", tasks=["toxic", "bitter"])
    assert found.vector_names == ("f1", "f2", "g")
    assert "'h' hold no numbers" in found.notes[0]
    with pytest.raises(DataError, match="'h' cannot be features: they hold no numbers"):
        read_examples(path, features=["f1", "h"])
    with pytest.raises(DataError, match=r"no column is called 'z\*', and there is no such file"):
        read_examples(path, features=["f1", "z*"])


def test_rows_are_named_by_number_where_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("a,b\n0,1\n1,0\n0,1\n")
    found = read_examples(path, features=VALUES[:3])
    assert [source.name for source in found.sources] == ["2", "3", "4"]
    frame = pd.DataFrame({"a": [0, 1, 0], "b": [1, 0, 0]})
    assert [s.name for s in read_examples(frame, features=VALUES[:3]).sources] == ["0", "1", "2"]
    path.write_text("title,a,b\nx,0,1\n,1,0\nz,0,1\n")
    named = read_examples(path, features=VALUES[:3], file_column="title")
    assert [source.name for source in named.sources] == ["x", "3", "z"]


def test_a_single_label(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("name,label\nx,good\ny,bad\nz,good\n")
    found = read_examples(path, features=VALUES[:3])
    assert found.tasks == (Task("label", "category", ("bad", "good")),)
    assert found.input_kind == "vector"
    given = read_examples(pd.DataFrame({"id": [1, 2, 3]}), ["p", "q", "p"], features=VALUES[:3])
    assert given.targets[:, 0].tolist() == [0, 1, 0]


def test_groups_are_read_from_paths_of_files_that_need_not_be_there(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    rows = [f"x/patient{n // 2}/a{n}.jpg,{n % 2},{n % 2}" for n in range(6)]
    path.write_text("\n".join(["Path,a,b", *rows]))
    assert read_examples(path, features=VALUES).groups == tuple(
        f"patient{n // 2}" for n in range(6)
    )


def test_select_keeps_vectors_in_line(table: Path) -> None:
    check(read_examples(table, features=VALUES).select([4, 1]), [4, 1])


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (VALUES[:5], "5 rows of features for 6 rows of labels.csv"),
        (VALUES[0], r"shape \(examples, width\); these are float64 of shape \(3,\)"),
        (VALUES[:, :0], r"of shape \(6, 0\)"),
        (VALUES.astype(object), "these are object"),
        (VALUES.astype(complex), "these are complex128"),
        (
            np.where(VALUES == 2, np.nan, VALUES),
            r"1 feature missing.*1 column \('2'\).*1 row \(2\)",
        ),
        (VALUES * 1e40, r"17 features missing, not a number or too large, in 3 columns"),
        (7, "features may be a .npy, .npz, .parquet or .csv file"),
        ("none.npy", "there is no such file"),
        ("none.csv", "cannot be read: No such file"),
        ([], "no column is called nothing"),
        (pd.DataFrame({"mol_id": ["m1", "m1"], "a": [1, 2]}), "a name that has some already: m1"),
        (pd.DataFrame({"mol_id": ["x"], "a": [1]}), "none of the rows of labels.csv has features"),
        (pd.DataFrame({"mol_id": ["m1"], "a": ["b"]}), "no column of numbers"),
        (
            pd.DataFrame({"mol_id": ["m0", "m1", "m2"], "a": [1, None, 2]}),
            r"\('a'\) and 1 row \(1\)",
        ),
        (pd.DataFrame({"mol_id": ["m0", "m1", "m2"], "a": ["1", "x", "2"]}), r"1 row \(1\)"),
    ],
)
def test_features_that_cannot_be_used(table: Path, features: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(table, features=features)


def test_files_that_hold_no_array(table: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(VALUES))
    (tmp_path / "words.npz").write_text("words")
    np.savez(tmp_path / "two.npz", a=VALUES, b=VALUES)
    np.savez(tmp_path / "objects.npz", a=np.array([{"a": 1}], dtype=object))
    for name, message in (
        ("objects.npy", "holds Python objects"), ("pickle.npy", "holds Python objects"),
        ("words.npz", "holds "), ("two.npz", r"holds 2 arrays \(a, b\); save one alone"),
        ("objects.npz", "holds Python objects"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=message):
            read_examples(table, features=tmp_path / name)


def test_features_belong_to_tables(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="features belong to the rows of a table"):
        read_examples(["a.jpg", "b.jpg"], ["x", "y"], features=VALUES)
    (tmp_path / "x").mkdir()
    with pytest.raises(DataError, match="features belong to the rows of a table"):
        read_examples(tmp_path, features=VALUES)


def test_vectors_to_be_predicted(table: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    for sources in (
        read_sources(table, features=VALUES),
        read_sources(table, features=tmp_path / "a.npy", vector_names=["0", "1", "2"]),
    ):
        assert [source.name for source in sources] == [f"m{row}" for row in range(6)]
    alone = read_sources(tmp_path / "a.npy", vector_names=["2", "0"])
    assert [source.name for source in alone] == [str(row) for row in range(6)]
    np.testing.assert_array_equal(
        np.stack([np.frombuffer(source.read(), np.float32) for source in alone]), VALUES[:, [2, 0]]
    )
    frame = pd.DataFrame(VALUES, columns=["a", "b", "c"]).assign(id=list("uvwxyz"), note="-")
    turned = read_sources(frame, vector_names=["c", "a"])
    assert turned[3].name == "x"
    assert np.frombuffer(turned[3].read(), np.float32).tolist() == VALUES[3, [2, 0]].tolist()
    with pytest.raises(DataError, match="reads 2 features, of which '7' is not there"):
        read_sources(VALUES, vector_names=["0", "7"])
    with pytest.raises(
        DataError, match=r"reads 2 features, and 1 column of them is not there \('d'"
    ):
        read_sources(frame, vector_names=["a", "d"])
    with pytest.raises(DataError, match="leave one of the two out"):
        read_sources(VALUES, features=VALUES)


@pytest.mark.parametrize("name", ["photo.jpg", "folder", "photo.npy.jpg"])
def test_photos_are_no_vectors(tmp_path: Path, name: str) -> None:
    given = tmp_path / name
    given.mkdir() if name == "folder" else given.write_bytes(b"")
    kinds = r"give a \.npy or \.npz file, or a table that ends in \.csv"
    with pytest.raises(
        DataError, match=rf"{name}: is no file of feature vectors, and the model reads vectors of "
        rf"2 numbers \('a', 'b'\); {kinds}",
    ):  # fmt: skip
        read_sources(given, vector_names=["a", "b"])
    with pytest.raises(DataError, match=rf"{name}: is no file of feature vectors; {kinds}"):
        read_sources(given, features=VALUES)
    with pytest.raises(DataError, match=rf"{name}: is no file of feature vectors; {kinds}"):
        read_examples(pd.DataFrame({"id": ["a"], "x": [1]}), features=given)


def vectors(labels: list[list[int]], rows: list[int], **options: Any) -> Examples:
    values = VALUES.astype(np.float32)[rows]
    return Examples(
        sources=tuple(VectorSource(value, str(row)) for row, value in enumerate(values)),
        tasks=TASKS,
        targets=np.array(labels),
        input_kind="vector",
        vectors=values,
        vector_names=("a", "b", "c"),
        **options,
    )


def test_equal_vectors_of_different_things_keep_their_labels() -> None:
    labels = [[0, 1], [1, 0], [1, UNKNOWN]]
    examples = vectors(labels, [3, 3, 0])
    hashes = [content_hash(source.read()) for source in examples.sources]
    found = resolve_duplicates(examples, hashes)
    assert found.units.tolist() == [0, 0, 1]
    assert found.targets.tolist() == labels
    assert found.set_aside == ()
    assert found.notes == ("1 example with the vector of another one; no split parts them.",)


def test_equal_vectors_are_not_trained_and_tested_on() -> None:
    examples = vectors([[0, 1], [0, 1], [1, 0]], [3, 3, 0], parts=("train", "test", "train"))
    found = resolve_duplicates(examples, ["x", "x", "y"])
    assert [row for row, _ in found.set_aside] == [0]
    assert "equal vectors stand in a part that is held out (0)" in found.notes[0]


def test_tox21_with_features(label_tables: Path) -> None:
    features = np.random.default_rng(0).random((8014, 16), dtype=np.float32)
    found = read_examples(label_tables / "tox21.csv.gz", features=features)
    assert found.targets.shape == (8014, 12)
    assert [task.kind for task in found.tasks] == ["binary"] * 12
    assert found.sources[0].name == "TOX3021"
    known = (found.targets != UNKNOWN).mean()
    assert 0.82 < known < 0.83
    np.testing.assert_array_equal(found.vectors, features)


@pytest.mark.slow
def test_toxcast_with_features(label_tables: Path) -> None:
    features = np.zeros((8615, 2), np.float32)
    found = read_examples(label_tables / "toxcast_data.csv.gz", features=features)
    assert found.targets.shape == (8615, 617)
    assert found.sources[0].name.startswith("[O-][N+]")
