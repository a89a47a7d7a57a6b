"""One photo, stage by stage: where in it the most active channels of each stage respond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.activations import Activations
from headstart.backbones import FEATURES, Backbone
from headstart.report import _format as form
from headstart.report._heat import Levels, data_uri, dimmed, one_sided, smaller
from headstart.report._predictions import Example

SIDE = 112
"""Of the small pictures, pixels; shown at about 100."""

CHANNELS = 4
MOST_STAGES = 12

_ALIKE = 0.8
"""Channels whose maps correlate more than this show the same thing; one of them is shown."""

_LOOKED_AT = 48
"""Of so many channels those are chosen that show different things."""


@dataclass(frozen=True)
class Response:
    """Where a channel responds.

    Attributes:
        uri: a ``data:`` URI of a JPEG.
        spot: its strongest place, across and down in per cent of the side; ``None`` where many are
            equally strong.
    """

    uri: str
    spot: tuple[float, float] | None


@dataclass(frozen=True)
class StageSeen:
    """A stage, into how many places it divides a photo, and its most active channels."""

    name: str
    places: str
    responses: tuple[Response, ...]


@dataclass(frozen=True)
class PhotoSeen:
    """A photo and what the stages made of it."""

    label: str
    file: str
    uri: str
    stages: tuple[StageSeen, ...]


def mapped_stages(backbone: Backbone) -> tuple[str, ...]:
    """Stages that give a map of several places, some of many where there are too many."""
    names = [
        stage.name
        for stage in backbone.stages
        if len(stage.output_shape) == 3 and min(stage.output_shape[1:]) > 1
    ]
    if len(names) <= MOST_STAGES:
        return tuple(names)
    kept = np.linspace(0, len(names) - 1, MOST_STAGES).round().astype(int)
    return tuple(names[place] for place in kept)


def seen(
    example: Example, uri: str, pixels: NDArray[np.uint8], activations: Activations
) -> PhotoSeen:
    """A photo stage by stage.

    Args:
        example: the photo.
        uri: its thumbnail.
        pixels: as they enter the network.
        activations: at the cuts of `mapped_stages`, in the network's order; others are passed over.
    """
    dark = dimmed(smaller(pixels, SIDE))
    return PhotoSeen(
        label=form.visible(example.label),
        file=form.visible(example.file),
        uri=uri,
        stages=tuple(
            _stage(name, np.asarray(arrays[FEATURES], dtype=np.float32), dark)
            for name, arrays in activations.items()
            if arrays[FEATURES].ndim == 3
        ),
    )


def _stage(name: str, maps: NDArray[np.float32], dark: Levels) -> StageSeen:
    _, rows, columns = maps.shape
    return StageSeen(
        name=form.visible(name),
        places=f"{rows} × {columns}",
        responses=tuple(_response(maps[channel], dark) for channel in most_active(maps)),
    )


def most_active(maps: NDArray[np.float32], count: int = CHANNELS) -> list[int]:
    """Channels whose response differs most between places, no two of them alike.

    Args:
        maps: ``(channels, rows, columns)``.
        count: how many at most; fewer where the others are alike or respond everywhere the same.
    """
    flat = _inside(maps).reshape(len(maps), -1)
    spread = flat.std(axis=1)
    order = [int(place) for place in np.argsort(-spread, kind="stable")[:_LOOKED_AT]]
    order = [place for place in order if spread[place] > 0]
    standard = (flat[order] - flat[order].mean(axis=1, keepdims=True)) / spread[order, None]
    alike = np.abs(standard @ standard.T) / flat.shape[1] > _ALIKE
    chosen: list[int] = []
    for place in range(len(order)):
        if len(chosen) < count and not alike[place, chosen].any():
            chosen.append(place)
    return [order[place] for place in chosen]


def _response(channel: NDArray[np.float32], dark: Levels) -> Response:
    """Where a channel responds: its value, or where values have both signs, of which neither means
    more than the other, how far it is from the usual one.
    """
    if channel.min() < 0:
        channel = channel - np.median(channel)
        if -_inside(channel).min() > _inside(channel).max():
            channel = -channel
    inside = _inside(channel)
    strength = np.clip(channel / (inside.max() or 1.0), 0, 1)
    spots = np.argwhere(inside == inside.max()) + _margin(channel.shape) + 0.5
    down, across = 100 * spots[0] / channel.shape
    return Response(
        uri=data_uri(one_sided(dark, strength), quality=76),
        # Where an activation function cuts off, many places are equally strong.
        spot=(float(across), float(down)) if len(spots) == 1 else None,
    )


def _inside(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the rim of fine maps: there a convolution sees the padding, and the edge that this
    makes is often the strongest of all.
    """
    margin = _margin(maps.shape)
    return maps[..., margin:-margin, margin:-margin] if margin else maps


def _margin(shape: tuple[int, ...]) -> int:
    return 2 if min(shape[-2:]) >= 28 else 0
