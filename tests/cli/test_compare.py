"""``headstart compare``: what is printed, what is written, and what goes wrong in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("timm")

from headstart.cli import main

FEW = ("--with", "scratch,head", "--arch", "timm:test_resnet", "--size", "32", "--epochs", "1",
       "--draws", "2", "--threads", "1", "--backbone", "timm:test_resnet", "--weights",
       "random")  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["compare", *map(str, arguments)])
    found = capsys.readouterr()
    return int(ended.value.code or 0), found.out, found.err


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def test_the_findings_come_first_then_the_table(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, photos, *FEW, "--sizes", "4,all,500")
    assert code == 0, err
    lines = out.splitlines()
    words = (
        "Transfer helps: ",
        "Transfer harms: ",
        "Cannot tell with this data: ",
        "No gain to be ",
    )
    assert lines[0].startswith(words)
    (header,) = (line for line in lines if "against the first" in line)
    assert " ".join(header.split()) == (
        "examples accuracy 95 % against the first log loss seconds a fit trained"
    )
    table = lines[lines.index(header) + 1 :][:4]
    assert [line.split()[:2] for line in table[::2]] == [["scratch", "4"], ["head", "4"]]
    assert all(line.startswith("       ") for line in table[1::2])  # a name stands once
    assert " points (" not in table[0]
    assert " points (" in table[2]
    assert "2 training parts: 2-fold cross-validation x 1; " in out
    assert lines[-1] == f"report  {Path('photos-comparison/report.html').absolute()}"
    assert Path("photos-comparison/report.html").is_file()
    assert "left out: 500 examples" in " ".join(err.split())


def test_as_json(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, photos, *FEW, "--json", "-q", "--out", "there")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [row["name"] for row in found["candidates"]] == ["scratch", "head"]
    assert found["verdict"] == found["sentences"][0]
    assert found["verdicts"][0]["word"] in ("helps", "harms", "no gain", "cannot tell")
    assert found["sizes"] == [9]
    written = json.loads(Path("there/comparison.json").read_text("utf-8"))
    assert written == {"data": str(photos), **found}


def test_quiet(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, photos, *FEW, "--quiet") == (0, "", "")
    assert Path("photos-comparison/comparison.json").is_file()


def test_one_held_out_group_has_no_interval(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{path},{path.parent.name},{'val' if path.stem == '0' else 'train'}"
            for path in sorted(photos.rglob("*.png"))]  # fmt: skip
    rows = [f"{row},{'same' if row.endswith('val') else number}"
            for number, row in enumerate(rows)]  # fmt: skip
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["file,label,split,group", *rows]))
    code, out, err = run(capsys, table, *FEW)
    assert code == 0, err
    assert "Cannot tell with this data: unknown (one example or group has no spread)" in out
    assert " points (unknown)" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--with", "head"], "there is 1 to compare; give two or more with --with"),
        (["--with", ","], "there is 0 to compare"),
        (["--with", "head,head"], "head is there twice"),
        (["--with", "head,nosuch"], "no pretrained network is named 'nosuch'"),
        (["--with", "head,speech_embedding"], "A network helps with the kind of input that it"),
        (["--with", "head,99"], "expected head, a number of last stages from 1 to 9"),
        (["--with", "scratch,head", "--arch", "nosuch"], "no model named 'nosuch'"),
        (["--with", "head,1", "--sizes", "1"], "sizes 1; expected numbers of examples, 2 or more"),
        (["--with", "head,1", "--sizes", ","], "sizes are missing"),
        (["--with", "head,1", "--draws", "11"], "11 draws cannot be divided"),
        (["--with", "head,1", "--out", "full"], "full: holds letter.txt and is no comparison"),
        (["--with", "head,1", "--out", "full/letter.txt"], "is a file; give another place"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_our_errors_are_one_line(
    options: list[str], words: str, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("full").mkdir()
    Path("full/letter.txt").write_text("dear")
    code, out, err = run(capsys, photos, *options)
    assert (code, out) == (1, "")
    assert words in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not Path("photos-comparison").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Missing option '--with'"),
        (["--with", "head,1", "--sizes", "some"], "expected numbers of examples, and all"),
        (["--with", "head,1", "--draws", "1"], "'--draws'"),
        (["--with", "head,1", "--size", "8"], "'--size'"),
        (["--with", "head,1", "--nonsense"], "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors(
    options: list[str], words: str, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, photos, *options)
    assert (code, out) == (2, "")
    assert words in err


def test_data_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "nowhere", "--with", "head,1")
    assert code == 1
    assert "nowhere: does not exist" in err
