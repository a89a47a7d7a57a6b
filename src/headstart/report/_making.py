"""How the model was made: time, store, hashes, versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._bars import stacked_bar
from headstart.report._plan import head_widths
from headstart.report._svg import Svg

_STEPS = {
    "start": "starting",
    "read": "reading the data",
    "checks": "checks",
    "frozen_pass": "frozen pass",
    "head": "fitting the head",
    "depth": "measuring how much to retrain",
    "training": "training on everything",
    "evaluation": "figures",
    "save": "saving",
}
_MOST_STEPS = 6
"""As many as there are colours; the shortest of more are told together."""

_MOST_ITEMS = 12
"""Of a list that are told: a model of hundreds of tasks has a temperature for each output."""

_DEEPEST = 4
"""How far mappings inside mappings are followed."""


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
    longest = sorted(raw, key=lambda name: raw[name], reverse=True)[: _MOST_STEPS - 1]
    parts = [
        (_STEPS.get(name, form.visible(name)), amount)
        for name, amount in raw.items()
        if name in longest and form.seconds(amount) != form.seconds(0.0)
    ]
    rest = total - sum(amount for _, amount in parts)
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
    if hits is None or misses is None or not hits + misses:  # nothing was frozen
        return ""
    if input_kind == "vector":  # nothing is computed before the head, and nothing stored
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
    network = [_plain(backbone.get(key)) for key in ("name", "architecture", "origin")]
    details = [
        Entry("Made", form.moment(fields.text(model.get("created")))),
        Entry("headstart", _plain(model.get("headstart"))),
        Entry("Seed", _plain(model.get("seed"))),
        Entry("Data", _plain(model.get("data")), code=True),
        # The built-in network's name is that of its architecture.
        Entry("Network", "; ".join(part for part in dict.fromkeys(network) if part)),
        Entry("Form", _pairs(backbone.get("form"))),
        Entry("Preprocessing", _preprocessing(fields.mapping(model.get("preprocessing")))),
        Entry("Engine", _pairs(model.get("engine"))),
        Entry("Head", _head(fields.mapping(model.get("head")))),
        Entry("Settings", _pairs(model.get("settings"))),
        Entry("Versions", _pairs(model.get("versions"))),
        Entry("Network fingerprint", _plain(backbone.get("fingerprint")), code=True),
        Entry("Frozen part, SHA-256", _plain(backbone.get("frozen_sha256")), code=True),
    ]
    for name, digest in fields.mapping(model.get("files")).items():
        details.append(Entry(f"{form.visible(name)}, SHA-256", _plain(digest), code=True))
    return tuple(entry for entry in details if entry.value)


def _preprocessing(preprocessing: Mapping[str, object]) -> str:
    """What is done to an example; of feature vectors, which have hundreds of names, a few."""
    names = fields.texts(preprocessing.get("names"))
    if not names:
        return _pairs(preprocessing)
    return f"none; the numbers {form.listing([form.visible(name) for name in names])}"


def _head(head: Mapping[str, object]) -> str:
    widths = [form.count(width) for width in head_widths(head)]
    parts = (" to ".join(widths), _pairs(head.get("origin")))
    return "; ".join(part for part in parts if part)


def _plain(value: object, *, depth: int = 0) -> str:
    """A scalar, or a short list or mapping of them, as text."""
    if isinstance(value, str):
        return form.visible(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return _nested(value, depth=depth + 1) if depth < _DEEPEST else "…"
    amount = fields.number(value)
    if amount is None:
        return ""
    return str(value) if isinstance(value, int) else f"{amount:.4g}"


def _nested(value: object, *, depth: int) -> str:
    if isinstance(value, dict):
        inside = _pairs(value, depth=depth)
        return f"({inside})" if inside else ""
    items = fields.items(value)
    more = len(items) - _MOST_ITEMS
    told = ", ".join(_plain(item, depth=depth) for item in items[:_MOST_ITEMS])
    return f"{told} and {form.count(more)} more" if more > 0 else told


def _pairs(value: object, *, depth: int = 0) -> str:
    """Names and values of a mapping; what is empty is left out."""
    named = [
        (name.replace("_", " "), _plain(item, depth=depth))
        for name, item in fields.mapping(value).items()
    ]
    return "; ".join(f"{form.visible(name)} {item}" for name, item in named if item)
