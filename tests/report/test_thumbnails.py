from __future__ import annotations

import base64
import hashlib
import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from headstart.report._predictions import Example
from headstart.report._thumbnails import SIDE, Thumbnail, make_thumbnails


def example(file: str, sha256: str = "") -> Example:
    return Example(file, sha256, "validation", "ants", "bees", 0.9)


def opened(thumbnail: Thumbnail) -> Image.Image:
    prefix = "data:image/jpeg;base64,"
    assert thumbnail.missing == ""
    assert thumbnail.uri.startswith(prefix)
    return Image.open(io.BytesIO(base64.b64decode(thumbnail.uri[len(prefix) :])))


def colour(picture: Image.Image, across: float, down: float) -> tuple[int, ...]:
    pixels = np.asarray(picture.convert("RGB"))
    return tuple(pixels[int(down * SIDE), int(across * SIDE)].tolist())


def test_photo_becomes_a_small_picture(photo: tuple[Path, str]) -> None:
    path, digest = photo
    (made,) = make_thumbnails([example("bees/red.jpg", digest)], roots=[path.parents[1]])
    picture = opened(made)
    assert picture.size == (SIDE, SIDE)
    red, green, _ = colour(picture, 0.5, 0.5)
    assert red > 180
    assert green < 60
    assert len(made.uri) < 40_000


def test_photo_is_upright(tmp_path: Path) -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:, :200] = (255, 0, 0)  # left half red, which orientation 6 turns to the top
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    (made,) = make_thumbnails([example("turned.jpg")], roots=[tmp_path])
    picture = opened(made)
    assert colour(picture, 0.5, 0.1)[0] > 200
    assert colour(picture, 0.5, 0.9)[0] < 50


def test_photo_is_cut_as_the_network_sees_it(tmp_path: Path) -> None:
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[50:150, 50:150] = 255
    Image.fromarray(pixels).save(tmp_path / "framed.png")
    preprocessing: dict[str, object] = {"size": 112, "resize": 224}
    (cut,) = make_thumbnails([example("framed.png")], roots=[tmp_path], preprocessing=preprocessing)
    (whole,) = make_thumbnails([example("framed.png")], roots=[tmp_path])
    assert colour(opened(cut), 0.1, 0.1)[0] > 200
    assert colour(opened(whole), 0.1, 0.1)[0] < 50


def test_absent_changed_and_damaged_photos_say_so(tmp_path: Path, photo: tuple[Path, str]) -> None:
    path, digest = photo
    (tmp_path / "text.jpg").write_text("not a photo", encoding="utf-8")
    (tmp_path / "folder.jpg").mkdir()
    made = make_thumbnails(
        [
            example("gone.jpg", digest),
            example(str(path), "0" * 64),
            example("text.jpg"),
            example("folder.jpg"),
            example("null\0.jpg"),
        ],
        roots=[tmp_path],
    )
    assert [thumbnail.uri for thumbnail in made] == [""] * 5
    assert [thumbnail.missing for thumbnail in made] == [
        "no longer there",
        "changed since training",
        "cannot be shown",
        "no longer there",
        "no longer there",
    ]


def test_a_pipe_is_never_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (made,) = make_thumbnails([example("pipe.jpg")], roots=[tmp_path])
    assert made.missing == "no longer there"


def test_photos_that_were_moved_as_a_whole_are_found(photo: tuple[Path, str]) -> None:
    path, digest = photo
    (made,) = make_thumbnails(
        [example("/old/place/photos/bees/red.jpg", digest)], roots=[path.parents[1]]
    )
    assert opened(made).size == (SIDE, SIDE)


def test_another_photo_of_the_same_name_is_passed_over(tmp_path: Path) -> None:
    for folder, shade in (("first", 10), ("second", 240)):
        (tmp_path / folder).mkdir()
        Image.new("L", (8, 8), shade).save(tmp_path / folder / "x.png")
    digest = hashlib.sha256((tmp_path / "second" / "x.png").read_bytes()).hexdigest()
    (made,) = make_thumbnails(
        [example("x.png", digest)], roots=[tmp_path / "first", tmp_path / "second"]
    )
    assert colour(opened(made), 0.5, 0.5)[0] > 200


def test_nothing_to_show() -> None:
    assert make_thumbnails([], roots=[]) == []
