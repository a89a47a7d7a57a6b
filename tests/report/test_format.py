from __future__ import annotations

import pytest

from headstart.report import _format as form


def plain(text: str) -> str:
    return text.replace(form.NARROW, " ")


@pytest.mark.parametrize(
    ("share", "expected"), [(0.935, "93.5 %"), (1.0, "100 %"), (0.0, "0 %"), (0.9999, "100.0 %")]
)
def test_percent(share: float, expected: str) -> None:
    assert plain(form.percent(share)) == expected


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.9999, "over 99 %"), (0.994, "99 %"), (1.0, "100 %"), (0.5, "50 %")],
)
def test_confidence_never_rounds_to_certainty(probability: float, expected: str) -> None:
    assert plain(form.confidence(probability)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0.0123, "12 ms"), (4.04, "4.0 s"), (59.96, "1 min 0 s"), (3725.0, "1 h 2 min")],
)
def test_seconds(amount: float, expected: str) -> None:
    assert plain(form.seconds(amount)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"), (999_600, "1.0 MB"), (10**15, "1000 TB")],
)
def test_size(amount: int, expected: str) -> None:
    assert plain(form.size(amount)) == expected


def test_visible_shows_what_cannot_be_seen() -> None:
    assert form.visible("a\nb\tc\x7f") == "a␊b␉c␡"
    assert form.visible("photo\u202egpj.exe") == "photo\ufffdgpj.exe"
    assert form.visible("bad\udcff") == "bad\ufffd"
    assert form.visible("Käfer 蜂 👩\u200d🔬") == "Käfer 蜂 👩\u200d🔬"


def test_sentence() -> None:
    assert plain(form.sentence("head only: 95 % sure")) == "Head only: 95 % sure."
    assert form.sentence("Done!") == "Done!"
    assert form.sentence(" ") == ""


def test_signs() -> None:
    assert form.decimal(-0.0123) == "−0.012"
    assert form.decimal(-0.0001) == "0.000"
    assert form.short(-0.5) == "−0.5"


def test_moment() -> None:
    assert form.moment("2026-11-21T12:00:00+00:00") == "21 November 2026, 12:00 UTC"
    assert form.moment("yesterday") == "yesterday"


def test_listing() -> None:
    assert form.listing([]) == ""
    assert form.listing(["a"]) == "a"
    assert form.listing(["a", "b", "c"]) == "a, b and c"
    assert form.listing(list("abcdefgh"), most=2) == "a, b and 6 more"
