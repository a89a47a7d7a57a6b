"""Photos of the report, seen through the trained network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.activations import (
    Activations,
    ActivationStore,
    available_threads,
    photo_activations,
)
from headstart.backbones import FEATURES
from headstart.errors import HeadstartError, SettingError, StoreError
from headstart.model import Model, load, place_logits, places_cut
from headstart.report._closer import PhotoSeen, mapped_stages, seen
from headstart.report._evidence import Heat, heat
from headstart.report._predictions import Example
from headstart.report._thumbnails import Thumbnail
from headstart.report._unseen import without


@dataclass(frozen=True)
class Eyes:
    """A model to look through, and where activations are stored; nowhere where ``None``."""

    model: Model
    cache: Path | None = None


@dataclass(frozen=True)
class Looked:
    """What was found by looking at some photos.

    Attributes:
        heats: of each photo; ``None`` where it could not be shown.
        why: why none could; empty where some can, or there was nothing to look at.
        places: into how many places a photo is divided, as in ``"7 × 7"``.
        judge: whose colours they are where the figures come from a cross-validation: ``"again"``,
            a head that was fitted again without these photos, or ``"saved"``, the saved one, which
            has learned from them; empty where those that the figures count are new to it.
        closer: some of the photos, stage by stage.
    """

    heats: tuple[Heat | None, ...]
    why: str = ""
    places: str = ""
    judge: Literal["", "again", "saved"] = ""
    closer: tuple[PhotoSeen, ...] = ()


def open_eyes(directory: Path, cache: Path | None) -> Eyes | str:
    """The model of a directory; where it cannot be loaded, why."""
    try:
        return Eyes(load(directory), cache)
    except HeadstartError as error:
        return f"the model cannot be loaded ({error})"


def look(
    examples: Sequence[Example],
    thumbnails: Sequence[Thumbnail],
    eyes: Eyes | str,
    *,
    closer: Collection[int],
    learned_from: Path | None,
) -> Looked:
    """Look at photos through the network.

    Args:
        examples: the photos.
        thumbnails: of each.
        eyes: the model, or why there is none.
        closer: which photos to look at stage by stage.
        learned_from: ``predictions.csv`` where the saved head has learned from the photos; the
            colours are then of one that has not, where that can be had.
    """
    from threadpoolctl import threadpool_limits  # 0.05 s, and nothing may be there to be shown

    nothing = Looked((None,) * len(examples))
    shown = [row for row, each in enumerate(thumbnails) if each.pixels is not None]
    if isinstance(eyes, str):
        return replace(nothing, why=eyes)
    if not shown:
        return nothing
    found, judge = _through(eyes, shown, thumbnails, closer, learned_from)
    looked = nothing
    if learned_from is not None:
        looked = replace(looked, judge="again" if judge else "saved")
    # The threads are ours: BLAS would spread each of many small products over its own, which took
    # twenty times as long where something else ran beside it.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(available_threads()) as pool:
        looked = _with_heats(looked, examples, thumbnails, judge or eyes.model, found, pool)
        rows = [row for row in closer if row in found]
        stages = pool.map(
            lambda row: seen(
                examples[row], thumbnails[row].uri, _pixels(thumbnails[row]), found[row]
            ),
            rows,
        )
        return replace(looked, closer=tuple(stages))


def _with_heats(
    looked: Looked,
    examples: Sequence[Example],
    thumbnails: Sequence[Thumbnail],
    model: Model,
    found: dict[int, Activations],
    pool: ThreadPoolExecutor,
) -> Looked:
    try:
        cut = places_cut(model)
        last = model.backbone.last_cut
        logits = {
            row: place_logits(model, arrays[cut], arrays[last][FEATURES])
            for row, arrays in found.items()
        }
    except SettingError as error:
        return replace(looked, why=str(error))
    made = pool.map(
        lambda row: heat(logits[row], model.classes, examples[row], _pixels(thumbnails[row])),
        found,
    )
    heats = dict(zip(found, made, strict=True))
    _, rows, columns = next(iter(logits.values())).shape
    return replace(
        looked,
        heats=tuple(heats.get(row) for row in range(len(examples))),
        places=f"{rows} × {columns}",
    )


def _through(
    eyes: Eyes,
    shown: Sequence[int],
    thumbnails: Sequence[Thumbnail],
    closer: Collection[int],
    learned_from: Path | None,
) -> tuple[dict[int, Activations], Model | None]:
    """What the network makes of each photo that is shown, and a model that has not seen them."""
    model = eyes.model
    ends = {model.backbone.last_cut}
    with suppress(SettingError):
        ends.add(places_cut(model))
    stages = [*mapped_stages(model.backbone), *ends]
    cuts = [stages if row in closer else ends for row in shown]
    photos = [(thumbnails[row].content, _pixels(thumbnails[row])) for row in shown]
    try:
        if eyes.cache is not None:
            with ActivationStore(eyes.cache) as store:
                found = photo_activations(
                    photos, cuts, backbone=model.backbone, engine=model.engine, store=store
                )
                judge = None
                if learned_from is not None:
                    judge = without({content for content, _ in photos}, model, learned_from, store)
                return dict(zip(shown, found, strict=True)), judge
    except StoreError:  # a report is made all the same
        pass
    found = photo_activations(photos, cuts, backbone=model.backbone, engine=model.engine)
    return dict(zip(shown, found, strict=True)), None


def _pixels(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    assert thumbnail.pixels is not None  # only those are looked at
    return thumbnail.pixels
