"""What ``headstart predict`` prints of a model that answers several tasks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.several import TASKS, Run, model_of_tasks, runner, save, some_photos, vector_model

from headstart.cli._answers import MOST_ANSWERS, answers_text
from headstart.errors import SettingError
from headstart.examples import Task
from headstart.model import Answer, Prediction


def answered(*chances: tuple[float, ...], name: str = "a.jpg", tasks: int = 4) -> Prediction:
    """A prediction with the chances of each task's classes, the most probable being the answer."""
    return Prediction(name, {
        task.name: Answer(task.classes[chance.index(max(chance))],
                          dict(zip(task.classes, chance, strict=True)))
        for task, chance in zip(TASKS[:tasks], chances, strict=True)
    })  # fmt: skip


ALL = answered((0.1, 0.9), (0.2, 0.3, 0.5), (0.6, 0.4), (0.05, 0.95))
NOTHING = answered((0.8, 0.2), (0.2, 0.7, 0.1), (0.4, 0.6), (0.99, 0.01), name="b.jpg")
BROKEN = Prediction("c.jpg", {}, "is empty")


def test_the_surest_yes_comes_first_and_every_other_class_is_named() -> None:
    first, second, third = answers_text([ALL, NOTHING, BROKEN], TASKS, "table").splitlines()
    assert first == "a.jpg  crossing 95.0%, stop 90.0%, light=red 50.0%, side=left 60.0%"
    assert second == "b.jpg  light=off 70.0%, side=right 60.0%"
    assert third == "c.jpg  - is empty"


def test_no_yes_at_all() -> None:
    tasks = (TASKS[0], TASKS[3])
    said = {task.name: Answer("no", {"no": 0.9, "yes": 0.1}) for task in tasks}
    assert answers_text([Prediction("a.jpg", said)], tasks, "table") == "a.jpg  none\n"


def test_the_answer_counts_not_the_larger_chance() -> None:
    """The model's threshold has made the answer."""
    said = {"stop": Answer("yes", {"no": 0.7, "yes": 0.3}),
            "crossing": Answer("no", {"no": 0.4, "yes": 0.6})}  # fmt: skip
    text = answers_text([Prediction("a.jpg", said)], (TASKS[0], TASKS[3]), "table")
    assert text == "a.jpg  stop 30.0%\n"


@pytest.mark.parametrize("more", [0, 1, 94])
def test_of_many_answers_the_surest(more: int) -> None:
    tasks = [Task(f"t{place}", "binary", ("no", "yes")) for place in range(MOST_ANSWERS + more)]
    said = {
        task.name: Answer("yes", {"no": 0.4 - place / 300, "yes": 0.6 + place / 300})
        for place, task in enumerate(tasks)
    }
    line = answers_text([Prediction("a.jpg", said)], tasks, "table").rstrip()
    assert line.startswith(f"a.jpg  t{len(tasks) - 1} ")
    assert line.count("%") == MOST_ANSWERS
    assert line.endswith(f" and {more} more") == (more > 0)


def test_names_of_tasks_print_on_one_line() -> None:
    task = Task("a\nb\udc80", "binary", ("no", "yes"))
    said = {task.name: Answer("yes", {"no": 0.2, "yes": 0.8})}
    other = {task.name: said[task.name], "stop": Answer("no", {"no": 0.9, "yes": 0.1})}
    text = answers_text([Prediction("a.jpg", other)], (task, TASKS[0]), "table")
    assert text == "a.jpg  a\\nb\\udc80 80.0%\n"


def test_csv_names_a_column_for_each_answer_and_chance() -> None:
    rows = list(csv.DictReader(io.StringIO(answers_text([ALL, BROKEN], TASKS, "csv"))))
    assert rows[0] == {
        "file": "a.jpg", "stop": "yes", "p_stop": "0.900000", "light": "red",
        "p_light=green": "0.200000", "p_light=off": "0.300000", "p_light=red": "0.500000",
        "side": "left", "p_side": "0.400000", "crossing": "yes", "p_crossing": "0.950000",
        "error": "",
    }  # fmt: skip
    assert {rows[1][name] for name in rows[1]} == {"c.jpg", "", "is empty"}
    assert rows[1]["error"] == "is empty"


def test_json_holds_every_answer() -> None:
    first, second = json.loads(answers_text([ALL, BROKEN], TASKS, "json"))
    assert list(first) == ["file", "error", "tasks"]
    assert first["tasks"]["light"] == {
        "label": "red", "probability": 0.5,
        "probabilities": {"green": 0.2, "off": 0.3, "red": 0.5},
    }  # fmt: skip
    assert second == {"file": "c.jpg", "error": "is empty", "tasks": {}}


def test_predict_agrees_with_the_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run: Run = runner(capsys)
    model = model_of_tasks(thresholds={"stop": 0.99, "crossing": 0.01})
    directory = save(model, tmp_path / "model")
    files = some_photos(tmp_path / "photos", 3)
    rows = list(
        csv.DictReader(io.StringIO(run("predict", directory, *files, "--format", "csv").out))
    )
    as_json = json.loads(run("predict", directory, *files, "--json").out)
    assert {row["stop"] for row in rows} == {"no"}, "its threshold is out of reach"
    assert {row["crossing"] for row in rows} == {"yes"}
    for row, told, expected in zip(rows, as_json, model.predict(files), strict=True):
        for task in TASKS:
            answer = expected.answers[task.name]
            assert row[task.name] == told["tasks"][task.name]["label"] == answer.label
            for name, chance in answer.probabilities.items():
                assert told["tasks"][task.name]["probabilities"][name] == pytest.approx(chance)
        assert float(row["p_light=red"]) == pytest.approx(
            expected.answers["light"].probabilities["red"], abs=1e-6
        )
    lines = run("predict", directory, *files).out.splitlines()
    assert all("crossing " in line and "stop" not in line for line in lines)


def test_feature_vectors_of_a_table_or_an_array(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run: Run = runner(capsys)
    model = vector_model(("a", "b"))
    directory = save(model, tmp_path / "model")
    (tmp_path / "t.csv").write_text("id,b,a\nm1,2,1\nm2,-4,3\n")
    np.save(tmp_path / "x.npy", np.array([[1, 2], [3, -4]], np.float32))
    (tmp_path / "rows.csv").write_text("id\nm1\nm2\n")
    of_table = json.loads(run("predict", directory, tmp_path / "t.csv", "--json").out)
    beside = json.loads(
        run("predict", directory, tmp_path / "rows.csv", "--features", tmp_path / "t.csv",
            "--json").out
    )  # fmt: skip
    assert [one["file"] for one in of_table] == ["m1", "m2"]
    assert of_table == beside
    expected = model.probabilities(np.array([[1, 2], [3, -4]], np.float32))
    assert [one["tasks"]["stop"]["probabilities"]["yes"] for one in of_table] == pytest.approx(
        expected[:, 1].tolist()
    )
    refused = run("predict", save(model_of_tasks(), tmp_path / "m2"), "x.jpg", "--features", "a")
    assert refused.code == 1
    assert "--features is for a model of feature vectors" in refused.err
    of_photos = run("predict", directory, "x.jpg")
    assert (of_photos.code, of_photos.out) == (1, "")
    assert of_photos.err.startswith(
        "error: x.jpg: is no file of feature vectors, and the model reads vectors of 2 numbers"
    )
    with pytest.raises(SettingError, match=r"x\.jpg: this model reads no files but feature"):
        model.predict(["x.jpg"])
