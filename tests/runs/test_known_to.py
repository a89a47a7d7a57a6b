"""A model's tasks and classes among those of other examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.cli.several import TASKS, model_of_tasks, some_photos

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Task, read_examples
from headstart.runs._known_to import known_to, read_for, strange_classes, to_model

MODEL = model_of_tasks()
ONE = model_of_tasks(TASKS[1:2])


def category(name: str, *classes: str) -> Task:
    return Task(name, "category", classes)


def table(path: Path, header: str, *rows: str) -> Path:
    files = some_photos(path.parent / "photos", len(rows))
    lines = [f"photos/{file.name},{row}" for file, row in zip(files, rows, strict=True)]
    path.write_text("\n".join([f"file,{header}", *lines]))
    return path


def test_tasks_are_found_by_name_in_any_order() -> None:
    given_tasks = [category("bus", "a", "b"), TASKS[3], TASKS[0]]
    known = known_to(MODEL, given_tasks)
    assert known.tasks == (TASKS[0], TASKS[3])
    assert known.places == (0, 3)
    assert known.columns == (2, 1)
    assert known.missing == ("light", "side")
    assert known.strange == ("bus",)
    missing, strange = known.notes
    assert missing.startswith("2 tasks of the model not in the data")
    assert "'light', 'side'" in missing
    assert strange.startswith("one task of the data not known to the model")


def test_names_count_as_they_are() -> None:
    with pytest.raises(DataError, match=r"none of the data's tasks \('Stop', ' side'\)"):
        known_to(MODEL, [category("Stop", "no", "yes"), category(" side", "left", "right")])


def test_one_task_on_both_sides_may_be_called_anything() -> None:
    assert known_to(ONE, [category("label", "red", "green")]).tasks == TASKS[1:2]


def test_a_model_of_one_task_finds_it_among_several() -> None:
    known = known_to(ONE, [TASKS[0], TASKS[1]])
    assert (known.columns, known.strange) == ((1,), ("stop",))
    with pytest.raises(DataError, match=r"'stop', 'side'.*is one of the model's \('light'\)"):
        known_to(ONE, [TASKS[0], TASKS[2]])


def test_classes_are_found_by_name() -> None:
    own = [category("light", "red", "amber", "green"), category("side", "right")]
    targets = np.array([[0, 0], [1, UNKNOWN], [2, 0], [UNKNOWN, 0]])
    mapped = to_model(targets, own, TASKS[1:3])
    assert mapped.tolist() == [[2, 1], [UNKNOWN, UNKNOWN], [0, 1], [UNKNOWN, 1]]
    (note,) = strange_classes(targets, mapped, own)
    assert note == ("'light': 1 label of classes that the model does not know left out: 'amber'")


def test_no_class_at_all_is_refused() -> None:
    with pytest.raises(DataError, match=r"none of the data's classes \(up, down\)"):
        to_model(np.array([[0], [1]]), [category("side", "up", "down")], TASKS[2:3])


@given(some.data())
def test_an_unknown_label_stays_unknown_and_a_known_one_keeps_its_name(
    data: some.DataObject,
) -> None:
    own = [
        category(task.name, *data.draw(some.permutations([*task.classes, "other"])))
        for task in TASKS
    ]
    rows = data.draw(some.integers(1, 5))
    targets = np.array([
        [data.draw(some.integers(-1, len(task.classes) - 1)) for task in own] for _ in range(rows)
    ])  # fmt: skip
    mapped = to_model(targets, own, TASKS)
    for row, column in np.ndindex(mapped.shape):
        name = own[column].classes[targets[row, column]] if targets[row, column] >= 0 else "other"
        if name == "other":
            assert mapped[row, column] == UNKNOWN
        else:
            assert TASKS[column].classes[mapped[row, column]] == name


def test_the_only_column_is_read_as_the_models_yes_and_no(tmp_path: Path) -> None:
    data = table(tmp_path / "t.csv", "stop", "0", "1", "1", "?")
    for options in ({}, {"label_column": "stop"}):
        examples = read_for(MODEL, data, **options)
        assert examples.tasks == (TASKS[0],)
        assert examples.targets[:, 0].tolist() == [0, 1, 1, UNKNOWN]


def test_what_the_user_says_of_a_column_stands(tmp_path: Path) -> None:
    data = table(tmp_path / "t.csv", "stop,side", "0,left", "1,right")
    examples = read_for(MODEL, data, task_kinds={"stop": "category"})
    assert examples.tasks[0] == category("stop", "0", "1")


def test_a_column_of_two_numbers_is_what_the_model_takes_it_for(tmp_path: Path) -> None:
    model = model_of_tasks([category("lanes", "0", "1", "2"), TASKS[0]])
    data = table(tmp_path / "t.csv", "lanes,stop", "0,0", "1,1", "1,0")
    examples = read_for(model, data)
    assert examples.tasks == (category("lanes", "0", "1"), TASKS[0])


def test_few_rows_do_not_make_a_task_a_column_of_names(tmp_path: Path) -> None:
    rows = ["green,left,0,1", "red,right,1,0", "off,left,1,0"]
    data = table(tmp_path / "t.csv", "light,side,stop,crossing", *rows)
    assert "light" not in {task.name for task in read_examples(data, for_training=False).tasks}
    assert {task.name for task in read_for(MODEL, data).tasks} == {task.name for task in TASKS}


def test_a_task_that_is_no_column_is_none(tmp_path: Path) -> None:
    data = table(tmp_path / "t.csv", "side,stop", "left,0", "right,1", "left,1")
    assert {task.name for task in read_for(MODEL, data).tasks} == {"side", "stop"}


def test_photos_in_folders_are_read_once(tmp_path: Path) -> None:
    for name in ("red", "green"):
        some_photos(tmp_path / name, 2)
    assert read_for(ONE, tmp_path).tasks == (category("label", "green", "red"),)
