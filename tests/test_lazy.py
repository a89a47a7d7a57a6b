"""Rooms whose names are imported on first use offer what their type checkers see."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import headstart
from headstart._lazy import lazy

ROOMS = (
    "headstart",
    *(f"headstart.{room}" for room in (
        "activations", "backbones", "evaluation", "examples", "heads", "media", "model", "report",
        "runs", "strategy", "training",
    )),
)  # fmt: skip


def typed(room: ModuleType) -> dict[str, str]:
    """What a type checker takes each name of a room for: the module that it comes from."""
    assert room.__file__ is not None
    tree = ast.parse(Path(room.__file__).read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        for alias in node.names:
            assert alias.asname == alias.name  # said to be offered, not just used
            found[alias.name] = node.module
    return found


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_offers_what_a_type_checker_sees(name: str) -> None:
    room = import_module(name)
    seen = typed(room)
    own = {"headstart": {"__version__"}, "headstart.media": {"PHOTO_SUFFIXES"}}.get(name, set())
    assert set(room.__all__) == {*seen, *own}
    assert dir(room) == room.__all__ == sorted(room.__all__)
    for each, home in seen.items():
        assert getattr(room, each) is getattr(import_module(home), each)


def test_every_room_with_names_of_many_files_is_lazy() -> None:
    assert headstart.__file__ is not None
    inits = Path(headstart.__file__).parent.glob("**/__init__.py")
    eager = [path.parent.name for path in inits if "= lazy(" not in path.read_text("utf-8")]
    assert eager == ["cli"]  # the command itself


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"module 'headstart.report' has no attribute 'nope'"):
        import_module("headstart.report").nope  # noqa: B018
    with pytest.raises(ImportError, match=r"cannot import name 'nope' from 'headstart.report'"):
        exec("from headstart.report import nope", {})  # noqa: S102


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    room = ModuleType("room")
    home = ModuleType("room._home")
    home.it = "found"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "room", room)
    monkeypatch.setitem(sys.modules, "room._home", home)
    offered, attribute, names = lazy("room", {"_home": ("it",)}, own=("mine",))
    assert (offered, names()) == (["it", "mine"], ["it", "mine"])
    assert not hasattr(room, "it")
    assert attribute("it") == "found"
    assert vars(room)["it"] == "found"


def test_a_name_imports_its_own_file_and_what_that_needs() -> None:
    code = (
        "import sys\nfrom headstart.strategy import parse_budget\n"
        "print(*sorted(name for name in sys.modules if name.startswith('headstart')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [
        "headstart", "headstart._lazy", "headstart.errors", "headstart.strategy",
        "headstart.strategy._budget",
    ]  # fmt: skip
