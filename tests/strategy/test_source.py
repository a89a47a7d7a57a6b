"""A source is set beside the user's data by kind and by size, and never praised beyond that."""

from __future__ import annotations

import pytest

from headstart.backbones import TrainedOn, facts
from headstart.strategy import SourceAdvice, judge_source
from headstart.strategy._source import times


def judged(examples: int | None, mine: int, kind: str = "photo") -> SourceAdvice:
    told = TrainedOn("a large set", "photo", examples, 10, "counted")
    return judge_source("a", told, kind=kind, examples=mine)


@pytest.mark.parametrize(
    ("theirs", "mine", "standing", "words"),
    [
        (1_000_000, 100, "far more", "about 10,000 times your 100"),
        (1000, 100, "far more", "about 10 times your 100"),
        (990, 100, "more", "a gain is possible, but not to be counted on"),
        (101, 100, "more", "hardly more than your 100"),
        (100, 100, "less", "as many as your 100"),
        (100, 1000, "less", "fewer than your 1,000: transfer will do no harm, but expect no gain"),
        (0, 100, "nothing", "starting from them is training from scratch"),
        (None, 100, "unknown", "sizes cannot be compared"),
    ],
)
def test_sizes(theirs: int | None, mine: int, standing: str, words: str) -> None:
    found = judged(theirs, mine)
    assert found.standing == standing
    assert words in found.sentence
    assert found.usable


def test_only_far_more_is_what_transfer_is_for() -> None:
    for theirs in (None, 0, 10, 100, 900):
        assert "what transfer is for" not in judged(theirs, 100).sentence


def test_another_kind_is_refused_with_the_reason() -> None:
    found = judge_source("s", facts("speech_embedding"), kind="photo", examples=100)
    assert not found.usable
    assert found.ratio is None
    assert "it reads clips, your examples are photos" in found.sentence


def test_nothing_known() -> None:
    found = judge_source("a", None, kind="photo", examples=100)
    assert (found.standing, found.ratio, found.trained_on) == ("unknown", None, None)
    assert found.as_dict()["trained_on"] is None


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.04, "hardly more than"),
        (1.5, "about 1.5 times"),
        (2.0, "about 2 times"),
        (12.3, "about 12 times"),
        (5229.0, "about 5,200 times"),
    ],
)
def test_two_digits_count(ratio: float, words: str) -> None:
    assert times(ratio) == words
