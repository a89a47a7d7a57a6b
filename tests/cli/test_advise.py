"""``headstart advise``: what is printed, and what goes wrong in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headstart.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["advise", *map(str, arguments)])
    found = capsys.readouterr()
    return int(ended.value.code or 0), found.out, found.err


def test_it_reads_from_top_to_bottom(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    code, out, err = run(capsys, photos, "--source", "speech_embedding", "--source", "builtin")
    assert (code, err) == (0, "")
    parts = ["Advice for", "data ", "18 photos", "computer", "Transfer: start from builtin.",
             "speech_embedding: refused", "\n  why ", "\n  how deep", "\n  careful", "To be sure",
             "headstart train", "pays, about "]  # fmt: skip
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    assert all(len(line) <= 90 for line in out.splitlines() if "headstart " not in line)


def test_as_json(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, photos, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["found"]["tasks"][0]["counts"] == {"checks": 9, "stripes": 9}
    assert {each["name"] for each in found["sources"]} == {"efficientnet_lite0"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere"], "does not exist"), ([".", "--source", "nosuch"], "error:")],
)
def test_errors_are_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1


def test_several_tasks_and_options_of_the_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "90")
    rows = [f"{n}.jpg,{n % 2 if n < 20 else '?'},{n % 2},{n % 3}" for n in range(400)]
    Path("a.csv").write_text("\n".join(["file,rare,often,kind", *rows]) + "\n")
    Path("0.jpg").touch()
    Path("b.csv").write_text("file,more\n" + "".join(f"{n}.jpg,{n % 2}\n" for n in range(300)))
    code, out, err = run(capsys, "a.csv", "b.csv", "--exclude", "kind", "--uncertain", "soft")
    assert (code, err) == (0, "")
    assert "400 photos; 3 tasks." in out
    assert "rare: no 10, yes 10, 380 unknown." in out
    assert "One model for all 3 tasks." in out
    options = "--exclude kind --uncertain soft"
    assert f"\n  headstart train a.csv b.csv {options}\n" in out
    assert f"\n  headstart compare a.csv b.csv --with joint,separate {options}\n" in out
    assert f"\n  headstart train a.csv b.csv --focus rare {options}\n" in out
    assert "whether one network for all tasks beats one for each, about " in out


def test_vectors_instead_of_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"m{n},{n % 2},{n % 3 % 2},{n / 7},{n % 5}" for n in range(40)]
    Path("t.csv").write_text("\n".join(["id,first,second,x1,x2", *rows]) + "\n")
    code, out, err = run(capsys, "t.csv", "--features", "x*")
    assert (code, err) == (0, "")
    assert "40 feature vectors of 2 numbers; 2 tasks." in out
    assert "New layers on your vectors." in out
    assert "headstart train t.csv --features 'x*'" in out
    code, out, err = run(capsys, "t.csv")
    assert (code, out) == (1, "")
    assert "of rows that have feature vectors instead of files, say with features" in err


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)[0] == 2
    code, out, err = run(capsys, "t.csv", "--task-kind", "a=number")
    assert (code, out) == (2, "")
    assert "'number' is neither binary nor category" in err
