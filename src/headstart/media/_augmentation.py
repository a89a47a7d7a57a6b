"""Augmentation: how the views of one photo differ from each other."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from headstart.errors import SettingError

_VERSION = 1
"""Raised whenever a change in this room changes the pixels of a view."""

_DRAWS = 8

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True)
class View:
    """What was drawn for one view of one photo: numbers from 0 to 1, and what they stand for."""

    augmentation: Augmentation
    draws: tuple[float, ...]

    def box(self, width: int, height: int) -> Box:
        """Where to cut a photo of this size, upright."""
        area, ratio, across, down = self.draws[:4]
        square = min(width, height) ** 2 * _between(self.augmentation.area, area)
        # Limits narrowed to the shapes that fit into the photo, so that none is drawn in vain.
        low, high = (
            min(max(side, square / height**2), width**2 / square)
            for side in self.augmentation.ratio
        )
        shape = math.exp(_between((math.log(low), math.log(high)), ratio))
        wide = min(math.sqrt(square * shape), width)
        tall = min(math.sqrt(square / shape), height)
        left, top = across * (width - wide), down * (height - tall)
        return left, top, min(left + wide, width), min(top + tall, height)

    @property
    def flipped(self) -> bool:
        return self.draws[4] < self.augmentation.flip

    @property
    def brightness(self) -> float:
        return self._factor(self.augmentation.brightness, self.draws[5])

    @property
    def contrast(self) -> float:
        return self._factor(self.augmentation.contrast, self.draws[6])

    @property
    def saturation(self) -> float:
        return self._factor(self.augmentation.saturation, self.draws[7])

    @staticmethod
    def _factor(strength: float, draw: float) -> float:
        return _between((1 - strength, 1 + strength), draw)


@dataclass(frozen=True)
class Augmentation:
    """How far the views of a photo stray from it. View 0 never does.

    Attributes:
        area: of the crop, least and most, relative to the square over the photo's shorter side;
            within 0 to 1. The crop may lie anywhere in the photo.
        ratio: of the crop's width to its height, least and most.
        flip: share of the views that are mirrored left to right, 0 to 1.
        brightness, contrast, saturation: each is multiplied by a number drawn from 1 minus this
            to 1 plus this; within 0 to 1.

    Raises:
        SettingError: a value is outside its range.
    """

    area: tuple[float, float] = (0.35, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.5
    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.2

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.area[0] <= self.area[1] <= 1:
            faults.append(f"area {self.area} must rise within 0 to 1, without 0")
        if not 0 < self.ratio[0] <= self.ratio[1] < math.inf:
            faults.append(f"ratio {self.ratio} must rise from above 0")
        faults += [
            f"{name} {getattr(self, name)} must lie within 0 to 1"
            for name in ("flip", "brightness", "contrast", "saturation")
            if not 0 <= getattr(self, name) <= 1
        ]
        if faults:
            raise SettingError(f"augmentation: {'; '.join(faults)}")

    def canonical(self) -> str:
        """The same text for the same views, always; another where their pixels differ."""
        return json.dumps(
            {"version": _VERSION, **asdict(self)}, sort_keys=True, separators=(",", ":")
        )

    def view(self, seed_text: str, number: int) -> View:
        """What view `number` of the photo known by `seed_text` is; the same always."""
        # From a hash and not from NumPy's generator, whose numbers may change with its version:
        # views are stored, and a stored one must never be another than the one computed today.
        digest = hashlib.blake2b(f"{seed_text} {number}".encode(), digest_size=8 * _DRAWS).digest()
        words = (digest[start : start + 8] for start in range(0, len(digest), 8))
        return View(self, tuple(int.from_bytes(word, "big") / 2**64 for word in words))


def _between(limits: tuple[float, float], draw: float) -> float:
    return limits[0] + draw * (limits[1] - limits[0])
