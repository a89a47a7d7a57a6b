"""Several cuts and views in one frozen pass: the same rows as one at a time, each computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.activations import (
    ActivationStore,
    EngineInfo,
    FrozenPass,
    RowKey,
    dataset_key,
    forecast_bytes,
)
from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.errors import SettingError
from headstart.examples import FileSource
from headstart.media import Augmentation, load_photo

ALL = (INPUT, "conv", "all/tokens", "pool")
Run = Callable[..., FrozenPass]


def stored(
    store: ActivationStore, backbone: Backbone, engine: EngineInfo
) -> dict[tuple[str, str, int], dict[str, NDArray[Any]]]:
    """Every row of the tiny network, by cut, content and view."""
    found = {}
    ids = {
        store.find(dataset_key(backbone, cut, engine, augmentation)): cut
        for cut in ALL
        for augmentation in ("", Augmentation().canonical())
    }
    cells = "dataset, content, view"
    for dataset, content, view in store._writer.execute(f"SELECT {cells} FROM rows"):  # noqa: S608
        row = store.get(dataset, RowKey(content.hex(), view=view))
        assert row is not None
        found[ids[dataset], content.hex(), view] = row
    return found


def test_what_lies_behind_a_cut_is_not_in_its_key(
    make_backbone: Callable[..., Backbone], cpu: EngineInfo
) -> None:
    """A network whose last stages were retrained finds the rows of the one it came from."""
    backbone = make_backbone()
    later = replace(backbone.stages[2], outputs={FEATURES: (5,)})
    retrained = replace(backbone, stages=(*backbone.stages[:2], later))
    heavier = make_backbone(2.0)
    for cut in ("conv", "all/tokens"):
        assert dataset_key(retrained, cut, cpu) == dataset_key(backbone, cut, cpu)
        assert dataset_key(heavier, cut, cpu) != dataset_key(backbone, cut, cpu)
    assert dataset_key(retrained, "pool", cpu) != dataset_key(backbone, "pool", cpu)


def test_pixels_depend_on_no_network_and_no_engine(
    make_backbone: Callable[..., Backbone], cpu: EngineInfo
) -> None:
    backbone = make_backbone()
    key = dataset_key(backbone, INPUT, cpu)
    other = replace(backbone.photos, mean=(0.4, 0.5, 0.6))
    assert dataset_key(make_backbone(2.0), INPUT, replace(cpu, precision="bf16")) == key
    assert dataset_key(replace(backbone, preprocessing=other), INPUT, cpu) == key
    larger = replace(backbone.photos, resize=40)
    assert dataset_key(replace(backbone, preprocessing=larger), INPUT, cpu) != key


def test_several_cuts_equal_one_at_a_time_to_the_bit(
    sources: list[FileSource], tmp_path: Path, run: Run, backbone: Backbone, cpu: EngineInfo,
    counted: Any,
) -> None:  # fmt: skip
    with ActivationStore(tmp_path / "a") as together, ActivationStore(tmp_path / "b") as alone:
        whole = run(sources, together, cuts=ALL, views=2)
        singles = [run(sources, alone, cuts=(cut,), views=2) for cut in ALL]
        assert counted.cuts == [ALL[1:], ("conv",), ("all/tokens",), ("pool",)]
        first, second = stored(together, backbone, cpu), stored(alone, backbone, cpu)
    assert first.keys() == second.keys()
    assert len(first) == len(ALL) * 2 * 12
    for key, arrays in first.items():
        assert arrays.keys() == second[key].keys()
        for name, array in arrays.items():
            assert array.dtype == (np.uint8 if key[0] == INPUT else np.float16)
            assert array.shape == backbone.output_shapes(key[0])[name]
            assert array.tobytes() == second[key][name].tobytes()
    assert whole.activations is not None
    assert singles[-1].activations is not None
    assert whole.activations.tobytes() == singles[-1].activations.tobytes()
    assert [each.activations is None for each in singles] == [True, True, True, False]


def test_the_order_of_the_cuts_does_not_matter(sources: list[FileSource], run: Run) -> None:
    backwards = run(sources, cuts=("pool", INPUT, "conv", "pool"))
    assert backwards.features.tobytes() == run(sources).features.tobytes()


def test_a_cut_that_is_not_there(sources: list[FileSource], run: Run) -> None:
    with pytest.raises(SettingError, match="tiny has no stage 'head'"):
        run(sources, cuts=("pool", "head"))


def test_a_cut_added_later_costs_only_what_is_missing(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any,
    backbone: Backbone,
) -> None:  # fmt: skip
    first = run(sources, store)
    second = run(sources, store, cuts=("conv", "pool"))
    assert (second.hits, second.misses) == (0, 12)
    # The rows at `pool` were there, and only those at `conv` were handed over.
    needed = forecast_bytes(backbone, "conv", 12)
    assert needed <= second.bytes < needed + 12 * 200
    third = run(sources, store, cuts=("conv",))
    fourth = run(sources, store, cuts=("conv", "pool"))
    assert (third.hits, fourth.hits) == (12, 12)
    assert counted.photos == 24
    assert first.features.tobytes() == second.features.tobytes() == fourth.features.tobytes()


def test_pixels_added_later_need_no_engine(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any
) -> None:
    run(sources, store)
    found = run(sources, store, cuts=(INPUT, "pool"))
    assert found.misses == 12
    assert counted.photos == 12
    assert found.activations is not None


def test_rows_at_the_input_are_the_decoded_photos(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any,
    backbone: Backbone, cpu: EngineInfo,
) -> None:  # fmt: skip
    found = run(sources, store, cuts=(INPUT,), views=3)
    assert found.activations is None
    assert counted.cuts == []
    rows = stored(store, backbone, cpu)
    assert len(rows) == 36
    for source, content in zip(sources, found.hashes, strict=True):
        for view in range(3):
            expected = load_photo(
                source.read(), source.name, resize=32, size=32, view=view, seed_text=str(content)
            )
            row = rows[INPUT, str(content), view]
            assert row[FEATURES].dtype == np.uint8
            np.testing.assert_array_equal(row[FEATURES], expected)
    again = run(sources, store, cuts=(INPUT,), views=3)
    assert (again.hits, again.misses, again.bytes) == (12, 0, 0)


def test_views_differ_and_depend_on_no_order_and_no_number_of_threads(
    sources: list[FileSource], run: Run, cpu: EngineInfo
) -> None:
    one = run(sources, views=4, engine=replace(cpu, threads=1)).activations
    many = run(sources[::-1], views=4, engine=replace(cpu, threads=3)).activations
    assert one is not None
    assert many is not None
    assert one.shape == (4, 12, 4)
    assert len({row.tobytes() for view in one for row in view}) == 48
    assert one.tobytes() == many[:, ::-1].tobytes()
    assert one[0].tobytes() == run(sources).features.tobytes()


def test_views_added_later_cost_only_themselves(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any
) -> None:
    run(sources, store, views=2)
    more = run(sources, store, views=3)
    fewer = run(sources, store, views=2)
    assert counted.photos == 36
    assert (more.misses, fewer.hits, fewer.misses) == (12, 12, 0)
    assert more.activations is not None
    assert fewer.activations is not None
    assert more.activations[:2].tobytes() == fewer.activations.tobytes()


def test_another_augmentation_is_another_dataset_and_leaves_the_plain_rows(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any
) -> None:
    first = run(sources, store, views=2)
    gentle = run(sources, store, views=2, augmentation=Augmentation(area=(0.9, 1.0)))
    assert counted.photos == 36  # view 0 was there
    assert first.activations is not None
    assert gentle.activations is not None
    assert first.activations[0].tobytes() == gentle.activations[0].tobytes()
    assert (first.activations[1] != gentle.activations[1]).any(axis=1).all()
    assert len(store.info()) == 3


def test_a_run_without_views_makes_one_dataset(
    sources: list[FileSource], store: ActivationStore, run: Run
) -> None:
    run(sources, store)
    assert len(store.info()) == 1


def test_stored_photos_are_not_decoded(
    sources: list[FileSource], store: ActivationStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headstart.activations import _prepare

    decoded: list[tuple[str, int]] = []

    def watched(data: bytes, name: str, **settings: Any) -> NDArray[np.uint8]:
        decoded.append((name, settings["view"]))
        return load_photo(data, name, **settings)

    monkeypatch.setattr(_prepare, "load_photo", watched)
    run(sources[:3], store, cuts=("conv", "pool"), views=2)
    assert len(decoded) == 6
    run(sources[:4], store, cuts=("conv", "pool"), views=2)
    assert sorted(decoded[6:]) == [("3.png", 0), ("3.png", 1)]


def test_the_forecast_is_what_is_stored(
    sources: list[FileSource], store: ActivationStore, run: Run, backbone: Backbone
) -> None:
    for cut in ALL:
        forecast = forecast_bytes(backbone, cut, 12, 3)
        found = run(sources, store, cuts=(cut,), views=3).bytes
        assert forecast <= found <= forecast + 36 * 200  # names and shapes
    assert forecast_bytes(backbone, INPUT, 10) == 10 * 32 * 32 * 3
    assert forecast_bytes(backbone, "all/tokens", 10, 2) == 10 * 2 * (64 * 4 + 64) * 2
