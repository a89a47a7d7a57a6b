"""What a comparison found: figures, differences, verdicts, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headstart.evaluation import Figure, Scores
from headstart.strategy._points import points_interval
from headstart.strategy._worth import (
    Equivalent,
    Forecast,
    Verdict,
    Word,
    equivalent,
    forecast,
    judge,
)

LEVEL = 0.95

AGAINST_LEAST: Mapping[Word, str] = {
    "helps": "gain by",
    "harms": "harm by",
    "no gain": "no gain to be expected of",
    "cannot tell": "cannot tell of",
}
"""How rungs are told against the one that trains least, by verdict."""


@dataclass(frozen=True)
class Entrant:
    """A candidate of a comparison, as the findings name it.

    Attributes:
        name: as the user wrote it.
        what: it is, in words.
        source: its network; empty for the usual one.
        scratch: whether it starts from random weights.
        parameters: numbers that are trained.
        seconds: of one fit at each size, the longest of the draws.
        epochs: of one fit at each size, the mean over draws.
        whole: whether every stage is trained.
    """

    name: str
    what: str
    source: str
    scratch: bool
    parameters: int
    seconds: tuple[float, ...]
    epochs: tuple[float, ...]
    whole: bool = False


@dataclass(frozen=True)
class Row:
    """One entrant at one size."""

    entrant: Entrant
    examples: int
    accuracy: Figure
    log_loss: Figure
    difference: Figure | None
    seconds: float
    epochs: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.entrant.name,
            "what": self.entrant.what,
            "examples": self.examples,
            "accuracy": self.accuracy.as_dict(),
            "log_loss": self.log_loss.as_dict(),
            "difference_to_first": None if self.difference is None else self.difference.as_dict(),
            "seconds": round(self.seconds, 3),
            "epochs": round(self.epochs, 1),
            "trainable_parameters": self.entrant.parameters,
        }


@dataclass(frozen=True)
class Findings:
    """Everything that a comparison says.

    Attributes:
        rows: of each entrant at each size; the entrants in the user's order.
        sizes: examples in a training part, in rising order.
        transfer: names of those that stand for transfer in the verdicts.
        verdicts: transfer against from scratch, at each size; empty without either.
        worth: what transfer's accuracy would take from scratch, at each size.
        more: what more examples should buy.
        sources: which network to start from, in a sentence; ``None`` for one network.
        depths: whether retraining more of a network pays, in a sentence for each network of which
            several rungs were compared.
        classes: number of classes.
        deeper: whether more of a pretrained network could be retrained than in any that was
            compared.
    """

    rows: tuple[Row, ...]
    sizes: tuple[int, ...]
    transfer: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    worth: tuple[Equivalent, ...]
    more: Forecast | None
    sources: str | None
    classes: int
    deeper: bool = False
    depths: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """The findings in words, the most important first."""
        said = []
        if self.verdicts:
            said += [str(self.verdicts[-1]), *map(str, self.verdicts[:-1])]
            if len(self.verdicts) > 1:
                said.append(f"({len(self.verdicts)} verdicts, each with an interval of its own)")
            if self.deeper and any(verdict.word == "harms" for verdict in self.verdicts):
                said.append(f"that is said of {', '.join(self.transfer)}: with every stage "
                            "retrained ('all' after --with) it may be otherwise")  # fmt: skip
        if (told := _most_telling(self.worth)) is not None:
            said.append(told.sentence(name="from scratch it", unit="examples"))
        if self.sources:
            said.append(self.sources)
        said += self.depths
        if self.more is not None:
            said.append(self.more.sentence(self.classes))
        return [f"{said[0][:1].upper()}{said[0][1:]}", *said[1:]] if said else []

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sizes": list(self.sizes),
            "candidates": [row.as_dict() for row in self.rows],
            "verdict": self.sentences[0] if self.sentences else None,
            "sentences": self.sentences,
            "transfer": list(self.transfer),
            "verdicts": [verdict.as_dict() for verdict in self.verdicts],
            "worth": [equal.as_dict() for equal in self.worth],
            "more_data": None if self.more is None else self.more.as_dict(),
            "sources": self.sources,
            "depths": list(self.depths),
        }


def find(
    scores: Scores, entrants: Sequence[Entrant], sizes: Sequence[int], classes: int
) -> Findings:
    """Draw the conclusions.

    Where several entrants are pretrained, transfer is whichever does best on the other folds, so
    that what is said of it is not flattered by the choosing.

    Args:
        scores: of the entrants, in order, at the sizes.
        entrants: that were compared.
        sizes: examples in a training part, in rising order.
        classes: number of classes.
    """
    pretrained = [place for place, entrant in enumerate(entrants) if not entrant.scratch]
    scratch = next((place for place, entrant in enumerate(entrants) if entrant.scratch), None)
    chosen, ours = scores, pretrained[0]
    if len(pretrained) > 1:
        chosen, ours = scores.with_chosen(pretrained), len(entrants)
    verdicts: list[Verdict] = []
    worth: list[Equivalent] = []
    if scratch is not None:
        for place, size in enumerate(sizes):
            gain = chosen.contrast({(ours, place): 1.0, (scratch, place): -1.0})
            verdicts.append(judge(gain, size))
            if len(sizes) > 1:
                worth.append(equivalent(chosen, sizes, ours, scratch, place))
    return Findings(
        rows=tuple(_rows(scores, entrants, sizes)),
        sizes=tuple(sizes),
        transfer=tuple(entrants[place].name for place in pretrained),
        verdicts=tuple(verdicts),
        worth=tuple(worth),
        more=forecast(chosen, sizes, ours),
        sources=_which_source(scores, entrants, len(sizes) - 1),
        classes=classes,
        deeper=not any(entrants[place].whole for place in pretrained),
        depths=_which_depth(scores, entrants, sizes),
    )


def _rows(scores: Scores, entrants: Sequence[Entrant], sizes: Sequence[int]) -> list[Row]:
    return [
        Row(
            entrant=entrant,
            examples=size,
            accuracy=scores.figure((place, at), "accuracy"),
            log_loss=scores.figure((place, at), "log_loss"),
            difference=scores.contrast({(place, at): 1.0, (0, at): -1.0}) if place else None,
            seconds=entrant.seconds[at],
            epochs=entrant.epochs[at],
        )
        for place, entrant in enumerate(entrants)
        for at, size in enumerate(sizes)
    ]


def _which_source(scores: Scores, entrants: Sequence[Entrant], size: int) -> str | None:
    """Which pretrained network to start from; each is represented by what does best with it."""
    by_source = _by_source(entrants)
    if len(by_source) < 2:
        return None
    places = []
    for members in by_source.values():
        if len(members) > 1:
            scores = scores.with_chosen(members)
            places.append(len(scores.values["accuracy"]) - 1)
        else:
            places.append(members[0])
    names = [source or "the usual network" for source in by_source]
    return _compared(scores, dict(zip(names, places, strict=True)), size)


def _which_depth(
    scores: Scores, entrants: Sequence[Entrant], sizes: Sequence[int]
) -> tuple[str, ...]:
    """Of each network, its rungs against the one that trains least, on the largest training part.

    Together the intervals of a network hold in 95 %.
    """
    told = []
    for places in _by_source(entrants).values():
        least, *others = sorted(places, key=lambda place: entrants[place].parameters)
        if not others:
            continue
        level, last = 1 - (1 - LEVEL) / len(others), len(sizes) - 1
        groups: dict[str, list[str]] = {}
        for place in others:
            gain = scores.contrast({(place, last): 1.0, (least, last): -1.0}, level=level)
            word = judge(gain, sizes[last]).word
            groups.setdefault(word, []).append(f"{entrants[place].name}: {points_interval(gain)}")
        words = [f"{AGAINST_LEAST[word]} {', '.join(groups[word])}"
                 for word in AGAINST_LEAST if word in groups]  # fmt: skip
        told.append(f"against {entrants[least].name} at {sizes[last]:,} examples: "
                    f"{'; '.join(words)}")  # fmt: skip
    return tuple(told)


def _by_source(entrants: Sequence[Entrant]) -> dict[str, list[int]]:
    """Places of the pretrained ones."""
    found: dict[str, list[int]] = {}
    for place, entrant in enumerate(entrants):
        if not entrant.scratch:
            found.setdefault(entrant.source, []).append(place)
    return found


def _compared(scores: Scores, places: dict[str, int], size: int) -> str:
    means = {name: scores.figure((place, size), "accuracy").value or 0.0
             for name, place in places.items()}  # fmt: skip
    best = max(means, key=lambda name: means[name])
    # The data chose the best, so that each pair could have been looked at: together their
    # intervals hold in 95 %.
    level = 1 - (1 - LEVEL) / math.comb(len(places), 2)
    behind = {
        name: scores.contrast({(place, size): 1.0, (places[best], size): -1.0}, level=level)
        for name, place in places.items()
        if name != best
    }
    worse = {name: figure for name, figure in behind.items()
             if figure.high is not None and figure.high < 0}  # fmt: skip
    even = [name for name in behind if name not in worse]
    told = "; ".join(f"{name} {points_interval(figure)}" for name, figure in worse.items())
    if not even:
        return f"start from {best}: against it {told}"
    words = f"networks that cannot be told apart: {', '.join([best, *even])}"
    return f"{words}; worse than {best}: {told}" if worse else words


def _most_telling(worth: Sequence[Equivalent]) -> Equivalent | None:
    """The largest size at which a number can be given; else the one that excludes the most."""
    known = [equal for equal in worth if equal.needed is not None and equal.tells]
    bounded = [equal for equal in worth if equal.tells]
    told = known or bounded
    return told[-1] if told else None
