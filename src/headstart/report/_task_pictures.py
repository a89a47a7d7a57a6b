"""The surest mistakes of each of several tasks, and which part of the photo decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._answers import Answers, Asked
from headstart.report._looking import Eyes, Looked, Question, look
from headstart.report._mistakes import Gallery, card_of, roots_of
from headstart.report._read import ModelFiles
from headstart.report._thumbnails import make_thumbnails


@dataclass(frozen=True)
class TaskPictures:
    """The photos of a report on several tasks.

    Attributes:
        galleries: mistakes, by the place of their task.
        looked: what looking at all of them gave.
        seen_before: whether the saved model has learned from them.
    """

    galleries: Mapping[int, Gallery]
    looked: Looked
    seen_before: bool

    @property
    def coloured(self) -> bool:
        """Whether any photo shows which part of it decided."""
        return any(gallery.coloured for gallery in self.galleries.values())


def task_pictures(
    answers: Mapping[int, Answers],
    files: ModelFiles,
    *,
    penalties: Mapping[int, float],
    photos_root: Path | None,
    eyes: Eyes | str,
    seen_before: bool,
) -> TaskPictures:
    """Show the photos that were answered wrongly, and look at them through the model.

    Args:
        answers: of some tasks, by their place.
        files: of the model directory.
        penalties: of the output layers that were solved, by the same places.
        photos_root: where the photos lie now, if not where they were at training.
        eyes: the model, or why it cannot be looked through.
        seen_before: whether the saved model has learned from the photos.
    """
    asked = [(place, example) for place, one in answers.items() for example in one.mistakes]
    examples = [example for _, example in asked]
    thumbnails = make_thumbnails(
        examples,
        roots=roots_of(files, photos_root),
        preprocessing=fields.mapping(files.model.get("preprocessing")),
    )
    looked = look(
        examples,
        thumbnails,
        eyes,
        closer=(),
        learned_from=files.predictions if seen_before else None,
        questions=[_question(place, answers[place].asked, penalties) for place, _ in asked],
    )
    cards = [card_of(*parts) for parts in zip(examples, thumbnails, looked.heats, strict=True)]
    _, many = form.nouns(fields.text(files.model.get("input_kind")))
    galleries = {
        place: Gallery("", _which(one, many), tuple(
            card for card, (other, _) in zip(cards, asked, strict=True) if other == place
        ))
        for place, one in answers.items()
    }  # fmt: skip
    return TaskPictures(galleries, looked, seen_before)


def _question(place: int, asked: Asked, penalties: Mapping[int, float]) -> Question:
    return Question(place, asked.shown, penalties.get(place), asked.threshold)


def _which(answers: Answers, many: str) -> str:
    """How many mistakes there are and which are shown."""
    everything, wrong = sum(map(sum, answers.confusion)), sum(answers.wrong)
    if not everything:
        return ""
    if not wrong:
        return f"Not one of {form.count(everything)} {many} was answered wrongly."
    shown = len(answers.mistakes)
    if shown == wrong:
        return (
            f"The {form.count(wrong)} of {form.count(everything)} {many} that were answered "
            "wrongly, the surest first."
        )
    surest = "the surest of each answer" if len(answers.asked.classes) == 2 else "the surest"
    return f"{form.count(shown)} of {form.counted(wrong, 'mistake', 'mistakes')}: {surest}."
