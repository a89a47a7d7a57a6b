"""Colours lie where the values are."""

from __future__ import annotations

import numpy as np

from headstart.report._heat import dimmed, enlarged, one_sided, smaller, two_sided

GREY = np.full((70, 70, 3), 128, np.uint8)


def test_blue_speaks_for_and_orange_against() -> None:
    values = np.zeros((7, 7), np.float32)
    values[1, 1], values[5, 5] = 3, -3
    made = two_sided(GREY, values)
    red, _, blue = made[15, 15].astype(int)
    assert blue > red + 60
    red, _, blue = made[55, 55].astype(int)
    assert red > blue + 60
    assert np.ptp(made[15, 55].astype(int)) <= 1  # nothing is said there: it stays grey


def test_nothing_to_say_leaves_the_photo_grey() -> None:
    assert np.ptp(two_sided(GREY, np.zeros((7, 7), np.float32)).astype(int)) == 0


def test_it_glows_where_values_are_large() -> None:
    values = np.zeros((7, 7), np.float32)
    values[2, 3] = 1
    made = one_sided(dimmed(GREY), values).astype(int).sum(axis=2)
    row, column = divmod(int(made.argmax()), 70)
    assert (row // 10, column // 10) == (2, 3)


def test_enlarged_keeps_what_is_even_and_finds_the_centre() -> None:
    np.testing.assert_allclose(enlarged(np.full((7, 7), 2.5), 112), 2.5, rtol=1e-5)
    values = np.zeros((5, 9))
    values[1, 7] = 1
    large = enlarged(values, 45)
    assert divmod(int(large.argmax()), 45) == (13, 37)


def test_of_many_places_the_mean_is_taken() -> None:
    values = np.indices((112, 112)).sum(axis=0) % 2  # a board finer than the pixels
    np.testing.assert_allclose(enlarged(values, 28)[1:-1, 1:-1], 0.5, atol=0.01)


def test_a_photo_of_another_size(random: np.random.Generator) -> None:
    photo = random.integers(0, 256, (224, 224, 3), dtype=np.uint8)
    small = smaller(photo, 56)
    assert small.shape == (56, 56, 3)
    blocks = photo.reshape(56, 4, 56, 4, 3).mean(axis=(1, 3))
    assert np.abs(small.astype(float) - blocks).mean() < 12
    assert smaller(photo, 224) is photo
