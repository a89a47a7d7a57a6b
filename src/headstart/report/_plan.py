"""What was frozen, what was retrained and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form


@dataclass(frozen=True)
class Stage:
    """One stage of the network; `state` is ``"given"``, ``"frozen"``, ``"retrained"`` or ``"new"``.

    What is given is no stage: feature vectors of the user's own.
    """

    name: str
    state: str


@dataclass(frozen=True)
class Plan:
    """What was frozen, what was fitted, and why.

    Attributes:
        sentences: the plan in words.
        why: why this much was retrained, in a sentence; empty where it is not known.
        solved: what became of the head that was solved, in a sentence; empty where it is the
            model's own.
        stages: the network's stages in order, then the new layers.
    """

    sentences: tuple[str, ...]
    why: str
    solved: str
    stages: tuple[Stage, ...]


def read_plan(model: Mapping[str, object], metrics: Mapping[str, object]) -> Plan:
    """What was frozen and what was fitted."""
    plan = fields.mapping(metrics.get("plan"))
    backbone = fields.mapping(model.get("backbone"))
    head = fields.mapping(model.get("head"))
    widths = head_widths(head)
    stages = _stages(model, backbone, widths)
    network = form.visible(fields.text(backbone.get("name"))) or "the network"
    moved = [stage.name for stage in stages if stage.state == "retrained"]
    sentences = [
        *_stage_sentences(plan, network, moved),
        *_head_sentences(head, widths[1:-1]),
        *_tasks_sentences(metrics, head, moved, widths[1:-1]),
    ]
    parameters = fields.whole(plan.get("trainable_parameters"))
    if parameters is not None:
        sentences.append(f"{form.counted(parameters, 'number was', 'numbers were')} fitted.")
    if stages:
        stages += [Stage(f"hidden {form.count(width)}", "new") for width in widths[1:-1]]
        stages.append(Stage(f"output {form.count(widths[-1])}" if widths else "output", "new"))
    why = fields.text(plan.get("why")) or fields.text(plan.get("chosen_by"))
    return Plan(
        sentences=tuple(sentences),
        why=form.sentence(why),
        solved=_solved(head, widths[1:-1]),
        stages=tuple(stages),
    )


def _stages(
    model: Mapping[str, object], backbone: Mapping[str, object], widths: Sequence[int]
) -> list[Stage]:
    if model.get("input_kind") == "vector":
        size = widths[0] if widths else 0
        return [Stage(f"feature vectors of {form.counted(size, 'number', 'numbers')}", "given")]
    retrained = fields.texts(backbone.get("retrained"))
    return [Stage(form.visible(name), "retrained" if name in retrained else "frozen")
            for name in fields.texts(backbone.get("stages"))]  # fmt: skip


def head_widths(head: Mapping[str, object]) -> tuple[int, ...]:
    """From what the head reads to its classes; empty where the layers do not fit together.

    Args:
        head: as in ``model.json``.
    """
    widths: list[int] = []
    for layer in fields.items(head.get("layers")):
        shape = [fields.whole(size) for size in fields.items(layer)]
        if len(shape) != 2 or shape[0] is None or shape[1] is None:
            return ()
        leaving, entering = shape[0], shape[1]
        if widths and widths[-1] != entering:
            return ()
        widths += [leaving] if widths else [entering, leaving]
    return tuple(widths)


def _stage_sentences(
    plan: Mapping[str, object], network: str, retrained: Sequence[str]
) -> list[str]:
    frozen = fields.whole(plan.get("frozen_stages"))
    weighted = fields.whole(plan.get("weighted_stages"))
    sentences = []
    if retrained:
        epochs = fields.whole(plan.get("epochs"))
        long = f" for {form.counted(epochs, 'epoch', 'epochs')}" if epochs else ""
        everything = f", all stages of {network} that have weights" if frozen == 0 else ""
        done = "Trained" if plan.get("retrain") == "scratch" else "Retrained"
        sentences.append(f"{done}{long}: {form.listing(retrained)}{everything}.")
    elif fields.text(plan.get("retrain")).partition("+")[0] not in ("", "head"):
        sentences.append("No epoch of retraining was better than the start, so that was kept.")
    if frozen and weighted:
        share = "all" if frozen >= weighted else f"{form.count(frozen)} of the"
        sentences.append(
            f"Frozen: {share} {form.counted(weighted, 'stage', 'stages')} of {network} that have "
            "weights; weights and statistics there are exactly those that came with it."
        )
    return sentences


def _head_sentences(head: Mapping[str, object], hidden: Sequence[int]) -> list[str]:
    origin = fields.mapping(head.get("origin"))
    new = "the output layer"
    if hidden:
        units = form.listing([form.count(width) for width in hidden])
        layers = "a hidden layer" if len(hidden) == 1 else "hidden layers"
        new = f"{layers} of {units} units and the output layer"
    if origin.get("by") == "fine-tuning":
        began = "random weights"
        if fields.mapping(origin.get("start")).get("by") == "solver":
            began = "the solved output layer"
            if hidden:
                began = "random hidden layers and the output layer that was solved on them"
        return [f"New: {new}; training started from {began}."]
    if origin.get("by") == "pre-training":
        return [f"New: {new}, trained with them from random weights."]
    if origin.get("by") != "solver":
        return []
    sentences = [f"New: {new}, solved for rather than trained."]
    if origin.get("converged") is False:
        sentences.append("The solver stopped before it had converged: read the figures with care.")
    return sentences


def _tasks_sentences(
    metrics: Mapping[str, object],
    head: Mapping[str, object],
    retrained: Sequence[str],
    hidden: Sequence[int],
) -> list[str]:
    """What several tasks share; nothing where there is one."""
    tasks = fields.mappings(metrics.get("tasks"))
    if len(tasks) < 2:
        return []
    trained = fields.mapping(head.get("origin")).get("by") != "solver"
    if not trained:
        return [
            f"The output layer of each of the {form.count(len(tasks))} tasks was solved for on the "
            "labels that are known in it; the tasks share nothing that was trained.",
            *_not_solved(fields.mapping(head.get("origin"))),
        ]
    shared = [*retrained, *["the new hidden layers"][: bool(hidden)]]
    if not shared:
        return ["The tasks share nothing that was trained."]
    return [
        f"The {form.count(len(tasks))} tasks share {form.listing(shared)}: one sum over all known "
        "labels trained them."
    ]


def _not_solved(origin: Mapping[str, object]) -> list[str]:
    tasks, solved, converged = (
        fields.whole(origin.get(key)) or 0 for key in ("tasks", "solved", "converged")
    )
    sentences = []
    if solved < tasks:
        sentences.append(
            f"{form.counted(tasks - solved, 'task knows', 'tasks know')} too little: the answer is "
            "always how common each class is."
        )
    if converged < solved:
        sentences.append(
            f"In {form.counted(solved - converged, 'task', 'tasks')} the solver stopped before it "
            "had converged: read the figures with care."
        )
    return sentences


def _solved(head: Mapping[str, object], hidden: Sequence[int]) -> str:
    origin = fields.mapping(head.get("origin"))
    if origin.get("by") == "pre-training":  # nothing was solved
        return ""
    trained = origin.get("by") == "fine-tuning"
    start = fields.mapping(origin.get("start")) if trained else origin
    if hidden or start.get("by") not in (None, "solver"):
        return "The model's own layers did not start from that head: it is what they compare with."
    return "Training started from the head that was solved with it." if trained else ""
