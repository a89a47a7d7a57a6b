"""Several tasks: what ``train``, ``compare`` and ``pretrain`` print, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.cli.several import Result, Run, runner

import headstart
from headstart.errors import DataError

HEAD = ("--retrain", "head", "--threads", 1)
SMALL = ("--backbone", "timm:test_resnet", "--weights", "random", "--threads", 1, "--folds", 3)


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for tests to which it does not matter what is in it."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    shared_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a command line in an empty directory."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("HEADSTART_CACHE", str(shared_cache))
    return runner(capsys)


def rows_of(photos: Path) -> list[dict[str, str]]:
    """Of the 18 photos: striped or not, known of all; large or not, of 12; which side."""
    found = []
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        large = ("", "1", "0")[number % 3]
        row = {"file": str(path), "striped": str(int(path.parent.name == "stripes")),
               "large": large, "side": ("left", "right", "top")[number // 2 % 3]}  # fmt: skip
        found.append(row)
    return found


def written(
    name: str, rows: Sequence[dict[str, str]], columns: Sequence[str] = ("striped", "large", "side")
) -> Path:
    lines = [",".join(("file", *columns))]
    lines += [",".join(row[key] for key in ("file", *columns)) for row in rows]
    Path(name).write_text("\n".join(lines) + "\n")
    return Path(name)


def assert_error(result: Result, words: str) -> None:
    """Our error: exit code 1, one line, nothing else on standard output."""
    assert (result.code, result.out) == (1, "")
    last = result.err.splitlines()[-1]
    assert last.startswith("error: ")
    assert words in last
    assert "Traceback" not in result.err


def metrics_of(directory: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((Path(directory) / "metrics.json").read_text("utf-8"))
    return found


def settings_of(directory: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((Path(directory) / "model.json").read_text("utf-8"))
    settings = found["settings"]
    assert isinstance(settings, dict)
    return settings


def test_a_table_of_tasks(cli: Run, photos: Path) -> None:
    found = cli("train", written("labels.csv", rows_of(photos)), *HEAD)
    assert found.code == 0, found.err
    told, said = " ".join(found.err.split()), " ".join(found.out.split())
    assert "tasks 3: striped 18 known (9 yes), large 12 known (6 yes), side 18 known" in told
    assert "read as 3 tasks: 2 of yes or no ('striped', 'large') and 1 of several classes" in told
    assert "share nothing that was trained" in said
    lines = found.out.splitlines()
    (header,) = (place for place, line in enumerate(lines) if "average precision" in line)
    assert lines[header].split() == ["task", "known", "AUROC", "average", "precision", "F1"]
    table = [line.split() for line in lines[header + 1 : header + 5]]
    assert [row[:2] for row in table[:3]] == [["striped", "18"], ["large", "12"], ["side", "18"]]
    assert table[2][-2:] == ["-", "-"]
    assert table[3][0] == "mean"
    assert Path("labels-model/report.html").is_file()


def test_what_is_unknown_is_never_taken_for_no(cli: Run, photos: Path) -> None:
    rows = rows_of(photos)
    for name, word in (("blank", ""), ("marked", "?"), ("unsure", "-1")):
        other = [row | {"large": row["large"] or word} for row in rows]
        assert cli("train", written(f"{name}.csv", other), *HEAD, "-q").code == 0
    blank, marked, unsure = (
        Path(f"{name}-model/head.safetensors").read_bytes()
        for name in ("blank", "marked", "unsure")
    )
    assert blank == marked == unsure
    as_no = [row | {"large": row["large"] or "0"} for row in rows]
    assert cli("train", written("no.csv", as_no), *HEAD, "-q").code == 0
    assert Path("no-model/head.safetensors").read_bytes() != blank


def test_tasks_are_chosen_and_read_as_asked(cli: Run, photos: Path) -> None:
    table = written("t.csv", rows_of(photos))
    found = cli("train", table, *HEAD, "--tasks", "s*,large", "--exclude", "side",
                "--task-kind", "large=category", "--json", "-q")  # fmt: skip
    assert found.code == 0, found.err
    tasks = json.loads(found.out)["tasks"]
    assert [(task["name"], task["kind"], task["classes"]) for task in tasks] == [
        ("striped", "binary", ["no", "yes"]), ("large", "category", ["0", "1"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "chance"),
    [
        (["positive"], 100),
        (["large=negative"], 0),
        (["soft"], 70),
        (["positive", "large=0.25"], 25),
    ],
)
def test_uncertain_labels(cli: Run, photos: Path, given: list[str], chance: int) -> None:
    rows = [row | {"large": row["large"] or "-1"} for row in rows_of(photos)]
    options = [word for one in given for word in ("--uncertain", one)]
    found = cli("train", written("t.csv", rows), *HEAD, "--tasks", "striped,large", *options)
    assert found.code == 0, found.err
    told = " ".join(found.err.split())
    assert f"6 uncertain labels in 1 task ('large') trained as {chance} % yes" in told
    assert json.loads(Path("t-model/metrics.json").read_text())["tasks"][1]["known"] == 12


@pytest.mark.parametrize("given", ["formula", "equal", "0.5", "weights.json"])
def test_task_weights(cli: Run, photos: Path, given: str) -> None:
    Path("weights.json").write_text('{"large": 2, "side": 0.5}')
    found = cli("train", written("t.csv", rows_of(photos)), *HEAD, "-q", "--task-weights", given)
    assert found.code == 0, found.err
    expected = {"0.5": 0.5, "weights.json": {"large": 2.0, "side": 0.5}}
    assert settings_of("t-model")["task_weights"] == expected.get(given, given)


def a_voc_folder(root: Path, photos: Path) -> Path:
    """Boxes are drawn around stripes, and around dots in every third photo."""
    (root / "annotations").mkdir(parents=True)
    (root / "images").mkdir()
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        names = ["stripes"] * (path.parent.name == "stripes") + ["dots"] * (number % 3 == 0)
        (root / "images" / f"{number}.png").write_bytes(path.read_bytes())
        objects = "".join(
            f"<object><name>{name}</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>"
            "<ymax>9</ymax></bndbox></object>"
            for name in names
        )
        (root / "annotations" / f"{number}.xml").write_text(
            f"<annotation><filename>{number}.png</filename>{objects}</annotation>"
        )
    return root


def test_drawn_boxes(cli: Run, photos: Path) -> None:
    data = a_voc_folder(Path("signs"), photos)
    assert_error(cli("train", data, *HEAD), "name with annotated those which were drawn")
    found = cli("train", data, *HEAD, "--annotated", "all")
    assert found.code == 0, found.err
    told = " ".join(found.err.split())
    assert "2 classes drawn in 18 photos: 'dots' in 6, 'stripes' in 9" in told
    assert "what is not drawn is read as absent for all classes, as you say" in told
    tasks = json.loads(Path("signs-model/metrics.json").read_text())["tasks"]
    assert [(task["name"], task["known"]) for task in tasks] == [("dots", 18), ("stripes", 18)]


def test_boxes_of_which_one_class_was_looked_for(cli: Run, photos: Path) -> None:
    data = a_voc_folder(Path("signs"), photos)
    found = cli("train", data, *HEAD, "--annotated", "dots")
    assert found.code == 0, found.err
    told = " ".join(found.err.split())
    assert "absent for 'dots', as you say and as unknown for 'stripes'" in told
    tasks = json.loads(Path("signs-model/metrics.json").read_text())["tasks"]
    assert [task["name"] for task in tasks] == ["dots"]


def test_feature_vectors_instead_of_photos(cli: Run) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(40, 3))
    rows = [f"m{n},{int(v[0] > 0)},{'' if n % 4 == 0 else int(v[1] > 0)}"
            for n, v in enumerate(values)]  # fmt: skip
    Path("t.csv").write_text("\n".join(["id,first,second", *rows]) + "\n")
    np.save("v.npy", values.astype(np.float32))
    found = cli("train", "t.csv", "--features", "v.npy", *HEAD)
    assert found.code == 0, found.err
    assert "photos" not in found.out
    answers = cli("predict", "t-model", "v.npy", "--format", "csv").out.splitlines()
    assert answers[0] == "file,first,p_first,second,p_second,error"
    assert len(answers) == 41
    assert_error(cli("pretrain", "t.csv", "--features", "v.npy"), "headstart train --features")


def test_two_tables_are_joined(cli: Run, photos: Path) -> None:
    rows = rows_of(photos)
    first = written("first.csv", rows[:14], ["striped", "large"])
    second = written("second.csv", rows[4:], ["side"])
    found = cli("train", first, second, *HEAD)
    assert found.code == 0, found.err
    told = " ".join(found.err.split())
    assert "2 tables joined on the file: 18 files, 10 of them in more than one" in told
    tasks = json.loads(Path("first-model/metrics.json").read_text())["tasks"]
    known = {"striped": 14, "large": 9, "side": 14}
    assert {task["name"]: task["known"] for task in tasks} == known
    assert json.loads(Path("first-model/model.json").read_text())["data"].count(".csv") == 2


def test_joint_and_separate(cli: Run, photos: Path) -> None:
    pytest.importorskip("timm")
    table = written("t.csv", rows_of(photos))
    found = cli("compare", table, *SMALL, "--with", "joint,separate,head", "--epochs", 1)
    assert found.code == 0, found.err
    lines = found.out.splitlines()
    assert lines[0].startswith("joint against separate, by AUROC: joint helps ")
    assert "(corrected for 3 tasks)" in lines[0]
    assert any(line.startswith("joint against head, by AUROC: ") for line in lines)
    (header,) = (place for place, line in enumerate(lines) if "mean AUROC" in line)
    assert [line.split()[0] for line in lines[header + 1 : header + 4]] == [
        "joint", "separate", "head",
    ]  # fmt: skip
    assert any(line.startswith("  shared: 1 of 5 stages retrained") for line in lines)
    assert Path("t-comparison/comparison.json").is_file()


def test_on_frozen_stages_joint_and_separate_are_the_same(cli: Run, photos: Path) -> None:
    found = cli("compare", written("t.csv", rows_of(photos)), *HEAD, "--with", "joint,separate",
                "--json", "-q")  # fmt: skip
    assert found.code == 0, found.err
    said = json.loads(found.out)
    assert all("joint and separate are the same" in way["what"] for way in said["ways"])
    figures = [way["figures"] for way in said["ways"]]
    assert figures[0] == figures[1]


def test_a_network_pretrained_on_many_tasks_is_started_from(cli: Run, photos: Path) -> None:
    pytest.importorskip("timm")
    rows = rows_of(photos)
    tables = [written("a.csv", rows, ["striped", "large"]), written("b.csv", rows, ["side"])]
    few = ("--arch", "test_resnet", "--size", 32, "--epochs", 1, "--threads", 1)
    found = cli("pretrain", *tables, *few, "--out", "net")
    assert found.code == 0, found.err
    assert "start from it: headstart train DATA --backbone net" in found.out
    made = json.loads(Path("net/model.json").read_text())
    assert [task["name"] for task in made["tasks"]] == ["striped", "large", "side"]
    after = cli("train", photos, "--backbone", "net", *HEAD, "--json", "-q")
    assert after.code == 0, after.err
    assert json.loads(after.out)["tasks"][0]["classes"] == ["checks", "stripes"]


def test_in_python(photos: Path, tmp_path: Path, cli: Run) -> None:
    rows = rows_of(photos)
    tables = [written("a.csv", rows[:14], ["striped", "large"]), written("b.csv", rows, ["side"])]
    model = headstart.train(tables, tmp_path / "m", retrain="head", threads=1, exclude=["large"])
    assert [task.name for task in model.tasks] == ["striped", "side"]
    answers = model.predict([rows[0]["file"]])[0].answers
    assert answers["side"].label in ("left", "right", "top")
    found = headstart.compare(tables, ["joint", "head"], tmp_path / "c", retrain="head", threads=1,
                              tasks=["striped", "side"])  # fmt: skip
    assert found.as_dict()["kind"] == "tasks"
    assert (tmp_path / "c" / "comparison.json").is_file()
    with pytest.raises(DataError, match="label_column, groups, features and annotated are for one"):
        headstart.train(tables, tmp_path / "n", label_column="side")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tasks", "nosuch"], "no column is called 'nosuch'; there are 'striped', 'large'"),
        (["--exclude", "nosuch"], "no column is called 'nosuch'"),
        (["--task-kind", "side=binary"], "'side' is no binary task, for it holds 3 values"),
        (["--uncertain", "perhaps"], "may be ignore, positive, negative, soft or a number"),
        (["--uncertain", "nosuch=soft"], "no column is called 'nosuch'"),
        (["--annotated", "all"], "annotated is for annotations of objects; there are none"),
        (["--features", "nosuch.npy"], "nosuch.npy"),
        (["--label-column", "side", "--tasks", "large"], "cannot be given beside label_column"),
        (
            ["--focus", "striped"],
            "the tasks share nothing, so none can help another: give --hidden",
        ),
        (["--task-weights", "2"], "neither 'formula' nor 'equal' nor a power from 0 to 1"),
        (["--task-weights", "strange.json"], "task weights of strange: there are no such tasks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said(
    cli: Run, photos: Path, options: list[str], words: str
) -> None:
    Path("strange.json").write_text('{"strange": 1}')
    assert_error(cli("train", written("t.csv", rows_of(photos)), *HEAD, *options), words)
    assert not Path("t-model").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--task-kind", "side=number"], "'number' is neither binary nor category"),
        (["--task-weights", "nosuch.json"], "neither formula nor equal nor a number, nor a file"),
        (["--task-weights", "list.json"], "must be a JSON object of weights by task"),
        (["--task-weights", "torn.json"], "is no JSON"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors(cli: Run, photos: Path, options: list[str], words: str) -> None:
    Path("list.json").write_text("[1, 2]")
    Path("torn.json").write_text('{"side": ')
    found = cli("train", written("t.csv", rows_of(photos)), *options)
    assert (found.code, found.out) == (2, "")
    assert words in " ".join(found.err.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--with", "joint"], "two different ways or more are needed; the ways are joint, sep"),
        (["--with", "joint,softmax"], "side have more than two classes"),
        (["--with", "joint,softmax", "--exclude", "side"], "of 18 examples hold none"),
        (["--with", "joint,separate", "--tasks", "large"], "two tasks or more; there is 1"),
        (["--with", "joint,separate", "--sweep-size", "8,4"], "in rising order"),
        (
            ["--with", "joint,separate", "--sweep-size", "wide"],
            "no pretrained network is named 'wide'",
        ),
        (
            ["--with", "joint,separate", "--hide-labels", "half"],
            "percentages such as 50 or rare:50",
        ),
        (["--with", "scratch,head", "--hide-labels", "50"], "does not heed hide_labels"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_comparisons_that_make_no_sense(
    cli: Run, photos: Path, options: list[str], words: str
) -> None:
    pytest.importorskip("torch")
    assert_error(cli("compare", written("t.csv", rows_of(photos)), *HEAD, *options), words)
    assert not Path("t-comparison").exists()
