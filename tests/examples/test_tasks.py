"""read_examples on tables of tasks: which columns are tasks, and what their cells say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart.errors import DataError, SettingError
from headstart.examples import UNKNOWN, Examples, Task, read_examples

MARKERS = ["", " ", "?", "NA", "na", "N/A", "n/a", "nan", "NaN", "NAN", "null", "Null", "None"]
LETTERS = "abcdefgh"


def write(folder: Path, name: str = "tasks.csv", /, **columns: list[Any]) -> Path:
    """A table of eight files that are there, or of as many as the columns have cells."""
    count = len(next(iter(columns.values())))
    files = [f"{letter}.jpg" for letter in LETTERS[:count]]
    for file in files:
        (folder / file).write_bytes(file.encode())
    rows = [",".join(map(str, row)) for row in zip(files, *columns.values(), strict=True)]
    path = folder / name
    path.write_text("\n".join([",".join(["file", *columns]), *rows]) + "\n")
    return path


def read(folder: Path, /, *, options: dict[str, Any] | None = None, **columns: list[Any]) -> Any:
    return read_examples(write(folder, **columns), **(options or {}))


def column(examples: Examples, name: str) -> list[int]:
    place = [task.name for task in examples.tasks].index(name)
    return examples.targets[:, place].tolist()  # type: ignore[no-any-return]


SICK = [0, 1, 0, 1, 0, 1, 0, 1]
WELL = ["no", "yes", "no", "yes", "no", "yes", "no", "yes"]


def test_each_column_of_classes_is_a_task(tmp_path: Path) -> None:
    view = ["AP", "PA", "LL", "AP", "PA", "LL", "AP", ""]
    name = ["ann", "ben", "cat", "dan", "eve", "fay", "gus", "ida"]
    found = read(tmp_path, sick=SICK, view=view, name=name)
    assert found.tasks == (
        Task("sick", "binary", ("no", "yes")),
        Task("view", "category", ("AP", "LL", "PA")),
    )
    assert column(found, "sick") == SICK
    assert column(found, "view") == [0, 2, 1, 0, 2, 1, 0, UNKNOWN]
    assert found.uncertain is None
    assert found.notes == (
        "tasks.csv: read as 2 tasks: 1 of yes or no ('sick') and 1 of several classes ('view').",
        "tasks.csv: not taken for tasks: 'name': nearly every value is another.",
    )


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ("0", "1"), ("0.0", "1.0"), ("no", "yes"), ("No", "YES"), ("false", "true"),
        ("False", "True"), ("n", "y"), ("N", "Y"), ("negative", "positive"), ("Absent", "present"),
    ],
)  # fmt: skip
def test_words_for_no_and_yes(tmp_path: Path, no: str, yes: str) -> None:
    found = read(tmp_path, sick=SICK, other=[no, yes, no, yes, "", "u", yes, no])
    assert found.tasks[1] == Task("other", "binary", ("no", "yes"))
    assert column(found, "other") == [0, 1, 0, 1, UNKNOWN, UNKNOWN, 1, 0]
    assert not any("'other'" in note and "taken for" in note for note in found.notes)


def test_only_minus_one_and_one_are_negative_and_positive(tmp_path: Path) -> None:
    found = read(tmp_path, sick=SICK, sign=[-1, 1, "-1.0", "1.0", "", 1, -1, 1])
    assert column(found, "sign") == [0, 1, 0, 1, UNKNOWN, 1, 0, 1]
    assert found.tasks[1].classes == ("no", "yes")
    assert "only -1 and 1 in 'sign': read as negative and positive" in " ".join(found.notes)


def test_minus_one_beside_nought_is_uncertain(tmp_path: Path) -> None:
    found = read(tmp_path, sick=SICK, doubt=[0, 1, -1, "-1.0", "", "u", "U", 0])
    assert column(found, "doubt") == [0, 1, *[UNKNOWN] * 5, 0]
    assert found.uncertain is None
    assert "4 uncertain labels in 1 task ('doubt') left out, and never scored" in found.notes[-1]


def test_minus_one_is_uncertain_where_the_user_speaks_of_it(tmp_path: Path) -> None:
    sign = [-1, 1, -1, 1, "", 1, -1, 1]
    options = {"uncertain": {"sign": "positive"}}
    found = read(tmp_path, options=options, sick=SICK, sign=sign)
    assert [task.name for task in found.tasks] == ["sick"]
    assert "'sign' (only 'yes')" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("policy", "chance"),
    [("positive", 1.0), ("negative", 0.0), ("soft", 0.7), (0.25, 0.25), ("0.6", 0.6)],
)
def test_uncertain_cells_may_be_trained(tmp_path: Path, policy: Any, chance: float) -> None:
    found = read(
        tmp_path, options={"uncertain": policy}, sick=SICK, doubt=[0, 1, -1, "", 0, 1, "u", 0]
    )
    assert column(found, "doubt") == [0, 1, UNKNOWN, UNKNOWN, 0, 1, UNKNOWN, 0]
    expected = np.full((8, 2), -1, np.float32)
    expected[[2, 6], 1] = chance
    assert found.uncertain.dtype == np.float32
    np.testing.assert_array_equal(found.uncertain, expected)
    assert found.select([6, 0]).uncertain.tolist() == expected[[6, 0]].tolist()


def test_uncertain_cells_task_by_task(tmp_path: Path) -> None:
    options = {"uncertain": {"d*": "positive", "d2": "ignore", "d3": 0.5}}
    cells = [0, 1, -1, 1, 0, 1, 0, 1]
    found = read(tmp_path, options=options, d1=cells, d2=cells, d3=cells, e=cells)
    assert found.uncertain[2].tolist() == [1.0, -1.0, 0.5, -1.0]


def test_uncertain_cells_of_a_category_are_left_out(tmp_path: Path) -> None:
    view = ["AP", "PA", "u", "AP", "PA", "U", "AP", "PA"]
    found = read(tmp_path, options={"uncertain": "positive"}, sick=SICK, view=view)
    assert found.tasks[1].classes == ("AP", "PA")
    assert column(found, "view")[2] == UNKNOWN
    assert found.uncertain is None


def test_an_alphabet_has_a_u(tmp_path: Path) -> None:
    hand = {"tasks": ["sign", "sick"]}
    sign = ["a", "u", "b", "b", "a", "u", "c", "d"]
    assert "u" not in read(tmp_path, options=hand, sick=SICK, sign=sign).tasks[1].classes
    alphabet = ["a", "b", "c", "d", "e", "f", "u", "u"]
    assert "u" in read(tmp_path, options=hand, sick=SICK, sign=alphabet).tasks[1].classes


KINDS = [
    ["0", "1"], ["0.0", "1.0"], ["no", "yes"], ["AP", "PA", "LL"], ["-1", "1"], ["False", "TRUE"],
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=6), seed=st.integers(0, 2**32 - 1)
)
def test_unknown_markers_anywhere_read_as_the_same_mask(
    tmp_path: Path, kinds: list[list[str]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    known = random.random((9, len(kinds))) < random.random()
    known[:6] = True  # each class of each task twice
    cells = [
        [words[row % len(words)] if known[row, place] else str(random.choice(MARKERS))
         for place, words in enumerate(kinds)]
        for row in range(9)
    ]  # fmt: skip
    (tmp_path / "0.jpg").touch()
    path = tmp_path / "marked.csv"
    header = ",".join(["file", *(f"t{place}" for place in range(len(kinds)))])
    path.write_text("\n".join([header, *(f"{n}.jpg,{','.join(r)}" for n, r in enumerate(cells))]))
    found = read_examples(path)
    assert len(found.tasks) == len(kinds)
    np.testing.assert_array_equal(found.known, known)


def test_tasks_are_chosen_by_name_and_pattern(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"NR-a": SICK, "NR-b": SICK[::-1], "SR-a": WELL, "sex": WELL}

    def names(**options: Any) -> list[str]:
        return [task.name for task in read(tmp_path, options=options, **columns).tasks]

    assert names() == ["NR-a", "NR-b", "SR-a", "sex"]
    assert names(tasks=["SR-a", "NR-*"]) == ["NR-a", "NR-b", "SR-a"]
    assert names(exclude=["s*", "NR-b"]) == ["NR-a", "SR-a"]
    assert names(tasks=["*-a"], exclude=["NR-*"]) == ["SR-a"]


def test_one_task_that_is_named_is_read_as_one_of_many(tmp_path: Path) -> None:
    found = read(tmp_path, options={"tasks": ["sick"]}, sick=SICK, label=WELL)
    assert found.tasks == (Task("sick", "binary", ("no", "yes")),)
    single = read(tmp_path, options={"tasks": ["label"]}, label=[0, 1, -1, 1, 0, 1, 0, "NA"])
    assert single.tasks[0].kind == "binary"
    assert column(single, "label") == [0, 1, UNKNOWN, 1, 0, 1, 0, UNKNOWN]


def test_a_single_column_of_classes_is_the_label(tmp_path: Path) -> None:
    names = list("stuvwxyz")
    found = read(tmp_path, sick=SICK, name=names)
    assert found.tasks == (Task("sick", "category", ("0", "1")),)
    assert found.notes == ("tasks.csv: 'sick' is taken for the label; not used: 'name'.",)
    alone = read(tmp_path, options={"exclude": ["view"]}, sick=SICK, view=WELL)
    assert alone.tasks == (Task("sick", "category", ("0", "1")),)
    three = read(tmp_path, label=[-1, 0, 1, -1, 0, 1, 0, 1])
    assert three.tasks[0].classes == ("-1", "0", "1")
    assert "where -1 means uncertain, name the column with tasks" in three.notes[0]


def test_a_column_named_label_is_the_only_task(tmp_path: Path) -> None:
    found = read(tmp_path, label=SICK, view=WELL)
    assert found.tasks == (Task("label", "category", ("0", "1")),)


def test_kinds_may_be_given(tmp_path: Path) -> None:
    options = {"task_kinds": {"sick": "category", "view": "binary", "grade*": "category"}}
    found = read(
        tmp_path, options=options, sick=SICK, view=["PA", "AP"] * 4, grade=[-1, 0, 1, 0, 1, 1, 0, 1]
    )
    assert found.tasks == (
        Task("sick", "category", ("0", "1")),
        Task("view", "binary", ("AP", "PA")),
        Task("grade", "category", ("-1", "0", "1")),
    )
    assert column(found, "view") == [1, 0] * 4
    assert "the second class is taken for yes in 'view' (AP or PA)" in " ".join(found.notes)


def test_measurements_and_names_are_passed_over(tmp_path: Path) -> None:
    rows = [f"{n}.jpg,{n % 2},{20 + n % 60},{n % 3 / 2},x,,{n % 7}" for n in range(240)]
    (tmp_path / "0.jpg").touch()
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["file,sick,age,dose,site,blank,grade", *rows]))
    found = read_examples(path)
    assert [task.name for task in found.tasks] == ["sick", "dose", "grade"]
    assert found.tasks[1].classes == ("0.0", "0.5", "1.0")
    notes = " ".join(found.notes)
    assert "'age': more than 20 different numbers, as of a measurement" in notes
    assert "'site': one value only; 'blank': blank" in notes
    named = read_examples(path, tasks=["age", "sick"])
    assert len(named.tasks[1].classes) == 60


def test_whole_numbers_lose_the_points_that_gaps_brought_them(tmp_path: Path) -> None:
    found = read(tmp_path, sick=SICK, grade=["1.0", "2.0", "1", "3", "", "2", "3.", "2"])
    assert found.tasks[1].classes == ("1", "2", "3")


def test_words_that_may_be_classes_are_said_to_be_unknown(tmp_path: Path) -> None:
    found = read(
        tmp_path, sick=SICK, sky=["rain", "snow", "none", "rain", "snow", "NA", "", "rain"]
    )
    assert column(found, "sky")[2:6:3] == [UNKNOWN, UNKNOWN]
    assert "'na', 'none' in 'sky' is read as unknown" in " ".join(found.notes)


def test_a_task_that_cannot_be_trained_is_left_out(tmp_path: Path) -> None:
    split = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    found = read(
        tmp_path, split=split, sick=SICK, late=[0, 0, 0, "", 1, 1, 0, 1],
        only=[1, "", 1, 1, 1, 1, 1, 1], view=["a", "b", "a", "b", "c", "a", "b", "c"],
        none=["", "", "", "", 0, 1, 0, 1],
    )  # fmt: skip
    assert [task.name for task in found.tasks] == ["sick", "view"]
    notes = " ".join(found.notes)
    assert "3 tasks left out, of which the training part does not know two classes" in notes
    assert "'late' (only 'no'), 'only' (only 'yes'), 'none' (none)" in notes
    assert found.tasks[1].classes == ("a", "b")
    assert column(found, "view") == [0, 1, 0, 1, UNKNOWN, 0, 1, UNKNOWN]
    assert (
        "only held-out examples have cannot be learnt and are taken for unknown: 'view' (c)"
        in notes
    )
    whole = read_examples(tmp_path / "tasks.csv", for_training=False)
    assert [task.name for task in whole.tasks] == ["sick", "late", "only", "view", "none"]


def test_a_table_without_a_training_part(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"split": ["test"] * 8, "sick": SICK, "well": WELL}
    with pytest.raises(DataError, match=r"knows two classes of no task: 'sick' \(none\)"):
        read(tmp_path, **columns)
    assert len(read(tmp_path, options={"for_training": False}, **columns).tasks) == 2


def test_held_out_parts_that_lack_a_class_are_named(tmp_path: Path) -> None:
    split = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    found = read(tmp_path, split=split, sick=SICK, well=[0, 1, 0, 1, 0, 1, 1, ""])
    assert found.notes[-1] == "The test part lacks a class of 1 task: 'well'."


def test_examples_without_a_known_label_stay(tmp_path: Path) -> None:
    found = read(tmp_path, sick=[*SICK[:6], "", "?"], well=[*WELL[:6], "NA", "u"])
    assert len(found) == 8
    assert found.notes[-1] == "2 examples without a known label in any task."


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"a": SICK, "b": SICK},
            {"tasks": ["c"], "exclude": ["x*"]},
            "no column is called 'c', 'x",
        ),
        ({"a": SICK, "b": SICK}, {"task_kinds": {"z": "binary"}}, "'z'; there are 'a', 'b'"),
        ({"a": SICK, "b": SICK}, {"uncertain": {"q": "soft"}}, "no column is called 'q'"),
        ({"a": SICK, "b": list("xyzxyzxy")}, {"task_kinds": {"b": "binary"}}, "'b' is no binary"),
        ({"a": [1] * 8, "b": [0] * 8}, {}, "several could be meant, but none holds classes"),
        ({"a": [1] * 8, "b": [0] * 8}, {"tasks": ["*"]}, "knows two classes of no task: 'a'"),
        ({"a": SICK, "b": SICK}, {"tasks": ["a"], "label_column": "b"}, "there is one task"),
        ({"label": SICK}, {"tasks": ["label"], "exclude": ["label"]}, "none holds classes"),
    ],
)
def test_what_cannot_be_read(
    tmp_path: Path, columns: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, options=options, **columns)


def test_options_that_mean_nothing_are_all_named(tmp_path: Path) -> None:
    options = {
        "tasks": "a",
        "exclude": "b",
        "task_kinds": {"a": "number"},
        "uncertain": {"a": "maybe", "b": 2, "c": True, "d": "nan"},
    }
    with pytest.raises(SettingError, match="tasks must be a list") as caught:
        read(tmp_path, options=options, a=SICK, b=SICK)
    for part in ("exclude must be", "not 'number'", "'maybe'", "not 2", "not True", "not 'nan'"):
        assert part in str(caught.value)
    with pytest.raises(SettingError, match="tasks names no column"):
        read(tmp_path, options={"tasks": []}, a=SICK, b=SICK)


def test_options_of_tasks_are_for_tables() -> None:
    with pytest.raises(DataError, match="are for tables; this is none"):
        read_examples(["a.jpg", "b.jpg"], ["x", "y"], tasks=["x"])


def test_more_than_a_thousand_tasks_are_refused(tmp_path: Path) -> None:
    columns: dict[str, Any] = {f"t{number}": SICK for number in range(1001)}
    with pytest.raises(DataError, match=r"1,001 tasks are more than the 1,000"):
        read(tmp_path, **columns)
    assert len(read(tmp_path, options={"exclude": ["t0"]}, **columns).tasks) == 1000


def test_garbled_labels_matter_where_they_are_tasks(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    names = b"".join(b"%d.jpg,%d,%d,Andr\xe9 %d\n" % (n, n % 2, n % 2, n) for n in range(8))
    (tmp_path / "0.jpg").touch()
    path = tmp_path / "t.csv"
    path.write_bytes(b"file,a,b,name\n" + names)
    assert len(read_examples(path).tasks) == 2
    path.write_bytes(b"file,a,b\n0.jpg,0,caf\xe9\n1.jpg,1,b\n2.jpg,0,b\n3.jpg,1,caf\xe9\n")
    with pytest.raises(DataError, match=r"'caf\\xe9' of 0.jpg has characters that cannot be read"):
        read_examples(path)


def test_patients_in_paths_are_groups(tmp_path: Path) -> None:
    paths = [f"x/train/patient{n // 2:05d}/study1/view{n}.jpg" for n in range(6)]
    (tmp_path / "x/train/patient00000/study1").mkdir(parents=True)
    (tmp_path / paths[0]).touch()

    def table(names: list[str], extra: str = "") -> Path:
        rows = [f"{name},{n % 2},{n % 2}{extra}" for n, name in enumerate(names)]
        header = "Path,a,b" + (",group" if extra else "")
        (tmp_path / "t.csv").write_text("\n".join([header, *rows]))
        return tmp_path / "t.csv"

    found = read_examples(table(paths))
    assert found.groups == ("patient00000",) * 2 + ("patient00001",) * 2 + ("patient00002",) * 2
    assert "t.csv: groups: 3 patients, read from the paths" in " ".join(found.notes)
    assert read_examples(table([*paths, "y/z.jpg"])).groups is None
    assert read_examples(table(paths, ",g")).groups == ("g",) * 6


def test_compressed_tables(tmp_path: Path) -> None:
    plain = write(tmp_path, sick=SICK, well=WELL)
    packed = tmp_path / "tasks.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_examples(packed).tasks == read_examples(plain).tasks
    np.testing.assert_array_equal(read_examples(packed).targets, read_examples(plain).targets)
    packed.write_bytes(gzip.compress(plain.read_bytes())[:40])
    with pytest.raises(DataError, match=r"tasks\.csv\.gz: is damaged"):
        read_examples(packed)


@pytest.mark.parametrize("library", [pd, pl])
def test_data_frames_of_tasks(library: Any) -> None:
    frame = library.DataFrame(
        {
            "file": [f"{n}.jpg" for n in range(6)],
            "a": [0.0, 1.0, None, float("nan"), -1.0, 1.0],
            "b": [True, False, None, True, False, True],
            "c": ["x", "y", "x", "y", "NA", None],
            "group": [1, 1, 2, 2, 3, 3],
        }
    )
    found = read_examples(frame)
    assert found.targets.T.tolist() == [
        [0, 1, UNKNOWN, UNKNOWN, UNKNOWN, 1],
        [1, 0, UNKNOWN, 1, 0, 1],
        [0, 1, 0, 1, UNKNOWN, UNKNOWN],
    ]
    assert [task.kind for task in found.tasks] == ["binary", "binary", "category"]
    assert found.groups == ("1", "1", "2", "2", "3", "3")
    assert read_examples(frame, groups=list("abcabc"), tasks=["a"]).groups == tuple("abcabc")


def test_json_lines_of_tasks(tmp_path: Path) -> None:
    rows = [{"file": f"{n}.jpg", "a": n % 2, "b": bool(n % 2), "c": [n]} for n in range(6)]
    del rows[3]["a"]
    (tmp_path / "0.jpg").touch()
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = read_examples(path)
    assert column(found, "a") == [0, 1, 0, UNKNOWN, 0, 1]
    assert column(found, "b") == [0, 1, 0, 1, 0, 1]
    assert len(found.tasks) == 2
