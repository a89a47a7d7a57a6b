"""A few photos at cuts of their own: computed once, kept, and the same the second time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.activations import ActivationStore, _few, choose_engine, photo_activations
from headstart.backbones import FEATURES, load_backbone

BACKBONE = load_backbone()
ENGINE = choose_engine(threads=1)
CUTS = ({"pool", "conv_head"}, {"stem", "pool"})


@pytest.fixture
def photos(random: np.random.Generator) -> list[tuple[str, NDArray[np.uint8]]]:
    pixels = random.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    return [(f"{number:064x}", photo) for number, photo in enumerate(pixels)]


def test_second_time_nothing_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos: list[tuple[str, NDArray[np.uint8]]]
) -> None:
    with ActivationStore(tmp_path) as store:
        first = photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE, store=store)
        with monkeypatch.context() as patched:
            patched.setattr(_few, "engine_maker", None)
            second = photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE, store=store)
        more = photo_activations(
            photos, [{"pool"}, {"stem", "blocks.0"}], backbone=BACKBONE, engine=ENGINE, store=store
        )
    assert [list(each) for each in first] == [["conv_head", "pool"], ["stem", "pool"]]
    for one, other in zip(first, second, strict=True):
        assert list(one) == list(other)
        for cut in one:
            np.testing.assert_array_equal(one[cut][FEATURES], other[cut][FEATURES])
    assert [list(each) for each in more] == [["pool"], ["stem", "blocks.0"]]
    np.testing.assert_array_equal(more[1]["stem"][FEATURES], first[1]["stem"][FEATURES])


def test_without_a_store(photos: list[tuple[str, NDArray[np.uint8]]]) -> None:
    found = photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE)
    assert found[0]["conv_head"][FEATURES].shape == (1280, 7, 7)
    assert found[1]["stem"][FEATURES].shape == (32, 112, 112)


def test_what_is_at_hand_is_taken_and_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos: list[tuple[str, NDArray[np.uint8]]]
) -> None:
    found = photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE)
    known = {content: each for (content, _), each in zip(photos, found, strict=True)}
    monkeypatch.setattr(_few, "engine_maker", None)
    with ActivationStore(tmp_path) as store:
        photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE, store=store, known=known)
        again = photo_activations(photos, CUTS, backbone=BACKBONE, engine=ENGINE, store=store)
    np.testing.assert_array_equal(again[0]["conv_head"][FEATURES], found[0]["conv_head"][FEATURES])
    np.testing.assert_array_equal(again[1]["stem"][FEATURES], found[1]["stem"][FEATURES])
