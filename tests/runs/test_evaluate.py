"""A model of several tasks on labelled examples."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.several import TASKS, Run, model_of_tasks, runner, save, some_photos

from headstart.errors import DataError
from headstart.evaluation import TasksFigures, Thresholds, tasks_figures
from headstart.examples import UNKNOWN, read_examples
from headstart.runs import Note, evaluate

COUNT = 12
THRESHOLDS = {"stop": 0.2, "crossing": 0.7}
MODEL = model_of_tasks(thresholds=THRESHOLDS)


@pytest.fixture
def data(tmp_path: Path, random: np.random.Generator) -> Path:
    """A table of all tasks, a few labels unknown."""
    files = some_photos(tmp_path / "photos", COUNT)
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "crossing", "bus", *(task.name for task in TASKS[:3])])
        for number, file in enumerate(files):
            stop = "?" if number == 3 else number % 2
            light = ("red", "green", "amber")[number % 3] if number > 2 else ""
            writer.writerow([file, int(number > 5), 1 - number % 2, stop, light,
                             random.choice(["left", "right"])])  # fmt: skip
    return tmp_path / "labels.csv"


def test_the_figures_are_those_of_the_models_predictions(data: Path) -> None:
    notes: list[str] = []
    examples = read_examples(data, for_training=False)
    found = evaluate(
        MODEL, examples,
        on_event=lambda event: notes.append(event.text) if isinstance(event, Note) else None,
    )  # fmt: skip
    names = [task.name for task in examples.tasks]
    targets = np.full((COUNT, len(TASKS)), UNKNOWN)
    for column, task in enumerate(TASKS):
        own = examples.targets[:, names.index(task.name)]
        classes = examples.tasks[names.index(task.name)].classes
        for row, target in enumerate(own):
            if target >= 0 and classes[target] in task.classes:
                targets[row, column] = task.classes.index(classes[target])
    files = [source.name for source in examples.sources]
    probabilities = np.array([
        [chance for answer in one.answers.values() for chance in answer.probabilities.values()]
        for one in MODEL.predict(data.parent / "photos" / Path(name).name for name in files)
    ])  # fmt: skip
    expected = tasks_figures(
        targets, probabilities[None], tasks=TASKS, design="test",
        thresholds=Thresholds(np.array([0.2, np.nan, np.nan, 0.7])),
    )  # fmt: skip
    assert isinstance(found.figures, TasksFigures)
    assert found.known.tasks == TASKS
    for figures, other in zip(found.figures, expected, strict=True):
        assert (figures.confusion, figures.threshold) == (other.confusion, other.threshold)
        for name in ("accuracy", "auroc", "average_precision", "f1", "log_loss", "prevalence"):
            one, same = getattr(figures, name), getattr(other, name)
            assert (one is None) == (same is None)
            if one is not None:  # features are rounded for the store
                assert one.value == pytest.approx(same.value, abs=1e-4)
                assert (one.low, one.high) == pytest.approx((same.low, same.high), abs=1e-4)
    assert found.figures[0].examples == COUNT - 1
    assert any("'bus'" in note for note in notes)
    assert any("'light': 3 labels of classes" in note and "'amber'" in note for note in notes)


def test_unknown_labels_change_nothing(data: Path) -> None:
    """What a cell holds where its label is unknown is never looked at."""
    examples = read_examples(data, for_training=False)
    before = evaluate(MODEL, examples).as_dict()
    lines = data.read_text().splitlines()
    for word in ("NA", "", "nan"):
        data.write_text("\n".join(line.replace("?", word) for line in lines))
        assert evaluate(MODEL, read_examples(data, for_training=False)).as_dict() == before


def test_a_few_of_the_tasks(data: Path) -> None:
    whole = evaluate(MODEL, read_examples(data, for_training=False)).as_dict()
    part = evaluate(
        MODEL, read_examples(data, for_training=False, tasks=["crossing", "stop"])
    ).as_dict()
    assert [task["name"] for task in part["tasks"]] == ["stop", "crossing"]
    assert part["not_in_data"] == ["light", "side"]
    assert part["tasks"] == [whole["tasks"][0], whole["tasks"][3]]
    assert part["summary"]["auroc"]["words"] == "2 of 2 tasks defined"
    assert whole["not_in_model"] == ["bus"]
    assert [task["threshold"] for task in part["tasks"]] == [0.2, 0.7]


def test_nothing_in_common_is_refused_before_any_work(data: Path) -> None:
    events: list[object] = []
    examples = read_examples(data, for_training=False, tasks=["bus"])
    with pytest.raises(DataError, match=r"none of the data's tasks \('bus'\)"):
        evaluate(MODEL, examples, on_event=events.append)
    assert events == []


def test_files_that_were_trained_on_are_left_out(data: Path) -> None:
    examples = read_examples(data, for_training=False)
    first = hashlib.sha256((data.parent / "photos" / "0.png").read_bytes()).hexdigest()
    found = evaluate(MODEL, examples, trained_on=frozenset({first}))
    ((name, why),) = found.set_aside
    assert Path(name).name == "0.png"
    assert why == "the model was trained on this very file"


def test_one_line_a_task(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run: Run = runner(capsys)
    directory = save(MODEL, tmp_path / "model")
    shown = run("evaluate", directory, data)
    assert shown.code == 0
    lines = shown.out.splitlines()
    starts = [line.split()[0] for line in lines[1:7]]
    assert starts == ["task", "stop", "light", "side", "crossing", "mean"]
    assert " - " in lines[3], "no average precision of three classes"
    found = json.loads(run("evaluate", directory, data, "--json", "--quiet").out)
    assert found["verdict"] == lines[0]
    assert found["summary"]["tasks"] == 4
    assert f"{found['summary']['f1']['value']:.3f}" in lines[6]


def test_an_undefined_figure_says_why(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Run = runner(capsys)
    directory = save(MODEL, tmp_path / "model")
    rows = data.read_text().splitlines()
    columns = rows[0].split(",")
    place = columns.index("crossing")
    kept = [rows[0]] + [row for row in rows[1:] if row.split(",")[place] == "0"]
    data.write_text("\n".join(kept))
    shown = run("evaluate", directory, data)
    assert shown.code == 0
    assert "undefined: crossing (" in shown.out
    assert ", 3 of 4 tasks" in shown.out
