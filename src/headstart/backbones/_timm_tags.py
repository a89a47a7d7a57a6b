"""Data sets in the names of timm's weights: ``resnet50.a1_in1k`` was trained on ImageNet-1k.

A tag is words between underscores: recipes (``a1``), data sets (``in1k``), sizes (``384``) and
``ft``, "then fine-tuned on". A word that is not known here may stand for data of any size, so a tag
that holds one tells nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    """What a network was trained on.

    Attributes:
        name: for a sentence.
        examples: ``None`` where the figure is not public, or not known here.
        classes: ``None`` where there are none, as with captions or without labels.
        source: where the figures come from.
    """

    name: str
    examples: int | None
    classes: int | None
    source: str


_IN1K = DataSet("ImageNet-1k", 1_281_167, 1000, "training part of ILSVRC 2012")
_IN22K = DataSet("ImageNet-22k", 14_197_122, 21_841, "image-net.org, release of autumn 2011")
_UNLABELLED = DataSet("ImageNet-1k (no labels)", 1_281_167, None, _IN1K.source)

_DATA = {
    "in1k": _IN1K,
    "in12k": DataSet("ImageNet-12k", 12_129_687, 11_821, "data card of timm/imagenet-12k-wds"),
    "in21k": _IN22K,
    "in22k": _IN22K,
    "inat21": DataSet("iNaturalist 2021", 2_686_843, 10_000, "Van Horn et al. 2021"),
    "openai": DataSet("CLIP's photos (captions)", 400_000_000, None, "Radford et al. 2021"),
    "laion400m": DataSet("LAION-400M (captions)", 400_000_000, None, "Schuhmann et al. 2021"),
    "laion2b": DataSet("LAION-2B (captions)", 2_320_000_000, None, "Schuhmann et al. 2022"),
    "datacomp1b": DataSet("DataComp-1B (captions)", 1_400_000_000, None, "Gadre et al. 2023"),
    "yfcc15m": DataSet("YFCC15M (captions)", 15_000_000, None, "the name of the data set"),
    "cc12m": DataSet("CC12M (captions)", 12_000_000, None, "Changpinyo et al. 2021"),
    "dfn2b": DataSet("DFN-2B (captions)", 2_000_000_000, None, "Fang et al. 2023"),
    "dfn5b": DataSet("DFN-5B (captions)", 5_000_000_000, None, "Fang et al. 2023"),
    "lvd142m": DataSet("LVD-142M (no labels)", 142_000_000, None, "Oquab et al. 2023"),
    "lvd1689m": DataSet("LVD-1689M (no labels)", 1_689_000_000, None, "Siméoni et al. 2025"),
    "sa1b": DataSet("SA-1B (masks)", 11_000_000, None, "Kirillov et al. 2023"),
    "webli": DataSet("WebLI (captions)", None, None, ""),
    "jft": DataSet("JFT-300M, photos of which not all were used", None, None, ""),
    "swsl": DataSet("hashtagged photos of Instagram", None, None, ""),
    "wsl": DataSet("hashtagged photos of Instagram", None, None, ""),
    "ssl": DataSet("photos of YFCC100M without labels", None, None, ""),
}  # fmt: skip

_WHOLE = dict.fromkeys(("mae", "dino", "fcmae"), _UNLABELLED)
"""Tags that are one word: methods that name no data because it is ImageNet-1k."""

_RECIPES = {
    "a1", "a1h", "a2", "a2h", "a3", "aa", "agc", "ah", "am", "ap", "apple", "augreg", "augreg2",
    "bt", "c1", "c2", "c3", "ch", "clip", "cvnets", "d", "d1", "d1h", "d2", "deit", "dino",
    "dinov2", "dinov3", "dist", "distilled", "fb", "fcmae", "ft", "gluon", "goog", "lamb",
    "mim", "ms", "mx", "nadamuon", "ns", "orig", "paddle", "pt", "pycls", "ra", "ra2", "ra3",
    "ra4", "racm", "ram", "reg4", "rmsp", "rvgg", "sail", "sam", "sbb", "sbb2", "snap", "soup",
    "sw", "tf", "tiling", "tv", "tv2", "v2", "yfcc100m", "ig1b",
}  # fmt: skip
"""How, not on what: words of training recipes, of their authors, of methods; the last two repeat
what the word before them said."""

_SIZE = re.compile(r"[re]?\d+|\d+ep|\d+e")
"""Pixels of a side, or epochs: ``384``, ``r224``, ``e300``, ``300ep``."""


def read_tag(tag: str) -> tuple[DataSet, ...]:
    """The data sets of a weight tag of timm in the order of training; none where one is unknown.

    Example:
        >>> [data.name for data in read_tag("augreg_in21k_ft_in1k")]
        ['ImageNet-22k', 'ImageNet-1k']
        >>> read_tag("indomain_pt")
        ()
    """
    if tag in _WHOLE:
        return (_WHOLE[tag],)
    words = tag.split("_")
    if not all(word in _DATA or word in _RECIPES or _SIZE.fullmatch(word) for word in words):
        return ()
    # Some weights were fine-tuned twice on the same photos.
    return tuple(dict.fromkeys(_DATA[word] for word in words if word in _DATA))
