"""Photos that are decoded once and seen otherwise in every epoch."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from headstart.activations import AugmentedPixels
from headstart.backbones import FEATURES, load_backbone
from headstart.errors import UnreadableFileError
from headstart.examples import FileSource, MemorySource, Source
from headstart.media import Augmentation, load_photo

SIZE = 64
STRONG = Augmentation(area=(0.3, 0.5), brightness=0.5, contrast=0.5, saturation=0.5)
BROKEN = 3


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name, self.reads = data, name, 0

    def read(self) -> bytes:
        self.reads += 1
        return self.data


def encoded(pixels: NDArray[np.uint8], kind: str, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind)
    return file.getvalue()


def sources() -> list[Source]:
    """Photos of several shapes, channels and formats, and one that is none."""
    random = np.random.default_rng(4)
    found: list[Source] = []
    for number, (height, width, kind, mode) in enumerate(
        [(90, 140, "JPEG", "RGB"), (200, 80, "PNG", "RGBA"), (30, 30, "PNG", "L"),
         (0, 0, "", ""), (300, 300, "JPEG", "L")]
    ):  # fmt: skip
        if number == BROKEN:
            found.append(Counted(b"no photo", "broken.jpg"))
            continue
        small = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        pixels = np.asarray(Image.fromarray(small).resize((width, height)))
        found.append(Counted(encoded(pixels, kind, mode), f"{number}.{kind.lower()}"))
    return found


def pixels(given: list[Source] | None = None, **settings: Any) -> AugmentedPixels:
    usual: dict[str, Any] = {"augmentation": STRONG, "seed": 5}
    backbone = load_backbone(weights="random", size=SIZE)
    return AugmentedPixels(given or sources(), backbone, **(usual | settings))


def read(found: AugmentedPixels, rows: list[int], views: list[int]) -> NDArray[np.uint8]:
    batch = found.read(np.array(rows), np.array(views))
    assert batch.keys() == {FEATURES}
    assert batch[FEATURES].dtype == np.uint8
    assert batch[FEATURES].shape == (len(rows), SIZE, SIZE, 3)
    return np.asarray(batch[FEATURES])


def test_the_first_view_is_what_predict_sees() -> None:
    given = sources()
    batch = read(pixels(given), [4, 0, 1, 2], [0, 0, 0, 0])
    for photo, row in zip(batch, [4, 0, 1, 2], strict=True):
        source = given[row]
        expected = load_photo(source.read(), source.name, resize=SIZE, size=SIZE)
        np.testing.assert_array_equal(photo, expected)


def test_views_are_determined_by_seed_photo_and_number() -> None:
    rows, views = [0, 0, 1, 0, 2], [1, 2, 1, 1, 3]
    one = read(pixels(), rows, views)
    np.testing.assert_array_equal(read(pixels(), rows, views), one)
    np.testing.assert_array_equal(one[0], one[3])
    np.testing.assert_array_equal(read(pixels(), [0], [2])[0], one[1])
    assert not np.array_equal(one[0], one[1]), "two numbers, one view"
    assert not np.array_equal(read(pixels(seed=6), [0], [1])[0], one[0]), "two seeds, one view"
    for other in (0, 1):  # not the photo itself
        assert not np.array_equal(read(pixels(), [other], [0])[0], one[2 * other])


def test_views_do_not_depend_on_threads_or_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, views = [0, 1, 2, 4] * 5, list(range(20))
    one = read(pixels(), rows, views)
    monkeypatch.setattr("headstart.activations._augmented.FEW", 0)
    np.testing.assert_array_equal(read(pixels(threads=3), rows, views), one)
    singly = np.concatenate([read(pixels(), [row], [view]) for row, view in
                             zip(rows, views, strict=True)])  # fmt: skip
    np.testing.assert_array_equal(singly, one)


def test_a_view_shows_the_photo_that_it_is_of() -> None:
    """Crops of a half dark, half bright photo hold both, or one; colours stay near."""
    halves = np.zeros((80, 80, 3), np.uint8)
    halves[:, 40:] = (200, 100, 50)
    weak = Augmentation(area=(0.9, 1.0), flip=0, brightness=0, contrast=0, saturation=0)
    found = pixels([MemorySource(encoded(halves, "PNG"), "halves")], augmentation=weak)
    for view in range(1, 5):
        (photo,) = read(found, [0], [view])
        assert photo[:, :20].max() < 10
        np.testing.assert_allclose(photo[:, 50:].mean(axis=(0, 1)), (200, 100, 50), atol=2)


def test_without_augmentation_every_view_is_the_photo() -> None:
    found = pixels(augmentation=None)
    np.testing.assert_array_equal(read(found, [0, 0], [0, 7])[0], read(found, [0], [3])[0])


def test_a_photo_is_read_and_decoded_once() -> None:
    given = sources()
    found = pixels(given)
    assert all(source.reads == 0 for source in given if isinstance(source, Counted))
    told: list[int] = []
    found.decode(told.append)
    for view in range(3):
        read(found, [0, 1, 2], [view] * 3)
    assert [source.reads for source in given if isinstance(source, Counted)] == [1] * 5
    assert told == [1, 2, 3, 4, 5]


def test_batches_are_the_callers_own() -> None:
    found = pixels()
    for view in (0, 1):
        before = read(found, [0], [view]).copy()
        read(found, [0], [view])[:] = 0
        np.testing.assert_array_equal(read(found, [0], [view]), before)


def test_more_than_fits_lies_in_a_file(tmp_path: Path) -> None:
    found = pixels(most_bytes=1000, folder=tmp_path / "new")
    rows, views = [0, 1, 2], [0, 1, 2]
    np.testing.assert_array_equal(read(found, rows, views), read(pixels(), rows, views))
    assert isinstance(found._decoded.plain, np.memmap)
    assert not list((tmp_path / "new").iterdir()), "the file has a name and would stay"


def test_what_cannot_be_read_is_told_and_refused() -> None:
    found = pixels()
    assert list(found.unreadable) == [BROKEN]
    assert found.contents[BROKEN] is not None
    read(found, [0, 4], [1, 0])
    with pytest.raises(UnreadableFileError, match=r"broken.jpg: .*photo"):
        found.read(np.array([0, BROKEN]), np.array([0, 0]))
    gone = pixels([FileSource(Path("/nowhere/gone.png"), "gone.png")])
    assert gone.contents == (None,)
    assert 0 in gone.unreadable


def test_its_identity_is_that_of_what_is_read() -> None:
    one = pixels().identity
    assert pixels(threads=2).identity == one
    others = [pixels(seed=6), pixels(augmentation=None), pixels(sources()[:3])]
    assert len({one, *(other.identity for other in others)}) == 4
