"""What other tasks were worth in own labels: hand-worked, and right where the truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import TaskScore
from headstart.strategy import LabelWorth, most_telling, worth_in_labels

Floats = NDArray[np.float64]
SIZES = (10, 100, 1000)


def made(word: str, worth: int | None, low: int | None, high: int | None, **others: int) -> str:
    given = {"own": 100, "fewest": 10, "most": 1000, "others": 99, **others}
    return str(LabelWorth(word, given["own"], worth, low, high, given["fewest"],  # type: ignore[arg-type]
                          given["most"], given["others"], 0.95))  # fmt: skip


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            made("helps", 340, 210, 500),
            "the other 99 tasks were worth about 340 own labels (95 % 210 to 500), beside the 100 "
            "that it learned from",
        ),
        (
            made("helps", 340, 210, None, others=1),
            "the other task was worth about 340 own labels (95 % 210 to more than this data can "
            "show), beside the 100 that it learned from",
        ),
        (
            made("helps", None, 900, None),
            "the other 99 tasks were worth at least 900 own labels, more than this data can show, "
            "beside the 100 that it learned from",
        ),
        (
            made("helps", None, 0, None, own=1000),
            "the other 99 tasks helped; how many own labels that was worth this data cannot show, "
            "for alone it had no more than 1,000",
        ),
        (
            made("no gain", -4, -30, 9),
            "no gain to speak of: the other 99 tasks were worth about −4 own labels (95 % −30 to "
            "9)",
        ),
        (
            made("harms", -50, None, -20),
            "no gain: the other 99 tasks cost about 50 own labels (95 % 20 to 90 or more)",
        ),
        (
            made("harms", -50, -70, -20),
            "no gain: the other 99 tasks cost about 50 own labels (95 % 20 to 70)",
        ),
        (
            made("cannot tell", 40, None, 200),
            "cannot tell what the other 99 tasks were worth in own labels (95 % −90 or fewer to "
            "200)",
        ),
        (
            made("cannot tell", None, None, None),
            "cannot tell what the other 99 tasks were worth in own labels",
        ),
    ],
)
def test_in_words(found: str, words: str) -> None:
    assert found == words


class Held:
    """Held-out examples of a task, and predictions whose log loss is what one asks for."""

    def __init__(self, *, examples: int = 400, repeats: int = 2, spread: float = 0.05) -> None:
        self.random = np.random.default_rng(0)
        self.targets = self.random.integers(0, 2, examples)
        self.hard = self.random.normal(0, spread, (repeats, examples))

    def loss(self, mean: float) -> Floats:
        noise = self.random.normal(0, 0.02, self.hard.shape)
        noise -= noise.mean()
        right = np.exp(-(mean + self.hard - self.hard.mean() + noise))
        of_one = np.where(self.targets == 1, right, 1 - right)
        return np.stack([1 - of_one, of_one], axis=-1)

    def worth(self, alone: tuple[float, ...], joint: dict[int, float]) -> tuple[LabelWorth, ...]:
        curve = {size: self.loss(mean) for size, mean in zip(SIZES, alone, strict=True)}
        return worth_in_labels(
            self.targets, curve, {size: self.loss(mean) for size, mean in joint.items()}, others=99
        )


def test_labels_are_counted_on_the_curve_of_the_task_alone() -> None:
    """0.55 lies half way, in factors, between 100 and 1,000 labels: 316, 216 beside 100."""
    (found,) = Held().worth((0.65, 0.6, 0.5), {100: 0.55})
    assert found.word == "helps"
    assert found.worth == pytest.approx(216, abs=10)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 216 < found.high
    assert found.high - found.low < 60


def test_with_all_its_labels_it_can_only_be_said_that_there_is_a_gain() -> None:
    few, many = Held().worth((0.65, 0.6, 0.5), {100: 0.55, 1000: 0.4})
    assert (many.word, many.worth, many.low, many.high) == ("helps", None, 0, None)
    assert most_telling([few, many]) == few
    assert most_telling([many]) == many


def test_more_than_the_data_can_show() -> None:
    first, second = Held().worth((0.65, 0.6, 0.5), {10: 0.4, 100: 0.4})
    assert (first.worth, first.low, first.high) == (None, 990, None)
    assert most_telling([first, second]) == first


@pytest.mark.parametrize(("joint", "word"), [(0.6, "no gain"), (0.63, "harms"), (0.7, "harms")])
def test_no_gain_and_loss(joint: float, word: str) -> None:
    held = Held(spread=0.0)
    (found,) = held.worth((0.65, 0.6, 0.5), {100: joint})
    assert found.word == word


def test_what_is_too_uncertain_is_said_to_be() -> None:
    held = Held(examples=12)
    held.hard = np.zeros_like(held.hard)
    alone = {size: np.clip(held.loss(mean) + held.random.normal(0, 0.2, (2, 12, 1)) * [1, -1],
                           0.01, 0.99)
             for size, mean in zip(SIZES, (0.65, 0.6, 0.5), strict=True)}  # fmt: skip
    (found,) = worth_in_labels(held.targets, alone, {100: held.loss(0.59)}, others=3)
    assert found.word == "cannot tell"


@pytest.mark.parametrize("score", ["log_loss", "auroc", "accuracy"])
def test_any_score_says_who_is_ahead(score: TaskScore) -> None:
    random = np.random.default_rng(1)
    targets = random.integers(0, 2, 300)
    hard = random.normal(0, 1, 300)

    def said(strength: float) -> Floats:
        logits = (2 * targets - 1) * strength + hard + random.normal(0, 0.3, (2, 300))
        of_one = 1 / (1 + np.exp(-logits))
        return np.stack([1 - of_one, of_one], axis=-1)

    alone = {size: said(strength) for size, strength in zip(SIZES, (0.1, 0.5, 1.0), strict=True)}
    for folds in (5, None):
        better, worse = worth_in_labels(
            targets, alone, {10: said(0.75), 1000: said(0.2)}, others=4, score=score, folds=folds
        )
        assert better.word == "helps"
        assert better.low is not None
        assert better.low > 50
        assert worse.word == "harms"


def test_unknown_and_never_held_out_examples_do_not_count() -> None:
    held = Held()
    alone = {size: held.loss(mean) for size, mean in zip(SIZES, (0.65, 0.6, 0.5), strict=True)}
    joint = {100: held.loss(0.55)}
    unknown = held.targets.copy()
    unknown[:40] = -1
    before = worth_in_labels(unknown, alone, joint, others=2)
    for given in (*alone.values(), *joint.values()):
        given[:, :40] = np.nan
    assert worth_in_labels(held.targets, alone, joint, others=2) == before


def test_it_is_json() -> None:
    (found,) = Held().worth((0.65, 0.6, 0.5), {100: 0.55})
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["text"] == str(found)
    assert document["worth"] == found.worth


def test_arguments_that_do_not_fit() -> None:
    held = Held()
    curve = {10: held.loss(0.6), 100: held.loss(0.5)}
    with pytest.raises(SettingError, match="10, 100 labels and beside others on 50; expected"):
        worth_in_labels(held.targets, curve, {50: held.loss(0.5)}, others=2)
    with pytest.raises(SettingError, match="10 labels and beside others on 10; expected two"):
        worth_in_labels(held.targets, {10: curve[10]}, {10: curve[10]}, others=2)
    with pytest.raises(SettingError, match=r"expected \(repeats, 400, classes\)"):
        worth_in_labels(held.targets, curve, {10: curve[10][:1]}, others=2)
    with pytest.raises(SettingError, match="undefined: the 400 known labels"):
        worth_in_labels(np.zeros(400, np.int64), curve, {10: curve[10]}, others=2, score="auroc")
    gone = curve[10].copy()
    gone[:, 0] = np.nan
    with pytest.raises(SettingError, match="different examples"):
        worth_in_labels(held.targets, curve, {10: gone}, others=2)
