"""Every command: what it prints, where, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headstart.activations import ActivationStore
from headstart.cli import main

COMMANDS = [
    [],
    ["backbones"],
    ["backbones", "show"],
    ["cache"],
    ["cache", "info"],
    ["cache", "verify"],
    ["cache", "prune"],
    ["demo"],
    ["evaluate"],
    ["export"],
    ["predict"],
    ["report"],
    ["train"],
]


@dataclass(frozen=True)
class Result:
    code: object
    out: str
    err: str


Cli = Callable[..., Result]

HEAD = ("--retrain", "head")  # measuring what retraining pays takes a while


@pytest.fixture
def cli(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Cli:
    """Runs a command line in an empty directory."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")

    def run(*arguments: object) -> Result:
        monkeypatch.setattr("sys.argv", ["headstart", *map(str, arguments)])
        capsysbinary.readouterr()
        with pytest.raises(SystemExit, match=r"^\d*$") as raised:
            main([str(argument) for argument in arguments])
        captured = capsysbinary.readouterr()
        return Result(raised.value.code, os.fsdecode(captured.out), os.fsdecode(captured.err))

    return run


def assert_error(result: Result, match: str) -> None:
    """Our error: exit code 1 and one line."""
    lines = result.err.splitlines()
    assert result.code == 1
    assert lines[-1].startswith("error: ")
    assert re.search(match, lines[-1])
    assert not any("Traceback" in line for line in lines)
    assert sum(line.startswith("error:") for line in lines) == 1


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help(cli: Cli, words: list[str]) -> None:
    result = cli(*words, "--help")
    assert result.code == 0
    assert result.out.startswith("Usage: headstart")
    assert result.err == ""


def test_help_names_every_command(cli: Cli) -> None:
    text = cli("--help").out
    for words in COMMANDS:
        assert " ".join(words[:1]) in text


