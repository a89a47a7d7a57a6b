from __future__ import annotations

from pathlib import Path

import pytest

from headstart.errors import ModelError
from headstart.report._predictions import BINS, read_held_out

HEADER = "file,sha256,part,group,fold,label,predicted,correct,probability,p_a,p_b\n"


def write(path: Path, rows: str, header: str = HEADER) -> Path:
    file = path / "predictions.csv"
    file.write_text(header + rows, encoding="utf-8", newline="")
    return file


def test_parts_are_kept_apart(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "1.jpg,,train,,0,a,b,0,0.9,0.1,0.9\n"
        "2.jpg,,train,,,b,,,,,\n"
        "3.jpg,,validation,,,a,a,1,1.0,1.0,0.0\n"
        "4.jpg,,validation,,,b,a,0,0.7,0.7,0.3\n"
        "5.jpg,,validation,,,b,a,0,0.8,0.8,0.2\n",
    )
    held_out = read_held_out(file, part="validation")
    assert [mistake.file for mistake in held_out.measured.mistakes] == ["5.jpg", "4.jpg"]
    assert [mistake.file for mistake in held_out.training.mistakes] == ["1.jpg"]
    assert held_out.training_labels == {"a": 1, "b": 1}
    assert sum(held_out.measured.right) == held_out.measured.right[BINS - 1] == 1
    assert sum(held_out.measured.wrong) == 2


def test_cross_validation_takes_every_prediction(tmp_path: Path) -> None:
    file = write(tmp_path, "1.jpg,,train,,0,a,b,0,0.9,,\n2.jpg,,train,,1,a,a,1,0.6,,\n")
    held_out = read_held_out(file, part=None)
    assert sum(held_out.measured.wrong) == sum(held_out.measured.right) == 1
    assert held_out.training.mistakes == []


def test_only_the_surest_mistakes_are_kept(tmp_path: Path) -> None:
    rows = "".join(f"{row}.jpg,,train,,0,a,b,0,{row / 100},,\n" for row in range(100))
    mistakes = read_held_out(write(tmp_path, rows), part=None).measured.mistakes
    assert [mistake.file for mistake in mistakes] == [f"{row}.jpg" for row in range(99, 75, -1)]


def test_rows_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    rows = "a\n,,,,,,,,,,\n1.jpg,,train,,0,a,b,0,often,,\n2.jpg,,train,,0,a,b,0,7.5,,\n"
    held_out = read_held_out(write(tmp_path, rows), part=None)
    assert held_out.measured.mistakes == []


@pytest.mark.parametrize("header", ["", "other,columns\n"])
def test_other_tables_are_empty(tmp_path: Path, header: str) -> None:
    held_out = read_held_out(write(tmp_path, "x,y\n", header), part=None)
    assert held_out.measured.mistakes == []


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    file.write_bytes(HEADER.encode() + b'"br\xf6\nken.jpg",,train,,0,a,b,0,0.9,,\n')
    (mistake,) = read_held_out(file, part=None).measured.mistakes
    assert mistake.file == "br\udcf6\nken.jpg"


def test_directory_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: Is a directory"):
        read_held_out(tmp_path, part=None)
