from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from headstart.report._bars import interval_bar, stacked_bar
from headstart.report._charts import (
    Bin,
    Candidate,
    penalty_path,
    probability_histogram,
    reliability_diagram,
)
from headstart.report._matrix import confusion_map
from headstart.report._svg import Svg, ticks, words


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314 -- our own output


def of_kind(chart: str, kind: str) -> list[ET.Element]:
    return [part for part in parsed(chart).iter() if kind in part.get("class", "").split()]


def test_interval_bar_places_figure_and_interval() -> None:
    bar = interval_bar(0.9, 0.8, 0.95, start=0.5, end=1.0, label="accuracy", baseline=0.6)
    (band,), (point,), (baseline,) = (of_kind(bar, kind) for kind in ("band", "point", "baseline"))
    assert (band.get("x"), band.get("width")) == ("60.00%", "30.00%")
    assert point.get("cx") == "80.00%"
    assert baseline.get("x1") == "20.00%"


def test_interval_bar_stays_on_its_scale() -> None:
    bar = interval_bar(0.2, -1.0, 3.0, start=0.5, end=1.0, label="x")
    (band,) = of_kind(bar, "band")
    assert (band.get("x"), band.get("width")) == ("0.00%", "100.00%")
    assert of_kind(bar, "point")[0].get("cx") == "0.00%"


def test_stacked_bar_fills_the_whole() -> None:
    bar = stacked_bar([("one", 1.0), ("<three>", 3.0)], label="time")
    parts = of_kind(bar, "part")
    assert [part.get("width") for part in parts] == ["25.000%", "75.000%"]
    assert parts[1].get("x") == "25.000%"
    assert parts[1][0].text == "<three>"


def test_reliability_diagram_leaves_out_empty_bins() -> None:
    bins = [
        Bin(low=0.5, high=0.75, confidence=0.6, accuracy=0.5, count=4),
        Bin(low=0.75, high=1.0, confidence=0.9, accuracy=1.0, count=16),
        Bin(low=0.2, high=0.3, confidence=0.25, accuracy=0.0, count=0),
    ]
    dots = of_kind(reliability_diagram(bins), "point")
    assert len(dots) == 2
    few, many = (float(dot.get("r", "")) for dot in dots)
    assert few < many
    heights = [float(dot.get("cy", "")) for dot in dots]
    assert heights[1] < heights[0]  # SVG counts downwards


def test_histogram_counts_right_and_wrong() -> None:
    right, wrong = [0] * 20, [0] * 20
    right[19], wrong[10] = 7, 2
    titles = [part.text for part in parsed(probability_histogram(right, wrong)).iter("title")]
    plain = [(title or "").replace("\N{NARROW NO-BREAK SPACE}", " ") for title in titles]
    assert plain == ["50 % to 55 %: 2 wrong", "95 % to 100 %: 7 right"]


def test_penalty_path_marks_the_chosen_one() -> None:
    candidates = [Candidate(10.0**power, 0.3 + 0.1 * abs(power), 0.02) for power in (-2, -1, 0, 1)]
    chart = penalty_path(candidates, chosen=0.1)
    points = of_kind(chart, "point")
    (ring,) = of_kind(chart, "ring")
    assert len(points) == 4
    assert ring.get("cx") == points[1].get("cx")
    assert "chosen" in chart


def test_penalty_path_of_one_candidate() -> None:
    assert len(of_kind(penalty_path([Candidate(1.0, 0.3, 0.0)], chosen=1.0), "point")) == 1


def test_penalty_path_without_candidates() -> None:
    assert penalty_path([], chosen=1.0) == ""
    assert penalty_path([Candidate(0.0, 0.3, 0.0)], chosen=0.0) == ""  # has no logarithm


def test_confusion_map_draws_only_what_occurred() -> None:
    chart = confusion_map([[8, 2], [0, 5]], ["<ants>", "bees"])
    titles = [(part.text or "") for part in parsed(chart).iter("title")]
    assert [title.split(" (")[0] for title in titles] == [
        "<ants> named <ants>: 8 of 10",
        "<ants> named bees: 2 of 10",
        "bees named bees: 5 of 5",
    ]


def test_words_are_escaped() -> None:
    text = words(1.0, 2.0, "<b>&\"'")
    assert parsed(text).text == "<b>&\"'"


def test_svg_is_markup_to_a_template() -> None:
    assert Svg("<svg/>").__html__() == "<svg/>"


@pytest.mark.parametrize(
    ("start", "end", "about", "expected"),
    [
        (0.0, 1.0, 5, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.13, 0.42, 3, [0.2, 0.3, 0.4]),
        (0.0, 43.0, 4, [0.0, 20.0, 40.0]),
        (2.0, 2.0, 4, [2.0]),
    ],
)
def test_ticks_are_round(start: float, end: float, about: int, expected: list[float]) -> None:
    assert ticks(start, end, about=about) == pytest.approx(expected)


def test_numbers_in_charts_are_finite() -> None:
    chart = reliability_diagram([Bin(low=0.9, high=1.0, confidence=1.0, accuracy=1.0, count=1)])
    assert not re.search(r"nan|inf", chart)
