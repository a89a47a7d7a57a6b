from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.report.tasks import a_category, a_question, write_predictions

from headstart.errors import ModelError
from headstart.report._answers import Answers, Asked, label_places, read_answers

TASKS = [
    a_question("stop"),
    a_category("light", "green", "off", "red"),
    a_category("side", "l", "r"),
]
SIZES = [("stop", 2), ("light", 3), ("side", 2)]
STOP = Asked("stop", ("no", "yes"), 0.25, 4)
LIGHT = Asked("light", ("green", "off", "red"), None, 4)
SIDE = Asked("side", ("l", "r"), None, 4)
ROWS: list[tuple[object, ...]] = [
    ("a", "h1", "train", "", 0, "yes", 0.3, "red", 0.1, 0.2, 0.7, "l", 0.5),
    ("b", "h2", "train", "", 1, "no", 0.9, "red", 0.6, 0.2, 0.2, "", 0.9),
    ("c", "h3", "train", "", 1, "yes", 0.2, "", 0.6, 0.2, 0.2, "r", 0.51),
    ("d", "h4", "train", "", "", "no", "", "off", "", "", "", "r", ""),
    ("e", "h5", "test", "", "", "no", 0.1, "off", 0.2, 0.5, 0.3, "l", 0.7),
]


@pytest.fixture
def found(tmp_path: Path) -> dict[int, Answers]:
    path = write_predictions(tmp_path, TASKS, ROWS)
    return read_answers(path, SIZES, {0: STOP, 1: LIGHT, 2: SIDE}, part=None)


def test_labels_stand_before_their_chances() -> None:
    assert label_places(SIZES) == [5, 7, 11]


def test_a_threshold_makes_the_answer(found: dict[int, Answers]) -> None:
    assert found[0].confusion == [[1, 1], [1, 1]]  # 0.3 and more is a yes
    assert [one.file for one in found[0].mistakes] == ["b", "c"]
    said = [(one.label, one.predicted, one.probability) for one in found[0].mistakes]
    assert said == [("no stop", "stop", 0.9), ("stop", "no stop", pytest.approx(0.8))]


def test_yes_stands_beside_a_short_name_only() -> None:
    assert STOP.shown == ("no stop", "stop")
    assert Asked("is there a stop sign in this photo?", ("no", "yes"), 0.5, 1).shown == (
        "no",
        "yes",
    )
    assert LIGHT.shown == LIGHT.classes


def test_the_most_probable_class_without_one(found: dict[int, Answers]) -> None:
    assert found[1].confusion == [[0, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert [(one.file, one.label, one.predicted) for one in found[1].mistakes] == [
        ("b", "red", "green")
    ]
    assert found[2].confusion == [[1, 1], [0, 1]]  # 0.5 is no more than the first


def test_training_labels_are_counted_whether_or_not_they_were_predicted(
    found: dict[int, Answers],
) -> None:
    assert found[0].training == {"yes": 2, "no": 2}
    assert found[1].training == {"red": 2, "off": 1}


def test_one_part_only(tmp_path: Path) -> None:
    path = write_predictions(tmp_path, TASKS, ROWS)
    (answers,) = read_answers(path, SIZES, {2: SIDE}, part="test").values()
    assert answers.confusion == [[0, 1], [0, 0]]
    assert sum(answers.wrong) == 1


@pytest.mark.parametrize("most", [0, 2, 8])
def test_so_many_mistakes_are_kept_half_of_each_answer(tmp_path: Path, most: int) -> None:
    rows = [(f"{n}", "", "train", "", 0, "no", 0.3 + n / 100) for n in range(20)]
    rows += [(f"{n}", "", "train", "", 0, "yes", n / 100) for n in range(20)]
    path = write_predictions(tmp_path, TASKS[:1], rows)
    asked = Asked("stop", ("no", "yes"), 0.25, most)
    (answers,) = read_answers(path, SIZES[:1], {0: asked}, part=None).values()
    half = most // 2
    assert [one.predicted for one in answers.mistakes] == ["stop"] * half + ["no stop"] * half
    assert [one.probability for one in answers.mistakes] == pytest.approx(
        [0.49 - place / 100 for place in range(half)] + [1 - place / 100 for place in range(half)]
    )
    assert sum(answers.wrong) == 40


@given(some.lists(some.tuples(some.sampled_from(["no", "yes", ""]), some.floats(0, 1))))
def test_counts_are_those_of_the_rows(cells: list[tuple[str, float]]) -> None:
    answers = Answers(STOP)
    for label, chance in cells:
        answer = STOP.answer([f"{chance:.6f}"])
        assert answer is not None
        if label:
            answers.add(("x", "", "train"), int(label == "yes"), *answer)
    expected = np.zeros((2, 2), int)
    for label, chance in cells:
        if label:
            expected[int(label == "yes"), int(round(chance, 6) >= 0.25)] += 1
    assert answers.confusion == expected.tolist()
    assert sum(answers.right) == np.trace(expected)
    assert sum(answers.wrong) == expected.sum() - np.trace(expected)


def test_a_file_of_other_tasks_says_nothing(tmp_path: Path) -> None:
    path = write_predictions(tmp_path, TASKS[1:], ROWS)
    assert read_answers(path, SIZES, {0: STOP}, part=None) == {}


@pytest.mark.parametrize("cell", ["x", "nan", "1.5", "-0.1"])
def test_what_makes_no_sense_is_passed_over(tmp_path: Path, cell: str) -> None:
    path = write_predictions(
        tmp_path, TASKS[:1], [("a", "", "train", "", 0, "yes", cell), ("a", "", "train")]
    )
    (answers,) = read_answers(path, SIZES[:1], {0: STOP}, part=None).values()
    assert answers.confusion == [[0, 0], [0, 0]]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_answers(tmp_path / "none.csv", SIZES, {0: STOP}, part=None)
    (tmp_path / "p.csv").write_bytes(b'file,"' + b"x" * 200_000)
    with pytest.raises(ModelError, match=r"is damaged .*field larger"):
        read_answers(tmp_path / "p.csv", SIZES, {0: STOP}, part=None)
