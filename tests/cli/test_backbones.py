"""``headstart backbones``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.cli import main

Show = Callable[..., tuple[object, str, str]]

STAGES = ["stem", *(f"blocks.{group}" for group in range(7)), "conv_head", "pool"]


@pytest.fixture
def backbones(capsys: pytest.CaptureFixture[str]) -> Show:
    """Runs ``headstart backbones``; exit code, output and errors."""

    def run(*arguments: object) -> tuple[object, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit, match=r"^\d*$") as raised:
            main(["backbones", *map(str, arguments)])
        captured = capsys.readouterr()
        return raised.value.code, captured.out, captured.err

    return run


def test_those_there_are(backbones: Show) -> None:
    _, out, _ = backbones()
    assert "efficientnet_lite0" in out
    assert "Apache-2.0" in out
    assert "timm:NAME" in out
    (listed,) = json.loads(backbones("--json")[1])
    assert listed["name"] == "efficientnet_lite0"
    assert listed["stages"] == STAGES


def test_stages_of_the_built_in_network(backbones: Show) -> None:
    rows = json.loads(backbones("show", "efficientnet_lite0", "--json")[1])
    assert [row["stage"] for row in rows] == ["input", *STAGES]
    last = rows[-1]
    assert last["outputs"] == {"features": [1280]}
    assert last["stored_bytes"] == 2560
    assert rows[0]["stored_bytes"] == 224 * 224 * 3
    assert rows[0]["weights"] == last["weights"] == 0
    assert last["forecast"]["examples"] == 1000
    assert last["forecast"]["stored_bytes"] == 2_560_000
    assert last["forecast"]["frozen_seconds"] > rows[0]["forecast"]["frozen_seconds"] > 0
    assert rows[0]["forecast"]["epoch_seconds"] > last["forecast"]["epoch_seconds"] > 0


def test_the_table(backbones: Show) -> None:
    arguments = ["--examples", 20_000, "--views", 3, "--threads", 2]
    code, out, err = backbones("show", "efficientnet_lite0", *arguments)
    assert (code, err) == (0, "")
    assert "3.4 million weights" in out
    (line,) = (line for line in out.splitlines() if line.startswith("blocks.5"))
    assert re.search(
        r"1,652,640 +192 x 7 x 7 +182.\d +18,816 +1.1 GB +\d+ min +(58|41) s$", line
    )  # float32, bfloat16
    assert "forecasts for 20,000 photos with 3 views each" in out
    assert "with 2 threads" in out


def test_a_network_of_timm(backbones: Show, tmp_path: Path) -> None:
    pytest.importorskip("timm")
    code, out, _ = backbones("show", "timm:test_vit", "--weights", "random")
    assert code == 0
    assert re.search(r"blocks.0 +\d[\d,]+ +101 x 64", out)
    assert "random weights" in out
    code, out, err = backbones("show", "timm:test_vit", "--weights", tmp_path / "w.pkl")
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1


def test_the_network_of_a_model(backbones: Show, trained: tuple[Path, Path]) -> None:
    _, directory = trained
    found, out, _ = backbones("show", str(directory))
    assert found == 0
    assert "efficientnet_lite0: 3.4 million weights" in out


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        (["resnet"], 1, "no pretrained network is named 'resnet'"),
        (["efficientnet_lite0", "--weights", "x.pth"], 1, "comes with its weights"),
        (["efficientnet_lite0", "--examples", "0"], 2, "examples"),
        (["efficientnet_lite0", "--views", "many"], 2, "views"),
    ],
)
def test_errors(backbones: Show, arguments: list[str], code: int, match: str) -> None:
    found, out, err = backbones("show", *arguments)
    assert (found, out) == (code, "")
    assert match in err
    assert "Traceback" not in err
