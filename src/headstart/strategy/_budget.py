"""How long trying may take, as people write it."""

from __future__ import annotations

import math
import re

from headstart.errors import SettingError

SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(s|m|min|h|)", re.IGNORECASE)


def parse_budget(given: str | float) -> float:
    """Seconds of ``"90s"``, ``"2m"``, ``"1.5h"``, or of a number of seconds.

    Raises:
        SettingError: anything else, and what is not above 0.
    """
    if isinstance(given, str):
        found = _TIME.fullmatch(given.strip())
        seconds = float(found[1]) * SECONDS[found[2].lower()] if found else math.nan
    else:
        seconds = math.nan if isinstance(given, bool) else float(given)
    if not (math.isfinite(seconds) and seconds > 0):
        raise SettingError(
            f"budget is {given!r}; expected a time above 0 such as 90s, 2m or 1.5h, or a number of "
            "seconds; to try nothing beyond the head, give --retrain head"
        )
    return seconds
