"""What is compared: networks, and how much of each is retrained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headstart.backbones import Backbone, facts, is_network, load_backbone
from headstart.errors import SettingError
from headstart.runs._settings import TrainSettings
from headstart.runs._source import load_source
from headstart.strategy import Rung, resolve, rungs_of

SCRATCH = "scratch"
BUILTIN = "builtin"
FEWEST = 2


@dataclass(frozen=True)
class Contender:
    """One row of a comparison.

    Attributes:
        name: as the user wrote it.
        source: of the network: a name, a directory.
        backbone: as it starts.
        rung: what of it is retrained.
        scratch: whether it starts from random weights, and learns its statistics too.
    """

    name: str
    source: str
    backbone: Backbone
    rung: Rung
    scratch: bool = False

    def __str__(self) -> str:
        if self.scratch:
            return f"{self.backbone.name} from random weights"
        return f"{self.backbone.name}, {self.rung}"


def contenders(
    names: Sequence[str], settings: TrainSettings, *, architecture: str, size: int, input_kind: str
) -> list[Contender]:
    """Read the names of what is to be compared.

    Args:
        names: ``scratch``; a rung of the usual network (``head``, ``2``, ``all``); or a source:
            ``builtin``, ``timm:NAME``, ``timm:NAME=FILE`` with weights of one's own (``=random``),
            the directory of a model. ``SOURCE@2`` retrains two stages of it, else its head is new.
        settings: the usual network, and how to train.
        architecture: trained from scratch; ``timm:`` may be left out.
        size: of the photos that it reads, pixels.
        input_kind: of the data.

    Raises:
        SettingError: an unknown name, one twice, fewer than two, or a source of another kind of
            input.
        BackboneError: a network's weights are missing.
    """
    if len(names) < FEWEST:
        raise SettingError(
            f"there is {len(names)} to compare; give two or more with --with, as in "
            "--with scratch,head,2"
        )
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise SettingError(f"{', '.join(twice)} is there twice; name each once")
    loaded: dict[str, Backbone] = {}
    sources: dict[str, str] = {}
    found: list[Contender] = []
    for name in names:
        if name == SCRATCH:
            found.append(_from_scratch(architecture, size, settings.seed))
            continue
        source, wish = _divided(name)
        if source not in loaded:
            loaded[source] = network(source, settings, input_kind=input_kind)
        rung = resolve(loaded[source], wish)
        # The same network under two names is one source.
        source = sources.setdefault(loaded[source].fingerprint, source)
        found.append(Contender(name, source, loaded[source], rung))
    _refuse_alike(found)
    if all(contender.scratch for contender in found):
        raise SettingError("nothing pretrained is among what is to be compared")
    return found


def _refuse_alike(found: Sequence[Contender]) -> None:
    for place, one in enumerate(found):
        for other in found[:place]:
            if not (one.scratch or other.scratch) and (one.source, one.rung) == (
                other.source, other.rung
            ):  # fmt: skip
                raise SettingError(f"{other.name} and {one.name} are the same: {one}; name it once")


def _from_scratch(architecture: str, size: int, seed: int) -> Contender:
    name = architecture if is_network(architecture) else f"timm:{architecture}"
    backbone = load_backbone(name, weights="random", size=size, seed=seed)
    return Contender(SCRATCH, architecture, backbone, rungs_of(backbone)[-1], scratch=True)


def _divided(name: str) -> tuple[str, str]:
    """Source and rung; the usual network's source is empty."""
    if name in ("head", "all") or name.isdecimal():
        return "", name
    source, at, wish = name.rpartition("@")
    if at and (wish in ("head", "all") or wish.isdecimal()):
        return source, wish
    return name, "head"


def network(source: str, settings: TrainSettings, *, input_kind: str) -> Backbone:
    """A network by the name that a user gives it in a comparison.

    Args:
        source: ``builtin``, ``timm:NAME``, ``timm:NAME=FILE``, the directory of a model; empty for
            the usual one.
        settings: the usual network.
        input_kind: of the data.

    Raises:
        SettingError: it reads another kind of input.
        BackboneError: its weights are missing.
    """
    if not source:
        backbone = settings.load_backbone()
    else:
        name, _, weights = source.partition("=")
        known = None if name == BUILTIN else facts(name, weights or None)
        if known is not None and known.input_kind != input_kind:
            raise SettingError(
                f"{source} was trained on {known.what} and reads {known.input_kind}s; the data "
                f"holds {input_kind}s. A network helps with the kind of input that it knows"
            )
        if name == BUILTIN:
            backbone = load_backbone()
        else:
            backbone = load_source(name, weights=weights or None, download=settings.download)
    if backbone.input_kind != input_kind:
        raise SettingError(
            f"{source or backbone.name} reads {backbone.input_kind}s; the data holds {input_kind}s"
        )
    return replace(backbone, name=source) if source not in ("", BUILTIN) else backbone
