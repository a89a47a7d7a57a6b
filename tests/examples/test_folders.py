"""read_examples on folders."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headstart.errors import DataError, UnreadableFileError
from headstart.examples import read_examples, read_sources


def photos(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (2, 2)).save(root / name, "PNG")
    return root


def test_class_folders(tmp_path: Path) -> None:
    photos(tmp_path, "cat/b.png", "cat/a.PNG", "dog/deep/er/c.png", ".git/x.png", "cat/.hid.png")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "cat" / ".DS_Store").write_bytes(b"x")
    examples = read_examples(tmp_path)
    assert [source.name for source in examples.sources] == [
        "cat/a.PNG",
        "cat/b.png",
        "dog/deep/er/c.png",
    ]
    assert examples.targets.tolist() == [[0], [0], [1]]
    assert examples.targets.dtype == np.int64
    (task,) = examples.tasks
    assert (task.name, task.kind, task.classes) == ("label", "category", ("cat", "dog"))
    assert examples.parts is None
    assert examples.groups is None
    assert examples.notes == ()
    assert examples.sources[0].read().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("held_out", "part"),
    [
        ("val", "validation"),
        ("Valid", "validation"),
        ("VALIDATION", "validation"),
        ("Test", "test"),
    ],
)
def test_parts(tmp_path: Path, held_out: str, part: str) -> None:
    photos(tmp_path, "Train/a/1.png", "Train/b/2.png", f"{held_out}/a/3.png", f"{held_out}/b/4.png")
    examples = read_examples(str(tmp_path))
    assert examples.parts is not None
    assert sorted(examples.parts) == sorted(["train", "train", part, part])
    assert {source.name for source in examples.sources} >= {"Train/a/1.png", f"{held_out}/b/4.png"}


def test_a_train_folder_alone_and_extra_folders(tmp_path: Path) -> None:
    photos(tmp_path, "train/a/1.png", "train/b/2.png")
    assert read_examples(tmp_path).parts == ("train", "train")
    photos(tmp_path, "test/a/3.png", "annotations/4.png")
    examples = read_examples(tmp_path)
    assert examples.parts is not None
    assert sorted(examples.parts) == ["test", "train", "train"]
    assert "annotations/" in examples.notes[0]
    assert "The test part has no example of 'b'." in examples.notes


def test_train_may_be_the_name_of_a_class(tmp_path: Path) -> None:
    photos(tmp_path, "train/1.png", "car/2.png", "bus/3.png", "test/4.png")
    examples = read_examples(tmp_path)
    assert examples.tasks[0].classes == ("bus", "car", "test", "train")
    assert examples.parts is None


def test_classes_are_in_natural_order(tmp_path: Path) -> None:
    photos(tmp_path, *(f"{name}/a.png" for name in ("img10", "img9", "IMG1", "other")))
    assert read_examples(tmp_path).tasks[0].classes == ("IMG1", "img9", "img10", "other")
    numbers = tmp_path / "numbers"
    photos(numbers, *(f"{name}/a.png" for name in ("10", "9", "-1", "0.5", "0")))
    assert read_examples(numbers).tasks[0].classes == ("-1", "0", "0.5", "9", "10")


def test_odd_entries_become_examples_that_cannot_be_read(tmp_path: Path) -> None:
    photos(tmp_path, "a/good.png", "b/good.png")
    (tmp_path / "a" / "folder.jpg").mkdir()
    (tmp_path / "a" / "dead.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "a" / "pipe.jpg")
    examples = read_examples(tmp_path)
    reasons = {}
    for source in examples.sources:
        try:
            source.read()
        except UnreadableFileError as error:
            reasons[source.name] = error.reason
    assert reasons == {
        "a/folder.jpg": "is a directory, not a photo",
        "a/dead.jpg": "is a dead link",
        "a/pipe.jpg": "is a device or pipe, not a photo",
    }


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    photos(tmp_path / "data", "a/1.png", "b/2.png")
    photos(tmp_path / "elsewhere", "3.png")
    (tmp_path / "data" / "c").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "a" / "up").symlink_to(tmp_path / "data" / "a")
    examples = read_examples(tmp_path / "data")
    assert [source.name for source in examples.sources] == ["a/1.png", "b/2.png", "c/3.png"]


def test_odd_names(tmp_path: Path) -> None:
    names = [
        "sp ace.png",
        "quo'te\".png",
        "new\nline.png",
        "köln 猫.png",
        "a\u202fb.png",
        "%s{0}.png",
    ]
    photos(tmp_path, *(f"a/{name}" for name in names), "b\tc/1.png")
    raw = os.fsencode(tmp_path / "a") + b"/caf\xe9.png"
    Path(os.fsdecode(raw)).write_bytes((tmp_path / "a" / "sp ace.png").read_bytes())
    examples = read_examples(tmp_path)
    shown = {source.name for source in examples.sources}
    assert {"a/new\\nline.png", "a/caf\\xe9.png", "a/köln 猫.png", "a/a\u202fb.png"} <= shown
    assert examples.tasks[0].classes == ("a", "b\\tc")
    for source in examples.sources:
        source.name.encode("utf-8")
        assert source.read().startswith(b"\x89PNG")


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    photos(tmp_path, "a/1.png", "b/1.png", "stray.png")
    (tmp_path / "a" / "notes.txt").write_text("x")
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "empty").mkdir()
    examples = read_examples(tmp_path)
    assert examples.tasks[0].classes == ("a", "b")
    assert examples.notes == (
        "1 photo beside the class folders left out, for no folder says their class: stray.png.",
        "2 files without a photo's ending left out: a/notes.txt, README.md.",
        "No photos in the folder empty: it is no class.",
    )


def test_class_names_that_differ_in_case_are_said(tmp_path: Path) -> None:
    photos(tmp_path, "a/1.png", "b/1.png")
    if (tmp_path / "A").exists():
        pytest.skip("this file system takes A and a for the same")
    photos(tmp_path, "A/2.png")
    assert any("'A' and 'a' differ only in case" in note for note in read_examples(tmp_path).notes)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r"the folder is empty; put the photos of each class into a folder of its own"),
        (["1.png", "2.png"], r"the 2 photos in it lie in no class folder; put the photos"),
        (["a/1.png", "a/2.png"], r"only one class, 'a'"),
        (["train/1.png", "val/1.png"], r"2 photos in it lie in no class folder; .*/train/cat/"),
        (["train/a/1.png", "train/b/1.png", "val/c/1.png"], r"validation part has 1 class .*'c'"),
        (["val/a/1.png", "val/b/1.png"], r"no labelled example is in the training part"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path: Path, names: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(photos(tmp_path, *names))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    photos(tmp_path, "train/a/1.png", "train/b/1.png", "val/c/1.png", "test/d/1.png")
    with pytest.raises(DataError, match=r"'c'.*'d'"):
        read_examples(tmp_path)


def test_one_class_will_do_to_evaluate(tmp_path: Path) -> None:
    examples = read_examples(photos(tmp_path, "test/a/1.png"), for_training=False)
    assert examples.parts == ("test",)


def test_a_folder_without_photos(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.doc").write_text("x")
    with pytest.raises(DataError, match=r"none of its files has a photo's ending .* a/x.doc"):
        read_examples(tmp_path)


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing: does not exist"):
        read_examples(tmp_path / "nothing")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(DataError, match="link: is a dead link"):
        read_examples(tmp_path / "link")
    with pytest.raises(DataError, match=r"a\\x00b: does not exist"):
        read_examples("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_closed_folders(tmp_path: Path) -> None:
    photos(tmp_path, "a/1.png", "b/1.png", "c/1.png")
    (tmp_path / "c").chmod(0)
    try:
        assert any("c may not be opened" in note for note in read_examples(tmp_path).notes)
    finally:
        (tmp_path / "c").chmod(0o755)


def test_labels_beside_a_folder_are_refused(tmp_path: Path) -> None:
    photos(tmp_path, "a/1.png", "b/1.png")
    with pytest.raises(DataError, match="cannot be given beside a folder"):
        read_examples(tmp_path, ["a", "b"])


def test_read_sources_takes_every_photo_below(tmp_path: Path) -> None:
    photos(tmp_path, "a/1.png", "2.png", "b/c/3.png")
    (tmp_path / "x.txt").write_text("x")
    assert {source.name for source in read_sources(tmp_path)} == {"a/1.png", "2.png", "b/c/3.png"}
    assert [source.name for source in read_sources(tmp_path / "2.png")] == [str(tmp_path / "2.png")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="folder is empty"):
        read_sources(tmp_path / "empty")


HYMENOPTERA = Path(__file__).parents[3] / "shared" / "data" / "hymenoptera"


@pytest.mark.skipif(not HYMENOPTERA.exists(), reason="../shared/data is absent")
def test_real_photos() -> None:
    examples = read_examples(HYMENOPTERA)
    assert examples.parts is not None
    assert (examples.parts.count("train"), examples.parts.count("validation")) == (245, 153)
    assert examples.tasks[0].classes == ("ants", "bees")
