"""The frozen pass: nothing computed twice, the same to the bit however it came about."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from headstart.activations import (
    ActivationStore,
    DatasetKey,
    EngineInfo,
    FrozenPass,
    RowKey,
    frozen_pass,
)
from headstart.activations import _frozen_pass as module
from headstart.backbones import PhotoPreprocessing
from headstart.errors import StoreError
from headstart.examples import FileSource, Source

SMALL = PhotoPreprocessing(size=32, resize=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


@dataclass
class Means:
    """An engine: each photo's channel means, then `scale` times its first pixel."""

    scale: float = 1.0
    photos: int = 0
    made: int = 0
    info: EngineInfo = field(
        default_factory=lambda: EngineInfo("means", "1", "cpu", "f32", 1, "any")
    )

    def map(
        self, photos: Iterable[tuple[int, NDArray[np.uint8]]]
    ) -> Generator[tuple[int, NDArray[np.float32]], None, None]:
        for number, photo in photos:
            self.photos += 1
            means = photo.mean(axis=(0, 1)) / 255
            first = photo[0, 0] * self.scale
            yield number, np.concatenate([means, first]).astype(np.float32)

    def make(self) -> Means:
        self.made += 1
        return self


@pytest.fixture
def engine() -> Means:
    return Means()


@pytest.fixture
def key() -> DatasetKey:
    return DatasetKey(
        fingerprint="ab" * 32,
        backbone="means",
        preprocessing=SMALL.as_dict(),
        cut="features",
        precision="f32",
        engine="means 1 cpu",
        decoders={"pillow": "1", "media": "1"},
        instruction_set="any",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ActivationStore]:
    with ActivationStore(tmp_path / "store") as store:
        yield store


