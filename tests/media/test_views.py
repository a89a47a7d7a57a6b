"""Views: seeded crops, flips and colours; reproducible, upright, never the photo's own crop."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from headstart.errors import SettingError, UnreadableFileError
from headstart.media import Augmentation, encode_photo, load_photo
from headstart.media import _augmentation as module
from headstart.media._framing import Seeded

CAT = Image.fromarray(skimage.data.chelsea())  # type: ignore[no-untyped-call]
STILL = Augmentation(flip=0, brightness=0, contrast=0, saturation=0)
"""Crops alone."""

WHOLE = Augmentation((1, 1), (1, 1), 0, 0, 0, 0)
"""Of a square photo, all of it."""


def load(
    data: bytes,
    view: int,
    augmentation: Augmentation | None = None,
    *,
    seed_text: str = "seed",
    size: int = 56,
) -> NDArray[np.int64]:
    pixels = load_photo(
        data, "a.jpg", resize=64, size=size, view=view, augmentation=augmentation,
        seed_text=seed_text,
    )  # fmt: skip
    assert pixels.dtype == np.uint8
    assert pixels.shape == (size, size, 3)
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous
    return pixels.astype(np.int64)


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_view_0_is_the_photo_itself(kind: str) -> None:
    data = encoded(CAT, kind)
    plain = load_photo(data, "a", resize=64, size=56)
    assert (load(data, 0) == plain).all()
    assert (load(data, 0, Augmentation(area=(0.1, 0.2)), seed_text="other") == plain).all()


def test_views_differ_by_number_photo_and_augmentation() -> None:
    data = encoded(CAT)
    views = [load(data, view) for view in range(6)]
    views.append(load(data, 1, seed_text="other"))
    views.append(load(data, 1, Augmentation(area=(0.35, 0.9))))
    assert len({view.tobytes() for view in views}) == 8


def test_views_are_the_same_again_in_any_order_and_thread() -> None:
    photos = [encoded(CAT.rotate(10 * turn), "JPEG") for turn in range(4)]
    asked = [(data, view) for data in photos for view in range(5)] * 3
    alone = [load(*one).tobytes() for one in asked]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda one: load(*one).tobytes(), asked[::-1]))
    assert together[::-1] == alone


def test_the_draws_never_change() -> None:
    """Stored views must stay those that are computed today; else `_VERSION` must be raised."""
    view = Augmentation().view("a photo", 3)
    expected = [0.98676, 0.19895, 0.73936, 0.45170, 0.98793, 0.04016, 0.52582, 0.35511]
    assert np.allclose(view.draws, expected, atol=1e-5)
    assert module._VERSION == 1


def test_none_is_the_default_augmentation() -> None:
    data = encoded(CAT)
    assert (load(data, 2) == load(data, 2, Augmentation())).all()


def test_a_crop_is_the_part_of_the_photo_that_was_drawn() -> None:
    rows, columns = np.mgrid[0:200, 0:240]
    places = np.stack([rows, columns, np.zeros_like(rows)], axis=-1).astype(np.uint8)
    for number in range(1, 12):
        left, top, right, bottom = STILL.view("seed", number).box(240, 200)
        found = load(encode_photo(places), number, STILL)
        assert abs(found[..., 0].min() - top) < 4
        assert abs(found[..., 0].max() - bottom) < 4
        assert abs(found[..., 1].min() - left) < 4
        assert abs(found[..., 1].max() - right) < 4


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.text(max_size=5),
    st.integers(1, 50),
    st.sampled_from([Augmentation(), Augmentation((0.01, 1), (0.1, 10)), WHOLE,
                     Augmentation((0.9, 1), (2, 3))]),
)  # fmt: skip
def test_boxes_lie_in_the_photo_and_have_the_area_asked_for(
    width: int, height: int, seed_text: str, number: int, augmentation: Augmentation
) -> None:
    left, top, right, bottom = augmentation.view(seed_text, number).box(width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    area = (right - left) * (bottom - top) / min(width, height) ** 2
    assert augmentation.area[0] - 1e-6 <= area <= augmentation.area[1] + 1e-6
    if augmentation.ratio[0] <= 1:
        ratio = (right - left) / (bottom - top)
        assert augmentation.ratio[0] - 1e-6 <= ratio <= augmentation.ratio[1] + 1e-6


def test_crops_lie_all_over_the_photo() -> None:
    boxes = np.array([Augmentation().view(str(n), 1).box(300, 100) for n in range(400)])
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    assert middles.min() < 60
    assert middles.max() > 240
    assert abs(middles.mean() - 150) < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_view_of_a_turned_photo_is_that_of_the_upright_one(kind: str, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = CAT.transpose(turns[orientation]) if orientation > 1 else CAT
    exif = Image.Exif()
    exif[274] = orientation
    quality = {"quality": 95} if kind == "JPEG" else {}
    for view in (1, 2, 3):
        turned = load(encoded(stored, kind, exif=exif, **quality), view)
        assert np.abs(turned - load(encode_photo(CAT), view)).mean() < 3


def test_half_of_the_views_are_mirrored() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None], (64, 1, 3))
    mirror = Augmentation((1, 1), (1, 1), 0.5, 0, 0, 0)
    rising = [bool(load(encode_photo(ramp), view, mirror)[0, -1, 0] > 32) for view in range(1, 41)]
    assert 10 < sum(rising) < 30
    plain = load(encode_photo(ramp), 0, mirror, size=64)
    assert (load(encode_photo(ramp), 1, WHOLE, size=64) == plain).all()


def test_colours_are_those_of_pillow_one_after_the_other() -> None:
    square = CAT.crop((100, 0, 400, 300))
    data = encode_photo(square)
    coloured = Augmentation((1, 1), (1, 1), 0, 0.2, 0.2, 0.5)
    for number in (1, 2, 3):
        view = coloured.view("seed", number)
        expected = Image.fromarray(load(data, number, WHOLE).astype(np.uint8))
        expected = ImageEnhance.Brightness(expected).enhance(view.brightness)
        expected = ImageEnhance.Contrast(expected).enhance(view.contrast)
        expected = ImageEnhance.Color(expected).enhance(view.saturation)
        difference = np.abs(load(data, number, coloured) - np.asarray(expected).astype(np.int64))
        assert difference.mean() < 2  # Pillow rounds down after each of the three
        assert {view.brightness, view.contrast, view.saturation} != {1.0}


def test_grey_photos_stay_grey() -> None:
    for kind in ("PNG", "JPEG"):
        pixels = load(encoded(CAT.convert("L"), kind), 1)
        assert np.abs(pixels - pixels[..., :1]).max() <= 1
        assert pixels.std() > 5


def test_a_large_jpeg_is_scaled_down_no_further_than_the_crop_allows() -> None:
    small = Augmentation((0.05, 0.05), (1, 1), 0, 0, 0, 0)
    framing = Seeded(56, small.view("seed", 1))
    # A crop of 5 % of the square is 0.22 of its side: 56 of 250 pixels.
    assert framing.shorter_side((3600, 2400), 1) == pytest.approx(56 / 0.05**0.5, abs=1)
    large = CAT.resize((1800, 1200), Image.Resampling.BICUBIC)
    exact, scaled = (
        load(encode_photo(large), 1, small),
        load(encoded(large, "JPEG", quality=95), 1, small),
    )
    assert np.abs(exact - scaled).mean() < 2


@pytest.mark.parametrize("size", [(1, 1), (5_000, 3), (3, 5_000)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_extreme_shapes(size: tuple[int, int], kind: str) -> None:
    data = encoded(Image.new("RGB", size, (60, 160, 100)), kind)
    for view in range(1, 20):
        assert np.abs(load(data, view, STILL) - (60, 160, 100)).max() <= 3


def test_a_broken_photo_is_said_as_ever() -> None:
    data = encoded(CAT, "JPEG")
    with pytest.raises(UnreadableFileError, match="cut short"):
        load(data[: len(data) // 2], 1)


def test_settings_that_cannot_be() -> None:
    with pytest.raises(SettingError, match="views are numbered from 0"):
        load(encoded(CAT), -1)
    with pytest.raises(SettingError, match=r"area .* must rise.*; ratio .*; flip 2 must lie"):
        Augmentation(area=(0, 1), ratio=(2, 1), flip=2)


def test_the_canonical_text_tells_augmentations_apart() -> None:
    others = [
        Augmentation(area=(0.4, 1.0)), Augmentation(ratio=(1.0, 1.5)), Augmentation(flip=0),
        Augmentation(brightness=0), Augmentation(contrast=0), Augmentation(saturation=0),
    ]  # fmt: skip
    texts = {each.canonical() for each in (Augmentation(), *others)}
    assert len(texts) == 7
    assert Augmentation().canonical() == Augmentation().canonical()
    assert all(text for text in texts)
