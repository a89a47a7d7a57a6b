"""Advice from a folder: nothing is opened, nothing heavy is imported, commands can be typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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


def test_one_task_of_several_is_named(tmp_path: Path) -> None:
    rows = "".join(f"{number}.jpg,{number % 2},{number % 3}\n" for number in range(30))
    (tmp_path / "t.csv").write_text(f"file,first,second one\n{rows}")
    found = advise(tmp_path / "t.csv")
    assert len(found.found.tasks) == 2
    assert all(" --label-column " in command for command in commands(found))


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
