"""Whether tasks are better trained together, task by task, no stronger than the intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headstart.errors import SettingError
from headstart.evaluation import Figure, TaskContrasts, TaskScore
from headstart.strategy._together_words import amount, average_words, counted_words, single_words
from headstart.strategy._worth import NEGLIGIBLE, Word


@dataclass(frozen=True)
class TaskVerdict:
    """What may be said of one task.

    Attributes:
        name: of the task.
        word: the strongest that `together` allows; ``"cannot tell"`` where it has no value.
        together: score of the first candidate less that of the second, with an interval that holds
            for all tasks at once.
        alone: the same with an interval of its own, for whoever asked about this task only.
        known: labels that it rests on.
    """

    name: str
    word: Word
    together: Figure
    alone: Figure
    known: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "task": self.name,
            "word": self.word,
            "known": self.known,
            "difference": self.together.as_dict(),
            "difference_alone": self.alone.as_dict(),
        }


@dataclass(frozen=True)
class Together:
    """Whether one network for all tasks beats another way, in words.

    Attributes:
        first: name of what is judged, as in ``"joint"``.
        second: of what it is compared with, as in ``"separate"``.
        score: that they were compared by.
        verdicts: of each task.
        mean: difference over the tasks that could be compared.
        mean_word: what may be said of it.
    """

    first: str
    second: str
    score: TaskScore
    verdicts: tuple[TaskVerdict, ...]
    mean: Figure
    mean_word: Word

    def tasks(self, word: Word) -> list[TaskVerdict]:
        """Those that could be compared and of which this may be said, largest difference first."""
        found = [verdict for verdict in self.verdicts
                 if verdict.word == word and verdict.together.value is not None]  # fmt: skip
        return sorted(found, key=lambda verdict: -abs(verdict.together.value or 0.0))

    @property
    def compared(self) -> int:
        """Number of tasks that could be compared, for which the intervals are corrected."""
        return sum(verdict.together.value is not None for verdict in self.verdicts)

    def __str__(self) -> str:
        """As in "joint helps 3 of 4 tasks (a, b and c), harms none, one cannot be told (d)"."""
        if len(self.verdicts) == 1:
            (verdict,) = self.verdicts
            return single_words(
                self.first, verdict.name, verdict.word, verdict.together, self.score
            )
        if not self.compared:
            return f"none of {len(self.verdicts):,} tasks can be compared: {self._first_reason}"
        return counted_words(
            self.first,
            {word: [verdict.name for verdict in self.tasks(word)]
             for word in ("helps", "harms", "no gain", "cannot tell")},
            of=len(self.verdicts),
            compared=self.compared,
            score=self.score,
        )  # fmt: skip

    @property
    def sentences(self) -> list[str]:
        """The verdict, what stands out with its figures, and the mean over tasks."""
        if len(self.verdicts) == 1 or not self.compared:
            return [str(self)]
        telling = [*self.tasks("helps")[:3], *self.tasks("harms")[:3]]
        mean = average_words(self.first, self.mean_word, self.mean, self.score, tasks=self.compared)
        return [
            str(self),
            *(f"{each.name}: {amount(each.together, self.score)}" for each in telling),
            mean,
        ]

    @property
    def _first_reason(self) -> str:
        return next(verdict.together.why or "" for verdict in self.verdicts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "score": self.score,
            "verdict": str(self),
            "sentences": self.sentences,
            "compared": self.compared,
            "mean": {"word": self.mean_word, "difference": self.mean.as_dict()},
            "tasks": [verdict.as_dict() for verdict in self.verdicts],
        }


def judge_together(
    contrasts: TaskContrasts,
    names: Sequence[str],
    *,
    first: str = "joint",
    second: str = "separate",
) -> Together:
    """Put differences of two candidates into words.

    Args:
        contrasts: of the first candidate less the second.
        names: of the tasks, in their order.
        first: name of the first candidate.
        second: of the second.

    Raises:
        SettingError: as many names as there are tasks were not given.
    """
    if len(names) != len(contrasts.figures):
        raise SettingError(
            f"there are {len(names)} names for {len(contrasts.figures)} tasks; expected one each"
        )
    verdicts = tuple(
        TaskVerdict(name, _word(together, contrasts.score), together, alone, int(known))
        for name, together, alone, known in zip(
            names, contrasts.simultaneous, contrasts.figures, contrasts.known, strict=True
        )
    )
    mean = contrasts.mean
    return Together(first, second, contrasts.score, verdicts, mean, _word(mean, contrasts.score))


def _word(figure: Figure, score: TaskScore) -> Word:
    """The strongest word that an interval allows, as `headstart.strategy._worth.judge`."""
    if figure.low is None or figure.high is None:
        return "cannot tell"
    worst, best = (figure.low, figure.high)
    if score == "log_loss":
        worst, best = -figure.high, -figure.low
    if worst > 0:
        return "helps"
    if best < 0:
        return "harms"
    return "no gain" if max(-worst, best) <= NEGLIGIBLE else "cannot tell"
