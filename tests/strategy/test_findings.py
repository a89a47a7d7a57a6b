"""What a comparison concludes from its scores."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.evaluation import Scores, scores
from headstart.strategy import Entrant, find

COUNT = 400
TARGETS = np.arange(COUNT) % 2


def entrant(name: str, source: str = "", *, scratch: bool = False, sizes: int = 1) -> Entrant:
    return Entrant(name, f"{name} in words", source, scratch, 10, (1.5,) * sizes, (3.0,) * sizes)


def said(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probabilities of someone who is right of these examples, ``(1, examples, 2)``."""
    of_true = np.where(right, 0.8, 0.3)
    return np.where(np.arange(2) == TARGETS[:, None], of_true[:, None], 1 - of_true[:, None])[None]


def judged(*accuracies: tuple[float, ...]) -> Scores:
    """Candidates of given accuracies at each size, who err on examples of their own."""
    found = []
    for who, row in enumerate(accuracies):
        shuffled = np.random.default_rng(who).permutation(COUNT)
        found.append([said(shuffled < share * COUNT) for share in row])
    parts = np.random.default_rng(0).permutation(COUNT)[None] % 5
    return scores(TARGETS, found, parts=parts, folds=5)


def test_rows_are_in_the_users_order_with_their_sizes() -> None:
    given = judged((0.6, 0.7), (0.8, 0.9))
    found = find(given, [entrant("b", sizes=2), entrant("a", scratch=True, sizes=2)], (50, 320), 2)
    assert [(row.entrant.name, row.examples) for row in found.rows] == [
        ("b", 50), ("b", 320), ("a", 50), ("a", 320),
    ]  # fmt: skip
    assert [row.accuracy.value for row in found.rows] == pytest.approx([0.6, 0.7, 0.8, 0.9])
    assert [row.difference is None for row in found.rows] == [True, True, False, False]
    assert found.rows[2].difference is not None
    assert found.rows[2].difference.value == pytest.approx(0.2)
    told = found.as_dict()["candidates"][3]
    assert told["name"] == "a"
    assert told["what"] == "a in words"
    assert told["seconds"] == 1.5
    assert told["epochs"] == 3.0
    assert told["trainable_parameters"] == 10


@pytest.mark.parametrize(("whole", "better", "expected"), [
    (False, False, True), (True, False, False), (False, True, False),
])  # fmt: skip
def test_harm_is_said_of_what_was_tried(whole: bool, better: bool, expected: bool) -> None:
    given = judged((0.9,), (0.95 if better else 0.6,))
    pretrained = replace(entrant("head"), whole=whole)
    found = find(given, [entrant("scratch", scratch=True), pretrained], (100,), 2)
    doubts = [text for text in found.sentences if "every stage" in text]
    assert bool(doubts) is expected
    assert all(text.startswith("that is said of head:") for text in doubts)


def test_transfer_is_set_against_scratch_at_every_size() -> None:
    given = judged((0.55, 0.6), (0.8, 0.9))
    entrants = [entrant("scratch", scratch=True, sizes=2), entrant("head", sizes=2)]
    found = find(given, entrants, (50, 320), 2)
    assert [(verdict.word, verdict.examples) for verdict in found.verdicts] == [
        ("helps", 50), ("helps", 320),
    ]  # fmt: skip
    assert found.verdicts[1].gain.value == pytest.approx(0.3)
    assert found.sentences[0].startswith("Transfer helps: +30 points (95 % ")
    assert found.sentences[0].endswith(" at 320 examples")
    assert found.sentences[1].startswith("transfer helps: +25 points")
    assert "(2 verdicts, each with an interval of its own)" in found.sentences
    assert (
        "from scratch it would need more than 320 examples for what transfer reaches with 320"
        in found.sentences
    )
    assert any(text.startswith("160 more per class: ") for text in found.sentences)
    assert found.as_dict()["verdict"] == found.sentences[0]
    assert found.transfer == ("head",)
    assert found.sources is None


def test_without_scratch_there_is_no_verdict_on_transfer() -> None:
    found = find(judged((0.8,), (0.9,)), [entrant("head"), entrant("1")], (320,), 2)
    assert found.verdicts == ()
    assert found.worth == ()
    assert found.more is None
    assert len(found.sentences) == len(found.depths) == 1
    assert found.sentences[0].startswith("Against head at 320 examples: gain by 1:")
    assert found.as_dict()["verdict"] == found.sentences[0]
    assert find(judged((0.8,)), [entrant("head")], (320,), 2).as_dict()["verdict"] is None


