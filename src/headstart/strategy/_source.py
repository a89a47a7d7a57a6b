"""A source beside the user's data: same kind of input, and how much more there was of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from headstart.backbones import TrainedOn

FAR_MORE = 10.0
"""From so many times the user's examples on, a source has far more: transfer is meant for a million
photos against a hundred; at less than this a gain is possible and no more can be said."""

Compared = Literal["far more", "more", "less", "nothing", "unknown", "another kind"]

_MANY = {"photo": "photos", "sound": "clips"}


@dataclass(frozen=True)
class SourceAdvice:
    """What can be expected of a source, from sizes and kinds alone.

    Attributes:
        name: as `--source` took it.
        trained_on: what is known of it; ``None`` where nothing is.
        standing: how much more it was trained on than there is to learn from here.
        ratio: examples of the source to those here; ``None`` where it cannot be told.
        sentence: all of it in words.
    """

    name: str
    trained_on: TrainedOn | None
    standing: Compared
    ratio: float | None
    sentence: str

    @property
    def usable(self) -> bool:
        """Whether it can be started from at all."""
        return self.standing != "another kind"

    def as_dict(self) -> dict[str, Any]:
        told = self.trained_on
        return {
            "name": self.name,
            "usable": self.usable,
            "standing": self.standing,
            "ratio": self.ratio,
            "sentence": self.sentence,
            "trained_on": None if told is None else told.as_dict(),
        }


def judge_source(
    name: str, trained_on: TrainedOn | None, *, kind: str, examples: int
) -> SourceAdvice:
    """Set a source beside the user's data.

    Args:
        name: of the source.
        trained_on: what is known of it.
        kind: of the user's examples, ``"photo"`` or ``"sound"``.
        examples: that the user has to learn from.

    Example:
        >>> judge_source(
        ...     "a", TrainedOn("A", "photo", 100, 2, ""), kind="photo", examples=1000
        ... ).ratio
        0.1
    """
    if trained_on is None:
        return SourceAdvice(
            name, None, "unknown", None,
            "nothing is known of what it was trained on, so sizes cannot be compared: only a "
            "measurement tells",
        )  # fmt: skip
    if trained_on.input_kind != kind:
        return SourceAdvice(
            name, trained_on, "another kind", None,
            f"refused: it reads {_MANY[trained_on.input_kind]}, your examples are {_MANY[kind]}; "
            "what a network has learned of one kind of input does not help with another",
        )  # fmt: skip
    size = trained_on.examples
    if size is None or not examples:
        return SourceAdvice(
            name, trained_on, "unknown", None,
            f"trained on {trained_on.what}, how much is not known here: sizes cannot be compared, "
            "only a measurement tells",
        )  # fmt: skip
    ratio = size / examples
    standing: Compared = "less"
    if not size:
        standing = "nothing"
    elif ratio >= FAR_MORE:
        standing = "far more"
    elif ratio > 1:
        standing = "more"
    return SourceAdvice(
        name, trained_on, standing, ratio, _sentence(trained_on, standing, examples)
    )


def _sentence(source: TrainedOn, standing: Compared, examples: int) -> str:
    if standing == "nothing":
        return "random weights, trained on nothing: starting from them is training from scratch"
    size, many = source.examples or 0, _MANY[source.input_kind]
    told = f"trained on {source.what}, {size:,} {many}"
    beside = f"your {examples:,}"
    if standing == "far more":
        return f"{told}: {times(size / examples)} {beside}, which is what transfer is for"
    if standing == "more":
        return (
            f"{told}: {times(size / examples)} {beside}, not far more: a gain is possible, but "
            "not to be counted on"
        )
    same = "as many as" if size == examples else "fewer than"
    return f"{told}, {same} {beside}: transfer will do no harm, but expect no gain"


def times(ratio: float) -> str:
    """A ratio above 1 in words, with two digits that count."""
    if ratio < 1.05:
        return "hardly more than"
    digits = 1 - math.floor(math.log10(ratio))
    rounded = round(ratio, digits)
    return f"about {rounded:,.{max(digits, 0)}f}".removesuffix(".0") + " times"
