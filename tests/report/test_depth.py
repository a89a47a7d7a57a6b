"""The section on how much to retrain."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.documents import (
    Document,
    a_backbone,
    a_candidate,
    a_choice,
    a_plan,
    figure,
    fine_tuned,
)
from tests.report.page import Page, assert_self_contained

from headstart.report import write_report
from headstart.report._depth import Depth, read_depth, way_of_choosing
from headstart.report._dots import Row, dot_rows


def depth_of(plan: Document, *, design: str = "cross-validation") -> Depth:
    metrics = {"plan": plan, "tasks": [{"held_out": {"design": design}}]}
    found = read_depth(metrics, input_kind="photo")
    assert found is not None
    return found


def parts(chart: str, kind: str) -> list[ET.Element]:
    tree = ET.fromstring(chart)  # noqa: S314 -- our own output
    return [part for part in tree.iter() if kind in part.get("class", "").split()]


def test_candidates_stand_in_the_table() -> None:
    depth = depth_of(a_choice())
    assert [row.what for row in depth.rows] == [
        "head only",
        "1 of 4 stages retrained",
        "2 of 4 stages retrained",
    ]
    assert [row.mark for row in depth.rows] == ["", "chosen", ""]
    first, second, third = depth.rows
    assert (first.log_loss.value, first.log_loss.interval) == ("0.600", "0.500 to 0.700")
    assert second.difference.interval == "−0.080 to 0.120"
    assert third.difference.value == "best"
    assert (first.parameters, first.epochs, second.epochs) == ("2,562", "0", "3")
    assert depth.level.startswith("95")
    assert depth.why.endswith("with the head only.")


def test_charts_mark_the_chosen_one() -> None:
    depth = depth_of(a_choice())
    for chart in (depth.log_loss, depth.differences):
        points, (ring,) = parts(chart, "point"), parts(chart, "ring")
        assert len(points) == 3
        assert ring.get("cx") == points[1].get("cx")
        assert "1 of 4 stages retrained – chosen" in chart
    zero = parts(depth.differences, "ideal")[0]
    assert float(zero.get("x1", "")) == pytest.approx(
        float(parts(depth.differences, "point")[2].get("cx", "")), abs=0.1
    )
    assert not parts(depth.log_loss, "ideal")


def test_whiskers_are_intervals_and_standard_errors() -> None:
    depth = depth_of(a_choice())
    losses, differences = parts(depth.log_loss, "whisker"), parts(depth.differences, "whisker")
    widths = [float(part.get("x2", "")) - float(part.get("x1", "")) for part in losses]
    assert widths == pytest.approx([widths[0]] * 3, abs=0.3)
    widths = [float(part.get("x2", "")) - float(part.get("x1", "")) for part in differences]
    assert widths[0] == pytest.approx(widths[1], abs=0.3)
    assert widths[0] > 0
    assert widths[2] == 0


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ("cross-validation", "they are those of a choice made anew for each fold"),
        ("test", "they come from the test part, which no choice looked at"),
    ],
)
def test_choosing_flatters_these_figures_and_not_the_headline(design: str, expected: str) -> None:
    words = " ".join(depth_of(a_choice(), design=design).notes)
    assert "look a little better here than they are" in words
    assert "at the top of this page are not flattered by the choosing" in words
    assert expected in words
    assert "falls on 1 of 4 stages retrained for 2 of 3 folds and head only for 1." in words
    assert "made that way is 0.310 (0.200 to 0.420)." in words


def test_what_was_asked_for_is_not_called_chosen() -> None:
    depth = depth_of(a_choice(chosen_by="asked for", retrain="2"))
    assert [row.mark for row in depth.rows] == ["", "", "asked for"]
    words = " ".join(depth.notes)
    assert "nothing was chosen by these figures" in words
    assert "luck" not in words
    assert "topmost" not in depth.differences_words


def test_hidden_layers_tell_candidates_of_one_name_apart() -> None:
    plain = a_candidate("2", 0.3)
    hidden = a_candidate("2", 0.29, hidden=[256, 64], what="2 of 4 with hidden layers")
    depth = depth_of(a_choice(retrain="2+256,64", candidates=[plain, hidden]))
    assert [row.mark for row in depth.rows] == ["", "chosen"]


def test_undefined_figures_say_why() -> None:
    odd = a_candidate("head", 0.5) | {"log_loss": figure(None), "difference_to_best": None}
    depth = depth_of(a_choice(candidates=[odd]))
    assert depth.rows[0].log_loss.why == "only one class in the held-out part"
    assert depth.rows[0].difference.why
    assert depth.log_loss == depth.differences == ""


def test_without_pytorch_the_way_to_it_is_shown() -> None:
    plan = a_plan(
        chosen_by="the extra 'train' is not installed", why="head only: that needs PyTorch"
    )
    depth = depth_of(plan)
    assert depth.why == "Head only: that needs PyTorch."
    assert depth.notes[0].startswith("Run the same command again once PyTorch is there")
    assert depth.rows == ()


def test_nothing_compared_leaves_no_section() -> None:
    assert read_depth({"plan": a_plan()}, input_kind="photo") is None
    assert read_depth({}, input_kind="photo") is None


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (a_plan(), ""),
        (a_choice(), "measured"),
        (a_choice(chosen_by="measured until it was interrupted"), "measured"),
        (a_choice(retrain="head", per_fold=[["head", "head", None]]), ""),
        (a_choice(retrain="head", per_fold=[["head", "1"]]), "measured"),
        (a_choice(chosen_by="asked for"), "asked for"),
    ],
)
def test_way_of_choosing(plan: Document, expected: str) -> None:
    assert way_of_choosing({"plan": plan}) == expected


def test_page_with_candidates(make_model: Callable[..., Path]) -> None:
    directory = make_model(
        model={
            "backbone": a_backbone("conv_head"),
            "head": {"layers": [[2, 1280]], "origin": fine_tuned()},
        },
        metrics={"plan": a_choice()},
        task={"held_out": {"design": "cross-validation", "examples": 20, "folds": 5}},
    )
    text = write_report(directory).read_text(encoding="utf-8")
    assert_self_contained(text)
    words = Page(text).flat
    assert "How much to retrain 1 of 4 stages retrained: log loss 0.30 against 0.60" in words
    assert "how much to retrain and for how many epochs was chosen by how well" in words
    assert "Training started from the head that was solved with it." in words
    assert "Why this much" not in words
    assert text.count('<li class="retrained">') == 1


def test_page_without_pytorch(make_model: Callable[..., Path]) -> None:
    plan = a_plan(chosen_by="the extra 'train' is not installed", why="head only: needs PyTorch")
    words = Page(write_report(make_model(metrics={"plan": plan})).read_text(encoding="utf-8")).flat
    assert "How much to retrain Head only: needs PyTorch." in words
    assert words.count("needs PyTorch") == 1


def test_long_names_are_cut_in_charts_and_whole_for_the_pointer() -> None:
    name = "stages <" + "blocks.3, " * 12 + "> retrained"
    chart = dot_rows([Row(name, 0.3, 0.2, 0.4)], title="log loss", label="x")
    tree = ET.fromstring(chart)  # noqa: S314 -- our own output
    texts = ["".join(part.itertext()) for part in tree.iter("text")]
    assert any(text.endswith("…") and len(text) < 60 for text in texts)
    assert f"{name}: 0.300, whisker 0.200 to 0.400" in [part.text for part in tree.iter("title")]


def test_one_dot_without_a_whisker() -> None:
    chart = dot_rows([Row("head only", 0.3, 0.3, 0.3)], title="log loss", label="x")
    assert len(parts(chart, "point")) == 1
    assert "nan" not in chart
    assert dot_rows([], title="x", label="y") == ""
