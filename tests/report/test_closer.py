"""Stage by stage: channels that say different things, and where."""

from __future__ import annotations

import numpy as np

from headstart.backbones import FEATURES, load_backbone
from headstart.report._closer import mapped_stages, most_active, seen
from headstart.report._predictions import Example

PHOTO = np.full((224, 224, 3), 100, np.uint8)
EXAMPLE = Example("ants/a.jpg", "00", "train", "ants", "ants", 0.9)


def spots(maps: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[object]:
    found = seen(EXAMPLE, "", PHOTO, {"stage": {FEATURES: maps}})
    return [response.spot for response in found.stages[0].responses]


def test_the_most_active_first_and_none_twice(random: np.random.Generator) -> None:
    maps = random.random((6, 7, 7)).astype(np.float32)
    maps[4] *= 9
    maps[2] = maps[4] * 2 + 1  # the same picture, stronger
    maps[5] = 3  # says nothing of places
    assert most_active(maps)[0] == 2
    assert not {4, 5} & set(most_active(maps))
    assert len(most_active(maps)) == 4


def test_the_strongest_place_is_marked() -> None:
    maps = np.zeros((1, 10, 10), np.float32)
    maps[0, 2, 7] = 5
    assert spots(maps) == [(75.0, 25.0)]


def test_of_both_signs_the_farther_one_counts() -> None:
    maps = np.zeros((1, 10, 10), np.float32)
    maps[0, 2, 7], maps[0, 4, 4] = -5, 1
    assert spots(maps) == [(75.0, 25.0)]


def test_no_place_is_marked_where_many_are_cut_off_alike() -> None:
    maps = np.zeros((1, 10, 10), np.float32)
    maps[0, :5] = 6
    assert spots(maps) == [None]


def test_the_rim_of_a_fine_map_is_passed_over() -> None:
    maps = np.zeros((1, 56, 56), np.float32)
    maps[0, 0] = 50
    maps[0, 27, 27] = 5
    assert spots(maps) == [(100 * 27.5 / 56, 100 * 27.5 / 56)]


def test_which_stages_have_maps() -> None:
    stages = mapped_stages(load_backbone())
    assert stages[0] == "stem"
    assert stages[-1] == "conv_head"
