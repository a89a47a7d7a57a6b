"""read_examples on CSV, TSV, JSON Lines and Parquet tables."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from headstart.errors import DataError, UnreadableFileError
from headstart.examples import UNKNOWN, Examples, read_examples, read_sources


def table(folder: Path, text: str | bytes, name: str = "labels.csv", files: str = "abcd") -> Path:
    for letter in files:
        (folder / f"{letter}.jpg").write_bytes(letter.encode())
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def labels(examples: Examples) -> list[str | None]:
    (task,) = examples.tasks
    return [None if t == UNKNOWN else task.classes[t] for t in examples.targets[:, 0]]


def test_plain_csv(tmp_path: Path) -> None:
    path = table(tmp_path, "file_name,label\na.jpg,cat\nb.jpg,dog\nc.jpg,\nd.jpg,?\n")
    examples = read_examples(path)
    assert labels(examples) == ["cat", "dog", None, None]
    assert examples.tasks[0].name == "label"
    assert [source.name for source in examples.sources] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert examples.sources[1].read() == b"b"
    assert examples.notes == ("2 examples without a label: neither trained on nor scored.",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_dialects(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    rows = [["file", "label"], ["a.jpg", '"cat, small"'], ["b.jpg", "Käfer"], [], ["c.jpg", "x"]]
    text = newline.join(delimiter.join(row) for row in rows)
    examples = read_examples(table(tmp_path, text.encode(encoding)))
    assert labels(examples) == ["cat, small", "Käfer", "x"]


def test_tsv_keeps_commas(tmp_path: Path) -> None:
    path = table(tmp_path, "file\tlabel\na.jpg\tb, c, d\nb.jpg\te\n", "labels.TSV")
    assert labels(read_examples(path)) == ["b, c, d", "e"]


@pytest.mark.parametrize("column", ["file_name", "file", "path", "image", "filename", "File Name "])
@pytest.mark.parametrize("label", ["label", "Class", "TARGET", "category", "species"])
def test_columns_are_found(tmp_path: Path, column: str, label: str) -> None:
    if column == "File Name ":
        column = "FileName "
    path = table(tmp_path, f"{label},split,group,{column}\nx,train,p,a.jpg\ny,train,q,b.jpg\n")
    examples = read_examples(path)
    assert labels(examples) == ["x", "y"]
    assert examples.tasks[0].name == label
    assert examples.groups == ("p", "q")
    assert examples.parts == ("train", "train")


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = table(tmp_path, "photo,label,finding\na.jpg,1,x\nb.jpg,2,y\n")
    examples = read_examples(path, file_column="photo", label_column="finding")
    assert labels(examples) == ["x", "y"]
    assert "'finding' is taken for the label; not used: 'label'" in examples.notes[0]


def test_index_columns_are_no_labels(tmp_path: Path) -> None:
    path = table(tmp_path, ",file,species\n0,a.jpg,x\n1,b.jpg,y\n")
    assert labels(read_examples(path)) == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table is empty"),
        ("file,label\n", "the table has no rows"),
        ("name,label\na.jpg,x\n", r"no column names the files; .*\('?columns: 'name', 'label'\)"),
        ("file,x,y\na.jpg,1,2\n", r"no column is named 'label' and several .*'file', 'x', 'y'"),
        ("file\na.jpg\n", r"no column is named 'label'; .*\(columns: 'file'\)"),
        ("file,label\na.jpg,x\nb.jpg,x\n", "only one class, 'x'"),
        ("file,label\na.jpg,\nb.jpg,\n", "none of the 2 examples has a label"),
        ("file,label\n,x\n,y\n", "the column 'file' is blank in every row"),
        ("file,label,label\na.jpg,x,y\n", "the column 'label' is there twice"),
        ("file,label\na.jpg,x\nb,c.jpg,y\n", r"1 row with more cells .*: row 3;"),
        (
            "file,label,split\na.jpg,x,train\nb.jpg,y,trian\nc.jpg,y,\n",
            r"2 rows not: 'trian' \(row 3\), '' \(row 4\)",
        ),
        (b"file,label\na.jpg,caf\xe9\nb.jpg,x\n", r"'caf\\xe9' \(row 2\); save the table as UTF-8"),
        ("file,label\nx.jpg,x\ny.jpg,y\n", r"none of the 2 files .*x.jpg \(row 2\).*relative to"),
        ("file,label,split\na.jpg,x,train\nb.jpg,y,val\n", r"validation part has 1 class .*'y'"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(table(tmp_path, text))


def test_faults_are_gathered(tmp_path: Path) -> None:
    path = table(tmp_path, "file,label,split\na.jpg,x,train,9\nb.jpg,y,trian\n")
    with pytest.raises(DataError, match=r"1 row with more cells.*'trian' \(row 3\)"):
        read_examples(path)


def test_unknown_column_names_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "file,label\na.jpg,x\n")
    with pytest.raises(DataError, match=r"no column 'foto'; give one .*'file', 'label'"):
        read_examples(path, file_column="foto")
    with pytest.raises(DataError, match="no column 'klass'"):
        read_examples(path, label_column="klass")


def test_missing_files_stay_as_examples(tmp_path: Path) -> None:
    rows = "".join(f"gone{n}.jpg,y\n" for n in range(4))
    examples = read_examples(table(tmp_path, "file,label\na.jpg,x\n" + rows))
    assert len(examples) == 5
    assert examples.notes[0] == (
        "labels.csv: 4 files named in it that do not exist: gone0.jpg (row 3), gone1.jpg (row 4), "
        "gone2.jpg (row 5) and 1 more."
    )
    with pytest.raises(UnreadableFileError, match="does not exist"):
        examples.sources[1].read()


def test_impossible_file_names_are_missing_files(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    names = ["a.jpg", "a\0b.jpg", "x" * 5000, "http://example.org/a.jpg", ""]
    path.write_text("\n".join(json.dumps({"file": n, "label": n[:1]}) for n in names))
    (tmp_path / "a.jpg").write_bytes(b"a")
    examples = read_examples(path)
    assert len(examples) == 4
    for source in examples.sources[1:]:
        with pytest.raises(UnreadableFileError, match=r"does not exist|cannot be read|not a path"):
            source.read()
    assert any("1 row without a file left out: row 5" in note for note in examples.notes)


def test_odd_file_names(tmp_path: Path) -> None:
    names = ["sp ace.jpg", 'quo"te.jpg', "new\nline.jpg", "köln.jpg", "a,b.jpg"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(raw)).write_bytes(b"x")
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    text = ("file,label\n" + "".join(f"{name},{n % 2}\n" for n, name in enumerate(quoted))).encode()
    examples = read_examples(table(tmp_path, text + b"caf\xe9.jpg,1\n"))
    assert all(source.read() == b"x" for source in examples.sources)
    assert examples.sources[2].name == "new\\nline.jpg"
    assert examples.sources[5].name == "caf\\xe9.jpg"


def test_folders_of_paths(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").write_bytes(b"a")
    text = f"file,label\nsub/a.jpg,x\nsub\\a.jpg,y\n{tmp_path}/sub/a.jpg,x\n"
    examples = read_examples(table(tmp_path, text))
    assert [source.read() for source in examples.sources] == [b"a"] * 3


def test_split_words(tmp_path: Path) -> None:
    words = ["TRAIN", "val", "valid", "Validation", "test", "training", "train"]
    rows = "".join(f"a.jpg,{n % 2},{word}\n" for n, word in enumerate([*words, "train"]))
    examples = read_examples(table(tmp_path, "file,label,split\n" + rows))
    assert examples.parts is not None
    assert examples.parts[:5] == ("train", "validation", "validation", "validation", "test")


def test_blank_split_and_group_columns_are_none(tmp_path: Path) -> None:
    path = table(tmp_path, "file,label,split,group\na.jpg,x,,\nb.jpg,y,,\n")
    examples = read_examples(path)
    assert examples.parts is None
    assert examples.groups is None


def test_a_blank_group_is_one_of_its_own(tmp_path: Path) -> None:
    text = "file,label,group\na.jpg,x,7\nb.jpg,y,\nc.jpg,y,\nd.jpg,y,7\n"
    groups = read_examples(table(tmp_path, text)).groups
    assert groups is not None
    assert groups[0] == groups[3] == "7"
    assert len(set(groups)) == 3


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"file_name": "a.jpg", "label": 1}, {"label": 2.0, "file_name": "b.jpg"}]
    text = json.dumps(rows[0]) + "\n\n" + json.dumps(rows[1]) + "\n" + '{"file_name": "c.jpg"}'
    assert labels(read_examples(table(tmp_path, text, "labels.jsonl"))) == ["1", "2", None]
    assert labels(read_examples(table(tmp_path, json.dumps(rows), "labels.json"))) == ["1", "2"]


@pytest.mark.parametrize("text", ["{oops", "[1, 2]", '"a"', "[" * 100_000])
def test_broken_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"is not JSON Lines|row 1 is not an object"):
        read_examples(table(tmp_path, text, "labels.jsonl"))


def test_parquet(tmp_path: Path) -> None:
    columns = {
        "image": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
        "label": pa.array([10.0, 9.0, None, float("nan")]),
        "group": pa.array([1, None, 2, 2]),
        "pixels": [b"large"] * 4,
    }
    path = table(tmp_path, "", "labels.parquet")
    parquet.write_table(pa.table(columns), path)
    examples = read_examples(path)
    assert labels(examples) == ["10", "9", None, None]
    assert examples.tasks[0].classes == ("9", "10")
    assert examples.groups is not None
    assert examples.groups[2:] == ("2", "2")


def test_damaged_parquet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_examples(table(tmp_path, "PAR1nonsense", "labels.parquet"))


def test_a_column_where_every_label_differs_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, "file,id\na.jpg,1\nb.jpg,2\nc.jpg,3\n")
    assert "Every label in 'id' is different: is it the right column?" in read_examples(path).notes


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a folder nor a table"):
        read_examples(table(tmp_path, "x", "labels.xlsx"))
    with pytest.raises(DataError, match="is not text"):
        read_examples(table(tmp_path, b"\xff\xfe\x00", "labels.csv"))


def test_read_sources_needs_no_labels(tmp_path: Path) -> None:
    path = table(tmp_path, "file\na.jpg\ngone.jpg\n\n")
    assert [source.name for source in read_sources(path)] == ["a.jpg", "gone.jpg"]
