"""What to do, before anything is trained: the lecture's rules on the user's numbers.

Transfer makes sense where task A and task B have the same kind of input, A has much more data than
B, and A's low-level features help B. The first two are counted here; the third only a measurement
tells, so every piece of advice ends in one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from headstart.examples import Survey, TaskSurvey
from headstart.strategy._several_tasks import several_tasks
from headstart.strategy._source import Compared, SourceAdvice

EXCEPTIONAL = 1_000_000
"""Labelled photos from which on, with a GPU, training from scratch may be worth the while: as many
as the usual pretrained networks have seen."""

UNEVEN = 5
"""Times as many examples in the largest class as in the smallest: accuracy alone misleads then."""

FEW = 10
"""Fewer examples in a class make figures of that class rest on very little."""

FEWEST_MEASURED = 20
"""Held-out examples below which an accuracy of 90% has an interval of 30 points and more."""

Start = Literal["transfer", "either", "scratch", "nothing yet"]


@dataclass(frozen=True)
class Machine:
    """What there is to compute with.

    Attributes:
        threads: of the processor that may be used.
        bf16: whether the processor computes in bfloat16.
        gpu: whether an NVIDIA GPU with its driver is there.
        pytorch: whether PyTorch is installed.
        free_bytes: on the disk where activations are stored.
    """

    threads: int
    bf16: bool
    gpu: bool
    pytorch: bool
    free_bytes: int


@dataclass(frozen=True)
class DepthProposal:
    """How much of the network the rule of thumb would try to retrain.

    Attributes:
        network: that it counted the stages of.
        rungs: in words, the head first.
        deepest: as ``--retrain`` takes it.
        seconds: that trying them takes, about.
        left_out: deeper ones for which the usual budget is too short.
    """

    network: str
    rungs: tuple[str, ...]
    deepest: str
    seconds: float
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advice:
    """What to do and why.

    Attributes:
        start: ``"transfer"``; ``"either"``, where no gain is to be expected or nothing can be said;
            ``"scratch"``; ``"nothing yet"``, where nothing can be learned from the data as it is.
        headline: in a sentence.
        source: name of the source to start from; empty where there is none.
        reasons: a sentence each.
        depth: how much to retrain, in a sentence; empty where nothing is to be trained.
        careful: what may mislead, a sentence each.
    """

    start: Start
    headline: str
    source: str
    reasons: tuple[str, ...]
    depth: str
    careful: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "headline": self.headline,
            "source": self.source or None,
            "reasons": list(self.reasons),
            "depth": self.depth or None,
            "careful": list(self.careful),
        }


def advise_on(
    found: Survey,
    sources: Sequence[SourceAdvice],
    machine: Machine,
    depth: DepthProposal | None,
    *,
    usual: SourceAdvice | None = None,
) -> Advice:
    """Advice from counts alone.

    Args:
        found: what there is to learn from.
        sources: judged against it, as of `judge_source`.
        machine: what there is to compute with.
        depth: the rule of thumb's; ``None`` where nothing is to be trained.
        usual: the network that comes with the installation, set beside the data.
    """
    if blocked := _blocked(found):
        return Advice("nothing yet", blocked, "", (), "", tuple(found.notes))
    start, source, headline = _start(found, sources, machine)
    reasons = [_usual(found, machine)]
    if usual is not None and usual.standing == "far more" and not _has_far_more(sources):
        reasons.append(f"{usual.name}, which comes with headstart, was {usual.sentence}")
    if len(found.tasks) > 1:
        reasons += several_tasks(found.tasks)
    return Advice(
        start,
        headline,
        source,
        tuple(reasons),
        _depth(depth, machine),
        (*found.notes, *_careful(found)),
    )


def _blocked(found: Survey) -> str:
    """Why nothing can be learned yet; empty where something can."""
    if found.kind == "sound":
        return "These are sounds, which this version does not train on yet: it reads photos."
    if not found.training:
        return "No example is in the training part: put some into train."
    if all(len(task.counts) < 2 for task in found.tasks):
        names = ", ".join(f"'{name}'" for task in found.tasks for name in task.counts)
        return (
            f"There is nothing to tell apart yet: the only class is {names or 'missing'}. Add a "
            "second one, such as photos of everything else."
        )
    return ""


_STARTS: dict[Compared, tuple[Start, str]] = {
    "far more": ("transfer", "Transfer: start from {name}."),
    "more": (
        "transfer",
        "Start from {name}, and measure whether that gains anything: it was trained on more than "
        "you have, not on far more.",
    ),
    "less": (
        "either",
        "Starting from {name} will do no harm, but expect no gain: you have as much data as it was "
        "trained on, or more. Compare it with training from scratch.",
    ),
    "unknown": (
        "either",
        "Whether starting from {name} gains anything cannot be told: the size of its data is not "
        "known. Compare it with training from scratch.",
    ),
    "nothing": ("scratch", "Random weights are no head start: this is training from scratch."),
}


def _start(
    found: Survey, sources: Sequence[SourceAdvice], machine: Machine
) -> tuple[Start, str, str]:
    """Where to start: kind, source, sentence."""
    best = _best(sources)
    if best is None:
        return "scratch", "", "None of the sources reads photos: name another, or start from none."
    if best.standing == "far more" and found.training >= EXCEPTIONAL and machine.gpu:
        words = (
            "Your data are exceptional: compare training from scratch with starting from {name}."
        )
        return "either", best.name, words.format(name=best.name)
    start, words = _STARTS[best.standing]
    return start, best.name, words.format(name=best.name)


def _best(sources: Sequence[SourceAdvice]) -> SourceAdvice | None:
    """The usable source with the largest data; one of unknown size before one with none."""
    usable = [source for source in sources if source.usable]
    return max(usable, key=_rank, default=None)


def _has_far_more(sources: Sequence[SourceAdvice]) -> bool:
    return any(source.standing == "far more" for source in sources)


def _rank(source: SourceAdvice) -> float:
    return {"unknown": 0.5, "nothing": 0.0}.get(source.standing, 1.0 + (source.ratio or 0.0))


def _usual(found: Survey, machine: Machine) -> str:
    """The rule for photos, and whether this case is its exception."""
    rule = "For photos a pretrained network is the place to start unless data and compute are both "
    has_data = found.training >= EXCEPTIONAL
    if has_data and machine.gpu:
        return f"{rule}exceptional; {found.training:,} photos and a GPU may be"
    lacking = "data are" if machine.gpu else "machine is" if has_data else "data and machine are"
    return (
        f"{rule}exceptional, and your {lacking} not: {found.training:,} photos, {_compute(machine)}"
    )


def _compute(machine: Machine) -> str:
    if machine.gpu:
        return "a GPU"
    return f"{machine.threads} processor threads and no GPU"


def _depth(depth: DepthProposal | None, machine: Machine) -> str:
    if depth is None:
        return ""
    if not machine.pytorch:
        return (
            "A new output layer only: retraining stages needs PyTorch, which is not installed "
            "(pip install 'headstart[train]')"
        )
    if len(depth.rungs) == 1 and not depth.left_out:
        return (
            "A new output layer only: with so few examples the rule of thumb tries nothing deeper"
        )
    tried = ", ".join(depth.rungs)
    words = f"By rule of thumb worth trying: {tried}; --retrain auto measures which of them pays"
    if depth.left_out:
        words += f" ({', '.join(depth.left_out)} only with a larger --budget)"
    return words


def _careful(found: Survey) -> list[str]:
    """What may mislead."""
    words = []
    for task in found.tasks:
        words += _uneven(task, f" of {task.name}" if len(found.tasks) > 1 else "")
    if found.training and found.kind == "photo" and len(found.tasks) == 1:
        held_out = sum(count for part, count in found.parts.items() if part != "train")
        held_out = held_out or found.training
        words.append(_how_well(held_out))
    return words


def _how_well(held_out: int) -> str:
    """How well an accuracy will be known, by the normal approximation where that holds."""
    if held_out < FEWEST_MEASURED:
        return f"With {held_out} photos held out hardly any accuracy can be told from another."
    points = 196 * math.sqrt(0.9 * 0.1 / held_out)
    return (
        f"With {held_out:,} photos held out an accuracy of 90% will be known to about "
        f"{points:.2g} points either way; smaller differences cannot be told."
    )


def _uneven(task: TaskSurvey, where: str) -> list[str]:
    if len(task.counts) < 2:
        return [f"Only one class{where} is known."] if where else []
    (most, largest), *_, (fewest, smallest) = sorted(task.counts.items(), key=lambda each: -each[1])
    words = []
    if smallest < FEW:
        words.append(
            f"'{fewest}'{where} has {smallest} examples: figures of it will rest on very little."
        )
    if largest >= UNEVEN * max(smallest, 1):
        words.append(
            f"'{most}'{where} has {largest:,} examples, '{fewest}' {smallest:,}: look at balanced "
            "accuracy, for accuracy alone misleads."
        )
    return words
