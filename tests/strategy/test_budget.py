from __future__ import annotations

from typing import Any

import pytest

from headstart.errors import SettingError
from headstart.strategy import parse_budget


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("2m", 120),
        ("90s", 90),
        ("1.5h", 5400),
        (120, 120),
        ("120", 120),
        (0.5, 0.5),
        (" 2 min ", 120),
        (".5H", 1800),
        ("1.m", 60),
    ],
)
def test_times(given: str | float, seconds: float) -> None:
    assert parse_budget(given) == seconds


@pytest.mark.parametrize(
    "given", ["", "m", "2 days", "-3s", "0", 0, -1, float("nan"), float("inf"), "1e9", "2m30", True]
)
def test_what_is_no_time(given: Any) -> None:
    with pytest.raises(SettingError, match=r"budget is .*expected a time above 0 such as 90s"):
        parse_budget(given)
