"""``headstart export`` and ``headstart predict --precision``, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.cli.several import model_of_tasks, runner, save
from tests.model.runtimes import run_file

from headstart.activations import choose_engine, has_bf16
from headstart.backbones import drop_stages, import_openvino, load_backbone
from headstart.cli import main
from headstart.examples import Task
from headstart.heads import DenseHead, Layer
from headstart.model import FORMAT, FORMAT_VERSION, Model

CLASSES = ("blobs", "checks", "stripes")


@dataclass(frozen=True)
class Result:
    code: object
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command line beside a model directory ``insects``."""
    random = np.random.default_rng(3)
    backbone = drop_stages(load_backbone(), 7)
    weights = random.normal(0, 0.1, (3, backbone.stages[-1].output_shape[0]))
    described = {"format": FORMAT, "format_version": FORMAT_VERSION, "headstart": "0.1.0"}
    model = Model(
        backbone=backbone,
        tasks=(Task("label", "category", CLASSES),),
        head=DenseHead((Layer(weights.astype(np.float32), np.zeros(3, np.float32)),)),
        engine=choose_engine(precision="f32", device="cpu"),
        description=described,
    )
    (tmp_path / "insects").mkdir()
    model.save(tmp_path / "insects")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit, match=r"^\d*$") as raised:
            main(list(arguments))
        captured = capsys.readouterr()
        return Result(raised.value.code, captured.out, captured.err)

    return run


def test_export(cli: Cli) -> None:
    result = cli("export", "insects", "--format", "openvino")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith("insects.xml  ")
    assert lines[1].startswith("insects.bin  ")
    assert lines[2].startswith("takes any number of photos at once; probabilities as headstart's")
    assert "openvino.Core().read_model('insects.xml')" in result.out
    network = import_openvino().Core().read_model("insects.xml")
    described = json.loads(network.get_rt_info(["headstart"]).value)
    assert tuple(described["classes"]) == CLASSES
    assert cli("export", "insects", "--format", "openvino").code == 0, "what is ours is replaced"


def test_export_under_another_name(cli: Cli) -> None:
    result = cli("export", "insects", "--format", "openvino", "-o", "deep/net", "--json")
    described = json.loads(result.out)
    assert described["files"] == ["deep/net.xml", "deep/net.bin"]
    assert described["bytes"] == sum(Path(path).stat().st_size for path in described["files"])
    assert described["batch"] is None


def test_export_overwrites_nothing_of_others(cli: Cli) -> None:
    Path("insects.xml").write_text("<mine/>", "utf-8")
    result = cli("export", "insects", "--format", "openvino")
    assert result.code == 1
    assert result.err.startswith("error: insects.xml: exists and was not exported by headstart")
    assert Path("insects.xml").read_text("utf-8") == "<mine/>"
    assert cli("export", "insects", "--format", "openvino", "--force").code == 0


def test_export_without_the_extra(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    result = cli("export", "insects", "--format", "onnx")
    assert result.code == 1
    assert "pip install 'headstart[train]'" in result.err
    assert [path.name for path in Path().iterdir()] == ["insects"]


@pytest.mark.parametrize(
    ("words", "code", "match"),
    [
        (["export", "insects"], 2, "Missing option '--format'"),
        (["export", "insects", "--format", "tflite"], 2, "'tflite' is not one of"),
        (["export", "nowhere", "--format", "openvino"], 1, "no such model directory"),
        (["predict", "insects", "a.png", "--precision", "f16"], 2, "'f16' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_refused(cli: Cli, words: list[str], code: int, match: str) -> None:
    result = cli(*words)
    assert result.code == code
    assert match in result.err
    assert result.out == ""


@pytest.mark.parametrize("precision", ["auto", "f32", "bf16"])
def test_predict_in_a_precision(cli: Cli, random: np.random.Generator, precision: str) -> None:
    pixels = random.integers(0, 256, (70, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("a.png")
    plain = json.loads(cli("predict", "insects", "a.png", "--json").out)
    result = cli("predict", "insects", "a.png", "--json", "--precision", precision)
    if precision == "bf16" and not has_bf16():
        assert result.code == 1
        assert "needs a processor that computes in bfloat16" in result.err
        return
    assert result.code == 0
    found = json.loads(result.out)
    tolerance = 0.05 if precision == "bf16" else 0
    assert found[0]["probabilities"] == pytest.approx(plain[0]["probabilities"], abs=tolerance)


def test_openvino_is_written_without_a_framework(cli: Cli) -> None:
    assert cli("export", "--help").code == 0  # the model is there
    code = (
        "import sys\nfrom headstart.cli import main\n"
        "try:\n    main(['export', 'insects', '--format', 'openvino'])\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'torch', 'timm', 'onnx', 'onnxscript', 'sklearn', 'scipy', 'pandas'}\n"
        "print(*sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "\n")


def test_several_tasks_stand_side_by_side(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = runner(capsys)
    directory = save(model_of_tasks(thresholds={"stop": 0.3}), tmp_path / "road")
    shown = run("export", directory, "--format", "openvino", "-o", tmp_path / "road")
    assert shown.code == 0
    assert "gives 9 probabilities, the classes of 4 tasks side by side" in shown.out
    assert "from the task's own threshold on" in shown.out


@pytest.mark.parametrize("hidden", [(), ("--hidden", "4")], ids=["head only", "hidden layer"])
def test_feature_vectors_of_uncertain_tasks(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    random: np.random.Generator,
    hidden: tuple[str, ...],
) -> None:
    """From a table to a file that gives what ``headstart predict`` prints."""
    run = runner(capsys)
    size, spread = random.normal(50, 20, 60), random.normal(0, 0.1, 60)
    rows = [
        f"{a},{b},{'u' if place % 9 == 3 else int(a > 50)},{'' if place % 7 == 3 else int(b > 0)}"
        for place, (a, b) in enumerate(zip(size, spread, strict=True))
    ]
    table, model = tmp_path / "parts.csv", tmp_path / "model"
    table.write_text("\n".join(["x_size,x_spread,large,bent", *rows]) + "\n", "utf-8")
    trained = run(
        "train", table, "--features", "x_*", "--uncertain", "soft", "--retrain", "head", *hidden,
        *(("--epochs", "2") if hidden else ()), "--out", model, "--cache", tmp_path / "cache",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    shown = run("export", model, "--format", "openvino", "-o", tmp_path / "out")
    assert (shown.code, shown.err) == (0, "")
    assert "takes any number of vectors at once; probabilities as headstart's" in shown.out
    text = run("predict", model, table, "--precision", "f32", "--json").out
    expected = [
        [chance for answer in one["tasks"].values() for chance in answer["probabilities"].values()]
        for one in json.loads(text)
    ]
    found = run_file(tmp_path / "out.xml")[0](np.stack([size, spread], axis=1).astype(np.float32))
    assert found == pytest.approx(np.array(expected), abs=1e-3)
