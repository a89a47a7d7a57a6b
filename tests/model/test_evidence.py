"""A logit splits over the places of a photo without remainder, or it is said why it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.activations import photo_activations
from headstart.backbones import FEATURES, drop_stages
from headstart.errors import SettingError
from headstart.heads import DenseHead, Layer
from headstart.model import Model, load, place_logits, places_cut


@pytest.fixture
def model(trained: tuple[Path, Path]) -> Model:
    return load(trained[1], precision="f32")


@pytest.fixture
def photo(random: np.random.Generator) -> NDArray[np.uint8]:
    return random.integers(0, 256, (224, 224, 3), dtype=np.uint8)


def assert_splits(model: Model, photo: NDArray[np.uint8]) -> None:
    """The mean over places, which is their sum and the bias, is the logit of the whole photo."""
    cut, last = places_cut(model), model.backbone.last_cut
    (found,) = photo_activations(
        [("0" * 64, photo)], [{cut, last}], backbone=model.backbone, engine=model.engine
    )
    pooled = found[last][FEATURES]
    logits = place_logits(model, found[cut], pooled)
    expected = model.head.layers[0](pooled.astype(np.float32))
    assert logits.shape == (len(model.classes), 7, 7)
    np.testing.assert_allclose(logits.mean(axis=(1, 2)), expected, atol=1e-3)
    assert np.abs(logits - expected[:, None, None]).max() > 0.1  # places do differ


def test_the_places_sum_to_the_logit(model: Model, photo: NDArray[np.uint8]) -> None:
    assert places_cut(model) == "conv_head"
    assert_splits(model, photo)


def test_of_a_retrained_network_too(model: Model, photo: NDArray[np.uint8]) -> None:
    name = "conv_head.weight"
    tuned = model.backbone.with_weights({name: model.backbone.weights[name] * np.float32(1.3)})
    assert_splits(replace(model, backbone=tuned), photo)


def test_of_a_shortened_network_too(
    model: Model, photo: NDArray[np.uint8], random: np.random.Generator
) -> None:
    backbone = drop_stages(model.backbone, 1)
    width = backbone.stages[-1].output_shape[0]
    layer = Layer(
        random.normal(0, 0.1, (len(model.classes), width)).astype(np.float32),
        np.ones(len(model.classes), np.float32),
    )
    short = replace(model, backbone=backbone, head=DenseHead((layer,)))
    assert places_cut(short) == "blocks.6"
    assert_splits(short, photo)


def test_a_planted_place_is_found(model: Model) -> None:
    weights = np.zeros((3, 1280), np.float32)
    weights[1, 5] = 2
    planted = replace(model, head=DenseHead((Layer(weights, np.zeros(3, np.float32)),)))
    maps = np.zeros((1280, 7, 7), np.float32)
    maps[5, 2, 6] = 49
    logits = place_logits(planted, {FEATURES: maps}, maps.mean(axis=(1, 2)))
    assert np.unravel_index(logits[1].argmax(), (7, 7)) == (2, 6)
    assert logits[1].mean() == pytest.approx(2)
    assert not logits[[0, 2]].any()


def test_a_class_token_is_no_mean(model: Model, random: np.random.Generator) -> None:
    maps = random.random((1280, 7, 7)).astype(np.float32)
    with pytest.raises(SettingError, match="not the mean over all places"):
        place_logits(model, {FEATURES: maps}, maps[:, 0, 0])


def test_hidden_layers_do_not_split(model: Model) -> None:
    (layer,) = model.head.layers
    hidden = Layer(np.ones((4, 1280), np.float32), np.zeros(4, np.float32))
    output = Layer(layer.weights[:, :4], layer.bias)
    with pytest.raises(SettingError, match="hidden layers"):
        places_cut(replace(model, head=DenseHead((hidden, output))))


def test_a_stage_with_weights_behind_the_pooling(model: Model) -> None:
    *before, last = model.backbone.stages
    weighted = replace(last, name="norm", tensors=("norm.weight",))
    backbone = replace(model.backbone, stages=(*before, weighted))
    with pytest.raises(SettingError, match="norm, has weights of its own"):
        places_cut(replace(model, backbone=backbone))
