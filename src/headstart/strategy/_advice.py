"""What to do, before anything is trained: the lecture's rules on the user's numbers.

Transfer makes sense where task A and task B have the same kind of input, A has much more data than
B, and A's low-level features help B. The first two are counted here; the third only a measurement
tells, so every piece of advice ends in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from headstart.examples import Survey
from headstart.strategy._careful import careful
from headstart.strategy._several_tasks import several_tasks
from headstart.strategy._source import Compared, SourceAdvice

EXCEPTIONAL = 1_000_000
"""Labelled photos from which on, with a GPU, training from scratch may be worth the while: as many
as the usual pretrained networks have seen."""

EXTRA = "pip install 'headstart[train]'"

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
    if found.kind == "vector":
        return _of_vectors(found, machine)
    start, source, headline = _start(found, sources, machine)
    reasons = [_usual(found, machine)]
    if usual is not None and usual.standing == "far more" and not _has_far_more(sources):
        reasons.append(f"{usual.name}, which comes with headstart, was {usual.sentence}")
    return Advice(
        start,
        f"{headline}{_for_all(found)}",
        source,
        (*reasons, *_together(found)),
        _depth(depth, machine),
        (*found.notes, *careful(found)),
    )


def _of_vectors(found: Survey, machine: Machine) -> Advice:
    """No network is between feature vectors and the new layers."""
    why = (
        f"Your {found.examples:,} feature vectors go through no pretrained network: new layers "
        "are trained on them as they are"
    )
    deep = (
        "New output layers first: that fit is exact; then shared hidden layers, as in --hidden 256"
    )
    if not machine.pytorch:
        deep += f", for which PyTorch is needed ({EXTRA})"
    return Advice(
        "scratch",
        f"New layers on your vectors.{_for_all(found)}",
        "",
        (why, *_together(found)),
        deep,
        (*found.notes, *careful(found)),
    )


def _for_all(found: Survey) -> str:
    count = len(found.taught)
    return f" One model for all {count:,} tasks." if count > 1 else ""


def _together(found: Survey) -> list[str]:
    """Whether tasks are better learned together, where there are several."""
    if len(found.taught) < 2:
        return []
    return several_tasks(found.taught, kind="vector" if found.kind == "vector" else "photo")


def _blocked(found: Survey) -> str:
    """Why nothing can be learned yet; empty where something can."""
    if found.kind == "sound":
        return "These are sounds, which this version does not train on yet: it reads photos."
    if not found.training:
        return "No example is in the training part: put some into train."
    if not found.taught and len(found.tasks) > 1:
        return (
            f"None of the {len(found.tasks):,} tasks can be learned yet: each knows one class only."
        )
    if not found.taught:
        there = [name for task in found.tasks for name, count in task.counts.items() if count]
        names = ", ".join(f"'{name}'" for name in there)
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
            f"({EXTRA})"
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
