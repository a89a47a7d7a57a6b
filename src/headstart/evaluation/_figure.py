"""A figure: a value with the interval that it stands for, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number about a model, with its interval.

    Attributes:
        value: the estimate; ``None`` where it is undefined.
        low: lower end of the interval for the saved model's performance on new examples.
        high: upper end.
        level: how often the interval is to hold the truth.
        method: how the interval was made, in words; ``None`` where there is none.
        approximate: simulation shows the interval to hold the truth in fewer than 93 % or more
            than 97 % of cases under such conditions (few examples, most often).
        why: why the value is undefined, or what it leaves out.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str | None
    approximate: bool = False
    why: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The figure as it stands in ``metrics.json``."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "method": self.method,
            "approximate": self.approximate,
            "why": self.why,
        }


def undefined(why: str, *, level: float) -> Figure:
    """A figure that has no value, and why."""
    return Figure(None, None, None, level, None, why=why)


def within(
    value: float,
    ends: tuple[float, float],
    *,
    level: float,
    method: str,
    approximate: bool,
    largest: float = 1.0,
    why: str | None = None,
) -> Figure:
    """A figure from 0 to `largest`, whose interval holds its value and goes no further."""
    return Figure(
        value,
        min(max(ends[0], 0.0), value),
        max(min(ends[1], largest), value),
        level,
        method,
        approximate=approximate or why is not None,
        why=why,
    )
