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
