"""Photos of the report, seen through the trained network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from headstart.errors import (
    BackboneError,
    HeadstartError,
    MissingExtraError,
    SettingError,
    StoreError,
)
from headstart.model import Model, load, place_logits, places_cut
from headstart.report._closer import PhotoSeen, mapped_stages, seen
from headstart.report._evidence import Heat, heat
from headstart.report._predictions import Example
from headstart.report._thumbnails import Thumbnail


@dataclass(frozen=True)
class Eyes:
    """A model to look through.

    Attributes:
        model: it.
        cache: where activations are stored; nowhere where ``None``.
        maps: activations that are at hand, by hash and cut.
    """

    model: Model
    cache: Path | None = None
    maps: Mapping[str, Activations] | None = None


@dataclass(frozen=True)
class Looked:
    """What was found by looking at some photos.

    Attributes:
        heats: of each photo; ``None`` where it could not be shown.
        why: why none could; empty where some can, or there was nothing to look at.
        places: into how many places a photo is divided, as in ``"7 × 7"``.
        judge: whose colours they are where the saved head has learned from the photos:
            ``"again"``, of heads that were fitted again without them, or ``"saved"``, of the saved
            one; empty where it has not.
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


@dataclass(frozen=True)
class Question:
    """What is asked of a photo: one of several tasks.

    Attributes:
        place: of the task among the model's.
        classes: of it, as they are shown.
        penalty: that its output layer was solved with; ``None`` where that is not known.
        threshold: from which chance of the second of two classes on that is the answer.
    """

    place: int
    classes: tuple[str, ...]
    penalty: float | None = None
    threshold: float | None = None


def look(
    examples: Sequence[Example],
    thumbnails: Sequence[Thumbnail],
    eyes: Eyes | str,
    *,
    closer: Collection[int],
    learned_from: Path | None,
    questions: Sequence[Question] = (),
) -> Looked:
    """Look at photos through the network.

    Args:
        examples: the photos.
        thumbnails: of each.
        eyes: the model, or why there is none.
        closer: which photos to look at stage by stage.
        learned_from: ``predictions.csv`` where the saved head has learned from the photos; their
            colours are then of heads that have not, where those can be had.
        questions: what each photo is asked, where the model has several tasks.
    """
    from threadpoolctl import threadpool_limits  # 0.05 s, and nothing may be there to be shown

    nothing = Looked((None,) * len(examples))
    shown = [row for row, each in enumerate(thumbnails) if each.pixels is not None]
    if isinstance(eyes, str):
        return replace(nothing, why=eyes)
    if not shown:
        return nothing
    try:
        found, others = _through(
            eyes, shown, thumbnails, closer, learned_from, _penalties(questions)
        )
    except (BackboneError, MissingExtraError) as error:  # of its stages only the last is here
        return replace(nothing, why=f"its stages cannot be computed here ({error})")
    looked, asked = nothing, questions or [Question(0, eyes.model.classes)] * len(examples)
    if learned_from is not None:
        again = all(thumbnails[row].content in others for row in shown)
        looked = replace(looked, judge="again" if again else "saved")
    # The threads are ours: BLAS would spread each of many small products over its own, which took
    # twenty times as long where something else ran beside it.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(available_threads()) as pool:
        judges = {row: others.get(thumbnails[row].content, eyes.model) for row in found}
        looked = _with_heats(looked, examples, thumbnails, asked, judges, found, pool)
        rows = [row for row in closer if row in found]
        stages = pool.map(
            lambda row: seen(
                examples[row], thumbnails[row].uri, _pixels(thumbnails[row]), found[row]
            ),
            rows,
        )
        return replace(looked, closer=tuple(photo for photo in stages if photo.stages))


def _with_heats(
    looked: Looked,
    examples: Sequence[Example],
    thumbnails: Sequence[Thumbnail],
    asked: Sequence[Question],
    judges: dict[int, Model],
    found: dict[int, Activations],
    pool: ThreadPoolExecutor,
) -> Looked:
    model = next(iter(judges.values()))
    try:
        cut = places_cut(model)
        last, outputs = model.backbone.last_cut, model.outputs
        logits = {
            row: place_logits(judges[row], arrays[cut], arrays[last][FEATURES])[
                outputs.columns(asked[row].place)
            ]
            for row, arrays in found.items()
        }
    except SettingError as error:
        return replace(looked, why=str(error))
    made = pool.map(
        lambda row: heat(
            logits[row],
            asked[row].classes,
            examples[row],
            _pixels(thumbnails[row]),
            threshold=asked[row].threshold,
        ),
        found,
    )
    heats = dict(zip(found, made, strict=True))
    _, rows, columns = next(iter(logits.values())).shape
    return replace(
        looked,
        heats=tuple(heats.get(row) for row in range(len(examples))),
        places=f"{rows} × {columns}",
    )


def _penalties(questions: Sequence[Question]) -> dict[int, float] | None:
    """Of the tasks that are asked, where those of all are known; None where there is one task."""
    if not questions:
        return None
    known = {one.place: one.penalty for one in questions if one.penalty is not None}
    return known if all(one.place in known for one in questions) else {}


def _through(
    eyes: Eyes,
    shown: Sequence[int],
    thumbnails: Sequence[Thumbnail],
    closer: Collection[int],
    learned_from: Path | None,
    penalties: Mapping[int, float] | None,
) -> tuple[dict[int, Activations], dict[str, Model]]:
    """What the network makes of each photo that is shown; and where the saved head has learned from
    them, by their hashes, models that have not.
    """
    model = eyes.model
    # Stage by stage in bfloat16 would take a pass a stage; the pictures look the same in float32.
    engine = model.engine if model.engine.one_pass else replace(model.engine, precision="f32")
    ends = {model.backbone.last_cut}
    with suppress(SettingError):
        ends.add(places_cut(model))
    stages = [*mapped_stages(model.backbone), *ends]
    # A photo that stands there more than once is computed once.
    rows = {
        thumbnails[row].content: row for row in (*shown, *(row for row in closer if row in shown))
    }
    cuts = [stages if row in closer else ends for row in rows.values()]
    photos = [(content, _pixels(thumbnails[row])) for content, row in rows.items()]
    others: dict[str, Model] = {}
    try:
        if eyes.cache is not None:
            with ActivationStore(eyes.cache) as store:
                found = photo_activations(
                    photos,
                    cuts,
                    backbone=model.backbone,
                    engine=engine,
                    store=store,
                    known=eyes.maps,
                )
                if learned_from is not None and penalties != {}:
                    from headstart.report._unseen import without_folds

                    others = without_folds(rows, model, learned_from, store, penalties=penalties)
                return _each(shown, thumbnails, rows, found), others
    except StoreError:  # a report is made all the same
        pass
    found = photo_activations(photos, cuts, backbone=model.backbone, engine=engine, known=eyes.maps)
    return _each(shown, thumbnails, rows, found), {}


def _each(
    shown: Sequence[int],
    thumbnails: Sequence[Thumbnail],
    contents: Iterable[str],
    found: Sequence[Activations],
) -> dict[int, Activations]:
    by_content = dict(zip(contents, found, strict=True))
    return {row: by_content[thumbnails[row].content] for row in shown}


def _pixels(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    assert thumbnail.pixels is not None  # only those are looked at
    return thumbnail.pixels
