"""Two ways to learn several tasks, one judged against the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headstart.strategy import Together


@dataclass(frozen=True)
class Contest:
    """One way against another, by two scores.

    Attributes:
        auroc: verdicts by area under the ROC curve.
        log_loss: by log loss.
        width: of the shared hidden layer; ``None`` where it is what was asked for.
    """

    auroc: Together
    log_loss: Together
    width: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "width": self.width,
            "auroc": self.auroc.as_dict(),
            "log_loss": self.log_loss.as_dict(),
        }