def test_the_best_of_several_is_not_flattered_by_being_it() -> None:
    """Of ten equal candidates the best is ahead of scratch; what stands for transfer is not."""
    ahead, chosen = [], []
    random = np.random.default_rng(1)
    parts = random.permutation(COUNT)[None] % 5
    entrants = [entrant("scratch", scratch=True), *(entrant(f"{who}") for who in range(10))]
    for _ in range(20):
        given = scores(
            TARGETS, [[said(random.random(COUNT) < 0.7)] for _ in entrants], parts=parts, folds=5
        )
        found = find(given, entrants, (320,), 2)
        ahead.append(max(row.difference.value or 0.0 for row in found.rows if row.difference))
        chosen.append(found.verdicts[0].gain.value or 0.0)
    error = np.sqrt(2 * 0.21 / COUNT / 20)
    assert np.mean(ahead) > 4 * error
    assert abs(np.mean(chosen)) < 4 * error


def test_a_source_that_is_clearly_worse_is_named() -> None:
    entrants = [entrant("head"), entrant("timm:a", "timm:a")]
    found = find(judged((0.9,), (0.6,)), entrants, (320,), 2)
    assert found.sources is not None
    assert re.fullmatch(
        r"start from the usual network: against it timm:a −30 points \(95 % −\d+ to −\d+\)",
        found.sources,
    )
    assert found.sentences == [f"S{found.sources[1:]}"]


def test_rungs_are_set_against_the_one_that_trains_least() -> None:
    entrants = [replace(entrant(name), parameters=size)
                for name, size in (("2", 900), ("head", 10), ("1", 90), ("all", 9000))]  # fmt: skip
    found = find(judged((0.9,), (0.8,), (0.81,), (0.6,)), entrants, (320,), 2)
    (said,) = found.depths
    assert said[1:] in [text[1:] for text in found.sentences]
    assert re.fullmatch(
        r"against head at 320 examples: gain by 2: \+10 points \(98.3 % .*\); "
        r"harm by all: −20 points \(98.3 % .*\); cannot tell of 1: \+1.0 points .*",
        said,
    )
    assert (
        find(judged((0.9,), (0.8,)), [entrant("a", "a"), entrant("b", "b")], (9,), 2).depths == ()
    )


def test_sources_that_are_alike_are_not_ranked() -> None:
    entrants = [entrant("head"), entrant("timm:a", "timm:a")]
    found = find(judged((0.82,), (0.8,)), entrants, (320,), 2)
    assert found.sources == "networks that cannot be told apart: the usual network, timm:a"


def test_some_alike_and_one_worse() -> None:
    entrants = [entrant("a", "a"), entrant("b", "b"), entrant("c", "c")]
    found = find(judged((0.88,), (0.5,), (0.9,)), entrants, (320,), 2)
    assert found.sources is not None
    assert found.sources.startswith(
        "networks that cannot be told apart: c, a; worse than c: b −40 points (98.3 %"
    )


def test_every_pair_could_have_been_looked_at() -> None:
    """A difference that two sources would show is not enough among five: 10 pairs, 99.5 %."""
    apart = (0.8,), (0.725,)
    two = find(judged(*apart), [entrant("a", "a"), entrant("b", "b")], (320,), 2)
    five = find(
        judged(*apart, (0.8,), (0.8,), (0.8,)), [entrant(name, name) for name in "abcde"], (320,), 2
    )
    assert two.sources is not None
    assert two.sources.startswith("start from a: against it b −7.5 points (95 %")
    assert five.sources is not None
    assert "worse" not in five.sources
    low = find(
        judged((0.8,), (0.5,), (0.8,), (0.8,), (0.8,)), [entrant(n, n) for n in "abcde"], (320,), 2
    )
    assert "(99.5 %" in (low.sources or "")


def test_a_source_is_represented_by_what_does_best_with_it() -> None:
    """Its head alone is poor, two stages retrained are good."""
    entrants = [entrant("a", "a"), entrant("a@2", "a"), entrant("b", "b")]
    found = find(judged((0.5,), (0.9,), (0.6,)), entrants, (320,), 2)
    assert found.sources is not None
    assert found.sources.startswith("start from a: against it b −30 points")


def test_scratch_is_no_source() -> None:
    entrants = [entrant("scratch", "net", scratch=True), entrant("a", "a")]
    assert find(judged((0.5,), (0.9,)), entrants, (320,), 2).sources is None


def test_one_unit_is_told_of_without_a_verdict() -> None:
    given = scores(
        np.array([0, 1]), [[np.full((1, 2, 2), 0.5)]] * 2, parts=np.zeros((1, 2), np.int64),
        folds=None, units=np.zeros(2, np.int64),
    )  # fmt: skip
    found = find(given, [entrant("scratch", scratch=True), entrant("head")], (4,), 2)
    assert found.verdicts[0].word == "cannot tell"
    assert found.rows[1].difference is not None
    assert found.rows[1].difference.low is None
    assert "unknown (one example or group has no spread)" in found.sentences[0]
