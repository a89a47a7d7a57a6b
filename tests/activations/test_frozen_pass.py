"""The frozen pass: nothing computed twice, the same to the bit however it came about."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from headstart.activations import (
    ActivationStore,
    EngineInfo,
    FrozenPass,
    RowKey,
    dataset_key,
)
from headstart.activations import _frozen_pass as module
from headstart.backbones import FEATURES, INPUT, Backbone
from headstart.errors import StoreError
from headstart.examples import FileSource, Source

ALL = (INPUT, "conv", "all/tokens", "pool")
Run = Callable[..., FrozenPass]


def test_the_second_run_computes_nothing_and_is_the_same_to_the_bit(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any
) -> None:
    first = run(sources, store)
    second = run(sources, store)
    assert (first.hits, first.misses) == (0, 12)
    assert (second.hits, second.misses, second.bytes) == (12, 0, 0)
    assert first.bytes > 12 * 4 * 2
    assert len(counted.cuts) == 1  # where everything is stored, no network is compiled
    assert first.features.shape == (12, 4)
    assert first.features.tobytes() == second.features.tobytes()
    assert first.features.dtype == second.features.dtype == np.float16
    assert first.hashes == second.hashes


def test_maps_are_kept_of_what_is_computed_and_stored_nowhere(
    sources: list[FileSource],
    store: ActivationStore,
    run: Run,
    backbone: Backbone,
    cpu: EngineInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(sources[:6], store)
    found = run(sources, store, keep="conv")
    assert set(found.kept) == set(found.hashes[6:])
    assert store.find(dataset_key(backbone, "conv", cpu)) is None
    for content, row in zip(found.hashes[6:], found.features[6:], strict=True):
        assert content is not None
        maps = found.kept[content][FEATURES]
        assert maps.shape == (4, 8, 8)
        assert maps.any() == row.any()
    assert run(sources, keep="conv").features.tobytes() == run(sources).features.tobytes()
    monkeypatch.setattr(module, "MOST_KEPT", 3 * 4 * 8 * 8 * 2)
    assert len(run(sources, keep="conv").kept) == 3


def test_the_same_to_the_bit_without_a_store_and_with_half_of_it(
    sources: list[FileSource], store: ActivationStore, run: Run
) -> None:
    without = run(sources)
    half = run(sources[::2], store)
    both = run(sources, store)
    assert (both.hits, both.misses) == (6, 6)
    assert without.features.dtype == np.float32  # rounded only where it is stored
    assert without.features.astype(np.float16).tobytes() == both.features.tobytes()
    assert half.features.tobytes() == both.features[::2].tobytes()
    assert (without.hits, without.misses, without.bytes) == (0, 12, 0)


def test_rows_are_in_the_order_of_the_sources(
    sources: list[FileSource], store: ActivationStore, run: Run
) -> None:
    run(sources[3:6], store)
    forwards = run(sources, store)
    backwards = run(sources[::-1], store)
    assert len({row.tobytes() for row in forwards.features}) == 12
    np.testing.assert_array_equal(forwards.features, backwards.features[::-1])


def test_renaming_and_copying_cost_nothing(
    sources: list[FileSource], store: ActivationStore, run: Run
) -> None:
    first = run(sources, store)
    renamed = sources[0].path.rename(sources[0].path.with_name("an other name.png"))
    copy = Path(shutil.copy(sources[1].path, sources[1].path.with_name("copy.png")))
    moved = [FileSource(path, path.name) for path in (renamed, copy)]
    second = run(moved, store)
    assert (second.hits, second.misses) == (2, 0)
    np.testing.assert_array_equal(second.features, first.features[:2])


def test_changing_a_file_costs_one_row(
    sources: list[FileSource], store: ActivationStore, run: Run, counted: Any
) -> None:
    first = run(sources, store)
    Image.new("RGB", (40, 40), (255, 0, 0)).save(sources[4].path)
    second = run(sources, store)
    assert (second.hits, second.misses) == (11, 1)
    assert counted.photos == 13
    same = np.arange(12) != 4
    assert (second.features[4] != first.features[4]).any()
    np.testing.assert_array_equal(second.features[same], first.features[same])


def test_another_key_never_hits(
    sources: list[FileSource], store: ActivationStore, run: Run, cpu: EngineInfo
) -> None:
    run(sources, store)
    other = run(sources, store, engine=replace(cpu, version="another"))
    assert (other.hits, other.misses) == (0, 12)


@pytest.mark.parametrize("cut", ["pool", "conv"])
def test_a_damaged_row_is_computed_anew(
    sources: list[FileSource], store: ActivationStore, run: Run, cut: str
) -> None:
    first = run(sources, store, cuts=(cut,))
    store._writer.execute("UPDATE rows SET value = zeroblob(length(value)) WHERE rowid < 4")
    store._writer.commit()
    second = run(sources, store, cuts=(cut,))
    third = run(sources, store, cuts=(cut,))
    assert (second.hits, second.misses) == (9, 3)
    assert (third.hits, third.misses) == (12, 0)
    if cut == "pool":
        assert first.features.tobytes() == second.features.tobytes() == third.features.tobytes()
    assert all(intact for _, intact in store.verify())


@pytest.mark.parametrize("views", [1, 3])
def test_broken_files_are_said_and_do_not_end_it(
    sources: list[FileSource], store: ActivationStore, run: Run, views: int
) -> None:
    sources[2].path.write_text("not a photo at all")
    sources[5].path.write_bytes(b"")
    sources[7].path.unlink()
    sources[8].path.write_bytes(sources[8].path.read_bytes()[:900])
    found = run(sources, store, cuts=(INPUT, "conv", "pool"), views=views)
    assert found.unreadable.keys() == {2, 5, 7, 8}
    assert "begins with text" in found.unreadable[2]
    assert "is empty" in found.unreadable[5]
    assert "does not exist" in found.unreadable[7]
    assert "cut" in found.unreadable[8] or "damaged" in found.unreadable[8]
    assert found.misses == 8
    assert found.activations is not None
    assert not found.activations[:, [2, 5, 7, 8]].any()
    assert found.activations[:, [0, 1, 3, 4, 6, 9, 10, 11]].any(axis=2).all()
    assert found.hashes[7] is None
    assert all(content is not None for row, content in enumerate(found.hashes) if row != 7)
    assert sum(info.rows for info in store.info()) == 3 * 8 * views


def test_nothing_readable_makes_no_engine(
    sources: list[FileSource], run: Run, counted: Any
) -> None:
    for source in sources:
        source.path.write_bytes(b"")
    found = run(sources)
    assert len(found.unreadable) == 12
    assert found.features.shape == (12, 4)
    assert counted.cuts == []


def test_a_value_beyond_float16_is_kept_as_float32(
    sources: list[FileSource], store: ActivationStore, run: Run, cpu: EngineInfo,
    make_backbone: Callable[..., Backbone],
) -> None:  # fmt: skip
    large = make_backbone(1e5)
    Image.new("RGB", (40, 40), (128, 128, 128)).save(sources[0].path)  # this one fits
    first = run(sources, store, backbone=large)
    second = run(sources, store, backbone=large)
    assert first.features.dtype == second.features.dtype == np.float32
    assert np.isfinite(first.features).all()
    assert first.features.max() > np.finfo(np.float16).max
    assert first.features.tobytes() == second.features.tobytes()
    dataset = store.dataset(dataset_key(large, "pool", cpu))
    row = store.get(dataset, RowKey(str(first.hashes[0])))
    assert row is not None
    assert row[FEATURES].dtype == np.float16


@pytest.mark.parametrize("views", [1, 3])
def test_progress_counts_every_example_once(
    sources: list[FileSource], store: ActivationStore, run: Run, views: int
) -> None:
    sources[2].path.write_bytes(b"")
    run(sources[:4], store, views=views)
    told: list[int] = []
    run(sources, store, views=views, cuts=(INPUT, "pool"), on_progress=told.append)
    assert told == list(range(1, 13))


def test_no_sources(run: Run) -> None:
    found = run([])
    assert found.features.shape == (0, 4)
    assert found.hashes == ()


class _Stop(Exception):  # noqa: N818 - stands for a kill
    pass


def _stop_at(count: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == count:
            raise _Stop("stopped")

    return tell


@pytest.mark.parametrize("cuts", [("pool",), ALL])
def test_what_was_computed_before_an_interruption_is_stored(
    sources: list[FileSource], store: ActivationStore, run: Run, cuts: tuple[str, ...]
) -> None:
    whole = run(sources)
    with pytest.raises(_Stop, match="stopped"):
        run(sources, store, cuts=cuts, on_progress=_stop_at(5))
    again = run(sources, store, cuts=cuts)
    assert again.hits == 5
    assert again.features.tobytes() == whole.features.astype(np.float16).tobytes()


def test_slow_photos_are_stored_by_the_clock_not_by_their_number(
    sources: list[FileSource], store: ActivationStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_AT_ONCE", 0.01)
    found: list[int] = []

    def tell(done: int) -> None:
        found.append(store.info()[0].rows)
        time.sleep(0.02)  # as long as a slow photo would take

    run(sources, store, on_progress=tell)
    assert found[-1] == 12  # by number it would be none


def test_large_rows_are_stored_by_their_bytes_not_by_their_number(
    sources: list[FileSource], store: ActivationStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BYTES_AT_ONCE", 4 * 32 * 32 * 3)
    portions: list[int] = []
    put = store.put

    def watched(dataset: int, rows: Any) -> int:
        portions.append(len(rows))
        return put(dataset, rows)

    monkeypatch.setattr(store, "put", watched)
    run(sources, store, cuts=(INPUT,))
    assert portions == [4, 4, 4]


def test_photos_ahead_of_the_engine_are_few(
    store: ActivationStore, run: Run, cpu: EngineInfo
) -> None:
    """Memory is bounded by threads and views, not by the number of examples."""
    read: list[int] = []
    done: list[int] = []
    ahead: list[int] = []

    def tell(count: int) -> None:
        done.append(count)
        ahead.append(len(read) - count)

    watched = [_Watched(_Bytes(number), read) for number in range(150)]
    run(watched, store, engine=replace(cpu, threads=1), views=8, on_progress=tell)
    assert len(done) == 150
    assert max(ahead) <= 2 + 4  # in the queue; in the works


class _Watched:
    def __init__(self, source: Source, read: list[int]) -> None:
        self.name, self._source, self._read = source.name, source, read

    def read(self) -> bytes:
        self._read.append(1)
        return self._source.read()


def test_a_full_disk_ends_it_with_a_clear_error(
    sources: list[FileSource], run: Run, tmp_path: Path
) -> None:
    with ActivationStore(tmp_path / "full") as store:
        run(sources[:3], store)
        (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
        store._writer.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="the disk is full; what was stored is intact"):
            run([_Bytes(number) for number in range(300)], store)
    with ActivationStore(tmp_path / "full") as store:
        assert all(intact for _, intact in store.verify())
        assert run(sources[:3], store).hits == 3


class _Bytes:
    """A photo of one colour."""

    def __init__(self, number: int) -> None:
        self.name = str(number)

    def read(self) -> bytes:
        from headstart.media import encode_photo

        pixels: NDArray[np.uint8] = np.full((8, 8, 3), int(self.name) % 256, np.uint8)
        pixels[0, 0] = int(self.name) // 256
        return encode_photo(pixels)
