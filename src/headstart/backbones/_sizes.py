"""Which sizes of photos a network can work on."""

from __future__ import annotations

import math

from headstart.backbones._backbone import FEATURES, INPUT, Backbone
from headstart.errors import SettingError

SMALLEST = 8
"""Side in pixels below which no network is made."""


def check_asked(size: int | None) -> None:
    """Refuse a size that no network works on.

    Raises:
        SettingError: it is too small.
    """
    if size is not None and size < SMALLEST:
        raise SettingError(f"size must be {SMALLEST} pixels or more, not {size}")


def check_size(backbone: Backbone) -> Backbone:
    """The network, unless most of its stages would see a single place.

    A feature map of one place holds nothing that a convolution could look at: such stages cost time
    and learn no pattern. Half of the stages may be so (32 px photos in a network made for 224).

    Raises:
        SettingError: the photos are too small for it.
    """
    seen = _places(backbone)
    blind = seen.count(1)
    if 2 * blind > len(seen):
        raise SettingError(
            f"{backbone.name} cannot work on photos of {backbone.photos.size} px: {blind} "
            f"of its {len(seen)} stages would see a single place; give a larger size or a network "
            "with fewer stages"
        )
    return backbone


def _places(backbone: Backbone) -> list[int]:
    """Over how many places each stage extends that has weights and reads a feature map.

    Where the map shrinks to one place early, its pooling is no stage of its own and the last stage
    gives a vector.
    """
    found = []
    entering = backbone.output_shapes(INPUT)[FEATURES]
    for stage in backbone.stages:
        leaving = stage.output_shape
        if stage.parameters and len(entering) == 3 and len(leaving) != 2:
            found.append(math.prod(leaving[1:]))
        entering = leaving
    return found
