"""What is there is counted from names and labels alone."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from headstart.errors import DataError
from headstart.examples import survey


def touched(folder: Path, **counts: int) -> Path:
    """Class folders of empty files: nothing may open them."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / name / f"{number}.jpg").touch()
    return folder


def a_table(folder: Path, text: str) -> Path:
    for name in "abcdef":
        (folder / f"{name}.jpg").touch()
    (folder / "t.csv").write_text(text)
    return folder / "t.csv"


def test_a_folder(tmp_path: Path) -> None:
    found = survey(touched(tmp_path, cat=3, dog=12))
    assert (found.kind, found.examples, found.training) == ("photo", 15, 15)
    (task,) = found.tasks
    assert dict(task.counts) == {"cat": 3, "dog": 12}
    assert (found.parts, found.groups) == ({}, None)


def test_only_the_training_part_counts(tmp_path: Path) -> None:
    touched(tmp_path / "train", cat=3, dog=2)
    touched(tmp_path / "val", cat=5, dog=4)
    found = survey(tmp_path)
    assert found.parts == {"train": 5, "validation": 9}
    assert dict(found.tasks[0].counts) == {"cat": 3, "dog": 2}
    assert (found.examples, found.training) == (14, 5)


def test_one_class_is_counted_too(tmp_path: Path) -> None:
    assert dict(survey(touched(tmp_path, cat=3)).tasks[0].counts) == {"cat": 3}


def test_ten_thousand_files(tmp_path: Path) -> None:
    found = survey(touched(tmp_path, **{f"c{number}": 500 for number in range(20)}))
    assert found.tasks[0].known == 10_000


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder is empty"):
        survey(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        survey(tmp_path / "nowhere")


def test_several_columns_of_labels(tmp_path: Path) -> None:
    found = survey(
        a_table(
            tmp_path,
            "file,group,sick,view,name,age,split\n"
            "a.jpg,p1,1,AP,ann,31.2,train\nb.jpg,p1,0,PA,ben,40.1,train\n"
            "c.jpg,p2,1.0,AP,cat,55.3,train\nd.jpg,p2,-1,AP,dan,61.4,train\n"
            "e.jpg,p3,,PA,eve,70.5,train\nf.jpg,p3,1,PA,fay,70.6,val\n",
        )
    )
    assert [task.name for task in found.tasks] == ["sick", "view"]
    assert dict(found.tasks[0].counts) == {"no": 1, "yes": 2}
    assert found.tasks[0].unknown == 2  # a blank, and one that is uncertain
    assert dict(found.tasks[1].counts) == {"AP": 3, "PA": 2}
    assert (found.parts, found.groups) == ({"train": 5, "validation": 1}, 3)
    assert found.label_column is None
    assert "not taken for tasks: 'name', 'age': nearly every value is another" in found.notes[1]


def test_one_column_among_others_has_to_be_named(tmp_path: Path) -> None:
    rows = "".join(f"{name}.jpg,{place % 2},{name}{place}\n" for place, name in enumerate("abcdef"))
    found = survey(a_table(tmp_path, f"file,sick,name\n{rows}gone.jpg,1,x\n"))
    assert found.label_column == "sick"
    assert "1 file not there: gone.jpg" in found.notes[1]


def test_columns_that_are_no_classes(tmp_path: Path) -> None:
    rows = "".join(f"{name}.jpg,{name}1,{name}2\n" for name in "abcdef")
    with pytest.raises(DataError, match="several could be meant, but none holds classes"):
        survey(a_table(tmp_path, f"file,first,second\n{rows}"))


def test_a_named_label_is_one_task(tmp_path: Path) -> None:
    text = "file,label,view\na.jpg,x,AP\nb.jpg,y,PA\nc.jpg,,PA\n"
    found = survey(a_table(tmp_path, text))
    assert dict(found.tasks[0].counts) == {"x": 1, "y": 1}
    assert found.tasks[0].unknown == 1
    other = survey(tmp_path / "t.csv", label_column="view")
    assert dict(other.tasks[0].counts) == {"AP": 1, "PA": 2}


def test_sounds(tmp_path: Path) -> None:
    for label, seconds in (("yes", 1), ("no", 3)):
        (tmp_path / label).mkdir()
        for number in range(2):
            with wave.open(str(tmp_path / label / f"{number}.wav"), "wb") as clip:
                clip.setnchannels(1)
                clip.setsampwidth(2)
                clip.setframerate(8000)
                clip.writeframes(bytes(2 * 8000 * seconds))
    found = survey(tmp_path)
    assert (found.kind, found.examples, found.seconds) == ("sound", 4, 8.0)
    assert dict(found.tasks[0].counts) == {"no": 2, "yes": 2}


def test_sounds_without_folders_or_lengths(tmp_path: Path) -> None:
    (tmp_path / "a.flac").touch()
    found = survey(tmp_path)
    assert (found.kind, found.tasks, found.seconds) == ("sound", (), None)


def test_feature_vectors(tmp_path: Path) -> None:
    text = "id,sick,view\na,0,AP\nb,1,PA\nc,,PA\nd,1,\n"
    (tmp_path / "t.csv").write_text(text)
    np.save(tmp_path / "f.npy", np.zeros((4, 3), np.float32))
    found = survey(tmp_path / "t.csv", features=tmp_path / "f.npy")
    assert (found.kind, found.examples, found.width) == ("vector", 4, 3)
    assert [(task.name, task.known, task.taught) for task in found.tasks] == [
        ("sick", 3, True), ("view", 3, True),
    ]  # fmt: skip
    with pytest.raises(DataError, match="say with features where these are"):
        survey(tmp_path / "t.csv")


def test_a_task_of_one_class_cannot_be_learned(tmp_path: Path) -> None:
    text = "file,sick,view\na.jpg,0,AP\nb.jpg,,PA\nc.jpg,0,PA\n"
    found = survey(a_table(tmp_path, text), tasks=["sick", "view"])
    assert [task.name for task in found.taught] == ["view"]


def test_options_that_belong_to_one_table(tmp_path: Path) -> None:
    table = a_table(tmp_path, "file,sick\na.jpg,0\nb.jpg,1\n")
    with pytest.raises(DataError, match="label_column, groups, features and annotated are for one"):
        survey([table, table], label_column="sick")


def test_nothing_drawn_is_absent(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        "<annotation><filename>a.jpg</filename><object><name>stop</name></object></annotation>"
    )
    (tmp_path / "a.jpg").touch()
    assert "name with annotated" in survey(tmp_path).notes[-1]
