"""Several tables that cover different tasks for different files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Examples, Task, read_examples, survey

FILES = [f"{letter}.jpg" for letter in "abcdefgh"]


def tables(folder: Path, *texts: str) -> list[str | Path]:
    for file in FILES:
        (folder / file).write_text(file)
    paths: list[str | Path] = []
    for number, text in enumerate(texts):
        path = folder / f"t{number}.csv"
        path.write_text(text.replace(" ", "\n") + "\n")
        paths.append(path if number else str(path))
    return paths


def cells(examples: Examples) -> dict[str, list[int]]:
    columns = examples.targets.T.tolist()
    return {task.name: column for task, column in zip(examples.tasks, columns, strict=True)}


def test_tables_of_different_tasks_and_files(tmp_path: Path) -> None:
    found = read_examples(
        tables(
            tmp_path,
            "file,sick a.jpg,0 b.jpg,1 c.jpg,0 d.jpg,1",
            "file,view c.jpg,AP d.jpg,PA e.jpg,PA f.jpg,AP",
        )
    )
    assert [source.name for source in found.sources] == FILES[:6]
    assert found.tasks == (
        Task("sick", "binary", ("no", "yes")),
        Task("view", "category", ("AP", "PA")),
    )
    assert cells(found) == {
        "sick": [0, 1, 0, 1, UNKNOWN, UNKNOWN],
        "view": [UNKNOWN, UNKNOWN, 0, 1, 1, 0],
    }
    assert found.notes[0] == "2 tables joined on the file: 6 files, 2 of them in more than one."


def test_known_beats_unknown_and_contradictions_are_unknown(tmp_path: Path) -> None:
    found = read_examples(
        tables(
            tmp_path,
            "file,x,y a.jpg,0,1 b.jpg,?,0 c.jpg,1,-1 d.jpg,1,0 e.jpg,0,-1 b.jpg,1,",
            "file,y,x a.jpg,0,0 b.jpg,0,1 c.jpg,1,0 d.jpg,,1 f.jpg,1,0",
        ),
        uncertain="soft",
    )
    assert len(found) == 6
    assert cells(found) == {
        "x": [0, 1, UNKNOWN, 1, 0, 0],
        "y": [UNKNOWN, 0, 1, 0, UNKNOWN, 1],
    }
    assert found.uncertain is not None
    assert found.uncertain[:, 1].tolist() == [-1, -1, -1, -1, np.float32(0.7), -1]
    notes = " ".join(found.notes)
    assert "2 labels contradict one another and are unknown: 'x' 1, 'y' 1" in notes


def test_several_tables_are_surveyed(tmp_path: Path) -> None:
    paths = tables(tmp_path, "file,x a.jpg,0 b.jpg,1", "file,y a.jpg,0 c.jpg,1 d.jpg,1")
    found = survey(paths)
    assert found.examples == 4
    assert {task.name: dict(task.counts) for task in found.tasks} == {
        "x": {"no": 1, "yes": 1},
        "y": {"no": 1, "yes": 2},
    }


def test_words_are_read_over_all_tables(tmp_path: Path) -> None:
    """-1 and 1 alone would be no and yes; beside the other table's 0 the first is uncertain."""
    found = read_examples(
        tables(
            tmp_path,
            "file,x,z a.jpg,1,0 b.jpg,-1,1 c.jpg,1,0",
            "file,x,z d.jpg,0,1 e.jpg,1.0,0 f.jpg,0,1",
        )
    )
    assert cells(found)["x"] == [1, UNKNOWN, 1, 0, 1, 0]


def test_tables_in_different_folders_name_the_same_file(tmp_path: Path) -> None:
    first = tables(tmp_path, "file,x a.jpg,0 b.jpg,1")[0]
    (tmp_path / "sub").mkdir()
    second = tmp_path / "sub" / "t.tsv"
    second.write_text(f"file\ty\n..{os.sep}a.jpg\t1\n{tmp_path}/b.jpg\t0\n")
    assert cells(read_examples([first, second])) == {"x": [0, 1], "y": [1, 0]}


