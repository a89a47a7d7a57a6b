"""Annotations of objects are read as presence, and what is not drawn as absent only if said so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headstart.errors import DataError
from headstart.examples import UNKNOWN, Examples, Task, read_examples, read_sources, survey

OBJECTS: dict[str, list[str]] = {
    "r0": ["car", "car", "stop"],
    "r1": ["car"],
    "r2": ["stop", "light"],
    "r3": [],
    "r10": ["light"],
}


def voc(name: str, objects: list[str], *, ending: str = ".jpg") -> str:
    inside = "".join(
        f"<object><name> {each} </name><difficult>{place % 2}</difficult>"
        "<part><name>wheel</name></part><bndbox><xmin>1</xmin></bndbox></object>"
        for place, each in enumerate(objects)
    )
    source = "<source><database>name</database></source><owner><name>somebody</name></owner>"
    return (
        f"<annotation><folder>x</folder><filename>{name}{ending}</filename>{source}{inside}"
        "</annotation>"
    )


def written(
    folder: Path, objects: dict[str, list[str]] = OBJECTS, *, images: str = "images"
) -> Path:
    (folder / "annotations").mkdir()
    (folder / images).mkdir(exist_ok=True)
    for name, drawn in objects.items():
        (folder / "annotations" / f"{name}.xml").write_text(voc(name, drawn))
        (folder / images / f"{name}.jpg").write_text(name)
    return folder


def column(examples: Examples, name: str) -> list[int]:
    place = [task.name for task in examples.tasks].index(name)
    return examples.targets[:, place].tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("images", ["images", "JPEGImages"])
def test_each_class_is_a_task_of_presence(tmp_path: Path, images: str) -> None:
    found = read_examples(written(tmp_path, images=images), annotated="all")
    assert [source.name for source in found.sources] == [
        f"{images}/{name}.jpg" for name in ("r0", "r1", "r2", "r3", "r10")
    ]
    assert found.sources[4].read() == b"r10"
    assert found.tasks == tuple(
        Task(name, "binary", ("no", "yes")) for name in ("car", "light", "stop")
    )
    assert found.targets.tolist() == [[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0]]
    assert found.notes == (
        f"{tmp_path}: 3 classes drawn in 5 photos: 'car' in 2, 'light' in 2, 'stop' in 2.",
        f"{tmp_path}: what is not drawn is read as absent for all classes, as you say: 6 labels "
        "say yes, 9 no, and 0 are unknown.",
    )


def test_what_is_not_drawn_is_unknown_but_for_classes_that_are_named(tmp_path: Path) -> None:
    written(tmp_path)
    whole = read_examples(tmp_path, annotated=["st*"], for_training=False)
    assert column(whole, "stop") == [1, 0, 1, 0, 0]
    assert column(whole, "car") == [1, 1, UNKNOWN, UNKNOWN, UNKNOWN]
    found = read_examples(tmp_path, annotated=["stop", "car"])
    assert [task.name for task in found.tasks] == ["car", "stop"]
    notes = " ".join(found.notes)
    assert "absent for 'car', 'stop', as you say and as unknown for 'light'" in notes
    assert "6 labels say yes, 6 no, and 3 are unknown" in notes
    assert "1 task left out, of which the training part does not know two classes" in notes


def test_nothing_can_be_learnt_where_nothing_is_absent(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(
        DataError, match=r"not what was looked for.*\('car', 'light', 'stop'\).*all"
    ):
        read_examples(tmp_path)
    assert read_examples(tmp_path, for_training=False).targets.min() == UNKNOWN
    seen = survey(tmp_path)
    assert dict(seen.tasks[0].counts) == {"no": 0, "yes": 2}
    assert dict(survey(tmp_path, annotated="all").tasks[0].counts) == {"no": 3, "yes": 2}


def test_classes_are_chosen_like_columns(tmp_path: Path) -> None:
    written(tmp_path)
    some = read_examples(tmp_path, annotated="all", tasks=["stop", "l*"])
    assert [task.name for task in some.tasks] == ["light", "stop"]
    rest = read_examples(tmp_path, annotated="all", exclude=["light"])
    assert [task.name for task in rest.tasks] == ["car", "stop"]


def test_photos_are_found_by_another_ending(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "images" / "r1.jpg").rename(tmp_path / "images" / "r1.png")
    (tmp_path / "annotations" / "r2.xml").write_text(voc("C:\\photos\\r2", ["car"]))
    (tmp_path / "annotations" / "r3.xml").write_text(voc("strange", ["car"]))
    (tmp_path / "images" / "spare.jpg").touch()
    (tmp_path / "images" / "r0.jpg").unlink()
    found = read_examples(tmp_path, annotated="all")
    assert [source.name for source in found.sources[1:4]] == [
        "images/r1.png", "images/r2.jpg", "images/r3.jpg",
    ]  # fmt: skip
    assert "1 photo annotated but not there: r0.jpg" in found.notes[0]
    assert found.notes[1] == (
        "2 photos found under another name than the annotation gives: r1.png for r1.jpg, r3.jpg "
        "for strange.jpg."
    )
    assert found.notes[2] == "1 photo without an annotation left out: spare.jpg."


def test_annotations_beside_their_photos(tmp_path: Path) -> None:
    for name, drawn in OBJECTS.items():
        (tmp_path / f"{name}.xml").write_text(voc(name, drawn))
        (tmp_path / f"{name}.jpg").write_text(name)
    assert read_examples(tmp_path, annotated="all").sources[4].read() == b"r10"


def test_the_folder_of_annotations_alone(tmp_path: Path) -> None:
    found = read_examples(written(tmp_path) / "annotations", annotated="all")
    assert [source.read() for source in found.sources] == [b"r0", b"r1", b"r2", b"r3", b"r10"]


def test_class_folders_beside_annotations_stay_classes(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.jpg").touch()
    assert set(read_examples(tmp_path).tasks[0].classes) == {"cat", "images"}
    assert len(read_examples(tmp_path, annotated="all").tasks) == 3


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else "" for n in range(1, 10))
    + "]><annotation><filename>&l9;</filename></annotation>"
)
OUTSIDE = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    "<annotation><filename>&x;</filename></annotation>"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "r1.xml has a document type or entities"),
        (OUTSIDE, "r1.xml has a document type or entities"),
        ('<!DOCTYPE annotation SYSTEM "voc.dtd"><annotation/>', "r1.xml has a document type"),
        ("<annotation><object>", "r1.xml is no XML: no element found"),
        ("<annotation>&unknown;</annotation>", "r1.xml is no XML: undefined entity"),
        ("", "r1.xml is no XML"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', "r1.xml is"),
        ("<html/>", "r1.xml is no PASCAL VOC annotation, for it begins with <html>"),
    ],
)
def test_files_that_are_no_annotations(tmp_path: Path, text: str, message: str) -> None:
    written(tmp_path)
    (tmp_path / "annotations" / "r1.xml").write_text(text)
    (tmp_path / "annotations" / "r10.xml").write_text("<")
    with pytest.raises(DataError, match=f"2 annotations cannot be used: {message}.*r10.xml is no"):
        read_examples(tmp_path, annotated="all")


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(DataError, match="nothing that is drawn is called 'bus'; there are 'car'"):
        read_examples(tmp_path, annotated=["bus", "car"])
    with pytest.raises(DataError, match=r"must be 'all' or a list of classes, not 'car'"):
        read_examples(tmp_path, annotated="car")
    with pytest.raises(DataError, match="no class is called 'bus'"):
        read_examples(tmp_path, annotated="all", tasks=["bus"])
    with pytest.raises(DataError, match="leave task_kinds and uncertain out"):
        read_examples(tmp_path, annotated="all", uncertain="soft")
    with pytest.raises(DataError, match="features and label_column are for tables"):
        read_examples(tmp_path, annotated="all", features=np.zeros((5, 2)))
    with pytest.raises(DataError, match="annotated is for annotations of objects"):
        read_examples(["a.jpg"], ["x"], annotated="all")
    for photo in (tmp_path / "images").iterdir():
        photo.unlink()
    with pytest.raises(DataError, match="none of the 5 photos that are annotated is there"):
        read_examples(tmp_path, annotated="all")


def coco(folder: Path, /, **changes: Any) -> Path:
    content: dict[str, Any] = {
        "images": [
            {"id": 7, "file_name": "a.jpg", "neg_category_ids": [3]},
            {"id": 8, "file_name": "b.jpg", "not_exhaustive_category_ids": [1, 3]},
            {"id": 9, "file_name": "c.jpg", "neg_category_ids": [1, 2]},
        ],
        "annotations": [
            {"image_id": 7, "category_id": 1},
            {"image_id": 7, "category_id": 1, "iscrowd": 1},
            {"image_id": 8, "category_id": 2},
            {"image_id": 9, "category_id": 2},
        ],
        "categories": [
            {"id": 1, "name": "car"},
            {"id": 2, "name": "bus"},
            {"id": 3, "name": "tram"},
        ],
    }
    for name in "abc":
        (folder / "val2017").mkdir(exist_ok=True)
        (folder / "val2017" / f"{name}.jpg").write_text(name)
    (folder / "annotations").mkdir(exist_ok=True)
    path = folder / "annotations" / "instances_val2017.json"
    path.write_text(json.dumps(content | changes))
    return path


def test_coco_lists_what_is_absent(tmp_path: Path) -> None:
    found = read_examples(coco(tmp_path), for_training=False)
    assert [source.read() for source in found.sources] == [b"a", b"b", b"c"]
    assert [task.name for task in found.tasks] == ["bus", "car", "tram"]
    assert column(found, "bus") == [UNKNOWN, 1, UNKNOWN]  # of the last both is said
    assert column(found, "car") == [1, UNKNOWN, 0]
    assert column(found, "tram") == [0, UNKNOWN, UNKNOWN]
    notes = " ".join(found.notes)
    assert "the annotators' own lists say absent 3 times" in notes
    assert "did not draw all of a class (2 times)" in notes
    assert "1 label both drawn and said to be absent" in notes
    trained = read_examples(tmp_path / "annotations" / "instances_val2017.json")
    assert [task.name for task in trained.tasks] == ["car"]


def test_coco_partial_lists_hold_against_all(tmp_path: Path) -> None:
    found = read_examples(coco(tmp_path), annotated="all", for_training=False)
    assert column(found, "bus") == [0, 1, UNKNOWN]
    assert column(found, "car") == [1, UNKNOWN, 0]
    assert column(found, "tram") == [0, UNKNOWN, 0]


def test_a_folder_with_coco_annotations(tmp_path: Path) -> None:
    path = coco(tmp_path)
    (tmp_path / "val2017").rename(tmp_path / "images")
    found = read_examples(tmp_path, annotated="all")
    assert len(found) == 3
    assert [source.name for source in read_sources(path)] == ["a.jpg", "b.jpg", "c.jpg"]
    (path.parent / "other.json").write_text('{"licence": "none"}')
    assert len(read_examples(tmp_path, annotated="all")) == 3
    (path.parent / "more.json").write_text(path.read_text())
    with pytest.raises(DataError, match=r"2 files of COCO annotations .*; give the one"):
        read_examples(tmp_path, annotated="all")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": [{"image_id": 1, "category_id": 1}]}, "contradict themselves: KeyError"),
        ({"categories": [{"id": 1}]}, "contradict themselves: KeyError"),
        ({"images": [{"id": 1, "file_name": "a", "neg_category_ids": [5]}]}, "contradict"),
        ({"images": [1]}, "contradict themselves: TypeError"),
        ({"images": [], "annotations": []}, "the annotations name no photo"),
        ({"categories": [], "annotations": [], "images": [{"id": 1, "file_name": "a.jpg"}]},
         "nothing is drawn in any photo"),
    ],
)  # fmt: skip
def test_coco_files_that_cannot_be_used(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_examples(coco(tmp_path, **changes), annotated="all")


def test_the_road_signs(road_signs: Path) -> None:
    found = read_examples(road_signs, annotated="all")
    assert [task.name for task in found.tasks] == [
        "crosswalk", "speedlimit", "stop", "trafficlight",
    ]  # fmt: skip
    assert (found.targets == 1).sum(axis=0).tolist() == [170, 678, 91, 104]
    assert np.count_nonzero((found.targets == 1).sum(axis=1) >= 2) == 144
    assert len(found) == 877
    assert found.sources[876].read()[:3] == b"\xff\xd8\xff"
