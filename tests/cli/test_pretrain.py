"""``headstart pretrain``, and ``train`` from what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("timm")

from headstart.cli import group
from headstart.errors import HeadstartError

FEW = ["--arch", "test_resnet", "--size", "32", "--epochs", "1", "--threads", "1"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments), prog_name="headstart")


def test_a_network_of_ones_own_is_made_and_transferred(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = run("pretrain", str(photos), *FEW)
    assert first.exit_code == 0, first.output
    assert "All layers trained, for 1 epoch in batches of 8." in first.stdout
    assert "start from it: headstart train DATA --backbone photos-pretrained" in first.stdout
    assert "held out for the figures" in first.stderr
    assert "random weights: 1 epoch in batches of 8" in first.stderr
    assert "for the training" in first.stderr
    assert (tmp_path / "photos-pretrained" / "report.html").exists()

    second = run("train", str(photos), "--backbone", "photos-pretrained", "--retrain", "1",
                 "--epochs", "1", "--folds", "3", "--threads", "1", "--json", "-q")  # fmt: skip
    assert second.exit_code == 0, second.output
    found = json.loads(second.stdout)
    assert found["plan"]["retrained_stages"] == ["layer4"]
    assert any("knows them already" in note for note in found["notes"])
    third = run("predict", found["model"], str(photos / "checks" / "0.png"))
    assert third.exit_code == 0, third.output


def test_json_and_quiet(photos: Path, tmp_path: Path) -> None:
    done = run("pretrain", str(photos), *FEW, "--no-augment", "--out", str(tmp_path / "a"),
               "--json", "--quiet", "--batch-size", "4", "--learning-rate", "0.002")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert not done.stderr
    schedule = json.loads(done.stdout)["plan"]["schedule"]
    assert (schedule["batch_size"], schedule["learning_rate"]) == (4, 0.002)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--arch", "no_such_net"], "no model named 'no_such_net'"),
        (["--arch", "efficientnet_lite0", "--size", "16"], "cannot work on photos of 16 px"),
        (["--weights", "missing.safetensors"], "missing.safetensors: there is no such weight file"),
    ],
)
def test_what_cannot_be_done_is_said(options: list[str], match: str, photos: Path) -> None:
    done = run("pretrain", str(photos), *options)
    assert isinstance(done.exception, HeadstartError)
    assert match in str(done.exception)


def test_usage(photos: Path) -> None:
    assert run("pretrain", str(photos), "--epochs", "0").exit_code == 2
    assert run("pretrain", str(photos), "--size", "4").exit_code == 2