@pytest.fixture
def sources(tmp_path: Path, random: np.random.Generator) -> list[FileSource]:
    """Twelve photos that all differ."""
    (tmp_path / "photos").mkdir()
    found = []
    for number in range(12):
        path = tmp_path / "photos" / f"{number}.png"
        Image.fromarray(random.integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(path)
        found.append(FileSource(path, path.name))
    return found


def run(
    sources: Sequence[Source],
    engine: Means,
    store: ActivationStore | None = None,
    key: DatasetKey | None = None,
    **settings: Any,
) -> FrozenPass:
    dataset = store.dataset(key) if store is not None and key is not None else 0
    return frozen_pass(
        sources, make_engine=engine.make, preprocessing=SMALL, threads=2, store=store,
        dataset=dataset, **settings,
    )  # fmt: skip


def test_the_second_run_computes_nothing_and_is_the_same_to_the_bit(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    first = run(sources, engine, store, key)
    second = run(sources, engine, store, key)
    assert (first.hits, first.misses) == (0, 12)
    assert (second.hits, second.misses, second.bytes) == (12, 0, 0)
    assert first.bytes > 12 * 6 * 2
    assert engine.made == 1  # where everything is stored, no network is compiled
    assert first.activations.tobytes() == second.activations.tobytes()
    assert first.activations.dtype == second.activations.dtype == np.float16
    assert first.hashes == second.hashes


def test_the_same_to_the_bit_without_a_store_and_with_half_of_it(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    without = run(sources, engine)
    half = run(sources[::2], engine, store, key)
    both = run(sources, engine, store, key)
    assert (both.hits, both.misses) == (6, 6)
    assert without.activations.tobytes() == both.activations.tobytes()
    assert half.activations.tobytes() == both.activations[::2].tobytes()
    assert (without.hits, without.misses, without.bytes) == (0, 12, 0)


def test_rows_are_in_the_order_of_the_sources(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    run(sources[3:6], engine, store, key)
    forwards = run(sources, engine, store, key)
    backwards = run(sources[::-1], engine, store, key)
    assert len({row.tobytes() for row in forwards.activations}) == 12
    np.testing.assert_array_equal(forwards.activations, backwards.activations[::-1])


def test_renaming_and_copying_cost_nothing(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    first = run(sources, engine, store, key)
    renamed = sources[0].path.rename(sources[0].path.with_name("an other name.png"))
    copy = Path(shutil.copy(sources[1].path, sources[1].path.with_name("copy.png")))
    moved = [FileSource(path, path.name) for path in (renamed, copy)]
    second = run(moved, engine, store, key)
    assert (second.hits, second.misses) == (2, 0)
    np.testing.assert_array_equal(second.activations, first.activations[:2])


def test_changing_a_file_costs_one_row(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    first = run(sources, engine, store, key)
    Image.new("RGB", (40, 40), (255, 0, 0)).save(sources[4].path)
    second = run(sources, engine, store, key)
    assert (second.hits, second.misses) == (11, 1)
    np.testing.assert_allclose(second.activations[4, :3], [1, 0, 0])
    same = np.arange(12) != 4
    np.testing.assert_array_equal(second.activations[same], first.activations[same])


def test_another_key_never_hits(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    run(sources, engine, store, key)
    other = run(sources, engine, store, replace(key, precision="bf16"))
    assert (other.hits, other.misses) == (0, 12)


def test_a_damaged_row_is_computed_anew(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    first = run(sources, engine, store, key)
    store._writer.execute("UPDATE rows SET value = zeroblob(length(value)) WHERE rowid < 4")
    store._writer.commit()
    second = run(sources, engine, store, key)
    third = run(sources, engine, store, key)
    assert (second.hits, second.misses) == (9, 3)
    assert (third.hits, third.misses) == (12, 0)
    assert first.activations.tobytes() == second.activations.tobytes()
    assert first.activations.tobytes() == third.activations.tobytes()


def test_broken_files_are_said_and_do_not_end_it(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    sources[2].path.write_text("not a photo at all")
    sources[5].path.write_bytes(b"")
    sources[7].path.unlink()
    sources[8].path.write_bytes(sources[8].path.read_bytes()[:900])
    found = run(sources, engine, store, key)
    assert found.unreadable.keys() == {2, 5, 7, 8}
    assert "begins with text" in found.unreadable[2]
    assert "is empty" in found.unreadable[5]
    assert "does not exist" in found.unreadable[7]
    assert "cut" in found.unreadable[8] or "damaged" in found.unreadable[8]
    assert found.misses == 8
    assert not found.activations[[2, 5, 7, 8]].any()
    assert found.activations[[0, 1, 3, 4, 6, 9, 10, 11]].any(axis=1).all()
    assert found.hashes[7] is None
    assert all(content is not None for row, content in enumerate(found.hashes) if row != 7)


def test_nothing_readable_makes_no_engine(sources: list[FileSource], engine: Means) -> None:
    for source in sources:
        source.path.write_bytes(b"")
    found = run(sources, engine)
    assert len(found.unreadable) == 12
    assert len(found.activations) == 12
    assert engine.made == 0


def test_a_value_beyond_float16_is_kept_as_float32(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    Image.new("RGB", (40, 40), (0, 0, 0)).save(sources[0].path)  # this one fits
    engine.scale = 1e6
    first = run(sources, engine, store, key)
    second = run(sources, engine, store, key)
    assert first.activations.dtype == second.activations.dtype == np.float32
    assert np.isfinite(first.activations).all()
    assert first.activations.max() > np.finfo(np.float16).max
    assert first.activations.tobytes() == second.activations.tobytes()
    stored = store.get(store.dataset(key), RowKey(str(first.hashes[0])))
    assert stored is not None
    assert stored["activations"].dtype == np.float16


def test_progress_counts_every_example_once(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    sources[2].path.write_bytes(b"")
    run(sources[:4], engine, store, key)
    told: list[int] = []
    run(sources, engine, store, key, on_progress=told.append)
    assert told == list(range(1, 13))


def test_no_sources(engine: Means) -> None:
    found = run([], engine)
    assert found.activations.shape[0] == 0
    assert found.hashes == ()


class _Stop(Exception):  # noqa: N818 - stands for a kill
    pass


def _stop_at(count: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == count:
            raise _Stop("stopped")

    return tell


def test_what_was_computed_before_an_interruption_is_stored(
    sources: list[FileSource], engine: Means, store: ActivationStore, key: DatasetKey
) -> None:
    whole = run(sources, engine)
    with pytest.raises(_Stop, match="stopped"):
        run(sources, engine, store, key, on_progress=_stop_at(5))
    again = run(sources, engine, store, key)
    assert again.hits == 5
    assert again.activations.tobytes() == whole.activations.tobytes()


class _Slow:
    """A source that takes its time."""

    def __init__(self, source: Source, seconds: float) -> None:
        self.name, self._source, self._seconds = source.name, source, seconds

    def read(self) -> bytes:
        time.sleep(self._seconds)
        return self._source.read()


def test_slow_photos_are_stored_by_the_clock_not_by_their_number(
    sources: list[FileSource],
    engine: Means,
    store: ActivationStore,
    key: DatasetKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SECONDS_AT_ONCE", 0.05)
    stored: list[int] = []

    def tell(done: int) -> None:
        stored.append(store.info()[0].rows)

    run([_Slow(source, 0.05) for source in sources], engine, store, key, on_progress=tell)
    assert stored[-1] >= 8  # with a batch of 64 rows it would be none


def test_a_full_disk_ends_it_with_a_clear_error(
    sources: list[FileSource], engine: Means, tmp_path: Path, key: DatasetKey
) -> None:
    with ActivationStore(tmp_path / "store") as store:
        run(sources[:3], engine, store, key)
        (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
        store._writer.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="the disk is full; what was stored is intact"):
            run([_Bytes(number) for number in range(300)], engine, store, key)
    with ActivationStore(tmp_path / "store") as store:
        assert all(intact for _, intact in store.verify())
        assert run(sources[:3], engine, store, key).hits == 3


class _Bytes:
    """A photo of one colour."""

    def __init__(self, number: int) -> None:
        self.name = str(number)

    def read(self) -> bytes:
        from headstart.media import encode_photo

        pixels: NDArray[np.uint8] = np.full((8, 8, 3), int(self.name) % 256, np.uint8)
        pixels[0, 0] = int(self.name) // 256
        return encode_photo(pixels)
