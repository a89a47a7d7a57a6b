"""What a pretrained network was trained on: read from its name, without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from headstart.backbones import _efficientnet_lite0
from headstart.backbones._recipe import read_recipe
from headstart.backbones._timm_tags import DataSet, read_tag

RANDOM = "random"
TIMM_PREFIX = "timm:"
SPEECH = "speech_embedding"

InputKind = Literal["photo", "sound", "vector"]


@dataclass(frozen=True)
class TrainedOn:
    """The task A of a network that is to be transferred.

    Attributes:
        what: the data set, or what can be said instead; for a sentence such as "trained on ...".
        input_kind: what it reads.
        examples: labelled (or captioned) examples in it; 0 where the weights are random, ``None``
            where it is not known.
        classes: of its output layer; ``None`` where there are none or it is not known.
        origin: where these figures come from, a sentence.
    """

    what: str
    input_kind: InputKind
    examples: int | None
    classes: int | None
    origin: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainedOn:
        return cls(
            what=str(values["what"]),
            input_kind=values["input_kind"],
            examples=_count(values["examples"]),
            classes=_count(values["classes"]),
            origin=str(values["origin"]),
        )


def facts(name: str, weights: str | Path | None = None) -> TrainedOn | None:
    """What a source was trained on, as far as its name and the files beside it tell.

    Nothing is loaded or fetched; neither PyTorch nor timm is imported.

    Args:
        name: as `load_backbone` takes it.
        weights: as `load_backbone` takes them: a file, or ``"random"``.

    Returns:
        What is known, with ``examples`` ``None`` where the figure is not; ``None`` where the name
        is none that `load_backbone` knows.

    Raises:
        BackboneError: the recipe beside the weight file cannot be read or is of another network.

    Example:
        >>> facts("timm:resnet18.a1_in1k").examples
        1281167
    """
    if name == SPEECH:
        return SPEECH_EMBEDDING
    if name != _efficientnet_lite0.NAME and not name.startswith(TIMM_PREFIX):
        return None
    if weights == RANDOM:
        return TrainedOn("nothing: random weights", "photo", 0, None, "asked for as random weights")
    if name == _efficientnet_lite0.NAME:
        return BUILT_IN
    model = name.removeprefix(TIMM_PREFIX)
    if weights is not None:
        return _of_file(Path(weights), model.partition(".")[0])
    return _of_tag(model.partition(".")[2])


def _of_file(weights: Path, architecture: str) -> TrainedOn:
    recipe = read_recipe(weights, architecture)
    told = recipe.trained_on
    beside = weights.with_suffix(".json").name
    if "what" not in told:
        origin = f"neither {weights.name} nor a recipe {beside} beside it says (key trained_on)"
        return TrainedOn("data that is not stated", "photo", None, recipe.classes, origin)
    return TrainedOn(
        what=told["what"],
        input_kind="photo",
        examples=told.get("examples"),
        classes=told.get("classes", recipe.classes),
        origin=told.get("origin", f"{beside}, the recipe beside the weights"),
    )


def _of_tag(tag: str) -> TrainedOn:
    if not tag:
        origin = (
            "the name does not say which of timm's weights are meant; name them, as in "
            "timm:resnet18.a1_in1k"
        )
        return TrainedOn("data that is not stated", "photo", None, None, origin)
    found = read_tag(tag)
    if not found:
        origin = f"timm's tag {tag!r} names no data set whose size is known here"
        return TrainedOn("data that is not known here", "photo", None, None, origin)
    what = ", then ".join(each.name for each in found)
    if not all(each.examples for each in found):
        origin = f"timm's tag {tag!r} names data whose size is not known here"
        return TrainedOn(what, "photo", None, found[-1].classes, origin)
    largest = max(found, key=_size)
    origin = f"timm's tag {tag!r}; {largest.name}: {largest.source}"
    return TrainedOn(what, "photo", largest.examples, largest.classes, origin)


def _size(data: DataSet) -> int:
    return data.examples or 0


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


BUILT_IN = TrainedOn(
    what="ImageNet-1k",
    input_kind="photo",
    examples=1_281_167,
    classes=1000,
    origin="EfficientNet-Lite0 as it was published: trained on the training part of ILSVRC 2012, "
    "1,281,167 photos of 1,000 classes (Russakovsky et al. 2015)",
)
"""Of the network that comes with the installation."""

SPEECH_EMBEDDING = TrainedOn(
    what="about 200 million clips of 2 seconds from YouTube, 5,000 keywords",
    input_kind="sound",
    examples=200_000_000,
    classes=5000,
    origin="Lin et al. 2020, Training keyword spotters with limited and synthesized speech data, "
    "section 2",
)
"""Google's speech_embedding, as openWakeWord ships it."""
