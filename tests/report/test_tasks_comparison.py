"""The page of a comparison of ways to learn several tasks."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.report.page import Page, assert_self_contained
from tests.report.tasks_documents import (
    HARMS,
    HELPS,
    OPEN,
    SAME,
    WHY,
    Interval,
    a_missing,
    a_tasks_comparison,
    fewer_labels,
)

from headstart.report import write_comparison
from headstart.report._tasks_comparison import read_tasks_comparison

FOUR: dict[str, Interval] = {"stop": OPEN, "light": HELPS, "car": HARMS, "bus": None, "cat": SAME}


def page(tmp_path: Path, found: dict[str, Any], data: str = "/labels/road.csv") -> str:
    return write_comparison(tmp_path / "out", found, data=data).read_text("utf-8")


def spaced(text: str) -> str:
    """The words of a page, those of neighbouring cells too, with spaces between."""
    body = html.unescape(re.sub(r"<[^>]+>", " ", text.split("</style>")[1]))
    return " ".join(body.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def test_the_page_holds_what_was_found(tmp_path: Path) -> None:
    text = page(tmp_path, a_tasks_comparison(FOUR))
    assert_self_contained(text)
    words = spaced(text)
    for said in (
        "road.csv",
        "Joint against separate, by AUROC",
        "Joint helps 1 of 5 tasks (light), harms one (car), changes one by no more than 2 points "
        "(cat), one cannot be told (stop), one has too few labels to compare (corrected for 4 "
        "tasks).",
        "Most telling: light: AUROC +6.0 points (95 % +2.0 to +10); car: AUROC −6.0 points",
        "On average over 4 tasks it cannot be told which is better",
        "By log loss, joint helps 1 of 5 tasks (light)",
        "Joint against head, by AUROC: joint helps none of 5 tasks",
        "joint in words",
        "0.876 0.833 to 0.912",
        "0.369 0.319 to 0.429",
        "1,234,567",
        "12.2 s",
        "5 2 to 6 epochs",
        "1 solved, not trained",
        "Mean over 4 tasks",
        "1 min 5 s",
        "1 of 9 stages retrained",
        "split into 5 folds, the same for all ways",
        "within 2 points of AUROC, or 0.02 of log loss",
        "road.csv: read as 3 tasks",
    ):
        assert said in words, said
    assert "Size: is the network large enough?" not in words
    assert "Is “?” random?" not in words
    assert "None" not in words


def test_the_figures_lie_beside_it(tmp_path: Path) -> None:
    found = a_tasks_comparison()
    page(tmp_path, found)
    written = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert written == {"data": "/labels/road.csv", **json.loads(json.dumps(found))}


def test_words_stand_beside_their_colours(tmp_path: Path) -> None:
    text = page(tmp_path, a_tasks_comparison(FOUR))
    told = set(re.findall(r'<span class="word (\w+)">([^<]*)</span>', text))
    assert told == {
        ("helps", "▲ helps"),
        ("harms", "▼ harms"),
        ("same", "= no gain"),
        ("open", "? cannot tell"),
        ("open", " not compared"),
    }
    label = "light: AUROC, points, +6.0, +2.0 to +10.0: helps"
    assert label in [attributes.get("aria-label") for _, attributes in Page(text).elements]


def test_tasks_stand_from_the_most_helped_to_the_most_harmed() -> None:
    (first, _) = read_tasks_comparison(a_tasks_comparison(FOUR), title="x").contests
    assert [row.name for row in first.best] == ["light", "stop", "cat", "car", "bus"]
    assert (first.worst, first.between) == ((), 0)
    assert first.best[-1].scores[0].figure.why == WHY
    assert [compared.word for compared in first.best[0].scores] == ["helps", "helps"]
    assert [compared.figure.value for compared in first.best[0].scores] == ["+6.0", "−0.060"]


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    name = "<b>&\"'</b>"
    found = a_tasks_comparison({name: HELPS, "b": OPEN}, missing=[a_missing(name, 50, auroc=0.8)],
                               sweep={4: HARMS, 16: SAME}, notes=[name])  # fmt: skip
    text = page(tmp_path, found, data=f"/labels/{name.replace('/', '-')}")
    assert_self_contained(text)
    assert "<b>" not in text
    assert spaced(text).count(name) >= 6


def test_of_hundreds_the_largest_on_each_side_are_drawn(tmp_path: Path) -> None:
    steps = [place / 5_000 for place in range(-308, 309)]
    given: dict[str, Interval] = {
        f"assay {number}, agonist mode, 24 hours": (step - 0.1, step + 0.1)
        for number, step in enumerate(steps)
    }
    found = a_tasks_comparison(given)
    text = page(tmp_path, found)
    assert_self_contained(text)
    assert len(text.encode()) < 2_000_000
    assert "577 tasks with smaller differences" in spaced(text)
    (first, _) = read_tasks_comparison(found, title="x").contests
    assert [row.name.split(",")[0] for row in first.best] == [
        f"assay {616 - place}" for place in range(20)
    ]
    assert [row.name.split(",")[0] for row in first.worst] == [
        f"assay {19 - place}" for place in range(20)
    ]
    assert all(text.count(name) >= 1 for name in given)  # in the table of every task
    assert "Every task stands to gain" in spaced(text)


def test_few_on_one_side_leave_the_rest_to_the_gap() -> None:
    given: dict[str, Interval] = {f"up {number}": HELPS for number in range(3)}
    given |= {f"down {number}": HARMS for number in range(45)}
    given |= {"none": None}
    (first, _) = read_tasks_comparison(a_tasks_comparison(given), title="x").contests
    assert (len(first.best), len(first.worst), first.between) == (3, 20, 26)


def test_balance_says_what_came_of_those_that_stand_to_gain() -> None:
    given: dict[str, Interval] = {"a": HELPS, "b": OPEN, "c": SAME, "d": HARMS}
    found = a_tasks_comparison(given, known=[20, 30, 2000, 20])
    counts = read_tasks_comparison(found, title="x").counts
    assert counts[-1] == (
        "Measured by AUROC against separate, joint helps 1 of them and harms 1; of 1 it cannot be "
        "told."
    )
    assert "stand to gain" in counts[-2]
    alike = read_tasks_comparison(a_tasks_comparison(given, known=[50] * 4), title="x").counts
    assert not any("Measured" in said for said in alike)


def test_a_sweep_shows_where_harm_ends(tmp_path: Path) -> None:
    found = a_tasks_comparison(FOUR, sweep={4: HARMS, 16: SAME, 64: (0.001, 0.031)})
    text = page(tmp_path, found)
    assert_self_contained(text)
    words = spaced(text)
    for said in (
        "By AUROC, on average over 4 tasks harm ends between 4 and 16: joint harms with a shared "
        "layer of 4 (AUROC −6.0 points (98.3 % −10 to −2.0)), and with 16 and 64 harm of more than "
        "2 points is ruled out",
        "By log loss, on average over 4 tasks harm ends between 4 and 16",
        "Whiskers are intervals of 98.3 % each",
        "64 +1.6 +0.1 to +3.1 1 1 1 1 −0.016 −0.031 to −0.001 1 1 1 1",
        "the intervals hold for all sizes together, which makes each of them one of 98.3 %",
    ):
        assert said in words, said
    assert text.count('class="chart widths"') == 2


def test_networks_of_a_sweep_stand_in_its_table(tmp_path: Path) -> None:
    found = a_tasks_comparison(FOUR, sweep={"timm:small": HARMS, 16: SAME})
    text = page(tmp_path, found)
    words = spaced(text)
    assert words.index("16 +0.0") < words.index("timm:small −6.0")
    only = page(tmp_path, a_tasks_comparison(FOUR, sweep={"timm:small": HARMS}))
    assert (text.count('class="chart widths"'), only.count('class="chart widths"')) == (2, 0)
    assert "timm:small −6.0" in spaced(only)


def test_what_labels_are_worth_is_drawn(tmp_path: Path) -> None:
    less = [fewer_labels(FOUR, share, how) for share, how in
            ((0.5, "random"), (0.75, "random"), (0.5, "rare"))]  # fmt: skip
    text = page(tmp_path, a_tasks_comparison(FOUR, fewer_labels=less))
    assert_self_contained(text)
    words = spaced(text)
    for said in (
        "Labels: what would more, or fewer, do?",
        "With labels hidden: and so on.",
        "none 1,500 0.876 0.833 to 0.912",
        "50 %, at random 750 0.876 0.833 to 0.912",
        "75 %, at random 375",
        "50 %, more of the rarer tasks 750",
        "At random The same share of each task’s labels is hidden.",
        "The rarer tasks first",
    ):
        assert said in words, said
    assert text.count('class="chart curves"') == 2
    assert "joint, 375 labels: 0.876, 0.833 to 0.912" in text
    without = spaced(page(tmp_path, a_tasks_comparison(FOUR)))
    assert "Labels: what would" not in without


def test_unknown_labels_that_can_be_told_come_first(tmp_path: Path) -> None:
    tasks = [a_missing("stop", 10), a_missing("light", 200, auroc=0.8),
             a_missing("car", 5, auroc=None)]  # fmt: skip
    text = page(tmp_path, a_tasks_comparison(missing=tasks))
    words = spaced(text)
    assert "Labels are not unknown at random in 1 of 3 tasks." in words
    assert "light 200 of 400 0.80 0.70 to 0.90 ▼ can be told stop 10 of 400 0.50" in words
    clues = read_tasks_comparison(a_tasks_comparison(missing=tasks), title="x").clues
    assert clues is not None
    assert [row.name for row in clues.rows] == ["light", "stop"]


def test_many_tasks_with_unknown_labels_are_cut_and_counted(tmp_path: Path) -> None:
    tasks = [a_missing(f"t{number}", 50, auroc=0.5 + number / 1000) for number in range(45)]
    clues = read_tasks_comparison(a_tasks_comparison(missing=tasks), title="x").clues
    assert clues is not None
    assert (len(clues.rows), clues.more) == (30, 15)
    assert clues.rows[0].name == "t44"
    text = page(tmp_path, a_tasks_comparison(missing=tasks))
    assert "And 15 more tasks; comparison.json has them all." in spaced(text)


def test_too_few_unknown_labels_to_ask_is_said(tmp_path: Path) -> None:
    missing = {"sentences": [], "asked": 0, "clues": [], "tasks": [a_missing("a", 3, auroc=None)]}
    words = spaced(page(tmp_path, a_tasks_comparison() | {"missing": missing}))
    assert "No task has at least 10 known and 10 unknown labels: too few to ask." in words


def test_nothing_that_can_be_compared_still_makes_a_page(tmp_path: Path) -> None:
    given: dict[str, Interval] = {"stop": None, "car": None}
    found = a_tasks_comparison(given)
    for contest in found["contests"]:
        contest["auroc"]["mean"]["difference"] = {"value": None, "why": WHY}
    words = spaced(page(tmp_path, found))
    assert f"None of 2 tasks can be compared: {WHY}." in words
    assert "nan" not in words.lower()


@pytest.mark.parametrize(
    "found",
    [
        {"kind": "tasks"},
        {"kind": "tasks", "tasks": [{}], "contests": [{}], "ways": [{}], "sweep": [{"width": 4}]},
        {"kind": "tasks", "tasks": 3, "contests": [[], 3], "missing": {"tasks": [{"unknown": 2}]}},
    ],
)
def test_odd_figures_end_no_report(found: dict[str, Any], tmp_path: Path) -> None:
    assert_self_contained(page(tmp_path, found))
