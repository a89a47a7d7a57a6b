"""What part of a decoded photo becomes the square that enters the network, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from headstart.media._augmentation import Box, View
from headstart.media._orientation import TRANSPOSITIONS

Size = tuple[int, int]
"""Width and height in pixels."""

# Weights of red, green and blue in the grey of a colour (ITU-R BT.601, as in Pillow's mode L).
_GREY = (0.299, 0.587, 0.114)


class Framing(Protocol):
    """From an RGB or L image as it is stored to an upright RGB square."""

    def shorter_side(self, size: Size, orientation: int) -> int:
        """To how few pixels a photo of this size may be scaled down before it is cut."""

    def cut(self, image: Image.Image, orientation: int) -> Image.Image:
        """The square. `orientation` is that of EXIF, still to be applied."""


@dataclass(frozen=True)
class Centre:
    """The centre square of `size` pixels, after the shorter side was brought to `resize`."""

    resize: int
    size: int

    def shorter_side(self, size: Size, orientation: int) -> int:
        del size, orientation  # the same for all photos
        return self.resize

    def cut(self, image: Image.Image, orientation: int) -> Image.Image:
        half = min(image.size) * self.size / self.resize / 2
        across, down = image.width / 2, image.height / 2
        box = (across - half, down - half, across + half, down + half)
        # The centre of a turned photo is the turned centre, so only the small crop is turned.
        return _upright(_resized(image, box, self.size), orientation)


@dataclass(frozen=True)
class Seeded:
    """The crop, flip and colours that were drawn for a view, `size` pixels wide."""

    size: int
    view: View

    def shorter_side(self, size: Size, orientation: int) -> int:
        left, top, right, bottom = self._stored_box(size, orientation)
        # The crop itself must keep as many pixels as it is given in the end.
        return math.ceil(self.size * min(size) / min(right - left, bottom - top))

    def cut(self, image: Image.Image, orientation: int) -> Image.Image:
        box = self._stored_box(image.size, orientation)
        square = _upright(_resized(image, box, self.size), orientation)
        if self.view.flipped:
            square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return self._recoloured(square)

    def _stored_box(self, size: Size, orientation: int) -> Box:
        """The view's box, which is drawn for the upright photo, in the photo as it is stored."""
        width, height = size[::-1] if orientation >= 5 else size
        left, top, right, bottom = self.view.box(width, height)
        if orientation in {2, 3, 6, 7}:
            left, right = width - right, width - left
        if orientation in {3, 4, 7, 8}:
            top, bottom = height - bottom, height - top
        return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)

    def _recoloured(self, square: Image.Image) -> Image.Image:
        """Brightness, then contrast about the mean grey, then saturation: one affine map of the
        colours, hence in one step and rounded once.
        """
        view = self.view
        levels = np.asarray(square.convert("L"))
        # Of whole numbers, so exact; adding up Pillow's histogram took a fifth of a small view's
        # time.
        grey = int(levels.sum(dtype=np.int64)) / levels.size
        scale = view.brightness * view.contrast
        shift = view.brightness * (1 - view.contrast) * grey
        matrix: list[float] = []
        for channel in range(3):
            mixed = [scale * (1 - view.saturation) * share for share in _GREY]
            mixed[channel] += scale * view.saturation
            matrix += [*mixed, shift]
        return square.convert("RGB", tuple(matrix))


def _resized(image: Image.Image, box: Box, size: int) -> Image.Image:
    # Pillow computes only what the box needs, so a 20,000 x 10 photo costs no 500,000 x 256 one.
    square = image.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return square if square.mode == "RGB" else square.convert("RGB")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = TRANSPOSITIONS.get(orientation)
    return image if turn is None else image.transpose(turn)
