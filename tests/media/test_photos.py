"""load_photo on ordinary photos: the same pixels as the plain way, which way up, how fast."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from headstart.errors import SettingError, UnreadableFileError
from headstart.media import PHOTO_SUFFIXES, decoder_versions, encode_photo, load_photo

CAT = Image.fromarray(skimage.data.chelsea())  # type: ignore[no-untyped-call]


def load(data: bytes, resize: int = 256, size: int = 224) -> NDArray[np.int64]:
    pixels = load_photo(data, "a.jpg", resize=resize, size=size)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (size, size, 3)
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous
    return pixels.astype(np.int64)


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def plainly(image: Image.Image, resize: int, size: int) -> NDArray[np.int64]:
    """Resize, then crop: two steps, as torchvision does, for even margins."""
    short = min(image.size)
    full = (round(image.width * resize / short), round(image.height * resize / short))
    resized = image.convert("RGB").resize(full, Image.Resampling.BICUBIC)
    left, top = (full[0] - size) // 2, (full[1] - size) // 2
    return np.asarray(resized.crop((left, top, left + size, top + size))).astype(np.int64)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM"])
def test_equals_resize_then_crop(kind: str) -> None:
    image = CAT.crop((0, 0, 400, 300))  # 4:3, so that 256 gives an even whole number of margins
    quality = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(image, kind, **quality)
    expected = plainly(Image.open(io.BytesIO(data)), 240, 224)
    assert np.abs(load(data, 240) - expected).mean() < 0.5


def test_large_jpeg_is_scaled_while_decoded_and_stays_close() -> None:
    large = encoded(CAT.resize((3600, 2400), Image.Resampling.BICUBIC), "JPEG", quality=95)
    difference = np.abs(load(large, 240) - plainly(Image.open(io.BytesIO(large)), 240, 224))
    assert difference.mean() < 1.0


def test_jpeg_and_lossless_copy_of_it_agree() -> None:
    data = encoded(CAT, "JPEG")
    copy = encode_photo(Image.open(io.BytesIO(data)))
    assert np.abs(load(data) - load(copy)).mean() < 0.1


def test_grey_jpeg_has_three_equal_channels() -> None:
    pixels = load(encoded(CAT.convert("L"), "JPEG"))
    assert (pixels == pixels[..., :1]).all()
    assert pixels.std() > 10


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_honoured(kind: str, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    # What a camera stores: the upright picture turned the other way.
    stored = CAT.transpose(turns[orientation]) if orientation > 1 else CAT
    exif = Image.Exif()
    exif[274] = orientation
    exif[271] = "a camera"
    quality = {"lossless": True} if kind == "WEBP" else {}
    turned = load(encoded(stored, kind, exif=exif, **quality), 64, 56)
    assert np.abs(turned - load(encoded(CAT), 64, 56)).mean() < 3


@pytest.mark.parametrize(
    "block",
    [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"nonsense" * 9],
)
def test_broken_exif_is_passed_over(block: bytes) -> None:
    data = encoded(CAT, "JPEG", exif=b"Exif\0\0" + block)
    assert (load(data) == load(encoded(CAT, "JPEG"))).all()


def test_the_words_exif_in_the_picture_turn_nothing() -> None:
    data = encoded(CAT, "JPEG", comment=b"Exif\0\0II*\0")
    assert (load(data) == load(encoded(CAT, "JPEG"))).all()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 48),
    st.integers(0, 40),
    st.sampled_from(["PNG", "JPEG"]),
)
def test_any_shape_of_photo_fills_the_square(
    width: int, height: int, size: int, margin: int, kind: str
) -> None:
    data = encoded(Image.new("RGB", (width, height), (200, 30, 90)), kind)
    pixels = load(data, size + margin, size)
    assert np.abs(pixels - (200, 30, 90)).max() <= 3


@pytest.mark.parametrize("size", [(1, 1), (20_000, 10), (10, 20_000)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_extreme_shapes(size: tuple[int, int], kind: str) -> None:
    pixels = load(encoded(Image.new("RGB", size, (10, 200, 100)), kind))
    assert np.abs(pixels - (10, 200, 100)).max() <= 3


def test_the_centre_is_taken() -> None:
    stripes = np.zeros((100, 300, 3), np.uint8)
    stripes[:, 100:200] = 255
    assert load(encode_photo(stripes), 100, 80).min() == 255


def test_threads_do_not_disturb_one_another() -> None:
    photos = [encoded(CAT.rotate(3 * turn), "JPEG") for turn in range(24)]
    alone = [load(data) for data in photos]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(load, photos * 4))
    for index, pixels in enumerate(together):
        assert (pixels == alone[index % 24]).all()


def test_results_do_not_share_memory() -> None:
    first = load_photo(encoded(CAT, "JPEG"), "a.jpg", resize=256, size=224)
    kept = first.copy()
    load_photo(encoded(CAT.rotate(90), "JPEG"), "b.jpg", resize=256, size=224)
    assert (first == kept).all()


@pytest.mark.parametrize(("resize", "size"), [(224, 256), (10, 0)])
def test_a_crop_larger_than_the_photo_is_refused(resize: int, size: int) -> None:
    with pytest.raises(SettingError, match="does not fit"):
        load_photo(encoded(CAT), "a.png", resize=resize, size=size)


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_files_raise_our_error_or_load(fill: bytes, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP", "PPM", "TIFF", "AVIF"]))
    whole = encoded(CAT.resize((40, 30)), kind)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 40, len(whole))))
    damaged = whole[:start] + fill * (end - start) + whole[end:]
    with suppress(UnreadableFileError):
        assert load_photo(damaged, "a.jpg", resize=32, size=24).shape == (24, 24, 3)


def test_suffixes_and_versions() -> None:
    assert {".jpg", ".jpeg", ".png", ".heic", ".avif", ".webp"} <= PHOTO_SUFFIXES
    assert all(suffix == suffix.lower() for suffix in PHOTO_SUFFIXES)
    assert set(decoder_versions()) == {"pillow", "simplejpeg", "pillow-heif", "media"}
