"""Differences of accuracy as percentage points."""

from __future__ import annotations

from headstart.evaluation import Figure


def points(value: float) -> str:
    """``+18``, ``−0.4``: one decimal below ten."""
    hundred = 100 * value
    digits = 0 if abs(hundred) >= 9.95 else 1
    # Adding 0 makes of -0.0 a 0.0.
    return f"{round(hundred, digits) + 0.0:+.{digits}f}".replace("-", "−")


def points_interval(figure: Figure) -> str:
    """``+18 points (95 % +9.0 to +27)``."""
    if figure.value is None or figure.low is None or figure.high is None:
        return f"unknown ({figure.why})"
    level = f"{100 * figure.level:.3g} %"
    return f"{points(figure.value)} points ({level} {points(figure.low)} to {points(figure.high)})"
