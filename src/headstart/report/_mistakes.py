"""Photos that were held out: some that were named rightly, and the surest mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._evidence import Heat
from headstart.report._looking import Eyes, Looked, look
from headstart.report._predictions import Example, HeldOut, Predictions
from headstart.report._read import ModelFiles
from headstart.report._thumbnails import Thumbnail, make_thumbnails

CLASSES = 6
"""Of so many classes photos that were named rightly are shown."""

CLOSER = 2
"""So many of them are shown stage by stage."""


@dataclass(frozen=True)
class Card:
    """A photo that was held out, what it was named, and which part of it decided."""

    file: str
    label: str
    predicted: str
    probability: str
    right: bool
    thumbnail: Thumbnail
    heat: Heat | None


@dataclass(frozen=True)
class Gallery:
    """Mistakes that belong together.

    Attributes:
        title: a heading, or empty for the first gallery.
        words: how many mistakes there are and which are shown.
        cards: the pictures, surest first.
    """

    title: str
    words: str
    cards: tuple[Card, ...]

    @property
    def coloured(self) -> bool:
        """Whether any of them shows which part of it decided."""
        return any(card.heat is not None for card in self.cards)


@dataclass(frozen=True)
class Pictures:
    """The photos of a report.

    Attributes:
        right: some that were named rightly; none where the model cannot be looked through.
        galleries: the mistakes that the figures count, then those on training examples, if any.
        looked: what looking at all of them gave.
        seen_before: whether the saved model has learned from the photos that the figures count.
    """

    right: tuple[Card, ...]
    galleries: tuple[Gallery, ...]
    looked: Looked
    seen_before: bool


def pictures(
    held_out: HeldOut,
    files: ModelFiles,
    *,
    photos_root: Path | None,
    eyes: Eyes | str,
    seen_before: bool,
) -> Pictures:
    """Show photos, and look at them through the model.

    Args:
        held_out: the predictions.
        files: of the model directory.
        photos_root: where the photos lie now, if not where they were at training.
        eyes: the model, or why it cannot be looked through.
        seen_before: whether the saved model has learned from the photos that the figures count.
    """
    measured, training = held_out.measured, held_out.training
    right = [] if isinstance(eyes, str) else measured.right_ones(classes=CLASSES)
    examples = [*right, *measured.mistakes, *training.mistakes]
    thumbnails = make_thumbnails(
        examples,
        roots=roots_of(files, photos_root),
        preprocessing=fields.mapping(files.model.get("preprocessing")),
    )
    first, second = len(right), len(right) + len(measured.mistakes)
    labels = [example.label for example in right]
    # The first of a class is the surest.
    closer = [place for place, label in enumerate(labels) if labels.index(label) == place][:CLOSER]
    # Beside a part that was held out training photos show where labels may be wrong, which takes no
    # colours; those of the saved model, which has learned from them, would be no evidence.
    looked_at = len(examples) if seen_before else second
    looked = look(
        examples[:looked_at],
        thumbnails[:looked_at],
        eyes,
        closer=closer,
        learned_from=files.predictions if seen_before else None,
    )
    heats = (*looked.heats, *(None for _ in examples[looked_at:]))
    cards = [card_of(*parts) for parts in zip(examples, thumbnails, heats, strict=True)]
    return Pictures(
        right=tuple(cards[:first]),
        galleries=_galleries(held_out, files, cards[first:second], cards[second:]),
        looked=looked,
        seen_before=seen_before,
    )


def _galleries(
    held_out: HeldOut,
    files: ModelFiles,
    counted: list[Card],
    others: list[Card],
) -> tuple[Gallery, ...]:
    one, many = form.nouns(fields.text(files.model.get("input_kind")))
    measured = held_out.measured
    shown = []
    if any(measured.right) or any(measured.wrong):
        words = _which(measured, one=one, many=many)
        if counted:
            words += f" Each {one} is cut out as the network sees it."
        shown.append(Gallery("", words, tuple(counted)))
    if others:
        words = _which(held_out.training, one=one, many=many)
        words += (
            f" Each {one} was predicted by a model that had not seen it. "
            "This is the place to look for wrong labels; the figures above do not count these."
        )
        shown.append(Gallery(f"On training {many}", words, tuple(others)))
    return tuple(shown)


def roots_of(files: ModelFiles, photos_root: Path | None) -> list[Path]:
    """Folders that relative paths may start from, best first."""
    roots = [] if photos_root is None else [photos_root]
    data = fields.text(files.model.get("data"))
    if data and "\0" not in data:
        # A table names files relative to the folder that it lies in. An absolute path stays as
        # it is when it is joined to another.
        for root in (Path(data), files.directory / data):
            roots.extend((root, root.parent))
    return roots


def card_of(example: Example, thumbnail: Thumbnail, heat: Heat | None) -> Card:
    return Card(
        file=form.visible(example.file),
        label=form.visible(example.label),
        predicted=form.visible(example.predicted),
        probability=form.confidence(example.probability),
        right=example.predicted == example.label,
        thumbnail=thumbnail,
        heat=heat,
    )


def _which(predictions: Predictions, *, one: str, many: str) -> str:
    """How many mistakes there are and which are shown."""
    wrong, shown = sum(predictions.wrong), len(predictions.mistakes)
    everything = wrong + sum(predictions.right)
    if not wrong:
        return f"Not one of {form.counted(everything, one, many)} was named wrongly."
    if shown < wrong:
        return f"The {form.count(shown)} surest of {form.count(wrong)} mistakes, surest first."
    if wrong == 1:
        return f"The one {one} of {form.count(everything)} that was named wrongly."
    return f"The {form.count(wrong)} of {form.count(everything)} named wrongly, surest first."
