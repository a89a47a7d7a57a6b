"""Advice from a folder: nothing is opened, nothing heavy is imported, commands can be typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import headstart
from headstart.errors import ModelError, SettingError
from headstart.runs import Advised, advise


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Empty files: who opens one fails."""
    for name in ("cat", "dog"):
        (tmp_path / "my photos" / name).mkdir(parents=True)
        for number in range(60):
            (tmp_path / "my photos" / name / f"{number}.jpg").touch()
    return tmp_path / "my photos"


def commands(found: Advised) -> list[str]:
    return [each.command for each in found.measure]


def test_the_usual_case(data: Path) -> None:
    found = advise(data)
    assert found.advice.start == "transfer"
    assert found.sources[0].ratio == pytest.approx(1_281_167 / 120)
    assert commands(found)[0] == f"headstart train '{data}'"
    assert commands(found)[1].startswith(f"headstart compare '{data}' --with scratch,head,")
    assert all(each.seconds > 1 for each in found.measure)
    assert json.loads(json.dumps(found.as_dict()))["advice"]["start"] == "transfer"


def test_in_python(data: Path) -> None:
    assert headstart.advise(str(data)).found.examples == 120


def test_a_comparison_from_scratch_takes_longer_than_training(data: Path) -> None:
    train, compare = advise(data).measure
    assert compare.seconds > train.seconds


def test_sources(data: Path, trained: tuple[Path, Path]) -> None:
    names = ["builtin", "timm:resnet18=random", "speech_embedding", str(trained[1])]
    found = advise(data, names)
    assert [each.standing for each in found.sources] == [
        "far more", "nothing", "another kind", "far more",
    ]  # fmt: skip
    assert commands(found)[1].endswith(f" --with scratch,builtin,{trained[1]}")


def test_a_source_is_handed_on_to_train(data: Path, trained: tuple[Path, Path]) -> None:
    assert commands(advise(data, [str(trained[1])]))[0].endswith(f" --backbone {trained[1]}")
    (data / "mine.json").write_text(
        json.dumps({"trained_on": {"what": "leaves", "examples": 50_000}}), "utf-8"
    )
    file = data / "mine.safetensors"
    found = advise(data, [f"timm:resnet18={file}"])
    assert found.advice.start == "transfer"
    assert commands(found)[0].endswith(f" --backbone timm:resnet18 --weights '{file}'")


def test_only_scratch_is_left(data: Path) -> None:
    found = advise(data, ["timm:resnet18=random"])
    assert found.advice.start == "scratch"
    assert [each.split()[1] for each in commands(found)] == ["compare"]


def test_no_such_source(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="neither a network nor a directory"):
        advise(data, ["resnet18"])
    (tmp_path / "no model").mkdir()
    with pytest.raises(ModelError, match="is not a model directory"):
        advise(data, [str(tmp_path / "no model")])


def a_table(folder: Path, known: int = 600) -> Path:
    """Three tasks on photos that are not there; the first knows few labels."""
    rows = "".join(
        f"{number}.jpg,{number % 2 if number < 30 else ''},{number % 3 % 2},{number % 3}\n"
        for number in range(known)
    )
    (folder / "my table.csv").write_text(f"file,few,many,second one\n{rows}")
    return folder / "my table.csv"


def test_several_tasks(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    found = advise(table)
    assert [task.name for task in found.found.tasks] == ["few", "many", "second one"]
    assert commands(found) == [
        f"headstart train '{table}'",
        f"headstart compare '{table}' --with joint,separate",
        f"headstart train '{table}' --focus few",
        f"headstart compare '{table}' --with scratch,head,2 --tasks many",
    ]
    assert all(each.seconds > 1 for each in found.measure)
    assert "all 3 tasks" in found.advice.headline
    assert found.measure[3].tells == "whether transfer helps 'many', and by how much"


def test_joint_and_separate_take_longer_the_more_tasks_there_are(tmp_path: Path) -> None:
    found = advise(a_table(tmp_path))
    fewer = advise(a_table(tmp_path), exclude=["second one"])
    assert found.measure[1].seconds > fewer.measure[1].seconds


def test_options_of_the_reading_are_handed_on(tmp_path: Path) -> None:
    found = advise(
        a_table(tmp_path), file_column="file", tasks=["few", "many"], uncertain={"few": 0.5},
        task_kinds={"many": "category"},
    )  # fmt: skip
    options = "--file-column file --tasks few,many --task-kind many=category --uncertain few=0.5"
    assert commands(found)[0].endswith(options)
    assert "--file-column file --tasks many --task-kind" in commands(found)[-1]


def test_several_tables(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("file,also\n" + "".join(f"{n}.jpg,{n % 2}\n" for n in range(300, 700)))
    for number in (0, 699):  # one of each table is there
        (tmp_path / f"{number}.jpg").touch()
    found = advise([a_table(tmp_path), other])
    assert found.found.examples == 700
    assert found.data == f"{tmp_path / 'my table.csv'}, {other}"
    assert commands(found)[0] == f"headstart train '{tmp_path / 'my table.csv'}' {other}"


def test_feature_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.zeros((600, 7), np.float32))
    table, features = a_table(tmp_path), tmp_path / "f.npy"
    found = advise(table, features=str(features))
    assert (found.found.kind, found.found.width, found.sources) == ("vector", 7, ())
    assert commands(found) == [
        f"headstart train '{table}' --features {features}",
        f"headstart compare '{table}' --with joint,separate --features {features}",
        f"headstart train '{table}' --focus few --features {features}",
    ]
    with pytest.raises(SettingError, match="feature vectors go through no network, so the source"):
        advise(table, ["builtin"], features=str(features))


def test_what_cannot_be_typed_is_not_measured(tmp_path: Path) -> None:
    found = advise(a_table(tmp_path), features=np.zeros((600, 7), np.float32))
    assert found.advice.headline.startswith("New layers on your vectors")
    assert found.measure == ()


def test_boxes_of_which_nothing_is_absent(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    for number in range(6):
        objects = "<object><name>stop</name></object>" if number % 2 else ""
        (tmp_path / "annotations" / f"{number}.xml").write_text(
            f"<annotation><filename>{number}.jpg</filename>{objects}</annotation>"
        )
        (tmp_path / f"{number}.jpg").touch()
    found = advise(tmp_path)
    assert (found.advice.start, found.measure) == ("nothing yet", ())
    assert any("name with annotated the classes" in each for each in found.advice.careful)
    assert commands(advise(tmp_path, annotated="all"))[0].endswith(" --annotated all")


def test_nothing_to_measure_where_nothing_can_be_trained(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.jpg").touch()
    found = advise(tmp_path)
    assert (found.advice.start, found.measure) == ("nothing yet", ())


def test_nothing_heavy_is_imported(data: Path) -> None:
    program = (
        f"import sys, headstart; headstart.advise({str(data)!r});"
        "print({'torch', 'timm', 'openvino', 'sklearn'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"set()"