def test_version(cli: Cli) -> None:
    from headstart import __version__

    assert __version__ in cli("--version").out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["train"],
        ["train", "--nonsense", "x"],
        ["train", "x", "--folds", "2"],
        ["train", "x", "--folds", "many"],
        ["train", "x", "--precision", "f64"],
        ["train", "x", "--seed", "-1"],
        ["predict", "model"],
        ["predict", "model", "x", "--format", "xml"],
        ["evaluate", "model"],
        ["cache", "nonsense"],
        ["cache", "prune", "--older-than", "-1"],
    ],
    ids=" ".join,
)
def test_usage_errors(cli: Cli, words: list[str]) -> None:
    result = cli(*words)
    assert result.code == 2
    assert "Error" in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_nothing_at_all_shows_the_help(cli: Cli) -> None:
    result = cli()
    assert result.code == 2
    assert "Usage: headstart" in result.err + result.out


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["train", "missing"], "missing: does not exist"),
        (["train", "."], "the folder is empty"),
        (["predict", "missing", "a.jpg"], "missing: there is no such model directory"),
        (["predict", ".", "a.jpg"], "is not a model directory"),
        (["evaluate", ".", "."], "is not a model directory"),
        (["report", "."], "is not a model directory"),
        (["backbones", "show", "resnet"], "resnet"),
        (["cache", "prune"], "say what to delete"),
        (["train", "a\nb"], r"a\\nb: does not exist"),
    ],
    ids=lambda value: " ".join(value).replace("\n", " ") if isinstance(value, list) else "",
)
def test_our_errors_are_one_line(cli: Cli, words: list[str], match: str) -> None:
    result = cli(*words)
    assert_error(result, match)
    assert result.out == ""


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--backbone", "resnet"], "no pretrained network is named 'resnet'.* timm:NAME"),
        (["--budget", "soon"], "budget is 'soon'; expected a time above 0 such as 90s, 2m or 1.5h"),
        (["--budget", "0s"], "budget is '0s'"),
        (["--retrain", "some"], "retrain is 'some'; expected head, a number of last stages .* all"),
        (["--retrain", "10"], "retrain is '10'.* 1 to 9"),
        (["--train-stages", "blocks.7"], r"has no stage 'blocks\.7'; stages that can be .* stem"),
        (["--train-stages", "pool"], "'pool' has no weights to retrain"),
        (["--retrain", "2", "--train-stages", "stem"], "give one of the two"),
        (["--drop-stages", "9"], "9 stages cannot be dropped .* it has 9"),
        (["--hidden", "0"], r"hidden widths must be 1 or more, not \(0,\)"),
        (["--weights", "x.safetensors"], "comes with its weights"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_retrained_is_said_before_any_work(
    cli: Cli, photos: Path, options: list[str], match: str
) -> None:
    result = cli("train", photos, "--cache", "c", *options)
    assert_error(result, match)
    assert result.out == ""
    assert not Path("photos-model").exists()
    with ActivationStore(Path("c")) as store:
        assert store.info() == []


@pytest.mark.parametrize(
    "options",
    [["--hidden", "wide"], ["--dropout", "1"], ["--learning-rate", "0"], ["--views", "65"],
     ["--head-init", "zero"], ["--statistics", "moved"], ["--epochs", "0"], ["--max-cache", "-1"]],
    ids=" ".join,
)  # fmt: skip
def test_training_options_out_of_range(cli: Cli, photos: Path, options: list[str]) -> None:
    result = cli("train", photos, *options)
    assert result.code == 2
    assert options[0] in result.err


def test_the_default_place_of_a_model(cli: Cli, photos: Path) -> None:
    result = cli("train", photos, *HEAD)
    assert result.code == 0
    assert Path("photos-model/model.json").is_file()
    assert "photos-model" in result.out
    assert "report.html" in result.out
    assert result.out.startswith("Right in ")
    for figure in ("accuracy", "balanced accuracy", "log loss", "AUROC", "calibration error"):
        assert figure in result.out
    assert "Plan for" in result.err
    assert "18 train" in result.err
    described = json.loads(Path("photos-model/model.json").read_text())
    assert described["command"] == f"headstart train {photos} --retrain head"


def test_quiet_prints_nothing(cli: Cli, photos: Path) -> None:
    (photos / "checks" / "broken.jpg").write_text("not a photo")
    result = cli("train", photos, *HEAD, "--out", "m", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert Path("m/report.html").is_file()


def test_json_is_all_of_stdout(cli: Cli, photos: Path) -> None:
    result = cli("train", photos, *HEAD, "--out", "m", "--json")
    metrics = json.loads(result.out)
    saved = json.loads(Path("m/metrics.json").read_text())
    assert metrics.pop("model") == "m"
    assert metrics == saved


def test_settings_reach_the_run(cli: Cli, photos: Path, tmp_path: Path) -> None:
    result = cli(
        "train", photos, *HEAD, "--out", "m", "--seed", 3, "--folds", 3, "--threads", 1,
        "--class-weight", "balanced", "--precision", "f32", "--cache", tmp_path / "c",
        "--device", "cpu", "-q",
    )  # fmt: skip
    assert result.code == 0
    described = json.loads(Path("m/model.json").read_text())
    assert described["seed"] == 3
    assert described["settings"]["folds"] == 3
    assert described["settings"]["class_weight"] == "balanced"
    assert described["engine"]["threads"] == 1
    assert described["engine"]["precision"] == "f32"
    assert (tmp_path / "c" / "activations.sqlite").is_file()


def test_retraining(cli: Cli, photos: Path) -> None:
    pytest.importorskip("torch")
    result = cli(
        "train", photos, "--out", "m", "--train-stages", "conv_head", "--hidden", "8,6",
        "--folds", 3, "--dropout", 0.1, "--learning-rate", 0.002, "--epochs", 2,
        "--statistics", "learned", "--max-cache", 500, "--threads", 1,
    )  # fmt: skip
    assert result.code == 0
    said = " ".join(result.err.split())
    assert "retrain 1 of 9 stages retrained with new hidden layers of 8 and 6, as asked for" in said
    described = json.loads(Path("m/model.json").read_text())
    assert described["backbone"]["retrained"] == ["conv_head"]
    assert described["head"]["layers"] == [[8, 1280], [6, 8], [2, 6]]
    assert described["settings"].items() >= {
        "train_stages": ["conv_head"], "hidden": [8, 6], "dropout": 0.1, "learning_rate": 0.002,
        "epochs": 2, "statistics": "learned", "max_cache": 500.0, "views": 1,
    }.items()  # fmt: skip
    card = Path("m/README.md").read_text("utf-8")
    assert "Retrained: conv_head" in card
    found = json.loads(cli("predict", "m", photos, "--json").out)
    assert {each["label"] for each in found} == {"checks", "stripes"}
    assert_error(cli("evaluate", "m", photos), "no example is left to evaluate on")


def test_auto_with_no_time_to_spend(cli: Cli, photos: Path) -> None:
    pytest.importorskip("torch")
    result = cli("train", photos, "--out", "m", "--budget", "1s")
    assert result.code == 0
    assert "retrain    measured within about 1 s (--budget)" in result.err
    plan = json.loads(Path("m/metrics.json").read_text())["plan"]
    assert (plan["retrain"], plan["chosen_by"]) == ("head", "measured")


def test_columns_of_a_table(cli: Cli, photos: Path) -> None:
    rows = ["picture,what,other"]
    rows += [f"{path},{path.parent.name},x" for path in sorted(photos.rglob("*.png"))]
    Path("t.csv").write_text("\n".join(rows))
    assert_error(cli("train", "t.csv"), "no column names the files")
    assert_error(cli("train", "t.csv"), "no files but feature vectors, give features")
    options = ("--file-column", "picture", "--label-column", "what")
    assert cli("train", "t.csv", *options, *HEAD, "-q").code == 0
    assert json.loads(Path("t-model/metrics.json").read_text())["examples"]["train"] == 18


def test_a_place_that_is_no_model_is_refused(cli: Cli, photos: Path) -> None:
    before = sorted(photos.rglob("*"))
    result = cli("train", photos, "--out", photos)
    assert_error(result, "exists and is not a model directory; nothing was changed")
    assert "Plan" not in result.err
    assert sorted(photos.rglob("*")) == before


def test_most_broken_is_an_error(cli: Cli, photos: Path) -> None:
    for path in sorted(photos.rglob("*.png"))[:10]:
        path.write_bytes(b"")
    assert_error(cli("train", photos), "10 of 18 files cannot be read as photos")
    assert not Path("photos-model").exists()


def test_an_unwritable_cache(cli: Cli, photos: Path) -> None:
    Path("file").write_text("x")
    for command in (
        ["train", photos, "--cache", "file/below"],
        ["cache", "info", "--cache", "file/c"],
    ):
        assert_error(cli(*command), "choose another place with --cache")
    Path("cache").mkdir()
    Path("cache/activations.sqlite").write_text("garbage " * 100)
    result = cli("train", photos, "--cache", "cache")
    assert_error(result, "is not an intact activation store; move the file away")


def test_predict_a_table(cli: Cli, trained: tuple[Path, Path]) -> None:
    photos, model = trained
    result = cli("predict", model, photos / "checks" / "0.png", photos / "blobs" / "1.png")
    assert (result.code, result.err) == (0, "")
    first, second = result.out.splitlines()
    assert re.fullmatch(r".*checks/0\.png +checks +\d+\.\d%", first)
    assert re.fullmatch(r".*blobs/1\.png +blobs +\d+\.\d%", second)


def test_predict_csv_and_json_agree(cli: Cli, trained: tuple[Path, Path], tmp_path: Path) -> None:
    photos, model = trained
    (tmp_path / "b.jpg").write_text("not a photo")
    files = [photos / "checks" / "0.png", tmp_path / "b.jpg"]
    as_csv = cli("predict", model, *files, "--format", "csv")
    as_json = cli("predict", model, *files, "--json")
    assert as_csv.code == as_json.code == 0
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    good, bad = json.loads(as_json.out)
    assert list(rows[0]) == [
        "file", "label", "probability", "p_blobs", "p_checks", "p_stripes", "error"
    ]  # fmt: skip
    assert rows[0]["label"] == good["label"] == "checks"
    assert float(rows[0]["p_checks"]) == pytest.approx(good["probabilities"]["checks"], abs=1e-6)
    assert good["probability"] == good["probabilities"]["checks"]
    assert good["error"] is None
    assert (bad["label"], bad["probability"], bad["probabilities"]) == (None, None, {})
    assert (rows[1]["label"], rows[1]["p_checks"]) == ("", "")
    assert rows[1]["error"] == bad["error"]
    assert "begins with text" in bad["error"]


def test_predict_what_cannot_be_read(cli: Cli, trained: tuple[Path, Path]) -> None:
    Path("b.jpg").write_text("not a photo")
    some = cli("predict", trained[1], trained[0] / "checks" / "0.png", "b.jpg", "missing.png")
    assert some.code == 0
    assert re.search(r"b\.jpg +- +is not a photo that can be read: it begins with text", some.out)
    assert re.search(r"missing\.png +- +does not exist", some.out)
    none = cli("predict", trained[1], "b.jpg", "missing.png")
    assert_error(none, r"none of the 2 files can be read: b\.jpg: is not .*missing\.png: does not")
    assert "begins with text" in none.out


def test_predict_a_folder(cli: Cli, trained: tuple[Path, Path]) -> None:
    result = cli("predict", trained[1], trained[0], "--json")
    found = json.loads(result.out)
    assert len(found) == 24
    assert [Path(each["file"]).parent.name for each in found] == [each["label"] for each in found]
    Path("empty").mkdir()
    assert_error(cli("predict", trained[1], "empty"), "empty: holds no photos")


def unseen(trained: tuple[Path, Path], count: int = 3) -> Path:
    """New photos of the classes: those that were trained on, mirrored."""
    for path in sorted(trained[0].rglob("*.png")):
        if int(path.stem) < count:
            target = Path("unseen") / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.open(path).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(target)
    return Path("unseen")


def test_evaluate(cli: Cli, trained: tuple[Path, Path]) -> None:
    data = unseen(trained)
    result = cli("evaluate", trained[1], data)
    assert result.code == 0
    assert "accuracy" in result.out
    assert "left out" not in result.out
    found = json.loads(cli("evaluate", trained[1], data, "--json", "--quiet").out)
    assert found["held_out"]["examples"] == 9
    assert [each["class"] for each in found["per_class"]] == ["blobs", "checks", "stripes"]
    assert found["quarantined"] == []
    assert np.array(found["confusion"]).sum() == 9


def test_evaluate_leaves_out_what_was_trained_on_and_says_so(
    cli: Cli, trained: tuple[Path, Path]
) -> None:
    data = unseen(trained)
    shutil.copy(trained[0] / "checks" / "0.png", data / "checks" / "renamed.png")
    result = cli("evaluate", trained[1], data)
    assert "1 left out" in result.out
    assert "the model was trained on this very file" in result.out
    found = json.loads(cli("evaluate", trained[1], data, "--json", "--quiet").out)
    assert found["held_out"]["examples"] == 9
    assert_error(cli("evaluate", trained[1], trained[0]), "no example is left to evaluate on")


def test_evaluate_without_the_list_of_training_files_says_so(
    cli: Cli, trained: tuple[Path, Path]
) -> None:
    shutil.copytree(trained[1], "copy")
    Path("copy/predictions.csv").unlink()
    result = cli("evaluate", "copy", unseen(trained))
    assert result.code == 0
    assert "predictions.csv" in result.err
    assert "cannot be told" in result.err


def test_evaluate_with_unknown_classes(cli: Cli, trained: tuple[Path, Path]) -> None:
    data = unseen(trained)
    shutil.copytree(data / "blobs", data / "zebras")
    for number, path in enumerate(sorted((data / "zebras").iterdir())):
        Image.open(path).rotate(90 + number).save(path)
    result = cli("evaluate", trained[1], data, "--json", "--quiet")
    found = json.loads(result.out)
    assert found["held_out"]["examples"] == 9
    assert [each["reason"] for each in found["quarantined"]] == [
        "its class is not one of the model's"
    ] * 3
    (data / "only").mkdir()
    (data / "zebras").rename(data / "only" / "zebras")
    result = cli("evaluate", trained[1], data / "only")
    assert_error(result, r"none of the data's classes \(zebras\) is one of the model's")


def test_evaluate_a_part(cli: Cli, trained: tuple[Path, Path]) -> None:
    data = unseen(trained)
    for part in ("train", "val"):
        shutil.copytree(data, Path("split") / part)
    for path in Path("split/val").rglob("*.png"):
        Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    result = cli("evaluate", trained[1], "split", "--part", "validation", "--json", "--quiet")
    assert json.loads(result.out)["held_out"]["examples"] == 9
    result = cli("evaluate", trained[1], "split", "--part", "test")
    assert_error(result, "the data has no test part; its parts: train, validation")


def test_report(cli: Cli, trained: tuple[Path, Path]) -> None:
    result = cli("report", trained[1], "--output", "r.html")
    assert (result.code, result.out) == (0, "r.html\n")
    assert Path("r.html").read_text("utf-8").lstrip().startswith("<!doctype html>")
    assert_error(cli("report", trained[1], "-o", "missing/r.html"), "report cannot be written")


def test_backbones(cli: Cli) -> None:
    text = cli("backbones").out
    assert "efficientnet_lite0" in text
    assert "Apache-2.0" in text
    (listed,) = json.loads(cli("backbones", "--json").out)
    assert listed["name"] == "efficientnet_lite0"
    assert listed["stages"][0] == "stem"
    stages = json.loads(cli("backbones", "show", "efficientnet_lite0", "--json").out)
    assert [stage["stage"] for stage in stages] == ["input", *listed["stages"]]
    assert stages[0]["outputs"] == {"features": [224, 224, 3]}
    assert stages[-1]["outputs"] == {"features": [1280]}
    assert stages[-1]["stored_bytes"] == 2560
    assert "1280" in cli("backbones", "show", "efficientnet_lite0").out


@pytest.fixture
def filled(cli: Cli, photos: Path, tmp_path: Path) -> Path:
    cache = tmp_path / "filled"
    assert cli("train", photos, *HEAD, "--out", "m", "--cache", cache, "-q").code == 0
    return cache


def test_cache_info(cli: Cli, filled: Path) -> None:
    text = cli("cache", "info", "--cache", filled).out
    assert "18 rows" in text
    assert "efficientnet_lite0 at pool" in text
    found = json.loads(cli("cache", "info", "--cache", filled, "--json").out)
    rows = {dataset["key"]["cut"]: dataset["rows"] for dataset in found["datasets"]}
    assert rows["pool"] == 18
    assert rows["conv_head"] < 18  # of the photos that the report shows
    assert rows["stem"] == 2
    assert found["path"].endswith("activations.sqlite")


def test_cache_verify_and_repair(cli: Cli, filled: Path, photos: Path) -> None:
    info = json.loads(cli("cache", "info", "--cache", filled, "--json").out)
    rows = sum(dataset["rows"] for dataset in info["datasets"])
    result = cli("cache", "verify", "--cache", filled)
    assert (result.code, result.out) == (0, f"{rows} of {rows} rows are intact\n")
    head = Path("m/head.safetensors").read_bytes()
    connection = sqlite3.connect(filled / "activations.sqlite")
    connection.execute("UPDATE rows SET value = zeroblob(length(value)) WHERE rowid <= 2")
    connection.commit()
    connection.close()
    result = cli("cache", "verify", "--cache", filled)
    assert_error(result, "2 rows are damaged; `headstart cache verify --repair` deletes them")
    assert f"{rows - 2} of {rows} rows are intact" in result.out
    result = cli("cache", "verify", "--cache", filled, "--repair")
    assert result.code == 0
    assert "2 damaged rows deleted" in result.out
    metrics = json.loads(cli("train", photos, *HEAD, "--out", "m", "--cache", filled, "--json").out)
    assert (metrics["cache"]["hits"], metrics["cache"]["misses"]) == (16, 2)
    assert Path("m/head.safetensors").read_bytes() == head


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--all"], 0),
        (["--older-than", "1"], 1),
        (["--older-than", "0"], 0),
        (["--max-size", "0.01"], 0),
        (["--max-size", "10"], 1),
    ],
    ids=str,
)
def test_cache_prune(cli: Cli, filled: Path, options: list[str], left: int) -> None:
    with ActivationStore(filled) as store:
        datasets, rows = len(store.info()), sum(dataset.rows for dataset in store.info())
    result = cli("cache", "prune", "--cache", filled, *options)
    assert result.code == 0
    assert f"deleted {rows - rows * left} rows" in result.out
    with ActivationStore(filled) as store:
        assert len(store.info()) == left * datasets


