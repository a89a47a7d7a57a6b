"""Readers for training: what the pass stored, from any thread; or the same computed anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.activations import (
    ActivationReader,
    ActivationStore,
    EngineInfo,
    FrozenPass,
    RecomputedActivations,
    StoredActivations,
)
from headstart.backbones import INPUT, Backbone
from headstart.errors import StoreError, UnreadableFileError
from headstart.examples import FileSource
from headstart.media import Augmentation, load_photo

ALL = (INPUT, "conv", "all/tokens", "pool")
Run = Callable[..., FrozenPass]
Make = Callable[..., StoredActivations]


def at(*pairs: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and views of a batch."""
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


@pytest.fixture
def passed(sources: list[FileSource], store: ActivationStore, run: Run) -> FrozenPass:
    return run(sources, store, cuts=ALL, views=3)


@pytest.fixture
def stored(passed: FrozenPass, store: ActivationStore, backbone: Backbone, cpu: EngineInfo) -> Make:
    contents = [str(content) for content in passed.hashes]

    def make(cut: str, **settings: Any) -> StoredActivations:
        given: dict[str, Any] = {"contents": contents, "engine": cpu, **settings}
        return StoredActivations(store, backbone=backbone, cut=cut, **given)

    return make


def test_the_reader_equals_the_table(passed: FrozenPass, stored: Make) -> None:
    reader: ActivationReader = stored("pool")
    assert passed.activations is not None
    pairs = [(row, view) for row in range(12) for view in range(3)]
    found = reader.read(*at(*pairs[::-1]))
    assert found.keys() == {"features"}
    assert found["features"].dtype == np.float32
    expected = np.stack([passed.activations[view, row] for row, view in pairs[::-1]])
    np.testing.assert_array_equal(found["features"], expected.astype(np.float32))


@pytest.mark.parametrize("cut", ALL)
def test_computed_anew_equals_stored(
    sources: list[FileSource], stored: Make, backbone: Backbone, cpu: EngineInfo, cut: str
) -> None:
    again = RecomputedActivations(sources, backbone=backbone, cut=cut, engine=cpu)
    for pairs in ([(3, 0), (3, 2), (0, 1), (11, 0), (3, 0)], [(7, 1)]):
        first, second = stored(cut).read(*at(*pairs)), again.read(*at(*pairs))
        assert first.keys() == second.keys() == backbone.output_shapes(cut).keys()
        for name, array in first.items():
            assert array.shape == (len(pairs), *backbone.output_shapes(cut)[name])
            assert array.dtype == (np.uint8 if cut == INPUT else np.float32)
            assert array.flags.writeable
            assert array.tobytes() == second[name].tobytes()


def test_pixels_are_those_of_load_photo(
    sources: list[FileSource], passed: FrozenPass, stored: Make
) -> None:
    found = stored(INPUT).read(*at((2, 0), (5, 2)))["features"]
    for place, (row, view) in enumerate([(2, 0), (5, 2)]):
        expected = load_photo(
            sources[row].read(), "a", resize=32, size=32, view=view,
            seed_text=str(passed.hashes[row]),
        )  # fmt: skip
        np.testing.assert_array_equal(found[place], expected)


def test_of_nothing_comes_nothing(
    sources: list[FileSource], stored: Make, backbone: Backbone, cpu: EngineInfo
) -> None:
    again = RecomputedActivations(sources, backbone=backbone, cut="conv", engine=cpu)
    for reader in (stored("conv"), again):
        assert reader.read(*at())["features"].shape == (0, 4, 8, 8)


def test_reading_from_many_threads_while_another_writes(
    sources: list[FileSource], store: ActivationStore, run: Run, stored: Make,
    backbone: Backbone, cpu: EngineInfo,
) -> None:  # fmt: skip
    """A training loop reads ahead on a thread of its own."""
    again = RecomputedActivations(sources, backbone=backbone, cut="conv", engine=cpu)
    batches = [at((number % 12, number % 3), (5, 0)) for number in range(40)]
    for reader in (stored("conv"), again):
        alone = [reader.read(*batch)["features"].tobytes() for batch in batches]
        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(reader.read, *batch) for batch in batches]
            run(sources, store, views=5)
            together = [each.result()["features"].tobytes() for each in waiting]
        assert together == alone
    assert threading.active_count() < 10


def test_a_deleted_row_is_said(stored: Make, store: ActivationStore) -> None:
    reader = stored("conv")
    store.prune([1, 2, 3, 4, 5, 6, 7, 8])
    with pytest.raises(StoreError, match="at conv of example 4, view 1, are damaged or were del"):
        reader.read(*at((4, 1)))


def test_a_damaged_row_is_said(stored: Make, store: ActivationStore) -> None:
    reader = stored("pool")
    store._writer.execute("UPDATE rows SET value = zeroblob(length(value))")
    store._writer.commit()
    with pytest.raises(StoreError, match=r"example 0, view 0, are damaged .* run again"):
        reader.read(*at((0, 0)))


@pytest.mark.parametrize(
    "settings",
    [
        {"contents": ["00" * 32]},
        {"engine": EngineInfo("openvino", "other", "cpu", "f32", 2, "any")},
    ],
)
def test_a_row_that_was_never_stored_is_said(stored: Make, settings: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="example 0, view 0"):
        stored("pool", **settings).read(*at((0, 0)))


def test_another_augmentation_has_other_rows(stored: Make) -> None:
    other = stored("pool", augmentation=Augmentation(flip=0))
    plain = other.read(*at((0, 0)))["features"]
    np.testing.assert_array_equal(plain, stored("pool").read(*at((0, 0)))["features"])
    with pytest.raises(StoreError, match="example 0, view 1"):
        other.read(*at((0, 1)))


def test_a_file_that_went_away_is_said(
    sources: list[FileSource], backbone: Backbone, cpu: EngineInfo
) -> None:
    reader = RecomputedActivations(sources, backbone=backbone, cut="pool", engine=cpu)
    sources[3].path.unlink()
    with pytest.raises(UnreadableFileError, match=r"3\.png: does not exist"):
        reader.read(*at((2, 0), (3, 0)))
    assert reader.read(*at((2, 0)))["features"].any()  # and it goes on


def test_computed_anew_on_pytorch(
    sources: list[FileSource], stored: Make, backbone: Backbone, cpu: EngineInfo
) -> None:
    pytest.importorskip("torch")
    info = replace(cpu, name="torch")
    reader = RecomputedActivations(sources, backbone=backbone, cut="all/tokens", engine=info)
    pairs = at((3, 0), (1, 2))
    found, expected = reader.read(*pairs), stored("all/tokens").read(*pairs)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, atol=2e-3)
