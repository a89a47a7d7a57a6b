"""How a model directory takes the place of another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headstart.errors import ModelError
from headstart.model import _format as module
from headstart.model import check_target, replacing, write_json


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def write(directory: Path, text: str = "new") -> None:
    (directory / "model.json").write_text('{"format": "headstart-model"}')
    (directory / "text").write_text(text)


def half_written(directory: Path, error: Exception) -> None:
    (directory / "half").write_text("half")
    raise error


def test_a_new_directory(tmp_path: Path) -> None:
    with replacing(tmp_path / "deep" / "model") as directory:
        write(directory)
        assert not (tmp_path / "deep" / "model").exists()
    assert contents(tmp_path / "deep" / "model").keys() == {"model.json", "text"}
    assert names(tmp_path / "deep") == ["model"]


def test_a_model_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    write(target, "old")
    (target / "more").write_text("old")
    with replacing(target) as directory:
        write(directory)
        assert (target / "text").read_text() == "old"
    assert contents(target).keys() == {"model.json", "text"}
    assert (target / "text").read_text() == "new"
    assert names(tmp_path) == ["model"]


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with replacing(tmp_path / "model") as directory:
        write(directory)
    assert (tmp_path / "model" / "text").exists()


def test_a_model_is_like_any_other_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "model") as directory:
        write(directory)
    (tmp_path / "other").mkdir()
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("bug")])
def test_the_old_model_stays_where_writing_fails(tmp_path: Path, error: Exception) -> None:
    target = tmp_path / "model"
    target.mkdir()
    write(target, "old")
    before = contents(target)
    expected = ModelError if isinstance(error, OSError) else RuntimeError
    with pytest.raises(expected, match=r"No space left.*unchanged|bug"), replacing(target) as made:
        half_written(made, error)
    assert contents(target) == before
    assert names(tmp_path) == ["model"]


def test_the_old_model_comes_back_where_the_last_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model"
    target.mkdir()
    write(target, "old")
    before = contents(target)
    rename = Path.replace

    def fail_the_second(self: Path, other: Path) -> Path:
        if other == target and (self / "text").read_text() == "new":
            raise OSError(5, "Input/output error")
        return rename(self, other)

    monkeypatch.setattr(Path, "replace", fail_the_second)
    with (
        pytest.raises(ModelError, match=r"Input/output error.*unchanged"),
        replacing(target) as made,
    ):
        write(made)
    assert contents(target) == before
    assert names(tmp_path) == ["model"]


def test_anything_but_a_model_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "precious.jpg").write_text("precious")
    file = tmp_path / "file"
    file.write_text("precious")
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.json").write_text('{"format": "something else"}')
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model.json").write_text("{")
    for target in (folder, file, other, broken):
        with pytest.raises(ModelError, match="exists and is not a model directory; nothing was"):
            check_target(target)
        with (
            pytest.raises(ModelError, match="exists and is not a model directory"),
            replacing(target),
        ):
            pass
    assert (folder / "precious.jpg").read_text() == file.read_text() == "precious"


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="file is not a directory"):
        check_target(tmp_path / "file" / "model")


@pytest.mark.parametrize("content", ["", '{"format": "headstart-model"}'])
def test_the_current_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """Put in its place, a new directory would leave the user's shell in a deleted one."""
    if content:
        (tmp_path / "model.json").write_text(content)
    monkeypatch.chdir(tmp_path)
    for target in (Path(), tmp_path):
        with pytest.raises(ModelError, match="is the current directory"):
            check_target(target)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    with pytest.raises(ModelError, match="permission denied"):
        check_target(tmp_path / "closed" / "model")


def test_json_holds_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"value": float("nan")})


def test_json_of_a_name_that_is_not_text(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"data": "caf\udce9", "other": "é"})
    text = (tmp_path / "a.json").read_text("utf-8")
    assert "caf\\udce9" in text
    assert "é" in text


def test_the_umask_is_left_as_it_was() -> None:
    before = os.umask(0o027)
    try:
        assert module._umask() == 0o027
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
