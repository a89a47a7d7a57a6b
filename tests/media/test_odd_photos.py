"""load_photo on odd and broken files, each made here."""

import io
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image, features

from headstart.errors import DataError, UnreadableFileError
from headstart.media import PIXEL_LIMIT, encode_photo, load_photo

CAT = Image.fromarray(skimage.data.chelsea()).resize((160, 120))  # type: ignore[no-untyped-call]
GREY = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))


def load(data: bytes, resize: int, size: int) -> NDArray[np.int64]:
    return load_photo(data, "a.jpg", resize=resize, size=size).astype(np.int64)


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def assert_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason) as raised:
        load_photo(data, "a.jpg", resize=64, size=56)
    assert raised.value.name == "a.jpg"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_over_white(mode: str) -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0)).convert(mode)
    kind = "TIFF" if mode == "PA" else "PNG"
    assert load(encoded(clear, kind), 64, 56).min() == 255


def test_half_transparent_red_is_pink() -> None:
    pixels = load(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 128))), 64, 56)
    assert np.abs(pixels - (255, 127, 127)).max() <= 1


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_is_white(mode: str) -> None:
    image = Image.new(mode, (64, 64), 0)
    key: object = (0, 0, 0) if mode == "RGB" else 0
    assert load(encoded(image, transparency=key), 64, 56).min() == 255


def test_palette_png_keeps_its_colours() -> None:
    palette = CAT.quantize(256)
    assert np.abs(load(encoded(palette), 64, 56) - load(encoded(CAT), 64, 56)).mean() < 6


def test_one_bit_images() -> None:
    pixels = load(encoded(CAT.convert("1")), 64, 56)
    assert 50 < pixels.mean() < 200


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    sixteen = load(encoded(Image.fromarray(GREY), kind), 48, 40)
    eight = load(encoded(Image.fromarray((GREY / 257).round().astype(np.uint8))), 48, 40)
    assert np.abs(sixteen - eight).max() <= 1
    assert 110 < sixteen.mean() < 145


def test_big_endian_sixteen_bit_tiff() -> None:
    image = Image.frombytes("I;16B", (64, 48), GREY.astype(">u2").tobytes())
    assert np.abs(load(encoded(image, "TIFF"), 48, 40).mean() - 127.5) < 3


