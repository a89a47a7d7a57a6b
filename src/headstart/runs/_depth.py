"""How much of the network is retrained: asked for, or measured on the folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from headstart.backbones import Backbone
from headstart.errors import MissingExtraError, SettingError
from headstart.runs._climb import HIDDEN, Climb, evidence, told
from headstart.runs._events import Note, OnEvent
from headstart.runs._fitting import Fitting
from headstart.runs._settings import TrainSettings
from headstart.strategy import Candidate, Choice, Rung, choose, resolve, rungs_of


@dataclass(frozen=True)
class Depth:
    """What is retrained and why.

    Attributes:
        rung: that was chosen.
        epochs: of training on all examples.
        chosen_by: ``"measured"``, ``"asked for"`` or why nothing was measured.
        why: in a sentence.
        choice: the evidence; ``None`` where nothing was compared.
        temperature: by which the logits of the final model are divided; one for each of several
            tasks.
    """

    rung: Rung
    epochs: int
    chosen_by: str
    why: str
    choice: Choice | None = None
    temperature: float | tuple[float, ...] = 1.0

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "retrain": self.rung.key,
            "epochs": self.epochs,
            "temperature": self.temperature,
            "chosen_by": self.chosen_by,
            "why": self.why,
            "candidates": [],
            **({} if self.choice is None else self.choice.as_dict()),
        }


def find_depth(fitting: Fitting) -> Depth:
    """Fit what was asked for, or climb the ladder as long as it pays.

    Raises:
        MissingExtraError: retraining was asked for and PyTorch is not installed.
        SettingError: the network has no such stages.
    """
    asked = asked_for(fitting.settings, fitting.backbone)
    if asked is not None and is_solved(asked, fitting.settings):
        return Depth(asked, 0, "asked for", "head only, as asked for")
    if asked is not None:
        return _asked(fitting, asked)
    if can_train() and fitting.backbone.only_head:
        why = f"head only: no stage can be retrained, {fitting.backbone.only_head}"
        return Depth(rungs_of(fitting.backbone)[0], 0, "nothing but a head can be trained", why)
    if can_train():
        return _climb(fitting)
    return Depth(
        rungs_of(fitting.backbone)[0],
        0,
        "the extra 'train' is not installed",
        "head only: retraining more of the network needs PyTorch "
        "(pip install 'headstart[train]'), with which auto measures whether that pays",
    )


def asked_for(settings: TrainSettings, backbone: Backbone) -> Rung | None:
    """The rung that was asked for; ``None`` where it is to be found by measuring.

    Raises:
        MissingExtraError: it takes training, and PyTorch is not installed.
        SettingError: the network has no such stages, or none of them can be retrained.
    """
    asked = None
    if settings.retrain != "auto" or settings.train_stages:
        asked = resolve(backbone, settings.retrain, settings.train_stages)
        asked = asked.with_hidden(settings.hidden)
    trained = settings.hidden if asked is None else not is_solved(asked, settings)
    if trained and not can_train():
        raise MissingExtraError("retraining stages or hidden layers", "train")
    if asked is not None and asked.trainable and backbone.only_head:
        raise SettingError(f"stages of {backbone.name} cannot be retrained: {backbone.only_head}")
    return asked


def shared_rung(backbone: Backbone, settings: TrainSettings) -> Rung:
    """What several tasks share: the stages asked for, else the last one, or new hidden layers."""
    hidden = settings.hidden
    if not backbone.weighted_stages:
        return rungs_of(backbone)[0].with_hidden(hidden or HIDDEN)
    if settings.retrain == "auto" and not settings.train_stages:
        return resolve(backbone, "head" if hidden else "1").with_hidden(hidden)
    return resolve(backbone, settings.retrain, settings.train_stages).with_hidden(hidden)


def is_solved(rung: Rung, settings: TrainSettings) -> bool:
    """Whether a rung is the solved output layer alone: nothing is trained."""
    return not rung.trainable and not rung.hidden and settings.head_init == "solved"


def can_train() -> bool:
    """Whether the extra ``train`` is there; nothing of it is imported to find out."""
    return find_spec("torch") is not None


def _asked(fitting: Fitting, rung: Rung) -> Depth:
    """Fit what was asked for, beside the head, to find the number of epochs and the figures."""
    tried = [_solved(fitting)]
    # Where the figures come from a part that the user held out, one fold tells the epochs.
    one_fold = bool(fitting.prepared.held_out)
    try:
        tried.append(fitting.cross_fit(rung, first_fold_only=one_fold))
    except KeyboardInterrupt:
        return _interrupted(fitting, tried)
    choice = _choice(fitting, tried)
    why = f"{rung}, as asked for"
    if not one_fold:  # one fold finds the epochs, and compares nothing honestly
        why = f"as asked for; measured by cross-validation: {choice.sentence}"
    # Who asked for a rung gets it trained, for one epoch at least.
    # An epoch that was not chosen has no temperature.
    temperature = tried[-1].temperature
    return Depth(rung, max(1, tried[-1].epochs), "asked for", why, choice, temperature)


def asked_depth(fitting: Fitting, candidate: Candidate, *, why: str) -> Depth:
    """What was fitted on all folds without a choice among rungs.

    Args:
        fitting: that it was fitted with.
        candidate: what came of it.
        why: in words.
    """
    choice = _choice(fitting, [_solved(fitting), candidate])
    epochs = max(1, candidate.epochs)
    return Depth(candidate.rung, epochs, "asked for", why, choice, candidate.temperature)


def _climb(fitting: Fitting) -> Depth:
    """Fit one rung after the other on the same folds; an interrupt ends the climbing."""
    climb = Climb(fitting, _solved(fitting))
    try:
        while (rung := climb.next()) is not None:
            climb.fit(rung)
    except KeyboardInterrupt:
        return _interrupted(fitting, climb.tried)
    left_out = climb.left_out()
    if left_out:
        _tell(fitting, told(left_out))
    if len(climb.tried) == 1:
        why = "head only: with so few examples, or so little time, nothing else was worth trying"
        if not left_out and not climb.nothing_proposed():
            why = "head only: its log loss is so near 0 that nothing could be measured to be better"
        return Depth(climb.tried[0].rung, 0, "measured", why)
    return _taken(_choice(fitting, climb.tried), "measured")


def _interrupted(fitting: Fitting, tried: Sequence[Candidate]) -> Depth:
    """The best of what was measured before Ctrl-C."""
    _tell(fitting, "interrupted: the best of what was measured so far is kept")
    how = "measured until it was interrupted"
    if len(tried) == 1:
        return Depth(tried[0].rung, 0, how, "head only: nothing else was measured")
    choice = _choice(fitting, tried)
    return _taken(choice, how)


def _taken(choice: Choice, how: str) -> Depth:
    taken = choice.chosen
    return Depth(taken.rung, taken.epochs, how, choice.sentence, choice, taken.temperature)


def _choice(fitting: Fitting, tried: Sequence[Candidate]) -> Choice:
    """Among the candidates, by the examples that all of them predicted held out."""
    held = ~np.isnan(tried[-1].probabilities)
    same = [replace(one, probabilities=np.where(held, one.probabilities, np.nan)) for one in tried]
    return choose(same, *evidence(fitting))


def _solved(fitting: Fitting) -> Candidate:
    """The output layer alone, as the first candidate."""
    rung = rungs_of(fitting.backbone)[0]
    return Candidate(
        rung=rung,
        probabilities=fitting.solved.probabilities[:1, : len(fitting.targets)],
        seconds=fitting.seconds,
        trainable_parameters=fitting.trainable_parameters(rung),
    )


def _tell(fitting: Fitting, text: str) -> None:
    fitting.prepared.notes.append(text)
    on_event: OnEvent = fitting.on_event
    on_event(Note(text))
