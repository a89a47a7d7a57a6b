"""What transfer was worth, in words no stronger than the intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.strategy.curves import curves

from headstart.evaluation import Figure
from headstart.strategy._points import points, points_interval
from headstart.strategy._worth import (
    NEGLIGIBLE,
    Check,
    Equivalent,
    Forecast,
    Verdict,
    equivalent,
    forecast,
    judge,
)


def interval(low: float | None, high: float | None, why: str | None = None) -> Figure:
    value = 0.0 if low is None or high is None else (low + high) / 2
    return Figure(value, low, high, 0.95, "given", why=why)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.001, 0.3, "helps"),
        (0.0, 0.3, "cannot tell"),
        (-0.001, 0.3, "cannot tell"),
        (-0.3, -0.001, "harms"),
        (-0.3, 0.0, "cannot tell"),
        (-NEGLIGIBLE, NEGLIGIBLE, "no gain"),
        (-0.01, 0.0, "no gain"),
        (-0.01, NEGLIGIBLE + 1e-9, "cannot tell"),
        (-NEGLIGIBLE - 1e-9, 0.01, "cannot tell"),
        (0.001, 0.002, "helps"),
        (None, None, "cannot tell"),
    ],
)
def test_the_word_is_the_strongest_that_the_interval_allows(
    low: float | None, high: float | None, word: str
) -> None:
    assert judge(interval(low, high), 100).word == word


def test_no_word_is_stronger_than_the_interval() -> None:
    random = np.random.default_rng(0)
    for low, high in np.sort(random.normal(0, 0.05, (500, 2)), axis=1):
        word = judge(interval(low, high), 10).word
        assert (word == "helps") == (low > 0)
        assert (word == "harms") == (high < 0)
        assert word != "no gain" or (low >= -NEGLIGIBLE and high <= NEGLIGIBLE)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.09, 0.27, "transfer helps: +18 points (95 % +9.0 to +27) at 1,244 examples"),
        (-0.27, -0.09, "transfer harms: −18 points (95 % −27 to −9.0) at 1,244 examples"),
        (-0.01, 0.012, "no gain to be expected: +0.1 points (95 % −1.0 to +1.2) at 1,244 examples"),
        (-0.1, 0.2, "cannot tell with this data: +5.0 points (95 % −10 to +20) at 1,244 examples"),
    ],
)
def test_a_verdict_in_words(low: float, high: float, words: str) -> None:
    assert str(judge(interval(low, high), 1244)) == words


def test_a_verdict_without_an_interval_says_why() -> None:
    found = judge(interval(None, None, "no spread"), 5)
    assert str(found) == "cannot tell with this data: unknown (no spread) at 5 examples"
    assert found.as_dict()["gain"]["low"] is None


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.18, "+18"), (0.0994, "+9.9"), (0.0996, "+10"), (0.004, "+0.4"), (-0.004, "−0.4"),
     (0.0, "+0.0"), (-0.0001, "+0.0"), (-0.123, "−12"), (1.0, "+100")],
)  # fmt: skip
def test_points(value: float, words: str) -> None:
    assert points(value) == words


def test_points_name_their_level() -> None:
    figure = Figure(0.01, 0.0, 0.02, 1 - 0.05 / 2, "given")
    assert points_interval(figure) == "+1.0 points (97.5 % +0.0 to +2.0)"


SIZES = (10, 100, 1000)


def test_the_crossing_is_found_on_a_log_scale() -> None:
    """The other reaches 0.75 half way, in factors, from 100 to 1,000; ends where it is ±0.02."""
    found = equivalent(curves((0.6, 0.75, 0.9), (0.5, 0.7, 0.8)), SIZES, 0, 1, 1)
    assert found.needed == pytest.approx(100 * 10**0.5, rel=0.1)
    assert found.low == pytest.approx(100 * 10**0.3, rel=0.1)
    assert found.high == pytest.approx(100 * 10**0.7, rel=0.1)
    assert found.tells


def test_numbers_have_two_digits() -> None:
    found = equivalent(curves((0.6, 0.75, 0.9), (0.5, 0.7, 0.8)), SIZES, 0, 1, 1)
    for number in (found.needed, found.low, found.high):
        assert number is not None
        assert number % 10 == 0


def test_more_than_was_measured() -> None:
    found = equivalent(curves((0.8, 0.9, 0.95), (0.3, 0.4, 0.5)), SIZES, 0, 1, 1)
    assert (found.needed, found.low, found.high) == (None, 1000, None)
    assert found.sentence(name="from scratch it", unit="examples") == (
        "from scratch it would need more than 1,000 examples for what transfer reaches with 100"
    )


def test_never_reached_but_not_ruled_out() -> None:
    found = equivalent(curves((0.6, 0.81, 0.9), (0.5, 0.7, 0.8)), SIZES, 0, 1, 1)
    assert found.needed is None
    assert found.low is not None
    assert found.high is None
    assert found.sentence(name="from scratch it", unit="photos") == (
        "from scratch it would need more than 1,000 photos for what transfer reaches with 100 "
        f"(95 % {found.low:,} to more than this data can show)"
    )


def test_reached_with_an_open_upper_end() -> None:
    found = equivalent(curves((0.6, 0.79, 0.9), (0.5, 0.7, 0.8)), SIZES, 0, 1, 1)
    assert found.needed is not None
    assert found.high is None
    assert f"(95 % {found.low:,} to more than this data can show)" in found.sentence(
        name="it", unit="x"
    )


def test_fewer_than_was_measured() -> None:
    found = equivalent(curves((0.49, 0.5, 0.5), (0.5, 0.7, 0.8)), SIZES, 0, 1, 0)
    assert found.low is None
    assert found.sentence(name="it", unit="photos").startswith(
        "it would need 10 or fewer photos for what transfer reaches with 10 (95 % 10 or fewer to "
    )


def test_far_ahead_already_with_the_fewest() -> None:
    found = equivalent(curves((0.3, 0.3, 0.3), (0.5, 0.7, 0.8)), SIZES, 0, 1, 2)
    assert (found.low, found.high) == (None, 10)
    assert found.sentence(name="it", unit="photos") == (
        "it would need 10 or fewer photos for what transfer reaches with 1,000 "
        "(95 % 10 or fewer to 10)"
    )


def test_a_wide_interval_tells_nothing() -> None:
    found = equivalent(curves((0.6, 0.75, 0.9), (0.5, 0.7, 0.8), half=0.5), SIZES, 0, 1, 1)
    assert not found.tells
    nothing = equivalent(curves((0.6, 0.75, 0.9), (0.5, 0.7, 0.8), half=None), SIZES, 0, 1, 1)
    assert not nothing.tells


def test_intervals_that_jump_over_zero_end_beside_the_crossing() -> None:
    """So narrow that nothing of the grid is untold."""
    found = equivalent(curves((0.6, 0.75, 0.9), (0.5, 0.7, 0.8), half=1e-9), SIZES, 0, 1, 1)
    assert found.low is not None
    assert found.needed is not None
    assert found.high is not None
    assert found.low <= found.needed <= found.high <= 1.2 * found.low


def test_a_curve_that_falls_back_was_not_reached() -> None:
    """Ahead with 100 by luck, behind again with 1,000: the upper end is open."""
    found = equivalent(curves((0.5, 0.75, 0.9), (0.5, 0.78, 0.7)), SIZES, 0, 1, 1)
    assert found.needed is None
    assert found.high is None


def test_an_equivalent_as_figures() -> None:
    found = Equivalent(200, 640, 400, None, fewest=10, most=1000)
    assert found.as_dict() == {"examples": 200, "needed": 640, "low": 400, "high": None}
    assert found.sentence(name="scratch", unit="x-rays") == (
        "scratch would need about 640 x-rays for what transfer reaches with 200 "
        "(95 % 400 to more than this data can show)"
    )


def test_one_size_gives_no_forecast() -> None:
    assert forecast(curves((0.5,)), (100,), 0) is None
    assert forecast(curves((0.5, 0.6), half=None), (50, 100), 0) is None


def test_the_next_gain_is_less_than_the_last() -> None:
    """Twice as many gained 8 points, 6 to 10: as many again gain 8 / 2 to 8, about 8 / root 2."""
    found = forecast(curves((0.6, 0.68)), (50, 100), 0)
    assert found is not None
    assert (found.examples, found.more) == (100, 100)
    assert found.gain.value == pytest.approx(0.08 / math.sqrt(2))
    assert found.gain.low == pytest.approx(0.03)
    assert found.gain.high == pytest.approx(0.1)
    assert found.gain.approximate
    assert found.check is None


def test_a_loss_is_no_more_certain_than_a_gain() -> None:
    found = forecast(curves((0.68, 0.6)), (50, 100), 0)
    assert found is not None
    assert found.gain.low == pytest.approx(-0.1)
    assert found.gain.high == pytest.approx(-0.03)


def test_it_looks_no_further_than_it_has_seen() -> None:
    short = forecast(curves((0.6, 0.68)), (80, 100), 0)
    long = forecast(curves((0.6, 0.68)), (10, 100), 0)
    assert short is not None
    assert long is not None
    assert short.more == 25
    assert long.more == 100
    # Twice as many of ten times as many: log 2 / log 10 of the gain.
    assert long.gain.high == pytest.approx(0.08 * math.log10(2) + 0.02)


def test_it_is_checked_on_the_largest_size() -> None:
    good = forecast(curves((0.5, 0.6, 0.67)), (25, 50, 100), 0)
    assert good is not None
    assert good.check is not None
    before = good.check.forecast
    assert before.value == pytest.approx(0.1 / math.sqrt(2))
    assert (before.low, before.high) == pytest.approx((0.04, 0.12))
    assert good.check.measured.value == pytest.approx(0.07)
    assert good.check.held


@pytest.mark.parametrize(
    ("last", "held"), [(0.51, False), (0.62, False), (0.64, True), (0.71, True), (0.73, False)]
)
def test_only_what_noise_cannot_explain_is_not_as_forecast(last: float, held: bool) -> None:
    """After 0.5 and 0.6 there are 0.65 to 0.7 to come, and every contrast is known to 0.02."""
    found = forecast(curves((0.5, 0.6, last)), (25, 50, 100), 0)
    assert found is not None
    assert found.check is not None
    assert found.check.held == held


def test_it_is_not_checked_beyond_what_the_smaller_sizes_span() -> None:
    found = forecast(curves((0.5, 0.6, 0.67)), (40, 50, 100), 0)
    assert found is not None
    assert found.check is None


def test_forecasts_in_words() -> None:
    gain, before, came = interval(0.01, 0.05), interval(0.0, 0.04), interval(0.02, 0.04)
    assert Forecast(200, 80, gain).sentence(2) == (
        "40 more per class: +3.0 points (95 % +1.0 to +5.0); a guess: the sizes that were "
        "measured do not check it"
    )
    assert Forecast(200, 80, gain, Check(before, came, held=True)).sentence(2) == (
        "40 more per class: +3.0 points (95 % +1.0 to +5.0); checked on the largest size, forecast "
        "from the smaller ones: +2.0 points (95 % +0.0 to +4.0), measured +3.0 points "
        "(95 % +2.0 to +4.0), as forecast"
    )
    missed = Forecast(200, 80, gain, Check(before, came, held=False))
    assert missed.sentence(200).startswith("1 more per class: ")
    assert missed.sentence(2).endswith("NOT as forecast, so do not trust it")


def test_a_forecast_as_figures() -> None:
    before, came = interval(0.0, 0.01), interval(0.02, 0.04)
    told = Forecast(200, 80, interval(0.01, 0.05), Check(before, came, held=False)).as_dict()
    assert (told["examples"], told["more"]) == (200, 80)
    assert told["check"]["held"] is False
    assert told["check"]["measured"]["value"] == pytest.approx(0.03)
    assert Forecast(200, 80, interval(0.01, 0.05)).as_dict()["check"] is None


def test_a_verdict_as_figures() -> None:
    gain = interval(0.1, 0.2)
    assert Verdict("helps", 10, gain).as_dict() == {
        "word": "helps",
        "text": "transfer helps: +15 points (95 % +10 to +20) at 10 examples",
        "examples": 10,
        "gain": gain.as_dict(),
    }
