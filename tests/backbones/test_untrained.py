"""Random networks of a chosen size, and what is said of a network's first task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headstart.backbones import TrainedOn, drop_stages, load_backbone, restore_backbone
from headstart.errors import SettingError

ODD = 50
"""Halved with rounding up, four times."""


def test_the_built_in_network_untrained(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    """At a size of its own it is the same function in both engines, stage by stage."""
    backbone = load_backbone(weights="random", size=ODD, seed=3)
    assert (backbone.photos.size, backbone.photos.resize) == (ODD, ODD)
    assert "random weights (seed 3)" in backbone.origin
    cuts = [stage.name for stage in backbone.stages]
    photo = pixels(backbone)
    graphed, in_torch = run_graph(backbone, cuts, photo), run_torch(backbone, cuts, photo)
    for stage in backbone.stages:
        found = graphed[f"{stage.name}/features"]
        assert found.shape == (1, *stage.output_shape)
        np.testing.assert_allclose(found, in_torch[f"{stage.name}/features"], atol=1e-4)
        assert stage.outputs.keys() == {"features"}
    # He's variances keep the signal: it neither vanishes nor explodes on its way.
    assert 0.05 < graphed["blocks.5/features"].std() < 20


def test_its_weights_are_seeded() -> None:
    one, same, other = (load_backbone(weights="random", seed=seed) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert one.photos == load_backbone().photos


def test_the_built_in_network_at_another_size(pixels: Any, run_graph: Any, run_torch: Any) -> None:
    backbone = load_backbone(size=64)
    assert (backbone.photos.size, backbone.photos.resize) == (64, 73)
    photo, cut = pixels(backbone), [backbone.last_cut]
    graphed, in_torch = run_graph(backbone, cut, photo), run_torch(backbone, cut, photo)
    np.testing.assert_allclose(graphed["pool/features"], in_torch["pool/features"], atol=1e-4)


@pytest.mark.parametrize("dropped", [0, 2])
def test_a_size_is_restored(dropped: int) -> None:
    backbone = drop_stages(load_backbone(weights="random", size=64), dropped)
    described = {
        "name": backbone.name, "form": backbone.form.describe(), "origin": "of a test",
        "preprocessing": backbone.preprocessing.as_dict(),
        "trained_on": TrainedOn("cats", "photo", 20, 2, "told").as_dict(),
    }  # fmt: skip
    again = restore_backbone(described, backbone.weights, Path())
    assert again.fingerprint == backbone.fingerprint
    assert again.photos == backbone.photos
    assert again.origin == "of a test"
    assert again.trained_on == TrainedOn("cats", "photo", 20, 2, "told")


def test_what_networks_were_trained_on() -> None:
    known = load_backbone().trained_on
    assert known is not None
    assert (known.examples, known.classes) == (1_281_167, 1000)
    untrained = load_backbone(weights="random").trained_on
    assert untrained is not None
    assert untrained.examples == 0
    changed = load_backbone().with_weights({})
    assert changed.trained_on == known


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "vit_tiny_patch16_224"])
def test_timm_at_another_size(name: str, pixels: Any, run_graph: Any, run_torch: Any) -> None:
    """Vision transformers are made for the size, which their description keeps."""
    pytest.importorskip("timm")
    backbone = load_backbone(f"timm:{name}", weights="random", size=64, seed=3)
    assert (backbone.photos.size, backbone.photos.resize) == (64, 64)
    told = backbone.form.describe()["arguments"]
    assert told == ({"img_size": 64} if "vit" in name else {})
    photo, cut = pixels(backbone), [backbone.last_cut]
    graphed, in_torch = run_graph(backbone, cut, photo), run_torch(backbone, cut, photo)
    key = f"{backbone.last_cut}/features"
    np.testing.assert_allclose(graphed[key], in_torch[key], atol=1e-4)
    other = load_backbone(f"timm:{name}", weights="random", size=64, seed=4)
    assert other.fingerprint != backbone.fingerprint
    assert "seed 4" in other.origin


@pytest.mark.parametrize(
    ("name", "size", "match"),
    [
        ("efficientnet_lite0", 4, "size must be 8 pixels or more, not 4"),
        ("efficientnet_lite0", 16, "cannot work on photos of 16 px: 5 of its 9 stages"),
        ("timm:resnet10t", 8, "cannot work on photos of 8 px"),
        ("timm:test_vit", 50, "does not work on photos of 50 px"),
    ],
)
def test_sizes_that_do_not_work(name: str, size: int, match: str) -> None:
    if name.startswith("timm:"):
        pytest.importorskip("timm")
    with pytest.raises(SettingError, match=match) as raised:
        load_backbone(name, weights="random", size=size)
    assert "\n" not in str(raised.value)
