"""What a run tells while it works; the command line and notebooks render it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Planned:
    """What is going to happen, said before anything is computed.

    Attributes:
        data: what was given.
        examples: number of examples in each part; ``"train"`` alone where no split was given.
        classes: number of labelled examples of each class of the only task.
        backbone: name of the pretrained network.
        stages: how many of its stages own weights.
        parameters: weights in them.
        retrain: how much of it is going to be retrained, or how that is found out, in words.
        engine: what runs the frozen part, in words.
        held_out: how the figures will be had, in words.
        seconds: forecast for the frozen pass where nothing is stored yet, or for `forecast`.
        stored: activations of this network that are stored already, of whatever files.
        forecast: what takes these seconds.
        tasks: number of known labels of each task, and of those of its second class where it has
            two; empty where there is one task.
    """

    data: str
    examples: dict[str, int]
    classes: dict[str, int]
    backbone: str
    stages: int
    parameters: int
    retrain: str
    engine: str
    held_out: str
    seconds: float
    stored: int
    forecast: str = "the head"
    tasks: dict[str, tuple[int, int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far a step is.

    Attributes:
        step: its name.
        done: units that are done.
        total: units in all.
        unit: what is counted.
    """

    step: str
    done: float
    total: float
    unit: str = ""


@dataclass(frozen=True)
class Note:
    """Something the user should know."""

    text: str


Event = Planned | Progress | Note
OnEvent = Callable[[Event], None]


def named(on_event: OnEvent, what: str) -> OnEvent:
    """Tell progress as that of one of several, as in "joint, layer of 64", and nothing else."""

    def tell(event: Event) -> None:
        if isinstance(event, Progress):
            on_event(replace(event, step=f"{event.step}, {what}"))

    return tell


def ignore(event: Event) -> None:
    """Tell nobody."""
