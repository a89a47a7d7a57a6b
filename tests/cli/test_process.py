"""What only a process of its own can show: signals, imports, bytes on its outputs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

HEADSTART = [sys.executable, "-m", "headstart"]


def run(*arguments: str | bytes | Path, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([*HEADSTART, *arguments], capture_output=True, timeout=120, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, headstart.cli\n"
        "try:\n    headstart.cli.main(['--help'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "heavy = {'numpy', 'openvino', 'PIL', 'sklearn', 'scipy', 'torch', 'pandas', 'rich'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_ctrl_c_ends_with_one_line(tmp_path: Path, photos: Path) -> None:
    for number in range(40):  # enough to be in the middle of
        for name in ("checks", "stripes"):
            target = photos / name / f"copy {number}.png"
            target.write_bytes((photos / name / f"{number % 9}.png").read_bytes() + bytes([number]))
    options = ["--retrain", "head", "--out", str(tmp_path / "m"), "--cache", str(tmp_path / "c")]
    process = subprocess.Popen(
        [*HEADSTART, "train", str(photos), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "c" / "activations.sqlite").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.rstrip().splitlines()[-1] == "interrupted; everything computed so far is stored"
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("style", ["table", "csv", "json"])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_names_that_are_not_text_on_a_real_output(
    trained: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    style: str,
    errors: str,
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", f"utf-8:{errors}")
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    data = (trained[0] / "checks" / "0.png").read_bytes()
    Path(os.fsdecode(name)).write_bytes(data)
    done = run("predict", trained[1], name, "--format", style)
    assert b"checks" in done.stdout
    assert done.stderr == b""
    if style == "csv":
        assert name in done.stdout
    missing = run("predict", trained[1], name + b".missing.png", "--format", style, check=False)
    assert missing.returncode == 1
    assert missing.stderr.startswith(b"error: none of the 1 files can be read")
    assert missing.stderr.count(b"\n") == 1


@pytest.mark.slow
def test_training_in_a_place_whose_name_is_not_text(photos: Path, tmp_path: Path) -> None:
    place = os.fsencode(tmp_path) + b"/mod\xe8le"
    done = run("train", os.fsencode(photos), "--retrain", "head", "--out", place)
    assert os.path.isfile(place + b"/report.html")  # noqa: PTH113
    assert b"mod" in done.stdout
    assert b"Traceback" not in done.stderr
    assert b"checks" in run("predict", place, os.fsencode(photos / "checks" / "0.png")).stdout
    assert b"mod" in run("report", place).stdout


def test_a_reader_that_has_seen_enough(trained: tuple[Path, Path]) -> None:
    process = subprocess.Popen(
        [*HEADSTART, "predict", trained[1], trained[0]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(60)


def test_ctrl_c_in_training_keeps_the_best_so_far(tmp_path: Path, photos: Path) -> None:
    pytest.importorskip("timm")
    options = [
        "--backbone", "timm:test_resnet", "--weights", "random", "--retrain", "1",
        "--folds", "3", "--threads", "1", "--epochs", "2000",
        "--out", str(tmp_path / "m"), "--cache", str(tmp_path / "c"),
    ]  # fmt: skip
    process = subprocess.Popen(
        [*HEADSTART, "train", str(photos), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        deadline = time.monotonic() + 100
        while not list((tmp_path / "c").glob("journal/*.checkpoint")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "note: interrupted: the best of what was measured so far is kept" in " ".join(
        err.split()
    )
    assert out.startswith("Right in ")
    assert (tmp_path / "m" / "report.html").is_file()


HEAVY = ("torch", "sklearn", "scipy", "pandas", "timm", "pyarrow", "polars", "matplotlib")


@pytest.mark.parametrize("command", ["train", "predict", "evaluate"])
def test_no_framework_on_the_way(
    trained: tuple[Path, Path], photos: Path, tmp_path: Path, command: str
) -> None:
    arguments = {
        "train": ["train", str(photos), "--retrain", "head", "--out", str(tmp_path / "m")],
        "predict": ["predict", str(trained[1]), str(photos / "checks" / "0.png")],
        "evaluate": ["evaluate", str(trained[1]), str(photos)],
    }[command]
    code = (
        "import sys\nfrom headstart.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print(*sorted(set({HEAVY!r}) & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].strip() == ""


OTHER_JOBS = (
    "estimators", "evaluation._contrasts", "evaluation._task_contrasts", "examples._coco",
    "examples._join", "examples._memory", "examples._survey", "examples._tables",
    "examples._task_table", "examples._vectors", "examples._voc", "heads._tasks", "model._export",
    "report._comparison", "report._several", "report._tasks_comparison", "runs._advise",
    "runs._compare", "runs._compare_tasks", "runs._evaluate", "runs._focus", "runs._pretrain",
    "strategy._advice", "strategy._findings", "strategy._helpers", "strategy._missing",
    "strategy._sweep", "strategy._together", "strategy._worth", "training",
)  # fmt: skip
"""What a head of one task on a folder of photos has no use for."""


@pytest.mark.parametrize(
    ("command", "more"),
    [("train", ()), ("predict", ("evaluation", "report", "runs._train", "strategy"))],
)
def test_a_command_imports_no_other_jobs(
    trained: tuple[Path, Path], photos: Path, tmp_path: Path, command: str, more: tuple[str, ...]
) -> None:
    arguments = {
        "train": ["train", str(photos), "--retrain", "head", "--out", str(tmp_path / "m")],
        "predict": ["predict", str(trained[1]), str(photos / "checks" / "0.png")],
    }[command]
    code = (
        "import sys\nfrom headstart.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "print(*(name for name in sys.modules if name.startswith('headstart.')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    imported = set(done.stderr.splitlines()[-1].split())
    assert "headstart.model._model" in imported
    needless = {f"headstart.{name}" for name in (*OTHER_JOBS, *more)}
    assert sorted(imported & needless) == []
    assert all(find_spec(name) is not None for name in needless)  # that they are called so
