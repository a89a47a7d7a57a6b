"""No command of ours looks up a host or opens a connection, and nothing loads pickle."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import headstart

_GUARDED = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.getaddrinfo", "socket.gethostby", "socket.connect",
                         "socket.sendto", "socket.getnameinfo", "urllib.Request")):
        print("LOOKED UP", event, arguments, file=sys.stderr, flush=True)
        import os
        os._exit(99)

sys.addaudithook(refuse)
from headstart.cli import main
for command in {commands!r}:
    expected = 0
    if command[0] == "refused:":
        expected, command = 1, command[1:]
    try:
        main(command)
    except SystemExit as stop:
        assert (stop.code or 0) == expected, (command, stop.code)
{then}
"""


def guarded(
    directory: Path, commands: list[list[str]], then: str = ""
) -> subprocess.CompletedProcess[str]:
    code = _GUARDED.format(commands=commands, then=then)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_no_command_looks_up_a_host(
    tmp_path: Path, photos: Path, trained: tuple[Path, Path]
) -> None:
    commands = [
        ["--version"],
        ["train", str(photos), "--retrain", "head", "--out", "model"],
        ["predict", "model", str(photos / "checks" / "0.png")],
        ["predict", "model", str(photos), "--format", "csv"],
        ["evaluate", "model", str(trained[0]), "--json"],
        ["report", "model"],
        ["backbones"],
        ["backbones", "show", "efficientnet_lite0"],
        ["cache", "info"],
        ["cache", "verify"],
        ["cache", "prune", "--all"],
    ]
    done = guarded(tmp_path, commands)
    assert "LOOKED UP" not in done.stderr
    assert done.returncode == 0, done.stderr


def test_no_network_of_others_is_looked_for(tmp_path: Path, photos: Path) -> None:
    """Not even where its weights are missing: what would be needed is said."""
    pytest.importorskip("timm")
    timm = ["--backbone", "timm:test_resnet"]
    few = ["--folds", "3", "--epochs", "1", "--threads", "1", "--quiet"]
    commands = [
        ["refused:", "train", str(photos), *timm, "--out", "missing"],
        ["refused:", "backbones", "show", "timm:test_vit"],
        ["backbones", "show", "timm:test_vit", "--weights", "random"],
        ["train", str(photos), *timm, "--weights", "random", "--retrain", "1", *few, "-o", "model"],
        ["predict", "model", str(photos / "checks" / "0.png")],
        ["pretrain", str(photos), "--arch", "test_resnet", "--size", "32", *few[2:], "-o", "own"],
        ["train", str(photos), "--backbone", "own", "--retrain", "1", *few, "-o", "other"],
    ]
    done = guarded(tmp_path, commands)
    assert "LOOKED UP" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "missing").exists()


@pytest.mark.slow
def test_the_demo_looks_up_no_host(tmp_path: Path) -> None:
    done = guarded(tmp_path, [["demo", "--retrain", "head"]])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "headstart-digits-model" / "report.html").is_file()


def test_the_guard_sees_a_lookup(tmp_path: Path) -> None:
    """Without this, the tests above could pass with a guard that sees nothing."""
    done = guarded(tmp_path, [], "import socket; socket.getaddrinfo('localhost', 80)")
    assert done.returncode == 99, done.stderr
    assert "LOOKED UP" in done.stderr


def test_the_demo_writes_real_digits(tmp_path: Path) -> None:
    from PIL import Image

    from headstart.runs import write_digits

    folder = write_digits(tmp_path / "digits")
    assert sorted(path.name for path in folder.iterdir()) == [str(digit) for digit in range(10)]
    assert all(len(list(path.iterdir())) == 40 for path in folder.iterdir())
    one = next((folder / "7").iterdir())
    with Image.open(one) as picture:
        assert picture.size == (64, 64)
    one.write_bytes(b"changed by the user")
    write_digits(folder)
    assert one.read_bytes() == b"changed by the user"


SOURCES = sorted(Path(headstart.__file__).parent.rglob("*.py"))
PICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def unpickling(tree: ast.AST) -> list[str]:
    """What in a module could load pickle."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name.split(".")[0] in PICKLERS]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")[0]
            names = {each.name for each in node.names}
            if module in PICKLERS or (module == "torch" and "load" in names):
                found.append(f"from {node.module}")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = {each.arg: ast.unparse(each.value) for each in node.keywords}
            unsafe = given.get("allow_pickle", "False") != "False" or "read_pickle" in name
            if name == "torch.load":  # a reader of tensors alone, where it is told so
                unsafe = given.get("weights_only") != "True"
            if unsafe or name == "torch.hub.load":
                found.append(name)
    return found


def test_nothing_loads_pickle() -> None:
    assert len(SOURCES) > 50
    found = {
        str(path): names
        for path in SOURCES
        if (names := unpickling(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "code",
    ["import pickle", "import os, joblib.numpy_pickle", "from cloudpickle import loads",
     "torch.load('x')", "torch.load('x', weights_only=False)", "torch.hub.load('a', 'b')",
     "torch.load('x', weights_only=safe)", "np.load('x', allow_pickle=True)",
     "from torch import load"],
)  # fmt: skip
def test_the_scan_sees_pickle(code: str) -> None:
    assert unpickling(ast.parse(code))


def test_openvino_is_imported_in_one_place() -> None:
    importing = [
        path.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import) and any(n.name.startswith("openvino") for n in node.names)
    ]
    assert importing == ["_openvino.py"]
