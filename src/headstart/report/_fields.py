"""Careful reading of values that came from JSON.

A report is a look at what is there: a missing or odd value leaves a gap in it and never ends it.
So each function here returns an empty value of its type for anything else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast


def mapping(value: object) -> Mapping[str, object]:
    """`value` where it is a JSON object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """`value` where it is a JSON array, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def mappings(value: object) -> list[Mapping[str, object]]:
    """The JSON objects in the array `value`."""
    return [mapping(item) for item in items(value) if isinstance(item, dict)]


def texts(value: object) -> tuple[str, ...]:
    """The non-empty strings in the array `value`."""
    return tuple(item for item in items(value) if isinstance(item, str) and item)


def text(value: object) -> str:
    """`value` where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """`value` where it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def whole(value: object) -> int | None:
    """`value` where it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
