"""How much of a network is retrained: the rungs of the ladder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from headstart.backbones import INPUT, Backbone
from headstart.errors import SettingError

HEAD, ALL = "head", "all"


@dataclass(frozen=True)
class Rung:
    """Which stages are retrained, and where the network is cut for that.

    Attributes:
        name: ``head``, ``1`` to one less than there are weighted stages, ``all``, or
            ``stages:a,b`` for any other set.
        trainable: names of the stages that are retrained.
        cut: the last stage before the first of them; `INPUT` where nothing with weights comes
            before it.
        weighted: how many stages of the network own weights.
        hidden: sizes of new layers before the new output layer.
    """

    name: str
    trainable: frozenset[str]
    cut: str
    weighted: int
    hidden: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The name, and the new layers where there are any: ``2+256,64``."""
        return f"{self.name}+{','.join(map(str, self.hidden))}" if self.hidden else self.name

    @property
    def share(self) -> float:
        """Share of the weighted stages that are retrained."""
        return len(self.trainable) / max(self.weighted, 1)

    def with_hidden(self, hidden: Sequence[int]) -> Rung:
        """The same with new layers of these sizes before the new output layer."""
        return replace(self, hidden=tuple(hidden))

    def __str__(self) -> str:
        if not self.hidden:
            return self._stages()
        if not self.weighted:  # no network: nothing is there beside the new layers
            return self._layers()
        return f"{self._stages()} with {self._layers()}"

    def _stages(self) -> str:
        if self.name == HEAD:
            return "head only"
        if self.name == ALL:
            return "all stages retrained" if self.weighted > 1 else "the one stage retrained"
        if self.name.startswith("stages:"):
            names = self.name.removeprefix("stages:").split(",")
            word = "stage" if len(names) == 1 else "stages"
            return f"{word} {', '.join(names)} of {self.weighted} retrained"
        return f"{len(self.trainable)} of {self.weighted} stages retrained"

    def _layers(self) -> str:
        word = "layer" if len(self.hidden) == 1 else "layers"
        return f"new hidden {word} of {' and '.join(map(str, self.hidden))}"


def rungs_of(backbone: Backbone) -> tuple[Rung, ...]:
    """The ladder in order of cost: head, last stage, last two, ..., all."""
    names = [stage.name for stage in backbone.weighted_stages]
    return tuple(_rung(backbone, names[len(names) - count :]) for count in range(len(names) + 1))


def resolve(
    backbone: Backbone,
    retrain: str | int | Mapping[str, bool],
    train_stages: Sequence[str] = (),
) -> Rung:
    """The rung that a user asks for.

    Args:
        backbone: the network.
        retrain: ``head``, how many of the last stages (2 or ``"2"``), ``all``, or by stage name
            whether it is retrained (stages that are not named are not). ``auto`` stands for no
            wish, and needs `train_stages`.
        train_stages: names of the stages to retrain; then `retrain` is ``auto``.

    Raises:
        SettingError: unknown names, stages without weights, wishes that contradict each other.
    """
    if isinstance(train_stages, str):
        train_stages = [name.strip() for name in train_stages.split(",") if name.strip()]
    if train_stages:
        if retrain != "auto":
            raise SettingError(
                f"retrain is {_shown(retrain)} and train_stages names {', '.join(train_stages)}; "
                "give one of the two"
            )
        return _rung(backbone, _known(backbone, train_stages))
    if isinstance(retrain, Mapping):
        return _rung(backbone, _switched_on(backbone, retrain))
    return _counted(backbone, retrain)


def _counted(backbone: Backbone, retrain: str | int) -> Rung:
    """The last so many stages."""
    ladder = rungs_of(backbone)
    most = len(ladder) - 1
    wish = retrain.strip().lower() if isinstance(retrain, str) else retrain
    if wish in (HEAD, ALL):
        return ladder[0 if wish == HEAD else most]
    if isinstance(wish, str) and wish.isdecimal():
        wish = int(wish)
    if isinstance(wish, bool) or not isinstance(wish, int) or not 0 <= wish <= most:
        raise SettingError(
            f"retrain is {_shown(retrain)}; expected head, a number of last stages from 1 to "
            f"{most} ({backbone.name} has {most} with weights), all, or stages by name with "
            "train_stages"
        )
    return ladder[wish]


def _switched_on(backbone: Backbone, switches: Mapping[str, object]) -> list[str]:
    wrong = [name for name, on in switches.items() if not isinstance(on, bool)]
    if wrong:
        raise SettingError(
            f"retrain says {switches[wrong[0]]!r} of stage {wrong[0]!r}; expected True (retrained) "
            "or False (frozen)"
        )
    _known(backbone, switches, weighted_only=False)
    return _known(backbone, [name for name, on in switches.items() if on])


def _known(backbone: Backbone, names: Iterable[str], *, weighted_only: bool = True) -> list[str]:
    """The names, once it is sure that they are those of stages that can be retrained."""
    given = list(names)
    stages = [stage.name for stage in backbone.stages]
    weighted = [stage.name for stage in backbone.weighted_stages]
    faults = []
    if unknown := [name for name in given if name not in stages]:
        faults.append(f"{backbone.name} has no stage {', '.join(map(repr, unknown))}")
    if weighted_only and (bare := [n for n in given if n in stages and n not in weighted]):
        faults.append(f"{', '.join(map(repr, bare))} has no weights to retrain")
    if faults:
        raise SettingError(
            f"{'; '.join(faults)}; stages that can be retrained are {', '.join(weighted)}"
        )
    return given


def _rung(backbone: Backbone, names: Iterable[str]) -> Rung:
    """The rung of a set of weighted stages, named by the ladder where it stands on it."""
    weighted = [stage.name for stage in backbone.weighted_stages]
    trainable = frozenset(names)
    in_order = [name for name in weighted if name in trainable]
    if not in_order:
        name = HEAD
    elif len(in_order) == len(weighted):
        name = ALL
    elif in_order == weighted[-len(in_order) :]:
        name = str(len(in_order))
    else:
        name = f"stages:{','.join(in_order)}"
    return Rung(name, trainable, _cut(backbone, trainable), len(weighted))


def _cut(backbone: Backbone, trainable: frozenset[str]) -> str:
    if not backbone.weighted_stages:  # no network: its vectors are what a head reads
        return backbone.last_cut
    before = INPUT
    anything_frozen = False
    for stage in backbone.stages:
        if stage.name in trainable:
            break
        before = stage.name
        anything_frozen = anything_frozen or bool(stage.tensors)
    # Stages without weights cost next to nothing, and what they put out more disk than pixels.
    return before if anything_frozen else INPUT


def _shown(retrain: object) -> str:
    if isinstance(retrain, Mapping):
        return f"given for the stages {', '.join(map(str, retrain))}"
    return repr(retrain)
