from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.report.tasks import a_question

from headstart.report._balance import MOST_BARS, Balance, read_balance, sharing, stands_to_gain
from headstart.report._label_bars import Labels, label_bars, label_columns


def balance_of(*known: int, epochs: int = 0) -> Balance:
    tasks = [a_question(f"t{place}", count) for place, count in enumerate(known)]
    found = read_balance(tasks, plan={"epochs": epochs}, input_kind="photo")
    assert found is not None
    return found


def test_little_speaks_for_few_tasks_of_one_size() -> None:
    found = balance_of(877, 877, 877, 877)
    assert found.gaining == 0
    assert found.sentences[0] == "4 tasks on the same photos, each with 877 known labels."
    assert "for each about 3 times as many: little speaks" in found.sentences[1]


def test_a_task_that_knows_little_stands_to_gain() -> None:
    found = balance_of(500, 40, 1000)
    assert found.gaining == 1
    assert "very uneven amounts of labels, from 40 (t1) to 1,000 (t2)" in found.sentences[0]
    assert found.sentences[1].startswith(
        "t1 stands to gain: the others together know about 38 times as many labels."
    )


def test_some_tasks_stand_to_gain() -> None:
    found = balance_of(500, 40, 1000, 60)
    assert found.gaining == 2
    assert found.sentences[1].startswith("t1 and t3 stand to gain: the others together know at ")
    assert "for t1, which has the fewest, about 39 times as many" in found.sentences[1]


def test_every_one_of_many() -> None:
    found = balance_of(*[1000] * 100)
    assert found.gaining == 100
    assert found.sentences[1].startswith("Every task stands to gain")
    assert "for each about 99 times as many" in found.sentences[1]
    assert not found.named


def test_a_task_without_labels() -> None:
    assert balance_of(10, 0).sentences[1] == "t1 has no known label at all."


def test_one_task_has_no_others() -> None:
    assert read_balance([a_question("a")], plan={}, input_kind="photo") is None
    assert read_balance([{}, {}], plan={}, input_kind="photo") is None


def test_what_is_shared_is_said() -> None:
    assert "joint and separate output layers are the same thing" in sharing({"epochs": 0})
    assert "share layers that were trained for all of them" in sharing({"epochs": 3})


@given(some.integers(0, 10**6), some.integers(0, 10**8))
def test_far_more_is_ten_times(own: int, others: int) -> None:
    assert stands_to_gain(own, others) == (others >= 10 * own)


@given(some.lists(some.integers(0, 10**7), min_size=2, max_size=40).filter(any))
def test_bars_are_as_long_as_the_logarithm_says(known: list[int]) -> None:
    rows = [Labels(f"t{n}", own, sum(known) - own, own == 0) for n, own in enumerate(known)]
    chart = label_bars(rows)
    widths = [float(width) for width in re.findall(r'<rect x="0.0".*?width="([0-9.]+)"', chart)]
    amounts = [amount for row in rows for amount in (row.others, row.known) if amount]
    assert len(widths) == len(amounts)
    for one, other in zip(sorted(amounts), sorted(widths), strict=True):
        assert 0 <= other <= 420, one
    by_amount = dict(zip(amounts, widths, strict=True))
    first, last = min(by_amount), max(by_amount)
    if last > 10 * first:
        middle = round(math.sqrt(first * last))
        rows = [Labels("a", first, last, False), Labels("b", middle, last, False)]
        again = re.findall(r'<rect x="0.0".*?width="([0-9.]+)"', label_bars(rows))
        low, half, high = float(again[1]), float(again[3]), float(again[0])
        assert half == pytest.approx((low + high) / 2, abs=15)


@pytest.mark.parametrize("count", [MOST_BARS + 1, 100, 617])
def test_columns_of_many_tasks_are_small(count: int) -> None:
    rows = [Labels(f"t{n}", 2000 - n, 10**6, n > 50) for n in range(count)]
    chart = label_columns(rows)
    assert len(chart) < 30_000
    steps = [len(path.split("V")) - 2 for path in re.findall(r'<path d="([^"]+)"', chart)]
    assert steps[0] == count
    assert sum(steps) == 2 * count
