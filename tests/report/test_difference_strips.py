"""Strips of differences: better stands to the right, and nothing leaves the scale unsaid."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from headstart.report._difference_strips import (
    difference_strip,
    empty_strip,
    scale_of,
    scale_strip,
)
from headstart.report._differences import Difference
from headstart.report._width_chart import AtWidth, width_chart

ordered = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(sorted)
differences = ordered.map(lambda ends: Difference(ends[1], ends[0], ends[2]))


def test_less_is_better_turns_the_scale() -> None:
    found = [Difference(-0.1, -0.2, 0.0), Difference(0.1, 0.0, 0.2)]
    more, less = (scale_of(found, negligible=0.02, less=less) for less in (False, True))
    assert more.place(-0.1) < more.place(0.0) < more.place(0.1)
    assert less.place(-0.1) > less.place(0.0) > less.place(0.1)


@given(st.lists(differences, max_size=40), st.booleans())
def test_every_value_and_zero_lie_on_the_scale(found: list[Difference], less: bool) -> None:
    scale = scale_of(found, negligible=0.02, less=less)
    for value in (0.0, 0.02, -0.02, *(each.value for each in found)):
        assert 0 <= scale.place(value) <= 100
    cut = [
        each
        for each in found
        if not all(0 <= scale.place(end) <= 100 for end in (each.low, each.high))
    ]
    assert len(cut) <= 2 * (len(found) // 10)
    for each in found:
        drawn = difference_strip(each, scale=scale, kind="open", label="")
        places = [float(place) for place in re.findall(r'x[12]="(-?[\d.]+)%"', drawn)]
        assert len(places) == 4
        assert all(0 <= place <= 100 for place in places)
        assert ("‹" in drawn or "›" in drawn) == (each in cut)


def test_what_is_not_compared_has_no_dot() -> None:
    scale = scale_of([], negligible=0.02, less=False)
    assert "<circle" not in empty_strip(scale)
    assert 'class="zero"' in empty_strip(scale)


def test_numbers_of_the_scale() -> None:
    scale = scale_of([Difference(0.0, -0.1, 0.1)], negligible=0.02, less=False)
    assert re.findall(r">([^<>]+)</text>", scale_strip(scale, hundredfold=True)) == [
        "−10", "0", "+10",
    ]  # fmt: skip
    turned = scale_of([Difference(0.0, -0.1, 0.1)], negligible=0.02, less=True)
    places = re.findall(r'x="([\d.]+)%"[^>]*>([^<>]+)<', scale_strip(turned, hundredfold=False))
    assert [number for _, number in sorted(places, key=lambda pair: float(pair[0]))] == [
        "+0.1", "0", "−0.1",
    ]  # fmt: skip


def test_over_widths_better_stands_further_up() -> None:
    found = [AtWidth(4, Difference(0.05, 0.03, 0.07), "harms", "a"),
             AtWidth(64, Difference(-0.05, -0.07, -0.03), "helps", "b")]  # fmt: skip
    drawn = width_chart(found, title="log loss", negligible=0.02, less=True, hundredfold=False)
    spots = {kind: float(y) for y, kind in
             re.findall(r'cy="([\d.]+)" r="5.0" class="dot (\w+)"', drawn)}  # fmt: skip
    assert spots["helps"] < spots["harms"]
    assert ">+0.04<" in drawn
    assert ">64<" in drawn
    more = width_chart(found, title="AUROC", negligible=0.02, less=False, hundredfold=True)
    spots = {kind: float(y) for y, kind in
             re.findall(r'cy="([\d.]+)" r="5.0" class="dot (\w+)"', more)}  # fmt: skip
    assert spots["helps"] > spots["harms"]
    assert width_chart([], title="", negligible=0.02, less=False, hundredfold=True) == ""
    assert "<circle" in width_chart(found[:1], title="", negligible=0.02, less=False,
                                    hundredfold=True)  # fmt: skip