def test_sixteen_bit_colour_png() -> None:
    row = b"\0" + struct.pack(">3H", 65535, 32896, 0) * 8
    chunks = [
        (b"IHDR", struct.pack(">2I5B", 8, 8, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 8)),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    assert np.abs(load(data, 8, 8) - (255, 128, 0)).max() <= 1


def test_values_without_a_fixed_white_are_refused() -> None:
    assert_refused(encoded(Image.fromarray(np.ones((9, 9), np.float32)), "TIFF"), "floating-point")
    assert_refused(encoded(Image.fromarray(np.full((9, 9), 70000, np.int32)), "TIFF"), "32-bit")


@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_jpeg(progressive: bool) -> None:
    data = encoded(CAT.convert("CMYK"), "JPEG", quality=95, progressive=progressive)
    assert np.abs(load(data, 64, 56) - load(encoded(CAT), 64, 56)).mean() < 6


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_several(kind: str) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert np.abs(load(data, 48, 40) - (255, 0, 0)).max() <= 3


def test_gif_with_transparency() -> None:
    image = Image.new("P", (64, 48), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert load(encoded(image, "GIF", transparency=0), 48, 40).min() == 255


def test_heic() -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(CAT).save(buffer, quality=90)
    assert np.abs(load(buffer.getvalue(), 64, 56) - load(encoded(CAT), 64, 56)).mean() < 6


def test_heic_is_turned_upright_once() -> None:
    upright = CAT.crop((0, 0, 100, 120))
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    heif = pillow_heif.from_pillow(stored)
    heif.save(buffer, quality=90, exif=exif.tobytes())
    assert np.abs(load(buffer.getvalue(), 64, 56) - load(encoded(upright), 64, 56)).mean() < 8


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_avif() -> None:
    data = encoded(CAT, "AVIF", quality=90)
    assert np.abs(load(data, 64, 56) - load(encoded(CAT), 64, 56)).mean() < 6
    exif = Image.Exif()
    exif[274] = 3
    turned = encoded(CAT.rotate(180), "AVIF", quality=90, exif=exif)
    assert np.abs(load(turned, 64, 56) - load(encoded(CAT), 64, 56)).mean() < 6


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_truncated_jpeg(kept: float, progressive: bool) -> None:
    data = encoded(CAT, "JPEG", progressive=progressive)
    assert_refused(data[: int(len(data) * kept)], "is cut short|damaged")


def test_truncated_jpeg_with_an_end_mark() -> None:
    data = encoded(CAT, "JPEG")
    assert_refused(data[: len(data) // 2] + b"\xff\xd9", "is damaged")


def test_jpeg_that_lacks_only_its_end_mark_is_read() -> None:
    data = encoded(CAT, "JPEG")
    assert np.abs(load(data[:-2], 64, 56) - load(data, 64, 56)).mean() < 1


def test_jpeg_with_stray_bytes_is_read() -> None:
    data = encoded(CAT, "JPEG")
    assert np.abs(load(data[:-2] + b"stray\xff\xd9", 64, 56) - load(data, 64, 56)).mean() < 1
    assert (load(data + b"after the end" * 9, 64, 56) == load(data, 64, 56)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "PPM", "GIF", "AVIF"])
def test_other_truncated_formats(kind: str) -> None:
    data = encoded(CAT, kind)
    assert_refused(data[: len(data) // 2], "cut short|damaged")


def test_truncated_heic() -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(CAT).save(buffer)
    assert_refused(buffer.getvalue()[: buffer.tell() // 2], "cut short|damaged")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"hello, I am a text\n", "begins with text"),
        (b"  <!DOCTYPE html><html>", "web page"),
        (b'<?xml version="1.0"?><svg width="9"/>', "SVG"),
        (b"%PDF-1.7\n\xe2\xe3", "PDF"),
        (b"\0" * 99, "nothing but zeros"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
        (b"\x80\x81\x82\x83\x84", "80 81 82 83"),
        (b"\xff\xd8\xff", "cut short|damaged"),
        (b"\x89PNG\r\n\x1a\n", "cut short|damaged"),
        (b"GIF89a", "cut short|damaged"),
        (b"P6", "cut short|damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "begins with text"),
    ],
)
def test_what_is_no_photo(data: bytes, reason: str) -> None:
    assert_refused(data, reason)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def test_decompression_bombs_are_refused_unread() -> None:
    side = int(PIXEL_LIMIT**0.5) + 1
    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"")
    assert_refused(png, "more than the 178 million")
    jpeg = bytearray(encoded(CAT, "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">2H", 60_000, 60_000)
    assert_refused(bytes(jpeg), "60,000 x 60,000 pixels")
    assert_refused(b"P6 60000 60000 255\n", "60,000 x 60,000 pixels")


def test_large_photos_below_the_limit_bring_no_warning() -> None:
    # 100 million pixels: Pillow's own opener would warn. Empty, so that nothing large is decoded.
    header = struct.pack(">2I5B", 10_000, 10_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IEND", b"")
    assert_refused(png, "cut short|damaged")


def test_encode_photo_goes_the_way_of_a_file() -> None:
    expected = load(encoded(CAT), 64, 56)
    for image in (CAT, np.asarray(CAT), np.asarray(CAT)[:, ::-1].copy()[:, ::-1]):
        assert (load(encode_photo(image), 64, 56) == expected).all()
    for mode in ("RGBA", "L", "P", "CMYK", "1", "LA"):
        image = CAT.convert(mode)
        kind = "TIFF" if mode == "CMYK" else "PNG"
        assert (load(encode_photo(image), 64, 56) == load(encoded(image, kind), 64, 56)).all()
    sixteen = Image.fromarray(GREY)
    assert (load(encode_photo(sixteen), 48, 40) == load(encoded(sixteen), 48, 40)).all()


def test_encode_photo_honours_orientation() -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = encoded(CAT, "PNG", exif=exif)
    opened = Image.open(io.BytesIO(data))
    assert np.abs(load(encode_photo(opened), 64, 56) - load(data, 64, 56)).max() <= 2


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_encode_photo_refuses_other_arrays(array: NDArray[Any]) -> None:
    with pytest.raises(DataError, match="uint8 of shape"):
        encode_photo(array)


def test_encode_photo_of_a_broken_open_file() -> None:
    data = encoded(CAT, "PNG")
    with pytest.raises(UnreadableFileError, match=r"cut short|damaged"):
        encode_photo(Image.open(io.BytesIO(data[: len(data) // 2])), name="7")


def test_nothing_rare_is_imported_for_jpeg_and_png() -> None:
    code = (
        "import sys, io; from PIL import Image; from headstart.media import load_photo\n"
        "for kind in ('JPEG', 'PNG'):\n"
        "    b = io.BytesIO(); Image.new('RGB', (9, 9)).save(b, kind)\n"
        "    load_photo(b.getvalue(), 'a', resize=8, size=8)\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('pillow_heif', 'scipy', 'torch')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
