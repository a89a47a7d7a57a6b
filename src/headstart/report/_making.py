"""How the model was made: plan, time, store, hashes, versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._bars import stacked_bar
from headstart.report._svg import Svg

_STEPS = {
    "start": "starting",
    "read": "reading the data",
    "checks": "checks",
    "frozen_pass": "frozen pass",
    "head": "fitting the head",
    "evaluation": "figures",
    "save": "saving",
}


@dataclass(frozen=True)
class Stage:
    """One stage of the network; `state` is ``"frozen"``, ``"trained"`` or ``"new"``."""

    name: str
    state: str


@dataclass(frozen=True)
class Plan:
    """What was frozen, what was fitted, and why.

    Attributes:
        sentences: the plan in words.
        stages: the network's stages in order, then the new head.
    """

    sentences: tuple[str, ...]
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Step:
    """A part of the time, as it stands in the legend."""

    name: str
    time: str
    place: int


@dataclass(frozen=True)
class Timings:
    """Where the time went."""

    total: str
    bar: Svg
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Entry:
    """A name and its value; `code` where it is to be copied letter by letter."""

    name: str
    value: str
    code: bool = False


def read_plan(model: Mapping[str, object], metrics: Mapping[str, object]) -> Plan:
    """What was frozen and what was fitted."""
    plan = fields.mapping(metrics.get("plan"))
    backbone = fields.mapping(model.get("backbone"))
    stages = [form.visible(name) for name in fields.texts(backbone.get("stages"))]
    frozen = fields.whole(plan.get("frozen_stages"))
    if frozen is None:
        frozen = fields.whole(backbone.get("frozen_stages"))
    network = form.visible(fields.text(backbone.get("name")))
    sentences = []
    if frozen is not None and stages:
        held = "All" if frozen >= len(stages) else "None" if frozen == 0 else form.count(frozen)
        sentences.append(
            f"{held} of the {form.count(len(stages))} stages of {network or 'the network'} "
            f"{'is' if frozen == 1 < len(stages) else 'are'} frozen: their weights are exactly "
            "those they came with."
        )
    parameters = fields.whole(plan.get("trainable_parameters"))
    if parameters is not None:
        sentences.append(f"{form.count(parameters)} numbers were fitted.")
    why = form.visible(fields.text(plan.get("chosen_by")))
    if why:
        sentences.append(f"Why this much was retrained: {why}.")
    head = fields.mapping(model.get("head"))
    if head.get("converged") is False:
        sentences.append("The solver stopped before it had converged: read the figures with care.")
    shown = [
        Stage(name, "frozen" if place < (frozen or 0) else "trained")
        for place, name in enumerate(stages)
    ]
    if shown:
        kind = form.visible(fields.text(head.get("kind")))
        shown.append(Stage(f"{kind} head".strip(), "new"))
    return Plan(tuple(sentences), tuple(shown))


def read_timings(metrics: Mapping[str, object]) -> Timings | None:
    """Where the time went, or None where it was not recorded."""
    raw = {
        name: amount
        for name, value in fields.mapping(metrics.get("seconds")).items()
        if (amount := fields.number(value)) is not None and amount >= 0
    }
    total = raw.pop("total", sum(raw.values()))
    if total <= 0:
        return None
    parts = [(_STEPS.get(name, form.visible(name)), amount) for name, amount in raw.items()]
    rest = total - sum(raw.values())
    if rest > 0.005 * total:
        parts.append(("everything else", rest))
    return Timings(
        total=form.seconds(total),
        bar=stacked_bar(
            [(f"{name}: {form.seconds(amount)}", amount) for name, amount in parts],
            label=f"Where {form.seconds(total)} went",
        ),
        steps=tuple(
            Step(name, form.seconds(amount), place % 6)
            for place, (name, amount) in enumerate(parts)
        ),
    )


def read_store(metrics: Mapping[str, object], *, input_kind: str) -> str:
    """What the activation store did, in a sentence."""
    cache = fields.mapping(metrics.get("cache"))
    hits, misses = fields.whole(cache.get("hits")), fields.whole(cache.get("misses"))
    if hits is None or misses is None:
        return ""
    one, many = form.nouns(input_kind)
    if not hits:
        words = f"The frozen part was computed for {form.counted(misses, one, many)}"
    elif not misses:
        words = f"The activations of all {form.counted(hits, one, many)} were stored already"
    else:
        words = f"The activations of {form.counted(hits, one, many)} were stored already, "
        words += f"those of {form.count(misses)} were computed"
    held = fields.whole(cache.get("bytes"))
    return f"{words}; all activations take {form.size(held)}." if held else f"{words}."


def read_provenance(model: Mapping[str, object]) -> tuple[Entry, ...]:
    """Everything that is needed to make the same model again."""
    backbone = fields.mapping(model.get("backbone"))
    engine = fields.mapping(model.get("engine"))
    preprocessing = fields.mapping(model.get("preprocessing"))
    head = fields.mapping(model.get("head"))
    details = [
        Entry("Made", form.moment(fields.text(model.get("created")))),
        Entry("headstart", _plain(model.get("headstart"))),
        Entry("Seed", _plain(model.get("seed"))),
        Entry("Data", _plain(model.get("data")), code=True),
        Entry("Network", _plain(backbone.get("name"))),
        Entry("Preprocessing", _pairs(preprocessing)),
        Entry("Engine", _pairs(engine)),
        Entry("Head", _pairs(head, leave=("file",))),
        Entry("Versions", _pairs(fields.mapping(model.get("versions")))),
        Entry("Network fingerprint", _plain(backbone.get("fingerprint")), code=True),
        Entry("Network weights, SHA-256", _plain(backbone.get("weights_sha256")), code=True),
        Entry("Frozen part, SHA-256", _plain(backbone.get("frozen_sha256")), code=True),
    ]
    for name, digest in fields.mapping(model.get("files")).items():
        details.append(Entry(f"{form.visible(name)}, SHA-256", _plain(digest), code=True))
    return tuple(entry for entry in details if entry.value)


def _plain(value: object) -> str:
    """A scalar or a short list of them as text."""
    if isinstance(value, str):
        return form.visible(value)
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    amount = fields.number(value)
    if amount is None:
        return ""
    return str(value) if isinstance(value, int) else f"{amount:.4g}"


def _pairs(values: Mapping[str, object], *, leave: tuple[str, ...] = ()) -> str:
    named = [
        (name.replace("_", " "), _plain(value))
        for name, value in values.items()
        if name not in leave
    ]
    return "; ".join(f"{form.visible(name)} {value}" for name, value in named if value)
