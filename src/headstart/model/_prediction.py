"""What a model says of an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.errors import SettingError


@dataclass(frozen=True)
class Answer:
    """What a model says of one example in one task.

    Attributes:
        label: the most probable class; of a yes/no question "yes" where it is more probable than
            the task's threshold.
        probabilities: of each class.
    """

    label: str
    probabilities: dict[str, float]

    @property
    def probability(self) -> float:
        """Of the label."""
        return self.probabilities[self.label]


@dataclass(frozen=True)
class Prediction:
    """What a model says of one example.

    Attributes:
        name: the example as it was given.
        answers: by task; empty where the example could not be read.
        error: why it could not be read.
    """

    name: str
    answers: Mapping[str, Answer]
    error: str | None = None

    @property
    def label(self) -> str | None:
        """Of a model with one task; ``None`` where the example could not be read."""
        return None if self._only is None else self._only.label

    @property
    def probabilities(self) -> dict[str, float]:
        """Of each class of a model's only task; empty where the example could not be read."""
        return {} if self._only is None else self._only.probabilities

    @property
    def probability(self) -> float | None:
        """Of the label."""
        return None if self._only is None else self._only.probability

    @property
    def _only(self) -> Answer | None:
        if len(self.answers) > 1:
            raise SettingError(
                f"this model answers {len(self.answers)} questions at once; look at `answers`"
            )
        return next(iter(self.answers.values()), None)
