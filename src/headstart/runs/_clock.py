"""How long each step of a run took."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Seconds of each step."""

    started: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = now - self.last
        self.last = now

    def read(self) -> dict[str, float]:
        total = time.perf_counter() - self.started
        return {key: round(value, 3) for key, value in {"total": total, **self.seconds}.items()}
