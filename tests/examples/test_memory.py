"""read_examples on lists, arrays, images and data frames."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Examples, read_examples, read_sources
from headstart.media import load_photo

ARRAY = np.arange(4 * 6 * 5 * 3, dtype=np.uint8).reshape(4, 6, 5, 3)


def labels(examples: Examples) -> list[str | None]:
    (task,) = examples.tasks
    return [None if t == UNKNOWN else task.classes[t] for t in examples.targets[:, 0]]


def test_list_of_paths(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    files = [tmp_path / "a.jpg", str(tmp_path / "b.jpg"), str(tmp_path / "new\nline.jpg")]
    examples = read_examples(files, ["x", "y", None], groups=[1, 1, 2])
    assert labels(examples) == ["x", "y", None]
    assert examples.groups == ("1", "1", "2")
    assert examples.sources[0].read() == b"a"
    assert examples.sources[2].name == f"{tmp_path}/new\\nline.jpg"
    assert len(read_examples(np.array([str(file) for file in files]), [1, 2, 3])) == 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([10, 9, 9, 10]), ["10", "9", "9", "10"]),
        (np.array([1.0, np.nan, 0.0, 0.5]), ["1", None, "0", "0.5"]),
        (np.array([True, False, True, True]), ["True", "False", "True", "True"]),
        (["a", " a ", "", "?"], ["a", "a", None, None]),
        (pd.Series(["a", None, pd.NA, "b"]), ["a", None, None, "b"]),
        (pd.Series([1, None, 3, 3], dtype="Int64"), ["1", None, "3", "3"]),
        (pl.Series([1, 2, None, 1]), ["1", "2", None, "1"]),
        (("x", "y", "x", "x"), ["x", "y", "x", "x"]),
    ],
)
def test_labels_of_any_kind(given: Any, expected: list[str | None]) -> None:
    known = {label for label in expected if label is not None}
    examples = read_examples(ARRAY, given, for_training=len(known) > 1)
    assert labels(examples) == expected


def test_numbers_are_in_numeric_order() -> None:
    assert read_examples(ARRAY, [10, -2, 9, 1.5]).tasks[0].classes == ("-2", "1.5", "9", "10")


def test_images_and_arrays_are_read_as_they_are() -> None:
    images = [Image.fromarray(pixels) for pixels in ARRAY]
    for data in (images, list(ARRAY), ARRAY):
        examples = read_examples(data, ["x", "y", "x", "y"])
        assert [source.name for source in examples.sources] == ["0", "1", "2", "3"]
        for source, pixels in zip(examples.sources, ARRAY, strict=True):
            square = load_photo(source.read(), source.name, resize=5, size=5)
            assert np.abs(square.astype(int).mean() - pixels[:5].mean()) < 40
    assert read_examples(images, [1, 2, 1, 2]).sources[2].read() == examples.sources[2].read()


@pytest.mark.parametrize("library", [pd, pl])
def test_data_frames(tmp_path: Path, library: Any) -> None:
    frame = library.DataFrame(
        {
            "path": [str(tmp_path / f"{n}.jpg") for n in range(4)],
            "class": ["x", "y", None, "x"],
            "split": ["train", "train", "test", "test"],
            "group": [1, 2, 3, 3],
        }
    )
    examples = read_examples(frame)
    assert labels(examples) == ["x", "y", None, "x"]
    assert examples.tasks[0].name == "class"
    assert examples.parts == ("train", "train", "test", "test")
    assert examples.groups == ("1", "2", "3", "3")
    beside = read_examples(frame, frame["class"], groups=["a", "b", "c", "d"])
    assert labels(beside) == labels(examples)
    assert beside.tasks[0].name == "label"
    assert beside.groups == ("a", "b", "c", "d")
    assert len(read_sources(frame[["path"]])) == 4
    assert len(read_sources(frame["path"])) == 4


def test_a_selected_frame_keeps_its_labels_in_line() -> None:
    frame = pd.DataFrame({"file": list("abcd"), "label": ["w", "x", "y", "z"]}).iloc[[3, 1]]
    assert labels(read_examples(frame)) == ["z", "x"]
    assert labels(read_examples(frame[["file"]], frame["label"])) == ["z", "x"]


def test_blank_rows_of_a_frame_take_their_labels_with_them() -> None:
    frame = pd.DataFrame({"file": ["a", None, "c"]})
    assert labels(read_examples(frame, ["x", "y", "z"])) == ["x", "z"]
    with pytest.raises(DataError, match="row 1 names no file"):
        read_sources(frame)


@pytest.mark.parametrize(
    ("data", "given", "message"),
    [
        (["a.jpg"], None, "1 examples? (was|were) given without labels"),
        (["a.jpg", "b.jpg"], ["x"], "2 examples but 1 label"),
        (["a.jpg", ""], ["x", "y"], "example 1 is blank"),
        (["a.jpg", 7], ["x", "y"], "example 1 is int"),
        ([], [], "none of the 0 examples has a label"),
        (7, [1], "int cannot be read as examples"),
        (None, [1], "NoneType cannot be read"),
        (ARRAY.astype(float), [1, 2, 3, 4], r"this one is float64 of shape \(4, 6, 5, 3\)"),
        (ARRAY[..., 0], [1, 2, 3, 4], r"shape \(4, 6, 5\)"),
        (ARRAY, "xyxy", "labels must be a list"),
        (ARRAY, [1, 1, 1, 1], "only one class, '1'"),
        (pd.DataFrame({"a": [1]}), None, "no column names the files"),
        (pd.DataFrame(), None, "no column names the files"),
    ],
)
def test_what_cannot_be_used(data: Any, given: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(data, given)


def test_no_data_frame_library_is_imported_for_a_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"x")
    code = (
        "import sys; from headstart.examples import read_examples\n"
        f"read_examples({str(tmp_path)!r}); read_examples(['a', 'b'], [1, 2])\n"
        "rare = ('pandas', 'polars', 'narwhals', 'pyarrow', 'scipy', 'sklearn', 'torch')\n"
        "print([module for module in rare if module in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
