"""The surest mistakes as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._predictions import Example, HeldOut, Predictions
from headstart.report._read import ModelFiles
from headstart.report._thumbnails import Thumbnail, make_thumbnails


@dataclass(frozen=True)
class MistakeCard:
    """A mistake as a picture."""

    file: str
    label: str
    predicted: str
    probability: str
    thumbnail: Thumbnail


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
    cards: tuple[MistakeCard, ...]


def galleries(
    held_out: HeldOut, files: ModelFiles, *, photos_root: Path | None
) -> tuple[Gallery, ...]:
    """The mistakes that the figures count, then those on training examples, if any."""
    one, many = form.nouns(fields.text(files.model.get("input_kind")))
    measured, training = held_out.measured, held_out.training
    examples = [*measured.mistakes, *training.mistakes]
    thumbnails = make_thumbnails(
        examples,
        roots=_roots(files, photos_root),
        preprocessing=fields.mapping(files.model.get("preprocessing")),
    )
    cards = [_card(*pair) for pair in zip(examples, thumbnails, strict=True)]
    split = len(measured.mistakes)
    shown = []
    if any(measured.right) or any(measured.wrong):
        words = _which(measured, one=one, many=many)
        if split:
            words += f" Each {one} is cut out as the network sees it."
        shown.append(Gallery("", words, tuple(cards[:split])))
    if cards[split:]:
        words = _which(training, one=one, many=many)
        words += (
            f" Each {one} was predicted by a model that had not seen it. "
            "This is the place to look for wrong labels; the figures above do not count these."
        )
        shown.append(Gallery(f"On training {many}", words, tuple(cards[split:])))
    return tuple(shown)


def _roots(files: ModelFiles, photos_root: Path | None) -> list[Path]:
    """Folders that relative paths may start from, best first."""
    roots = [] if photos_root is None else [photos_root]
    data = fields.text(files.model.get("data"))
    if data and "\0" not in data:
        # A table names files relative to the folder that it lies in. An absolute path stays as
        # it is when it is joined to another.
        for root in (Path(data), files.directory / data):
            roots.extend((root, root.parent))
    return roots


def _card(example: Example, thumbnail: Thumbnail) -> MistakeCard:
    return MistakeCard(
        file=form.visible(example.file),
        label=form.visible(example.label),
        predicted=form.visible(example.predicted),
        probability=form.confidence(example.probability),
        thumbnail=thumbnail,
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