def test_groups_and_parts_may_stand_in_any_table(tmp_path: Path) -> None:
    found = read_examples(
        tables(
            tmp_path,
            "file,x,group,split a.jpg,0,p,train b.jpg,1,p,train c.jpg,1,q,test d.jpg,0,,test",
            "file,y,group a.jpg,0,p b.jpg,1, c.jpg,0, e.jpg,1,q",
        )
    )
    assert found.parts == ("train", "train", "test", "test", "train")
    assert found.groups is not None
    assert found.groups[:3] == ("p", "p", "q")
    assert found.groups[4] == "q"
    assert len(set(found.groups)) == 3
    assert "files of which no split is given are trained on" in " ".join(found.notes)


def test_patients_in_paths_give_way_to_groups(tmp_path: Path) -> None:
    paths = [f"patient{n // 2}/{n}.jpg" for n in range(4)]
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    plain = "file,x " + " ".join(f"{path},{n % 2}" for n, path in enumerate(paths))
    other = "file,y " + " ".join(f"{path},{n % 2}" for n, path in enumerate(paths))
    named = "file,y,group " + " ".join(f"{path},{n % 2},g" for n, path in enumerate(paths))
    assert read_examples(tables(tmp_path, plain, other)).groups == (
        "patient0", "patient0", "patient1", "patient1",
    )  # fmt: skip
    assert read_examples(tables(tmp_path, plain, named)).groups == ("g",) * 4


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("file,x,split a.jpg,0,train b.jpg,1,train", "file,y,split a.jpg,0,test b.jpg,1,train",
         r"1 file with more than one part of the split: a.jpg \('train' and 'test'\)"),
        ("file,x,group a.jpg,0,p b.jpg,1,q", "file,y,group a.jpg,0,q b.jpg,1,p",
         r"2 files with more than one group: a.jpg \('p' and 'q'\), b.jpg"),
        ("file,x a.jpg,0 b.jpg,1", "photo,y a.jpg,0", "t1.csv: no column names the files"),
        ("file,x a.jpg,0 b.jpg,1", "file,y z.jpg,0", "t1.csv: none of the 1 file named in it"),
        ("file,x a.jpg,0 b.jpg,0", "file,y a.jpg,n b.jpg,n", "t0.csv and t1.csv: no column is"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit(tmp_path: Path, first: str, second: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(tables(tmp_path, first, second))


def test_options_hold_for_all_tables_together(tmp_path: Path) -> None:
    paths = tables(tmp_path, "file,x,v a.jpg,0,1 b.jpg,1,0", "file,y,w a.jpg,0,1 b.jpg,1,0")
    assert list(cells(read_examples(paths, tasks=["y", "v"]))) == ["v", "y"]
    assert list(cells(read_examples(paths, exclude=["[xw]"]))) == ["v", "y"]
    with pytest.raises(DataError, match=r"t0\.csv and t1\.csv: no column is called 'q'"):
        read_examples(paths, tasks=["q", "x"])
    with pytest.raises(DataError, match="label_column, groups, features and annotated are for one"):
        read_examples(paths, label_column="x")
    with pytest.raises(DataError, match="label_column, groups, features and annotated are for one"):
        read_examples(paths, features=np.zeros((2, 2)))


def test_a_label_column_in_every_table_is_one_task(tmp_path: Path) -> None:
    found = read_examples(
        tables(tmp_path, "file,label,note a.jpg,x,1 b.jpg,y,0", "file,label c.jpg,x d.jpg,z")
    )
    assert found.tasks == (Task("label", "category", ("x", "y", "z")),)
    assert found.targets[:, 0].tolist() == [0, 1, 0, 2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_table_that_is_cut_up_is_joined_as_it_was(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    whole = random.integers(UNKNOWN, 2, (8, 4))
    whole[:4] = [[0, 0, 0, 0], [1, 1, 1, 1]] * 2
    owner = random.integers(0, 3, whole.shape)
    texts = []
    for table in range(3):
        rows = [
            ",".join([FILES[row], *("" if owner[row, task] != table or cell < 0 else str(cell)
                                    for task, cell in enumerate(whole[row]))])
            for row in random.permutation(8)
        ]  # fmt: skip
        texts.append(" ".join(["file,a,b,c,d", *rows]))
    found = read_examples(tables(tmp_path, *texts))
    order = [FILES.index(source.name) for source in found.sources]
    np.testing.assert_array_equal(found.targets, whole[order])
