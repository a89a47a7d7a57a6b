"""The page of a comparison."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.report.page import Page, assert_self_contained

from headstart.errors import SettingError
from headstart.report import check_comparison_target, write_comparison
from headstart.report._comparison import read_comparison
from headstart.report._curve_chart import Curve, Point, learning_curves

UNKNOWN = {"value": None, "low": None, "high": None, "why": "nothing was held out"}


def a_figure(value: float, half: float = 0.05) -> dict[str, Any]:
    return {"value": value, "low": value - half, "high": value + half, "level": 0.95, "why": None}


def a_row(name: str, examples: int, share: float, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "what": f"{name} in words",
        "examples": examples,
        "accuracy": a_figure(share),
        "log_loss": a_figure(1 - share, 0.1),
        "difference_to_first": None if name == "scratch" else a_figure(share - 0.5),
        "seconds": 12.25,
        "epochs": 3.0,
        "trainable_parameters": 1_234_567,
    } | changes


def a_comparison(
    names: Sequence[str] = ("scratch", "head"), sizes: Sequence[int] = (10, 100), **changes: Any
) -> dict[str, Any]:
    rows = [a_row(name, size, 0.5 + 0.2 * place + 0.001 * size)
            for place, name in enumerate(names) for size in sizes]  # fmt: skip
    return {
        "format_version": 1,
        "design": "5 training parts: 5-fold cross-validation x 1",
        "sizes": list(sizes),
        "candidates": rows,
        "sentences": [
            "Transfer helps: +20 points (95 % +9.0 to +31) at 100 examples",
            "from scratch it would need about 640 examples for what transfer reaches with 100",
        ],
        "notes": ["left out: 3 examples"],
        "seconds": 65.2,
    } | changes


def page(tmp_path: Path, found: dict[str, Any], data: str = "/photos/flowers") -> str:
    return write_comparison(tmp_path / "out", found, data=data).read_text("utf-8")


def test_the_page_holds_what_was_found(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison())
    assert_self_contained(text)
    words = Page(text).flat
    for said in (
        "flowers",
        "Transfer helps: +20 points (95 % +9.0 to +31) at 100 examples",
        "From scratch it would need about 640 examples for what transfer reaches with 100.",
        "5-fold cross-validation x 1",
        "1 min 5 s",
        "left out: 3 examples",
        "head in words",
        "1,234,567",
        "12.2 s",
        "+30.0",  # points against scratch, at 100
        "+25.0 to +35.0",
        "80.0 %",
        "75.0 % to 85.0 %",
        "Points against scratch",
    ):
        assert said in words, said
    assert Page(text).elements.count(("h1", {})) == 1
    assert words.index("Transfer helps") < words.index("From scratch it would need")


def test_the_figures_lie_beside_it(tmp_path: Path) -> None:
    found = a_comparison()
    page(tmp_path, found)
    written = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert written == {"data": "/photos/flowers", **found}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "comparison.json", "report.html",
    ]  # fmt: skip


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    name = "<b>&\"'</b>"
    found = a_comparison(("scratch", name), notes=[name], sentences=[name, name])
    text = page(tmp_path, found, data=f"/photos/{name.replace('/', '-')}")
    assert_self_contained(text)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert Page(text).flat.count(name) >= 4


def test_a_candidate_is_described_once_and_has_one_colour(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison())
    found = Page(text)
    assert found.flat.count("head in words") == 1
    legends = [attributes["class"] for tag, attributes in found.elements
               if tag == "span" and "legend" in (attributes.get("class") or "")]  # fmt: skip
    assert legends == ["legend s0", "legend s1", *["legend s0"] * 2, *["legend s1"] * 2]


def test_several_sizes_make_curves(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison(sizes=(10, 100, 1000)))
    assert "Learning curves" in text
    assert text.count('class="chart curves"') == 2
    assert "head, 100 examples: 80.0\N{NARROW NO-BREAK SPACE}%" in text
    for axis in ("10", "100", "1,000", "examples to learn from"):
        assert f">{axis}<" in text


def test_one_size_makes_no_chart(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison(sizes=(100,)))
    assert_self_contained(text)
    assert "Learning curves" not in text
    assert "<svg" not in text


def test_figures_that_are_not_known_leave_gaps(tmp_path: Path) -> None:
    no_interval = {"value": 0.25, "low": None, "high": None, "why": "one group has no spread"}
    rows = [
        a_row("scratch", 10, 0.5, accuracy=UNKNOWN),
        a_row("scratch", 100, 0.5, log_loss=no_interval),
        a_row("head", 10, 0.7, difference_to_first=UNKNOWN),
        a_row("head", 100, 0.8, difference_to_first=no_interval),
    ]
    text = page(tmp_path, a_comparison(candidates=rows))
    assert_self_contained(text)
    words = Page(text).flat
    assert words.count("undefined: nothing was held out") == 2
    assert "0.250: one group has no spread" in words
    assert "+25.0: one group has no spread" in words
    assert "None" not in words
    assert "nan" not in words.lower()


def test_nothing_to_say_still_makes_a_page(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison(sentences=[], notes=[]))
    assert "2 candidates compared" in text
    assert "What was found" not in text
    assert "Worth knowing" not in text


@pytest.mark.parametrize("found", [{}, {"candidates": [{}], "sentences": [3], "notes": None}])
def test_odd_figures_end_no_report(found: dict[str, Any]) -> None:
    assert read_comparison(found, title="x").title == "x"


def test_seven_candidates_share_six_colours(tmp_path: Path) -> None:
    text = page(tmp_path, a_comparison([f"timm:{number}" for number in range(7)]))
    assert_self_contained(text)
    assert 'class="legend s6"' not in text


def test_whiskers_stay_on_the_paper() -> None:
    points = (Point(10, 0.5, 0.1, 0.9), Point(1000, 0.99, 0.9, 1.0))
    chart = learning_curves([Curve("a", points), Curve("b", points)], title="accuracy")
    numbers = [float(part.split('"')[1]) for part in chart.split(" y")[1:] if '="' in part[:4]]
    assert numbers
    assert all(0 <= number <= 400 for number in numbers)
    assert not math.isnan(sum(numbers))
    assert learning_curves([Curve("a", points[:1])], title="accuracy") == ""
    assert learning_curves([], title="accuracy") == ""


def test_a_place_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    check_comparison_target(tmp_path / "new")
    page(tmp_path, a_comparison())
    check_comparison_target(tmp_path / "out")  # an earlier comparison
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(SettingError, match=r"out: holds letter\.txt and is no comparison; nothing"):
        check_comparison_target(tmp_path / "out")
    with pytest.raises(SettingError, match="is a file; give another place with --out"):
        check_comparison_target(tmp_path / "out" / "letter.txt")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"cannot be written .*give another place with --out"):
        write_comparison(tmp_path / "file" / "out", a_comparison(), data="x")
