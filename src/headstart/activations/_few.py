"""Activations of a few photos that are to be looked at, at cuts of each one's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing

from headstart.activations._engine import Activations, EngineInfo, Photo
from headstart.activations._keys import RowKey
from headstart.activations._places import Places
from headstart.activations._select import engine_maker
from headstart.activations._store import ActivationStore
from headstart.activations._values import shorten
from headstart.backbones import Backbone


def photo_activations(
    photos: Sequence[tuple[str, Photo]],
    cuts: Sequence[Collection[str]],
    *,
    backbone: Backbone,
    engine: EngineInfo,
    store: ActivationStore | None = None,
    known: Mapping[str, Activations] | None = None,
) -> list[Activations]:
    """Activations of photos that are decoded already, from the store where they are there.

    One network that gives out all cuts is made if any photo lacks any. What it computes is kept,
    rounded as in the store, so that a second look shows the same.

    Args:
        photos: SHA-256 of each file and its pixels as they enter the network, uint8
            ``(size, size, 3)``.
        cuts: for each photo the names of the stages whose output is wanted.
        backbone: whose stages are run.
        engine: from `choose_engine`; made only if something is missing.
        store: where activations are kept; ``None`` keeps none.
        known: arrays by cut that are at hand, by SHA-256 of the file, as of `FrozenPass.kept`.

    Returns:
        For each photo the named arrays at its cuts in the network's order, float16 or float32.

    Raises:
        StoreError: the store cannot be read or written.
    """
    wanted = [stage.name for stage in backbone.stages if any(stage.name in each for each in cuts)]
    datasets: Mapping[str, int] = {}
    if store is not None:
        datasets = Places.make(store, backbone, wanted, engine, augmentation=None).plain
    found: list[Activations] = [{} for _ in photos]
    new: dict[str, list[int]] = {cut: [] for cut in wanted}  # photos that are not stored there
    missing: set[int] = set()
    for number, ((content, _), asked) in enumerate(zip(photos, cuts, strict=True)):
        for cut in (cut for cut in wanted if cut in asked):
            arrays = store.get(datasets[cut], RowKey(content)) if store is not None else None
            if arrays is None:
                new[cut].append(number)
                arrays = (known or {}).get(content, {}).get(cut)
            if arrays is None:
                missing.add(number)
            else:
                found[number][cut] = arrays
    if missing:
        lacking = ((number, photos[number][1]) for number in sorted(missing))
        with closing(engine_maker(backbone, wanted, engine)().map(lacking)) as computed:
            for number, given in computed:
                for cut in (cut for cut in cuts[number] if cut not in found[number]):
                    found[number][cut] = {key: shorten(array) for key, array in given[cut].items()}
    if store is not None:
        for cut, numbers in new.items():
            if numbers:
                rows = [(RowKey(photos[number][0]), found[number][cut]) for number in numbers]
                store.put(datasets[cut], rows)
    return [{cut: each[cut] for cut in wanted if cut in each} for each in found]