def odd(folder: Path, random: np.random.Generator) -> dict[str, Any]:
    """Files as people have them; returns what is to be said of those that cannot be read."""
    pixels = random.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.save(folder / "good.jpg")
    data = (folder / "good.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(data[: len(data) // 2])
    (folder / "zero bytes.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("a text that someone renamed")
    (folder / "x.jpg").mkdir()
    (folder / "dead link.jpg").symlink_to("nowhere")
    Image.new("RGB", (1, 1), (3, 4, 5)).save(folder / "one pixel.png")
    Image.new("RGB", (20_000, 10), (9, 8, 7)).save(folder / "very wide.png")
    Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(folder / "16 bit.png")
    image.quantize(64).save(folder / "palette.png")
    image.convert("RGBA").resize((70, 50)).save(folder / "transparent.png")
    frames = [image.resize((size, size)).quantize(16) for size in (40, 40)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    image.convert("CMYK").save(folder / "cmyk.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "turned.jpg", exif=exif)
    return {
        "truncated.jpg": "cut",
        "zero bytes.jpg": "is empty",
        "text.jpg": "begins with text",
        "x.jpg": "is a directory",
        "dead link.jpg": "is a dead link",
    }


def test_a_folder_of_odd_files(cli: Cli, photos: Path, random: np.random.Generator) -> None:
    broken = odd(photos / "checks", random)
    result = cli("train", photos, *HEAD, "--out", "m", "--json")
    metrics = json.loads(result.out)
    assert result.code == 0
    assert {Path(each["file"]).name for each in metrics["quarantined"]} == broken.keys()
    for each in metrics["quarantined"]:
        assert broken[Path(each["file"]).name] in each["reason"]
    assert metrics["examples"]["train"] == 18 + 9
    again = cli("train", photos, *HEAD, "--out", "m")
    assert "5 set aside" in again.out
    report = Path("m/report.html").read_text("utf-8")
    for name in broken:
        assert name in report
    found = json.loads(cli("predict", "m", photos, "--json").out)
    assert {Path(each["file"]).name for each in found if each["error"]} == broken.keys() - {
        "x.jpg", "dead link.jpg"  # predict takes the files of a folder only
    }  # fmt: skip


NAMES = ["new\nline.png", 'it\'s "quoted".png', "ключ 猫 é.png", "  spaces  .png", "-dash.png"]


@pytest.mark.parametrize("style", ["table", "csv", "json"])
def test_names_of_all_kinds(cli: Cli, photos: Path, style: str) -> None:
    names = [*NAMES, os.fsdecode(b"caf\xe9.png")]
    for number, name in enumerate(names):
        (photos / "checks" / f"{number}.png").rename(photos / "checks" / name)
    result = cli("train", photos, *HEAD, "--out", "m")
    assert result.code == 0
    with Path("m/predictions.csv").open(encoding="utf-8", newline="") as file:
        listed = [row["file"] for row in csv.DictReader(file)]
    assert len(listed) == 18
    assert sum("\n" in name for name in listed) == 0
    found = cli("predict", "m", *(photos / "checks" / name for name in names), "--format", style)
    assert (found.code, found.err) == (0, "")
    if style == "table":
        assert len(found.out.splitlines()) == len(names)
        assert found.out.count("checks") >= len(names)
    elif style == "csv":
        rows = list(csv.DictReader(io.StringIO(found.out)))
        assert len(rows) == len(names)
        assert [Path(row["file"]).name for row in rows][: len(NAMES)] == NAMES
        assert {row["label"] for row in rows} == {"checks"}
    else:
        assert [Path(each["file"]).name for each in json.loads(found.out)] == names


def test_class_names_of_all_kinds(cli: Cli, photos: Path) -> None:
    (photos / "checks").rename(photos / 'a "class",\nwith <b>all')
    (photos / "stripes").rename(photos / os.fsdecode(b"\xe9t\xe9"))
    result = cli("train", photos, *HEAD, "--out", "m")
    assert result.code == 0
    assert "<b>all" not in Path("m/report.html").read_text("utf-8")
    for style in ("table", "csv", "json"):
        found = cli("predict", "m", photos, "--format", style)
        assert (found.code, found.err) == (0, "")
    assert cli("evaluate", "m", photos).code == 1  # it was trained on every one of them
